// Bundles of versions, and what each requires of the rest of a node (F5): the operator's documents.
using MediatR;
using Rdfe.Api.Features.Fabric;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Bundles;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;

namespace Rdfe.Api.Features.Bundles;

/// <summary>Versions by component; what is absent is not spoken of.</summary>
public sealed record VersionsView(
    string? HostOs = null, string? Hypervisor = null, string? HostAgent = null, string? NetworkAgent = null,
    string? VirtualDiskDriver = null, string? Firmware = null, string? GuestAgent = null)
{
    public static VersionsView? Of(VersionSet? v) => v is null
        ? null
        : new(v.HostOs, v.Hypervisor, v.HostAgent, v.NetworkAgent, v.VirtualDiskDriver, v.Firmware, v.GuestAgent);
}

/// <param name="Component">What something is required of.</param>
/// <param name="Of">The component of the bundle that requires it; absent for each of the bundle's others.</param>
/// <param name="Versions">Versions that will do; in place of from and below.</param>
/// <param name="From">The lowest that will do.</param>
/// <param name="Below">The lowest that will no longer do.</param>
public sealed record RequirementView(
    Component Component, Component? Of = null, IReadOnlyList<string>? Versions = null, string? From = null, string? Below = null);

/// <param name="SameGeneration">Components that must be of one generation (the first number of a version) wherever the bundle brings one of them.</param>
public sealed record BundleView(
    VersionsView Versions, IReadOnlyList<RequirementView>? Requires = null, IReadOnlyList<Component>? SameGeneration = null,
    string? Notes = null, string? Name = null, string? Etag = null);

public static class PutBundle
{
    public sealed record Command(string Name, string Document) : ICommand;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapDocument<BundleView>("/fabric/bundles/{name}", (call, text) => new Command(call.Name("name"), text))
            .Needs(Access.Operator)
            .Answers<BundleView>(200, 201)
            .Named(nameof(PutBundle), Tags.Fabric, "Create or replace a bundle of versions");

        routes.MapDocumentReads<BundleView>(FabricDocuments.Bundle, "Bundle", "a bundle of versions");
    }

    internal sealed class Handler(CommandUnit unit, FabricCatalogue catalogue) : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken)
        {
            var read = Bundle.Read(command.Name, command.Document);
            return read.Refused
                ? Task.FromResult<Outcome<Reply>>(read.Refusal)
                : unit.CommitAsync(work => Put(work, read.Value), cancellationToken);
        }

        private Outcome<Reply> Put(UnitOfWork work, Bundle bundle)
        {
            var old = FabricDocuments.Find(work, FabricDocuments.Bundle, bundle.Name);
            if (unit.Precondition(old?.ETag) is { } refusal)
            {
                return refusal;
            }

            var kept = bundle with { Name = old?.NameKey ?? bundle.Name };
            var after = FabricStartup.BundlesOf(work.Db).With(kept);
            if (string.Equals(after.First, kept.Name, StringComparison.OrdinalIgnoreCase)
                && VersionSet.Components.Any(c => kept.Versions[c] is null))
            {
                return Refusals.Conflict("firstBundle", $"Nodes begin with {kept.Name}: it keeps versions of all components.");
            }

            FabricDocuments.Write(work, kept);
            var row = work.Find<DocumentRow>(FabricDocuments.Bundle, kept.Name)!;
            work.AfterCommit(() => catalogue.Bundles = after);
            return Reply.Put(old is not null, FabricDocument.View(row.Json, row.ETag, row.NameKey), row.ETag);
        }
    }
}
