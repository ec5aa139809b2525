// Removes a snapshot; the fabric that was restored from it goes on.
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure.Emulator;

namespace Rdfe.Api.Features.Emulator;

public static class DeleteSnapshot
{
    public sealed record Command(string Name) : ICommand, IEvenInSafeMode;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand("DELETE", "/fabric/emulator/snapshots/{name}", call => new Command(call.Name("name")))
        .Needs(Access.Operator)
        .AnswersNothing()
        .Named(nameof(DeleteSnapshot), Tags.Emulator, "Remove a snapshot");

    internal sealed class Handler(EmulatorCommand command, FabricEmulator emulator) : IRequestHandler<Command, Outcome<Reply>>
    {
        public async Task<Outcome<Reply>> Handle(Command request, CancellationToken cancellationToken)
        {
            var removed = await emulator.RemoveAsync(request.Name);
            return removed.Refused ? removed.Refusal
                : removed.Value ? await command.RecordAsync(_ => Reply.NoContent())
                : Refusals.NotFound("such snapshot");
        }
    }
}
