// W3 from outside the machine: the owner lets an event begin before its time, by the event's own id or by that of the maintenance
// that it belongs to.
using MediatR;
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Features.Maintenance;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Notices;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.ScheduledEvents;

public static class AcknowledgeMaintenance
{
    public sealed record Command(SubscriptionId Subscription, string Id) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand("POST", "/subscriptions/{subscriptionId}/maintenance/{id}/acknowledge",
            call => new Command(call.Subscription, call.Segment("id")))
        .Needs(Access.Contributor)
        .Answers<ScheduledEventView>()
        .Named(nameof(AcknowledgeMaintenance), Tags.Maintenance, "Let what was announced begin before its time");

    internal sealed class Handler(CommandUnit unit, PlacementDesk desk, FabricClock clock) : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Acknowledge(work, command), cancellationToken);

        private Outcome<Reply> Acknowledge(UnitOfWork work, Command command)
        {
            var about = Guid.TryParse(command.Id, out _) ? null : InstanceOf(work, command);
            if (about is null && !Guid.TryParse(command.Id, out _))
            {
                return Refusals.NotFound("such maintenance");
            }

            foreach (var row in work.Db.Set<NoticeBoardRow>().AsNoTracking().Where(b => b.SubscriptionId == command.Subscription).ToList())
            {
                var found = row.ToBoard().Live.FirstOrDefault(n => about is { } i
                    ? n.Names(i.Id) && n.Update == i.Update
                    : n.Id.Equals(command.Id, StringComparison.OrdinalIgnoreCase));
                if (found is not null)
                {
                    return Post(work, row, found);
                }
            }

            return about is null
                ? Refusals.NotFound("such event")
                : Refusals.Conflict("noEventScheduled", "Nothing was announced of it, or it is over.");
        }

        // Whoever comes late, or twice, is right as well: it may begin.
        private Outcome<Reply> Post(UnitOfWork work, NoticeBoardRow row, Notice found)
        {
            if (found.Holds(clock.Now))
            {
                desk.Post(work, row.Cluster, new FabricRequest.AcknowledgeNotice(row.Scope, found.Id, AcknowledgedBy.Owner), clock.Now);
                found = found with { Acknowledged = new Acknowledgement(AcknowledgedBy.Owner, clock.Now) };
            }

            return Reply.Ok(ScheduledEventView.Of(found));
        }

        private static (string Update, InstanceId Id)? InstanceOf(UnitOfWork work, Command command)
        {
            switch (command.Id.Split(MaintenanceNames.Between))
            {
                case [var update, var machine]:
                    return work.Find<VirtualMachine>(command.Subscription, Names.KeyOf(machine)) is { } m ? (update, m.Instance) : null;
                case [var update, var service, var slot, var name]:
                    var owners = work.Db.Set<Deployment>().AsNoTracking().Where(d => d.SubscriptionId == command.Subscription).AsEnumerable()
                        .Where(d => d.Service.Equals(service, StringComparison.OrdinalIgnoreCase) && Domain.Words.Of(d.Slot) == slot)
                        .Select(d => d.Key).ToList();
                    return work.Db.Set<FabricInstance>().AsNoTracking().Where(i => owners.Contains(i.Owner)).AsEnumerable()
                        .FirstOrDefault(i => i.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } found ? (update, found.Id) : null;
                default:
                    return null;
            }
        }
    }
}
