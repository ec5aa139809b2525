// Ends a fault and forgets it. What its kind only breaks stays broken; power, networks and clocks are as before (H1).
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure.Hosts;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.Faults;

public static class DeleteFault
{
    public sealed record Command(string Name) : ICommand, IEvenInSafeMode;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand("DELETE", "/fabric/faults/{name}", call => new Command(call.Name("name")))
        .Needs(Access.Operator)
        .AnswersNothing()
        .Named(nameof(DeleteFault), Tags.Fabric, "End a fault of simulated hosts");

    internal sealed class Handler(CommandUnit unit, FaultBoard board) : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) => board.IsOpen
            ? unit.CommitAsync(
                work =>
                {
                    var key = Names.KeyOf(command.Name);
                    var row = work.Find<FaultRow>(key);
                    if (unit.Precondition(row?.ETag) is { } refusal)
                    {
                        return refusal;
                    }

                    if (row is not null)
                    {
                        work.Delete<FaultRow>(key);
                        var all = FaultBoard.Of(work.Db);
                        work.AfterCommit(() => board.Put(all));
                    }

                    return Reply.NoContent();
                },
                cancellationToken)
            : Task.FromResult<Outcome<Reply>>(PutFault.NotSimulated);
    }
}
