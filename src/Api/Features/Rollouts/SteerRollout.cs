// What an operator orders of a rollout under way: pause, resume, cancel, roll back, or go on past what stopped it (M5, L4).
using MediatR;
using Rdfe.Api.Features.Bundles;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Rollouts;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Rollouts;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Rollouts;

public enum Steer
{
    Pause,
    Resume,
    Cancel,
    Rollback,
    Override,
}

public static class SteerRollout
{
    /// <param name="Name">Which rollout.</param>
    /// <param name="Steer">What is ordered.</param>
    /// <param name="Reason">Why; an override needs one.</param>
    public sealed record Command(string Name, Steer Steer, string? Reason) : ICommand;

    public static void Map(IEndpointRouteBuilder routes)
    {
        Plain(routes, Steer.Pause, "PauseRollout", "Stop a rollout for now; nodes that were begun are finished");
        Plain(routes, Steer.Resume, "ResumeRollout", "Go on with a rollout that was paused, or has stopped");
        Plain(routes, Steer.Cancel, "CancelRollout", "End a rollout; nodes keep what they have");
        Plain(routes, Steer.Rollback, "RollBackRollout", "Change back what a rollout has changed");
        routes.MapCommand<OverrideBody>("POST", "/fabric/rollouts/{name}/override",
                (call, body) => new Command(call.Name("name"), Steer.Override, body.Reason))
            .Needs(Access.Operator)
            .Answers<RolloutView>()
            .Named("OverrideRollout", Tags.Fabric, "Go on past the health gate and the limit of failures; the promise is kept all the same");
    }

    private static void Plain(IEndpointRouteBuilder routes, Steer steer, string name, string summary) => routes
        .MapCommand("POST", $"/fabric/rollouts/{{name}}/{Words.Of(steer)}", call => new Command(call.Name("name"), steer, null))
        .Needs(Access.Operator)
        .Answers<RolloutView>()
        .Named(name, Tags.Fabric, summary);

    internal sealed class Handler(CommandUnit unit, PlacementDesk desk, FabricClock clock, Call call) : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Order(work, command), cancellationToken);

        private Outcome<Reply> Order(UnitOfWork work, Command command)
        {
            if (RolloutDesk.Find(work, command.Name) is not { } rollout)
            {
                return Refusals.NotFound("such rollout");
            }

            if (unit.Precondition(RolloutView.ETagOf(rollout)) is { } refusal)
            {
                return refusal;
            }

            if (command.Steer != Steer.Pause && SafeModeHolds(work, rollout) is { } readOnly)
            {
                return readOnly;
            }

            if (!May(rollout.Status, command.Steer))
            {
                return Refusals.Conflict("rolloutState", $"{rollout.Name} is {Words.Of(rollout.Status)}: {Words.Of(command.Steer)} changes nothing about that.");
            }

            var conducted = Conduct(rollout, command);
            RolloutDesk.Save(work, desk, conducted, clock.Now);
            return Reply.Ok(ReadRollouts.View(call, work.Db, conducted.Rollout), RolloutView.ETagOf(rollout));
        }

        private Conducted Conduct(Rollout rollout, Command command) => command.Steer switch
        {
            Steer.Pause => Conducting.Pause(rollout, $"by {call.Caller.Name}"),
            Steer.Cancel => Conducting.Cancel(rollout, clock.Now),
            Steer.Rollback => Conducting.RollBack(rollout, clock.Now),
            Steer.Override => Conducting.Resume(rollout, new RolloutOrder(call.Caller.Name, command.Reason!, clock.Now), clock.Now),
            _ => Conducting.Resume(rollout, null, clock.Now),
        };

        private static bool May(RolloutStatus status, Steer steer) => steer switch
        {
            Steer.Pause => status == RolloutStatus.Running,
            Steer.Resume => status == RolloutStatus.Paused,
            Steer.Rollback => status is RolloutStatus.Running or RolloutStatus.Paused,
            _ => status is RolloutStatus.Running or RolloutStatus.Paused or RolloutStatus.RollingBack,
        };

        private static Refusal? SafeModeHolds(UnitOfWork work, Rollout rollout) =>
            rollout.Clusters.Select(c => SafeModes.Forbids(work, c.Cluster)).FirstOrDefault(r => r is not null);
    }
}
