// L4: an operator says "go on" although a brake holds, for a while and with a reason, or takes it back. The activity log
// has who and when, the cluster's log of events why and until when.
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Fabric;

/// <summary>An operator's order to go on although a brake holds.</summary>
/// <param name="By">Name of the key that gave it.</param>
public sealed record BrakeOverrideView(string Reason, string By, Instant At, Instant Until)
{
    public static BrakeOverrideView? Of(BrakeOverride? order, Instant now) =>
        order is not null && now < order.Until ? new(order.Why, order.By, order.At, order.Until) : null;
}

public static class OverrideBrakes
{
    /// <param name="Duration">How long; an hour where nothing is said.</param>
    public sealed record Body(string Reason, Duration? Duration = null);

    /// <param name="Body">Null takes the order back.</param>
    public sealed record Command(ClusterId Cluster, Body? Body) : ICommand;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapCommand<Body>("POST", "/fabric/clusters/{cluster}/override", (call, body) => new Command(Named(call), body))
            .Needs(Access.Operator)
            .Answers<BrakeOverrideView>()
            .Named(nameof(OverrideBrakes), Tags.Fabric, "Go on although a brake holds, for a while");

        routes.MapCommand("DELETE", "/fabric/clusters/{cluster}/override", call => new Command(Named(call), null))
            .Needs(Access.Operator)
            .AnswersNothing()
            .Named("EndOverride", Tags.Fabric, "Take the order to go on back");
    }

    private static ClusterId Named(Call call) => new(call.Segment("cluster").ToLowerInvariant());

    public sealed class Validator : AbstractValidator<Body>
    {
        public Validator(IOptions<RdfeOptions> options)
        {
            var longest = Duration.FromTimeSpan(options.Value.Fabric.Health.Brakes.LongestOverride);
            RuleFor(b => b.Reason).Must(r => r.Trim().Length is > 0 and <= 500).WithMessage("A reason has 1 to 500 characters.");
            RuleFor(b => b.Duration).Must(d => d is null || (d > Duration.Zero && d <= longest))
                .WithMessage($"A duration is above 0, and at most {longest.TotalHours:0.##} hours.");
        }
    }

    internal sealed class Handler(
        CommandUnit unit, FabricCatalogue catalogue, PlacementDesk desk, Call call, FabricClock clock, IOptions<RdfeOptions> options)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Order(work, command), cancellationToken);

        private Outcome<Reply> Order(UnitOfWork work, Command command)
        {
            if (catalogue.Topology.Find(command.Cluster) is null || work.Find<ClusterLoadRow>(command.Cluster) is null)
            {
                return Refusals.NotFound("such cluster");
            }

            if (SafeModes.Forbids(work, command.Cluster) is { } readOnly)
            {
                return readOnly;
            }

            var now = clock.Now;
            var usual = Duration.FromTimeSpan(options.Value.Fabric.Health.Brakes.UsualOverride);
            var order = command.Body is { } body
                ? new BrakeOverride(call.Caller.Name, body.Reason.Trim(), now, now + (body.Duration ?? usual))
                : null;
            desk.Post(work, command.Cluster, new FabricRequest.OverrideBrake(order), now);
            return order is null ? Reply.NoContent() : Reply.Ok(BrakeOverrideView.Of(order, now)!);
        }
    }
}
