// The fabric's clock: real, or virtual with a rate, and then it can be advanced (DESIGN, Time).
using FluentValidation;
using MediatR;
using NodaTime;
using Rdfe.Api.Features.Operations;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Fabric;

/// <param name="Rate">Fabric seconds per real second; 0 stands still.</param>
/// <param name="Wall">What wall clocks show: the same, unless a fault makes them wrong (L5). Every deadline goes by now.</param>
public sealed record ClockView(ClockMode Mode, Instant Now, double Rate, Instant Wall, string Etag)
{
    public static ClockView Of(FabricClock clock, double? rate = null) =>
        Of(clock, clock.Now, rate ?? clock.Rate);

    private static ClockView Of(FabricClock clock, Instant now, double rate) =>
        new(clock.Mode, now, rate, clock.WallAt(now), TagOf(clock.Mode, rate));

    public static string TagOf(ClockMode mode, double rate) => ETags.Of(new { mode, rate });
}

/// <summary>Sets the rate, until the next start. Time goes on from where it is; only an advance moves it.</summary>
public static class PutClock
{
    public sealed record Body(double Rate, ClockMode? Mode = null, Instant? Now = null, Instant? Wall = null, string? Etag = null);

    public sealed record Command(Body Body) : ICommand;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapCommand<Body>("PUT", "/fabric/clock", (_, body) => new Command(body))
            .Needs(Access.Operator)
            .Answers<ClockView>()
            .Named(nameof(PutClock), Tags.Fabric, "Set the rate of a virtual clock");

        routes.MapRead("/fabric/clock", (call, _, _) =>
            {
                var view = ClockView.Of(call.Http.RequestServices.GetRequiredService<FabricClock>());
                return Task.FromResult(Reply.Ok(view, view.Etag));
            })
            .Needs(Access.Operator)
            .Answers<ClockView>()
            .Named("GetClock", Tags.Fabric, "Read the fabric's clock");
    }

    public sealed class Validator : AbstractValidator<Body>
    {
        public Validator() => RuleFor(b => b.Rate).InclusiveBetween(0, 1_000_000)
            .WithMessage("A rate is 0 (stands still) to 1,000,000.");
    }

    private sealed record Rate(double Value);

    internal sealed class Handler(CommandUnit unit, FabricClock clock) : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(
                work =>
                {
                    var body = command.Body;
                    if (clock.Mode == ClockMode.Real)
                    {
                        return Refusals.Conflict("clockIsReal", "The clock is real: it has no rate that could be set.");
                    }

                    // The clock follows when the batch is durable: who came before us in it has set another rate already.
                    var rate = work.Decided<Rate>()?.Value ?? clock.Rate;
                    if (unit.Precondition(ClockView.TagOf(clock.Mode, rate)) is { } refusal)
                    {
                        return refusal;
                    }

                    if (body.Mode is { } mode && mode != clock.Mode)
                    {
                        return Refusals.Conflict("clockMode", "The mode is a setting: Rdfe:Clock:Mode, read at start.");
                    }

                    if (body.Now > clock.Now)
                    {
                        return Refusals.Conflict("useAdvance", "Time is moved by POST /fabric/clock/advance, which runs what is due.");
                    }

                    work.AfterCommit(new Rate(body.Rate), asked => clock.SetRate(asked.Value));
                    var view = ClockView.Of(clock, body.Rate);
                    return Reply.Ok(view, view.Etag);
                },
                cancellationToken);
    }
}

/// <summary>Moves a virtual clock forward, running everything that falls due on the way.</summary>
public static class AdvanceClock
{
    private static readonly Duration Most = Duration.FromDays(3660);

    public sealed record Body(Duration? By = null, Instant? To = null);

    public sealed record Command(Body Body) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<Body>("POST", "/fabric/clock/advance", (_, body) => new Command(body))
        .Needs(Access.Operator)
        .Answers<OperationView>(202)
        .WithMetadata(new Heavy())
        .Named(nameof(AdvanceClock), Tags.Fabric, "Advance a virtual clock; one at a time");

    public sealed class Validator : AbstractValidator<Body>
    {
        public Validator()
        {
            RuleFor(b => b.By).Must((b, by) => by is null != b.To is null)
                .WithMessage("Say either by, a duration, or to, a time.");
            RuleFor(b => b.By).Must(d => d is null || (d > Duration.Zero && d <= Most))
                .WithMessage("by is above zero, and at most ten years.");
        }
    }

    internal sealed class Handler(CommandUnit unit, ClockAdvances advances, IdSource ids) : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(
                work =>
                {
                    var accepted = advances.Accept(work, new OperationId(ids.NextShort("op")), now => Target(command.Body, now));
                    return accepted.Refused
                        ? accepted.Refusal
                        : Reply.AcceptedByFabric(OperationView.Of(accepted.Value), accepted.Value.Id);
                },
                cancellationToken);

        private static Outcome<Instant> Target(Body body, Instant now)
        {
            var to = body.To ?? now + body.By!.Value;
            return to <= now ? BodyBinder.Invalid([("$.to", $"It is {now} already; time never goes back.")])
                : to - now > Most ? BodyBinder.Invalid([("$.to", "At most ten years at a time.")])
                : to;
        }
    }
}
