// Puts the whole fabric back to a snapshot, its clock included; whoever calls meanwhile is asked to come again (L3).
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure.Emulator;

namespace Rdfe.Api.Features.Emulator;

public static class RestoreSnapshot
{
    public sealed record Command(SnapshotBody Body) : ICommand, IEvenInSafeMode;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<SnapshotBody>("POST", "/fabric/emulator/restore", (_, body) => new Command(body))
        .Needs(Access.Operator)
        .Answers<SnapshotView>()
        .WithMetadata(new Heavy())
        .Named(nameof(RestoreSnapshot), Tags.Emulator, "Put the whole fabric back to a snapshot, clock included");

    internal sealed class Handler(EmulatorCommand command, FabricEmulator emulator) : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command request, CancellationToken cancellationToken) => command.ReplaceAsync(
            () => emulator.RestoreAsync(request.Body.Name, cancellationToken),
            note => Reply.Ok(SnapshotView.Of(note)),
            cancellationToken);
    }
}
