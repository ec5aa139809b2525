// F1: another topology takes the place of the present one, in one unit: the document, the rows of nodes and clusters that
// come and go, and a word to every controller whose hardware changes. Turns decided on the hardware before are void.
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Topology;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.Engine;

/// <summary>Replaces the topology.</summary>
public sealed class TopologyUpdate(FabricCatalogue catalogue, PlacementDesk desk, Wakeups wakeups)
{
    /// <summary>The topology as it is in this unit; memory follows only after the commit.</summary>
    public FabricTopology Present(DocumentRow row) => row.ETag == FabricDocuments.ETagOf(catalogue.Topology)
        ? catalogue.Topology
        : TopologyDocument.Read(row.Json).Value;

    /// <summary>Makes the change, or refuses it with everybody who is in its way.</summary>
    public Outcome<TopologyChange> Apply(UnitOfWork unit, FabricTopology before, FabricTopology after, Instant now)
    {
        var diff = TopologyDiff.Between(before, after);
        var touched = Touched(before, after, diff);
        var decided = TopologyChange.Decide(before, after, Holders(unit, touched), cluster => Pinned(unit, cluster));
        if (decided.Refused)
        {
            return decided;
        }

        FabricDocuments.Write(unit, after);
        // Before anybody is woken, so that who wakes finds the new one.
        unit.AfterCommit(() => catalogue.Topology = after);
        foreach (var node in diff.RemovedNodes)
        {
            RemoveNode(unit, node, now);
        }

        foreach (var cluster in diff.RemovedClusters)
        {
            RemoveCluster(unit, cluster.Id, now);
        }

        FabricStartup.Place(unit, after.Clusters.Where(c => touched.Contains(c.Id)), catalogue, now);
        var etag = FabricDocuments.ETagOf(after);
        foreach (var cluster in touched)
        {
            ClusterStore.ChangeHardware(unit, cluster, etag);
            if (before.Find(cluster) is not null && after.Find(cluster) is not null)
            {
                desk.Post(unit, cluster, new FabricRequest.ReloadTopology(), now);
            }
            else
            {
                unit.AfterCommit(() => wakeups.Wake(cluster));
            }
        }

        return decided;
    }

    // What maintenance hardware can do is no difference that anybody stands in the way of; its controllers shall know of it all
    // the same.
    private static HashSet<ClusterId> Touched(FabricTopology before, FabricTopology after, TopologyDiff diff) =>
    [
        .. after.Nodes.Where(n => before.Find(n.Id) is { } old && old.Hardware.Maintenance != n.Hardware.Maintenance).Select(n => n.Cluster),
        .. diff.AddedClusters.Select(c => c.Id), .. diff.RemovedClusters.Select(c => c.Id),
        .. diff.ChangedClusters.Select(c => c.Before.Id),
        .. diff.AddedNodes.Select(n => n.Cluster), .. diff.RemovedNodes.Select(n => n.Cluster),
        .. diff.ChangedNodes.Select(n => n.Before.Cluster),
    ];

    // Whatever holds a node: instances, running or not, those that are being moved to it, and the customer who has it as a dedicated host.
    private static Func<NodeId, IReadOnlyCollection<InstanceId>> Holders(UnitOfWork unit, HashSet<ClusterId> touched)
    {
        var holders = new List<(NodeId Node, InstanceId Holder)>();
        foreach (var cluster in touched)
        {
            holders.AddRange(unit.Db.Set<FabricInstance>().AsNoTracking()
                .Where(i => i.Cluster == cluster && i.Node != null).Select(i => new { i.Node, i.Migration, i.Id }).AsEnumerable()
                .SelectMany(i => new[] { i.Node, i.Migration?.Target }.OfType<NodeId>().Select(n => (n, i.Id))));
            holders.AddRange(unit.Db.Set<FabricNode>().AsNoTracking()
                .Where(n => n.Cluster == cluster && n.Owner != null).Select(n => new { n.Id, n.Owner }).AsEnumerable()
                .Select(n => (n.Id, new InstanceId("the dedicated host " + n.Owner))));
        }

        var byNode = holders.ToLookup(h => h.Node, h => h.Holder);
        return node => [.. byNode[node]];
    }

    // What lives in a cluster, or is on its way there, without an instance.
    private static List<string> Pinned(UnitOfWork unit, ClusterId cluster)
    {
        var db = unit.Db;
        return
        [
            .. db.Set<Deployment>().AsNoTracking().Where(d => d.Cluster == cluster).AsEnumerable()
                .Select(d => $"the deployment {d.Service}/{d.Slot} of {d.SubscriptionId}"),
            .. db.Set<VirtualMachine>().AsNoTracking().Where(m => m.Cluster == cluster).AsEnumerable()
                .Select(m => $"the virtual machine {m.Name} of {m.SubscriptionId}"),
            .. db.Set<DedicatedHost>().AsNoTracking().Where(h => h.Cluster == cluster).AsEnumerable()
                .Select(h => $"the dedicated host {h.Name} of {h.SubscriptionId}"),
            .. db.Set<StorageAccountRow>().AsNoTracking().Where(s => s.Cluster == cluster).AsEnumerable()
                .Select(s => $"the storage account {s.Name} of {s.SubscriptionId}"),
            .. db.Set<PinRow>().AsNoTracking().Where(p => p.Cluster == cluster).AsEnumerable().Select(p => p.Key),
        ];
    }

    private static void RemoveNode(UnitOfWork unit, Node node, Instant now)
    {
        var row = unit.Find<FabricNode>(node.Id);
        if (row?.Operation is { } id && unit.Find<OperationRow>(id) is { EndedAt: null } operation)
        {
            Fail(unit, operation, $"The node {node.Id} was taken out of the topology.", now);
        }

        unit.Delete<FabricNode>(node.Id);
    }

    // Nothing lives there, or the change would have been refused: what is left is the operator's own work.
    private void RemoveCluster(UnitOfWork unit, ClusterId cluster, Instant now)
    {
        foreach (var operation in unit.Db.Set<OperationRow>().AsNoTracking()
            .Where(o => o.Cluster == cluster && o.EndedAt == null).ToList())
        {
            Fail(unit, operation, $"The cluster {cluster} was taken out of the topology.", now);
        }

        unit.Delete<ClusterLoadRow>(cluster);
        unit.Delete<ClusterHealthRow>(cluster);
        unit.AfterCommit(() => catalogue.Note(cluster, ClusterHealth.Fine));
        unit.Execute("""DELETE FROM "Inbox" WHERE "Cluster" = @p0""", cluster.Value);
        unit.Execute("""DELETE FROM "RoleImages" WHERE "Cluster" = @p0""", cluster.Value);
    }

    private static void Fail(UnitOfWork unit, OperationRow row, string message, Instant now)
    {
        var failed = row.ToOperation().Fail(new OperationError("topologyChanged", message), now).ToRow();
        failed.ReportJson = row.ReportJson;
        unit.Upsert(failed);
    }
}
