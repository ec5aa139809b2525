// Puts the whole fabric back to its first start, on another topology or at another time if need be: 2012-02-28T23:00:00Z,
// and the leap day comes. Only where hosts and clock are simulated (L3).
using FluentValidation;
using MediatR;
using NodaTime;
using Rdfe.Api.Features.Fabric;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure.Emulator;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Emulator;

public static class ResetFabric
{
    private static readonly Instant Earliest = Instant.FromUtc(1970, 1, 1, 0, 0);
    private static readonly Instant Latest = Instant.FromUtc(2200, 1, 1, 0, 0);

    /// <param name="Topology">Another topology document; the configured one where there is none.</param>
    /// <param name="Clock">Fabric time to start at; that of the first start where there is none.</param>
    /// <param name="Seed">Seed of the simulated hosts; the configured one where there is none.</param>
    /// <param name="Rate">Fabric seconds per real second; the configured rate where there is none.</param>
    public sealed record Body(
        System.Text.Json.Nodes.JsonObject? Topology = null, Instant? Clock = null, long? Seed = null, double? Rate = null);

    public sealed record Command(Body Body, FabricTopology? Topology) : ICommand, IEvenInSafeMode;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<Body>("POST", "/fabric/emulator/reset", Read, bodyOptional: true)
        .Needs(Access.Operator)
        .Answers<ClockView>()
        .WithMetadata(new Heavy())
        .Named(nameof(ResetFabric), Tags.Emulator, "Put the whole fabric back to its first start");

    private static Command Read(Call call, Body body)
    {
        if (body.Topology is null)
        {
            return new Command(body, null);
        }

        var read = TopologyDocument.Read(body.Topology.ToJsonString());
        if (!read.Refused)
        {
            return new Command(body, read.Value);
        }

        foreach (var (path, messages) in read.Refusal.Errors)
        {
            foreach (var message in messages)
            {
                call.Error("$.topology" + (path.StartsWith('$') ? path[1..] : "." + path), message);
            }
        }

        if (read.Refusal.Errors.IsEmpty)
        {
            call.Error("$.topology", read.Refusal.Detail);
        }

        return new Command(body, null);
    }

    public sealed class Validator : AbstractValidator<Body>
    {
        public Validator()
        {
            RuleFor(b => b.Clock).Must(c => c is null || (c >= Earliest && c <= Latest))
                .WithMessage("The clock starts between the years 1970 and 2200.");
            RuleFor(b => b.Seed).Must(s => s is null or >= 0).WithMessage("A seed is 0 or more.");
            RuleFor(b => b.Rate).Must(r => r is null or (>= 0 and <= 1_000_000)).WithMessage("A rate is 0 (stands still) to 1,000,000.");
        }
    }

    internal sealed class Handler(EmulatorCommand command, FabricEmulator emulator, FabricClock clock)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command request, CancellationToken cancellationToken) => command.ReplaceAsync(
            () => emulator.ResetAsync(request.Topology, request.Body.Clock, (ulong?)request.Body.Seed, request.Body.Rate),
            _ => Reply.Ok(ClockView.Of(clock)),
            cancellationToken);
    }
}
