// W1: the owner of a machine has its maintenance now, or puts it off. Role instances have no self-service: their update domains
// protect them.
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Api.Features.VirtualMachines;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Maintenance;

public static class ApplyMaintenance
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand("POST", "/subscriptions/{subscriptionId}/maintenance/{id}/apply",
            call => new PowerVirtualMachine.Command(call.Subscription, MachineIn(call.Segment("id")), PowerAction.PerformMaintenance, false))
        .Needs(Access.Contributor)
        .Answers<VirtualMachineView>(202)
        .Named(nameof(ApplyMaintenance), Tags.Maintenance, "Have a pending maintenance of a virtual machine now");

    /// <summary>The machine that an id speaks of; a name that no machine can have where it speaks of none.</summary>
    internal static string MachineIn(string id) =>
        id.Split(MaintenanceNames.Between) is [_, { Length: > 0 } machine] ? machine : MaintenanceNames.Between.ToString();
}

public static class DeferMaintenance
{
    /// <param name="Until">Until when; at most until windows are no longer waited for.</param>
    public sealed record Body(Instant Until);

    public sealed record Command(SubscriptionId Subscription, string Id, Body Body) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<Body>("POST", "/subscriptions/{subscriptionId}/maintenance/{id}/defer",
            (call, body) => new Command(call.Subscription, call.Segment("id"), body))
        .Needs(Access.Contributor)
        .Answers<VirtualMachineView>()
        .Named(nameof(DeferMaintenance), Tags.Maintenance, "Put a pending maintenance of a virtual machine off");

    internal sealed class Handler(CommandUnit unit, MachineViews views, PlacementDesk desk, FabricClock clock) : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Defer(work, command), cancellationToken);

        private Outcome<Reply> Defer(UnitOfWork work, Command command)
        {
            var name = ApplyMaintenance.MachineIn(command.Id);
            if (work.Find<VirtualMachine>(command.Subscription, Names.KeyOf(name)) is not { Cluster: { } cluster } machine)
            {
                return Refusals.NotFound("such maintenance");
            }

            if (Pending(work, machine, cluster) is not { } part)
            {
                return Refusals.Conflict("noMaintenancePending", "No maintenance is pending for it.");
            }

            if (command.Body.Until <= clock.Now || command.Body.Until > part.ForcedAt)
            {
                return BodyBinder.Invalid([("$.until", $"It can be put off until {part.ForcedAt} at most, and not into the past.")]);
            }

            desk.Post(work, cluster, new FabricRequest.DeferMaintenance(part.Rollout, machine.Instance, command.Body.Until), clock.Now);
            return Reply.Ok(views.Of(work, machine), machine.Etag);
        }
    }

    internal static RolloutPart? Pending(UnitOfWork work, VirtualMachine machine, ClusterId cluster) =>
        work.Find<ClusterRolloutRow>(cluster) is { } row && StoreJson.Read<ClusterRollout>(row.Json) is { RollsBack: false } r
            && work.Find<FabricInstance>(machine.Instance) is { Node: { } node } && !r.Part.Update.Versions.IsIn(work.Find<FabricNode>(node)?.Versions)
            ? r.Part
            : null;
}
