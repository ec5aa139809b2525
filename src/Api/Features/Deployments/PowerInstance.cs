// Reboots an instance, or makes its OS and role disks anew (reimage). Its data there is lost; its node and domains stay.
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Deployments;

public static class PowerInstance
{
    public sealed record Command(
        SubscriptionId Subscription, string Service, Slot Slot, string Instance, PowerAction Action, bool Force) : ICommand;

    public static void Map(IEndpointRouteBuilder routes)
    {
        Map(routes, "reboot", PowerAction.Restart, "RebootInstance", "Reboot an instance");
        Map(routes, "reimage", PowerAction.Reimage, "ReimageInstance", "Make an instance's disks anew");
    }

    private static void Map(IEndpointRouteBuilder routes, string verb, PowerAction action, string id, string summary) => routes
        .MapCommand("POST", ReadDeployments.Path + "/instances/{instance}/" + verb,
            call => new Command(
                call.Subscription, call.Name("service"), DeploymentRows.SlotOf(call), call.Name("instance"), action, PowerForce.Read(call)))
        .WithMetadata(PowerForce.Filter)
        .Needs(Access.Contributor)
        .Answers<InstanceView>(202)
        .Named(id, Tags.Deployments, summary);

    /// <summary>Whether what goes down shall not wait for the promise (M1); it is said in the log of events.</summary>
    internal static class PowerForce
    {
        public static Filter Filter { get; } =
            new("force", "true does it at once, even where another update domain of the role or availability set is down.");

        public static bool Read(Call call)
        {
            var asked = call.Http.Request.Query["force"].ToString();
            if (asked is not ("" or "true" or "false"))
            {
                call.Error("force", "force is 'true' or 'false'.");
            }

            return asked == "true";
        }
    }

    internal sealed class Handler(
        CommandUnit unit, DeploymentViews views, PlacementDesk desk, FabricClock clock, IdSource ids)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Ask(work, command), cancellationToken);

        private Outcome<Reply> Ask(UnitOfWork work, Command command)
        {
            var deployment = DeploymentRows.Of(work.Db, command.Subscription, command.Service, command.Slot);
            if (deployment?.Cluster is not { } cluster
                || ReadDeployments.Instance(work.Db, deployment, command.Instance) is not { } instance)
            {
                return Refusals.NotFound("such instance");
            }

            // An instance has no words of its tenant of its own: the deployment's are what If-Match guards.
            if ((unit.Precondition(deployment.Etag) ?? SafeModes.Forbids(work, cluster)) is { } refusal)
            {
                return refusal;
            }

            var path = $"{DeploymentRows.PathOf(deployment)}/instances/{instance.Name}";
            var other = DeploymentRows.UnderWay(work, cluster, path)
                // An update leaves alone what it is not about to change.
                ?? DeploymentRows.UnderWay(
                    work, cluster, DeploymentRows.PathOf(deployment),
                    but: instance.Planned is { Origin: ActOrigin.Update } ? null : deployment.Update);
            if (other is not null)
            {
                return DeploymentRows.InProgress(other.Id.Value, other.Kind);
            }

            if (instance.Operation is { } waiting)
            {
                return DeploymentRows.InProgress(waiting.Value, "on the instance");
            }

            var operation = Operation.Accept(
                new OperationId(ids.NextShort("op")), command.Subscription,
                command.Action == PowerAction.Reimage ? OperationKinds.ReimageInstance : OperationKinds.RebootInstance,
                path, cluster, StepNames.PowerCycle, done: 0, clock.Now);
            work.Upsert(operation.ToRow());
            desk.Post(work, cluster, new FabricRequest.PowerInstance(instance.Id, command.Action, operation, command.Force), clock.Now);
            return Reply.Accepted(views.Of(work.Db, deployment, instance), command.Subscription, operation.Id);
        }
    }
}
