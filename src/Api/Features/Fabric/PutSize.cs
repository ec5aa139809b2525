// The catalogue of sizes (D4): data like everything else. What runs already keeps the figures it was placed with.
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Sizes;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;

namespace Rdfe.Api.Features.Fabric;

/// <summary>A size; cores to the hundredth. The name and the etag are in answers, and may be left out in a PUT.</summary>
public sealed record SizeView(
    string Family, decimal Cores, long MemoryMib, long LocalDiskGib, long NetworkMbps, string? Name = null, string? Etag = null);

public static class PutSize
{
    public sealed record Command(string Name, string Document) : ICommand;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapDocument<SizeView>("/fabric/sizes/{name}", (call, text) => new Command(call.Name("name"), text))
            .Needs(Access.Operator)
            .Answers<SizeView>(200, 201)
            .Named(nameof(PutSize), Tags.Fabric, "Create or replace a size");

        routes.MapDocumentReads<SizeView>(FabricDocuments.Size, "Size", "a size");
    }

    internal sealed class Handler(CommandUnit unit, FabricCatalogue catalogue) : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken)
        {
            var read = SizeCatalogue.ReadSize(command.Name, command.Document);
            return read.Refused
                ? Task.FromResult<Outcome<Reply>>(read.Refusal)
                : unit.CommitAsync(work => Put(work, read.Value), cancellationToken);
        }

        private Outcome<Reply> Put(UnitOfWork work, VmSize size)
        {
            var old = FabricDocuments.Find(work, FabricDocuments.Size, size.Name);
            if (unit.Precondition(old?.ETag) is { } refusal)
            {
                return refusal;
            }

            // A name keeps the spelling that it was first given.
            var kept = size with { Name = old?.NameKey ?? size.Name };
            FabricDocuments.Write(work, kept);
            var row = work.Find<DocumentRow>(FabricDocuments.Size, kept.Name)!;
            work.AfterCommit(() => catalogue.Sizes = catalogue.Sizes.With(kept));
            return Reply.Put(old is not null, FabricDocument.View(row.Json, row.ETag, row.NameKey), row.ETag);
        }
    }
}
