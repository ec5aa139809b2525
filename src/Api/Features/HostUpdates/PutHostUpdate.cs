// Updates of hosts (M4): the operator's documents, from which rollouts take what changes and how it may be brought on.
using MediatR;
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Features.Bundles;
using Rdfe.Api.Features.Fabric;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;

namespace Rdfe.Api.Features.HostUpdates;

/// <param name="Component">What it changes; hardware for a node that goes for good.</param>
/// <param name="Version">The version that nodes have after it; hardware has none.</param>
/// <param name="Image">The image of the repository that is staged first; a host OS has one, nothing else does.</param>
/// <param name="HotPatchable">Functions may be redirected as they run.</param>
/// <param name="HypervisorReplaceable">The running hypervisor may be replaced by this one.</param>
/// <param name="MemoryPreserving">Whether guests may be paused with their memory kept: heavy with a boot of the host OS, light without.</param>
/// <param name="LiveMigratable">Whether guests may be moved away as they run. True where absent.</param>
/// <param name="NeedsHostReboot">Whether it takes effect only with a boot of the host; absent: true for host OS, hypervisor and firmware.</param>
/// <param name="SecurityCritical">It is not held to one reboot a month.</param>
/// <param name="Requires">What must hold on the same node after it.</param>
/// <param name="SameGeneration">Components that must be of one generation with the one that it brings.</param>
/// <param name="ReleaseNotes">What has changed, for operators.</param>
/// <param name="Impact">What tenants are told of it.</param>
public sealed record HostUpdateView(
    MaintainedComponent Component, string? Version = null, string? Image = null, bool HotPatchable = false,
    bool HypervisorReplaceable = false, MemoryPreserving MemoryPreserving = MemoryPreserving.None, bool LiveMigratable = true,
    bool? NeedsHostReboot = null, bool SecurityCritical = false, IReadOnlyList<RequirementView>? Requires = null,
    IReadOnlyList<Component>? SameGeneration = null, string? ReleaseNotes = null, string? Impact = null, string? Name = null,
    string? Etag = null);

public static class PutHostUpdate
{
    public sealed record Command(string Name, string Document) : ICommand;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapDocument<HostUpdateView>("/fabric/hostUpdates/{name}", (call, text) => new Command(call.Name("name"), text))
            .Needs(Access.Operator)
            .Answers<HostUpdateView>(200, 201)
            .Named(nameof(PutHostUpdate), Tags.Fabric, "Create an update of hosts, or replace one that is nowhere under way");

        routes.MapDocumentReads<HostUpdateView>(FabricDocuments.HostUpdate, "HostUpdate", "an update of hosts");
    }

    internal sealed class Handler(CommandUnit unit, FabricCatalogue catalogue) : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Put(work, command), cancellationToken);

        private Outcome<Reply> Put(UnitOfWork work, Command command)
        {
            var read = HostUpdateDocument.Read(command.Name, command.Document, catalogue.Images);
            if (read.Refused)
            {
                return read.Refusal;
            }

            var old = FabricDocuments.Find(work, FabricDocuments.HostUpdate, command.Name);
            if (unit.Precondition(old?.ETag) is { } refusal)
            {
                return refusal;
            }

            var kept = read.Value with { Name = old?.NameKey ?? command.Name };
            FabricDocuments.Write(work, kept);
            var row = work.Find<DocumentRow>(FabricDocuments.HostUpdate, kept.Name)!;
            return old is not null && old.ETag != row.ETag && WhyUsed(work, kept.Name) is { } used
                ? used
                : Reply.Put(old is not null, FabricDocument.View(row.Json, row.ETag, row.NameKey), row.ETag);
        }

        // What nodes are being given must not change its meaning under way. A rollout that names it is asked here as well.
        private static Refusal? WhyUsed(UnitOfWork work, string name) =>
            work.Db.Set<FabricNode>().AsNoTracking().Where(n => n.Maintenance != null).AsEnumerable()
                .FirstOrDefault(n => n.Maintenance!.Update == name) is { } node
                ? Refusals.Conflict("hostUpdateInUse", $"{node.Id} is being given {name}; what it says can't change meanwhile.")
                : null;
    }
}
