// Deletes an empty subscription. What is in it is counted by its own quota book, so nothing can be forgotten here.
using MediatR;
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Subscriptions;

public static class DeleteSubscription
{
    public sealed record Command(SubscriptionId Subscription) : ICommand, IEvenWithoutSubscription;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand("DELETE", "/subscriptions/{subscriptionId}", call => new Command(call.Subscription))
        .Needs(Access.Operator)
        .AnswersNothing()
        .Named(nameof(DeleteSubscription), Tags.Subscriptions, "Delete an empty subscription and its keys");

    internal sealed class Handler(CommandUnit unit, KeyRing keys, PlacementDesk desk, FabricClock clock) : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Delete(work, command.Subscription), cancellationToken);

        private Outcome<Reply> Delete(UnitOfWork work, SubscriptionId id)
        {
            var row = work.Find<SubscriptionRow>(id);
            if (unit.Precondition(row?.ETag) is { } refusal)
            {
                return refusal;
            }

            if (row is null)
            {
                return Reply.NoContent();
            }

            var left = work.Db.Set<QuotaRow>().AsNoTracking()
                .Where(q => q.SubscriptionId == id && q.Used > 0 && q.Resource != Quota.Keys)
                .Select(q => q.Resource).OrderBy(r => r).ToArray();
            if (left.Length == 0 && work.Db.Set<PackageRow>().Any(p => p.SubscriptionId == id))
            {
                left = ["packages"];
            }

            if (left.Length > 0)
            {
                return Refusals.Conflict("subscriptionNotEmpty",
                    $"The subscription still has {string.Join(", ", left)}; delete those first.");
            }

            work.Db.Set<AccessKeyRow>().Where(k => k.SubscriptionId == id).ExecuteDelete();
            work.Db.Set<QuotaRow>().Where(q => q.SubscriptionId == id).ExecuteDelete();
            // What holds no quota: empty sets, and machines and hosts that failed.
            work.Db.Set<AvailabilitySetRow>().Where(s => s.SubscriptionId == id).ExecuteDelete();
            work.Db.Set<VirtualMachine>().Where(m => m.SubscriptionId == id).ExecuteDelete();
            work.Db.Set<DedicatedHost>().Where(h => h.SubscriptionId == id).ExecuteDelete();
            work.Db.Set<WebhookRow>().Where(w => w.SubscriptionId == id).ExecuteDelete();
            work.Db.Set<WebhookDeliveryRow>().Where(d => d.SubscriptionId == id).ExecuteDelete();
            work.Db.Set<PastNoticeRow>().Where(n => n.SubscriptionId == id).ExecuteDelete();
            work.Db.Set<ServiceNoticeRow>().Where(n => n.SubscriptionId == id).ExecuteDelete();
            foreach (var configuration in work.Db.Set<MaintenanceConfigurationRow>().AsNoTracking().Where(c => c.SubscriptionId == id).ToList())
            {
                MaintenanceBook.Delete(work, desk, configuration, clock.Now);
            }

            work.Delete<SubscriptionRow>(id);
            work.AfterCommit(keys.Forget);
            return Reply.NoContent();
        }
    }
}
