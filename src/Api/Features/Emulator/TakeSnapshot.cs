// Keeps the whole fabric under a name, to go back to: both stores and the packages, as they are between two rounds of the
// engine. Snapshots are files beside the store, so a reset or a restore leaves them alone.
using FluentValidation;
using MediatR;
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure.Emulator;

namespace Rdfe.Api.Features.Emulator;

/// <param name="TakenAt">Real time.</param>
/// <param name="Clock">Fabric time that it goes back to.</param>
/// <param name="Bytes">What it takes on disk.</param>
public sealed record SnapshotView(string Name, Instant TakenAt, Instant Clock, double Rate, long Bytes, int Packages)
{
    public static SnapshotView Of(SnapshotNote note) =>
        new(note.Name, note.TakenAt, note.Clock, note.Rate, note.Bytes, note.Packages.Count);
}

/// <summary>The body of whatever is done with a snapshot.</summary>
public sealed record SnapshotBody(string Name);

public sealed class SnapshotBodyRules : AbstractValidator<SnapshotBody>
{
    public SnapshotBodyRules() => RuleFor(b => b.Name).Must(Names.IsName).WithMessage(Names.Rule);
}

public static class TakeSnapshot
{
    public sealed record Command(SnapshotBody Body) : ICommand, IEvenInSafeMode;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapCommand<SnapshotBody>("POST", "/fabric/emulator/snapshot", (_, body) => new Command(body))
            .Needs(Access.Operator)
            .Answers<SnapshotView>(201)
            .WithMetadata(new Heavy())
            .Named(nameof(TakeSnapshot), Tags.Emulator, "Keep the whole fabric under a name");

        routes.MapList("/fabric/emulator/snapshots", (call, _, page, _) => Task.FromResult<object>(page.Of(
                call,
                [.. Shelf(call).All().Where(s => string.CompareOrdinal(Names.KeyOf(s.Name), page.After) > 0)
                    .OrderBy(s => Names.KeyOf(s.Name), StringComparer.Ordinal).Take(page.Top + 1)],
                s => Names.KeyOf(s.Name), SnapshotView.Of)))
            .Needs(Access.Operator)
            .Answers<Listing<SnapshotView>>()
            .Named("ListSnapshots", Tags.Emulator, "List snapshots");

        routes.MapRead("/fabric/emulator/snapshots/{name}", (call, _, _) => Task.FromResult<Outcome<Reply>>(
                call.Name("name") is var name && Names.IsName(name) && Shelf(call).Find(name) is { } found
                    ? Reply.Ok(SnapshotView.Of(found))
                    : Refusals.NotFound("such snapshot")))
            .Needs(Access.Operator)
            .Answers<SnapshotView>()
            .Named("GetSnapshot", Tags.Emulator, "Read what is noted of a snapshot");
    }

    private static Snapshots Shelf(Call call) => call.Http.RequestServices.GetRequiredService<Snapshots>();

    internal sealed class Handler(EmulatorCommand command, FabricEmulator emulator) : IRequestHandler<Command, Outcome<Reply>>
    {
        public async Task<Outcome<Reply>> Handle(Command request, CancellationToken cancellationToken)
        {
            var taken = await emulator.SnapshotAsync(request.Body.Name, cancellationToken);
            return taken.Refused
                ? taken.Refusal
                : await command.RecordAsync(_ => Reply.Created(
                    SnapshotView.Of(taken.Value), location: "/fabric/emulator/snapshots/" + taken.Value.Name));
        }
    }
}
