// Bundles pushed to the cluster of a story, as the operator's request does it, and what came of them.
using Rdfe.Domain;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;

namespace Rdfe.Infrastructure.Tests.Engine;

internal static class Pushes
{
    public static OperationId Push(
        this Story story, string bundle, int nodes = 1, string? because = null, IReadOnlyCollection<Component>? only = null)
    {
        var shelf = story.Town.Catalogue.Bundles;
        var versions = shelf.Find(bundle)!.Versions;
        return story.Town.Ask(story.Cluster, OperationKinds.InstallBundle, StepNames.InstallBundle, o => new FabricRequest.InstallBundle(
            bundle, only is null ? versions : versions.Only(only), CompatibilityMatrix.Of(shelf.Bundles).Rules, nodes,
            because is null ? null : new PushOverride("ops", because, story.Town.Clock.Now), o));
    }

    public static void Override(this Story story, OperationId push) => story.Post(
        new FabricRequest.OverrideBundle(push, new PushOverride("ops", "the fix is what makes them healthy", story.Town.Clock.Now)));

    public static void Post(this Story story, FabricRequest request) => story.Town.Committer.CommitAsync(unit =>
        story.Town.Desk.Post(unit, story.Cluster, request, story.Town.Clock.Now)).GetAwaiter().GetResult();

    public static ClusterBundles Bundles(this Story story) =>
        StoreJson.Read<ClusterBundles>(story.Town.One<ClusterBundlesRow>(r => r.Cluster == story.Cluster).Json);

    /// <summary>The cluster's nodes but those of its controller, which no push touches.</summary>
    public static IReadOnlyList<FabricNode> Nodes(this Story story) =>
        [.. story.Town.All<FabricNode>().Where(n => n.Cluster == story.Cluster && !story.Town.Catalogue.Topology.Find(n.Id)!.FcReserved)];

    public static OperationStatus StatusOf(this Story story, OperationId operation) => story.Town.OperationOf(operation).Status;
}
