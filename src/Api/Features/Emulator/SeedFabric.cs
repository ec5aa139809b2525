// Makes a small world in one go: the same commands as tenants send, all or nothing, with ids that follow from the seed, so
// that the same body in the same fabric gives the same world again (docs/adr/0004).
using System.Globalization;
using FluentValidation;
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Emulator;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.Emulator;

public static class SeedFabric
{
    // How many seeds the fabric has had: the next one's ids must be others.
    private const string CountKey = "emulator.seeds";

    public sealed record Command(SeedBody Body) : ICommand, IEvenInSafeMode;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<SeedBody>("POST", "/fabric/emulator/seed", (_, body) => new Command(body))
        .Needs(Access.Operator)
        .Answers<SeedView>()
        .WithMetadata(new Heavy())
        .Named(nameof(SeedFabric), Tags.Emulator, "Make a small world in one go, all or nothing");

    public sealed class Validator : AbstractValidator<SeedBody>
    {
        public Validator()
        {
            RuleFor(b => b.Sample).Must((b, sample) => sample is null != b.Subscriptions is null)
                .WithMessage("Say either sample, a shipped world, or subscriptions, one of your own.");
            RuleFor(b => b.Sample).Must(s => s is null || ShippedSamples.WorldNames.Contains(s, StringComparer.Ordinal))
                .WithMessage(_ => $"The shipped worlds are {string.Join(", ", ShippedSamples.WorldNames)}.");
            RuleFor(b => b.Subscriptions).Must(s => s is null or { Count: >= 1 and <= 100 })
                .WithMessage("A seed has 1 to 100 subscriptions.");
        }
    }

    internal sealed class Handler(
        EmulatorCommand command, FabricEmulator emulator, InnerCalls calls, IdSource ids, IReadStore reads, IFabricDirectory fabric,
        Infrastructure.Hosts.SimulatedDurations durations) : IRequestHandler<Command, Outcome<Reply>>
    {
        public async Task<Outcome<Reply>> Handle(Command request, CancellationToken cancellationToken)
        {
            if (await command.ForbiddenAsync(cancellationToken) is { } forbidden)
            {
                return forbidden;
            }

            var wanted = request.Body.Sample is { } sample ? ShippedSamples.World(sample, fabric.Regions.First()) : request.Body;
            var planted = await emulator.AsOneAsync(() => PlantAsync(wanted));
            command.Rejoin();
            return planted;
        }

        private async Task<Outcome<Reply>> PlantAsync(SeedBody wanted)
        {
            var run = new SeedRun(calls, ids);
            int count;
            ulong seed;
            await using (var db = await reads.OpenAsync(CancellationToken.None))
            {
                count = int.Parse((await db.FindAsync<MetaRow>(CountKey))?.Value ?? "0", CultureInfo.InvariantCulture);
                seed = FabricEmulator.SeedOf(db) ?? durations.Seed;
            }

            SeedView view;
            using (ids.Sow($"{seed}/{count}/{StoreJson.Write(wanted)}"))
            {
                view = await run.RunAsync(wanted.Subscriptions!);
            }

            if (run.Errors.Count > 0)
            {
                return Refusals.Invalid("seedRefused", "The world has errors; each is named at its place, and nothing was made.", run.Errors);
            }

            return await command.RecordAsync(work =>
            {
                work.Upsert(new MetaRow { Key = CountKey, Value = (count + 1).ToString(CultureInfo.InvariantCulture) });
                emulator.Log(work, "fabricSeeded", $"{view.Subscriptions.Sum(s => s.Resources)} resources were made in one go.");
                return Reply.Ok(view);
            });
        }
    }
}
