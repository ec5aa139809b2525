// The image repository (F4). A newer host OS is what nodes are provisioned with from now on, and a newer guest OS is what
// services that follow their family get (U3): their controllers are told.
using System.Collections.Immutable;
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Images;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Fabric;

/// <summary>An image. The name and the etag are in answers, and may be left out in a PUT; only a guest OS has a family.</summary>
public sealed record ImageView(
    ImageKind Kind, string Version, long SizeMib, int? Family = null, string? Sha256 = null, string? Name = null, string? Etag = null);

public static class PutImage
{
    public sealed record Command(string Name, string Document) : ICommand;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapDocument<ImageView>("/fabric/images/{name}", (call, text) => new Command(call.Name("name"), text))
            .Needs(Access.Operator)
            .Answers<ImageView>(200, 201)
            .Named(nameof(PutImage), Tags.Fabric, "Create or replace an image of the repository");

        routes.MapDocumentReads<ImageView>(FabricDocuments.Image, "Image", "an image");
    }

    internal sealed class Handler(CommandUnit unit, FabricCatalogue catalogue, PlacementDesk desk, FabricClock clock)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken)
        {
            var read = Image.Read(command.Name, command.Document);
            return read.Refused
                ? Task.FromResult<Outcome<Reply>>(read.Refusal)
                : unit.CommitAsync(work => Put(work, read.Value), cancellationToken);
        }

        private Outcome<Reply> Put(UnitOfWork work, Image image)
        {
            var old = FabricDocuments.Find(work, FabricDocuments.Image, image.Name);
            if (unit.Precondition(old?.ETag) is { } refusal)
            {
                return refusal;
            }

            var kept = image with { Name = old?.NameKey ?? image.Name };
            var before = FabricStartup.ImagesOf(work.Db);
            var after = before.With(kept);
            if (after.Refused)
            {
                return after.Refusal;
            }

            FabricDocuments.Write(work, kept);
            var row = work.Find<DocumentRow>(FabricDocuments.Image, kept.Name)!;
            work.AfterCommit(() => catalogue.Images = after.Value);
            if (before.NewestHostOs()?.Name != after.Value.NewestHostOs()?.Name)
            {
                foreach (var cluster in catalogue.Topology.Clusters.Where(c => work.Find<ClusterLoadRow>(c.Id) is not null))
                {
                    desk.Post(work, cluster.Id, new FabricRequest.ReloadTopology(), clock.Now);
                }
            }

            Publish(work, kept, before, after.Value);
            return Reply.Put(old is not null, FabricDocument.View(row.Json, row.ETag, row.NameKey), row.ETag);
        }

        // U3: in the same unit, so that no cluster can miss it.
        private void Publish(UnitOfWork work, Image image, ImageRepository before, ImageRepository after)
        {
            if (image is not { Kind: ImageKind.GuestOs, Family: { } family }
                || after.NewestGuestOs(family) is not { } newest || before.NewestGuestOs(family)?.Name == newest.Name)
            {
                return;
            }

            var older = after.Images.Where(i => i.Kind == ImageKind.GuestOs && i.Family == family && i.Name != newest.Name)
                .Select(i => i.Name).ToImmutableArray();
            foreach (var cluster in catalogue.Topology.Clusters.Where(c => work.Find<ClusterLoadRow>(c.Id) is not null))
            {
                desk.Post(work, cluster.Id, new FabricRequest.GuestOsPublished(newest.Name, older), clock.Now);
            }
        }
    }
}
