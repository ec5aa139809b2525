// Do the books balance? Every figure that is kept is counted again from what it stands for, in one pass over the store.
// It shares no code with what keeps the figures; call it at the end of a test, after a crash, at any moment at all.
using Microsoft.EntityFrameworkCore;
using Rdfe.Domain;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Topology;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Testing;

public static class Books
{
    /// <summary>Throws with every figure that is wrong.</summary>
    public static void Check(RdfeDbContext db, FabricTopology topology)
    {
        using var snapshot = db.Database.BeginTransaction();
        var wrong = new Audit(db, topology).Run();
        if (wrong.Count > 0)
        {
            throw new InvalidOperationException("The books do not balance:\n" + string.Join('\n', wrong));
        }
    }

    private sealed class Audit(RdfeDbContext db, FabricTopology topology)
    {
        private readonly List<string> wrong = [];
        private readonly List<VirtualMachine> machines = [.. All<VirtualMachine>(db).Where(m => IsLive(m.State))];
        private readonly List<DedicatedHost> hosts = [.. All<DedicatedHost>(db).Where(h => IsLive(h.State))];
        private readonly List<Deployment> deployments = [.. All<Deployment>(db).Where(d => IsLive(d.State))];
        private readonly List<FabricInstance> instances = All<FabricInstance>(db);
        private readonly List<FabricNode> nodes = All<FabricNode>(db);
        private readonly List<(ClusterId Cluster, FabricRequest Request)> inbox =
            [.. All<InboxRow>(db).Select(r => (r.Cluster, StoreJson.Read<FabricRequest>(r.RequestJson)))];

        public List<string> Run()
        {
            Quotas();
            Clusters();
            PinsAndOwners();
            Addresses();
            Operations();
            Meters();
            return wrong;
        }

        private void Quotas()
        {
            foreach (var quota in All<QuotaRow>(db))
            {
                var tenant = quota.SubscriptionId;
                long? counted = quota.Resource switch
                {
                    Quota.Cores => machines.Where(m => m.SubscriptionId == tenant).Sum(m => m.HostOwner is null ? m.Needs.Cores : 0)
                        + hosts.Where(h => h.SubscriptionId == tenant).Sum(h => h.Cores)
                        + deployments.Where(d => d.SubscriptionId == tenant).Sum(d => d.CoresHeld)
                        + Pending(tenant).Sum(t => t.Cores),
                    Quota.Vms => machines.Count(m => m.SubscriptionId == tenant),
                    Quota.Vips => machines.Count(m => m.SubscriptionId == tenant && (m.Vip is not null || m.NeedsVip))
                        + deployments.Count(d => d.SubscriptionId == tenant && d.Model.NeedsVip)
                        + Pending(tenant).Sum(t => t.Vips),
                    _ => null,
                };
                Equal($"quota {quota.Resource} of {tenant}", counted ?? quota.Used, quota.Used);
            }
        }

        // Changes that wait hold what they add, over and above what the resource's row says.
        private IEnumerable<QuotaTaken> Pending(SubscriptionId tenant) => inbox.Select(i => i.Request switch
        {
            FabricRequest.ChangeConfiguration c when c.Operation.SubscriptionId == tenant => c.Taken,
            FabricRequest.UpdateDeployment c when c.Operation.SubscriptionId == tenant => c.Taken,
            FabricRequest.ChangeVirtualMachine c when c.Operation.SubscriptionId == tenant => c.Taken,
            _ => QuotaTaken.None,
        });

        private void Clusters()
        {
            foreach (var load in All<ClusterLoadRow>(db))
            {
                var id = load.Cluster;
                var waiting = deployments.Where(d => d.Cluster == id && d.Waiting is not null).Select(d => d.Waiting!.Scope).ToList();
                var asked = inbox.Where(i => i.Cluster == id).Select(i => i.Request).ToList();
                var placings = asked.OfType<FabricRequest.Placing>().Select(p => p.Scope).Concat(waiting).ToList();
                Equal($"cores in flight of {id}",
                    placings.Sum(s => s.Cores) + asked.OfType<FabricRequest.ChangeConfiguration>().Sum(c => c.CoresInFlight)
                        + asked.OfType<FabricRequest.UpdateDeployment>().Sum(c => c.CoresInFlight),
                    load.CoresInFlight);
                Equal($"VIPs of {id}",
                    machines.Count(m => m.Cluster == id && m.Vip is not null)
                        + deployments.Count(d => d.Cluster == id && d.Vip is not null)
                        + placings.Sum(s => s.VipsHeld)
                        + asked.OfType<FabricRequest.ChangeVirtualMachine>().Sum(c => c.Taken.Vips),
                    load.VipsUsed);
                Equal($"cores of {id}", nodes.Where(n => n.Cluster == id).Sum(CoresOn), load.CoresUsed);
            }
        }

        private long CoresOn(FabricNode node)
        {
            // Whoever is being moved live has a place where it is, and one where it goes (M4).
            var on = instances.Where(i => i.Node == node.Id || i.Migration?.Target == node.Id).ToList();
            var total = topology.Find(node.Id)!.Total;
            var taken = on.Aggregate(Resources.None, (sum, i) => sum + i.Needs);
            Hold(taken.FitsIn(total), $"{node.Id} is over-committed: {taken} of {total}.");
            Hold(on.TrueForAll(i => i.HostOwner == node.Owner), $"{node.Id} of {node.Owner ?? "nobody"} hosts strangers.");
            Hold(!on.Exists(i => i.Isolated) || on.Count == 1, $"{node.Id} hosts others beside an isolated instance.");
            return node.Owner is not null || on.Exists(i => i.Isolated) ? total.Cores : taken.Cores;
        }

        private void PinsAndOwners()
        {
            var members = machines.Where(m => m.Spec.AvailabilitySet is not null)
                .Select(m => (Key: Domain.Fabric.Pins.OfSet(m.SubscriptionId, m.Spec.AvailabilitySet!), m.Cluster))
                .Concat(deployments.Select(d => (Key: Domain.Fabric.Pins.OfService(d.SubscriptionId, d.Service), d.Cluster)))
                .ToLookup(m => m.Key, m => m.Cluster, StringComparer.Ordinal);
            var pins = All<PinRow>(db).ToDictionary(p => p.Key, StringComparer.Ordinal);
            foreach (var key in pins.Keys.Union(members.Select(m => m.Key)))
            {
                Equal($"members of the pin {key}", members[key].Count(), pins.GetValueOrDefault(key)?.Members ?? 0);
                Hold(members[key].All(c => c == pins.GetValueOrDefault(key)?.Cluster), $"The members of {key} are not where it is pinned.");
            }

            var owners = machines.Select(m => (m.Key, m.Cluster)).Concat(deployments.Select(d => (d.Key, d.Cluster))).ToHashSet();
            foreach (var i in instances)
            {
                Hold(owners.Contains((i.Owner, i.Cluster)), $"{i.Id} belongs to {i.Owner}, which {i.Cluster} does not have.");
                Hold(i.Node is not { } node || topology.Find(node)?.Cluster == i.Cluster, $"{i.Id} is on {i.Node}, outside {i.Cluster}.");
            }

            foreach (var node in nodes.Where(n => n.Owner is not null))
            {
                Hold(hosts.Exists(h => h.Key == node.Owner && h.Node == node.Id), $"{node.Id} belongs to {node.Owner}, which is not there.");
            }
        }

        private void Addresses()
        {
            foreach (var twice in instances.Where(i => i.Dip is not null).GroupBy(i => i.Dip).Where(g => g.Count() > 1))
            {
                wrong.Add($"The DIP {twice.Key} is had by {string.Join(", ", twice.Select(i => i.Id))}.");
            }

            var vips = machines.Select(m => (m.Vip, m.Key)).Concat(deployments.Select(d => (d.Vip, d.Key))).Where(v => v.Vip is not null);
            foreach (var twice in vips.GroupBy(v => v.Vip).Where(g => g.Count() > 1))
            {
                wrong.Add($"The VIP {twice.Key} is had by {string.Join(", ", twice.Select(v => v.Key))}.");
            }

            foreach (var i in instances)
            {
                Hold(i.Node is null == i.Dip is null, $"{i.Id} has the node {i.Node} and the DIP {i.Dip}.");
            }
        }

        private void Operations()
        {
            var awaited = machines.Select(m => m.Operation).Concat(deployments.Select(d => d.Operation))
                .Concat(hosts.Select(h => h.Operation))
                .Concat(deployments.Select(d => d.Update?.Operation).OfType<OperationId>())
                .Concat(deployments.Select(d => d.Update?.Walk).OfType<OperationId>())
                .Concat(instances.Select(i => i.Operation).OfType<OperationId>())
                .Concat(nodes.Select(n => n.Operation).OfType<OperationId>())
                .Concat(All<ClusterBundlesRow>(db).Select(b => StoreJson.Read<ClusterBundles>(b.Json).Push?.Operation).OfType<OperationId>())
                .Concat(inbox.Select(i => OperationOf(i.Request)).OfType<OperationId>())
                .ToHashSet();
            var active = All<OperationRow>(db).Where(o => o.EndedAt is null && o.Cluster is not null).ToList();
            foreach (var o in active.Where(o => !awaited.Contains(o.Id)))
            {
                wrong.Add($"{o.Id} ({o.Kind} {o.ResourcePath}) is {o.Status}, and nothing will ever end it.");
            }

            foreach (var m in machines.Where(m => m.State is ProvisioningState.Accepted or ProvisioningState.Running or ProvisioningState.Deleting))
            {
                Hold(active.Exists(o => o.Id == m.Operation), $"{m.Key} is {m.State}, and its operation {m.Operation} has ended.");
            }
        }

        // What costs: whatever has a node, and its addresses; nothing else. And whoever runs can ask about itself.
        private void Meters()
        {
            var due = instances.Where(i => i.Node is not null).ToDictionary(
                i => $"instance/{i.Id}",
                i => (1, i.HostOwner is null ? i.Needs.Cores : 0, machines.Count(m => m.Instance == i.Id && m.Vip is not null)));
            foreach (var d in deployments.Where(d => d.Vip is not null))
            {
                due.Add($"deployment/{d.Id}", (0, 0, 1));
            }

            foreach (var h in hosts.Where(h => h.Node is not null))
            {
                due.Add($"host/{h.Key}", (0, h.Cores, 0));
            }

            var kept = All<MeterRow>(db).ToDictionary(m => m.Resource, m => (m.Instances, m.Cores, m.Vips));
            foreach (var key in due.Keys.Union(kept.Keys))
            {
                Hold(due.GetValueOrDefault(key) == kept.GetValueOrDefault(key),
                    $"The meter of {key} says {kept.GetValueOrDefault(key)}, and it has {due.GetValueOrDefault(key)}.");
            }

            var named = All<InstanceCapabilityRow>(db).Select(c => (c.Instance, c.Cluster)).ToHashSet();
            Hold(named.SetEquals(instances.Select(i => (i.Id, i.Cluster))), "Instances and capabilities are not the same.");
        }

        private static OperationId? OperationOf(FabricRequest request) => request switch
        {
            FabricRequest.Placing r => r.Operation.Id,
            FabricRequest.ChangeConfiguration r => r.Operation.Id,
            FabricRequest.UpdateDeployment r => r.Operation.Id,
            FabricRequest.WalkUpdateDomain r => r.Operation.Id,
            FabricRequest.RollBackUpdate r => r.Operation.Id,
            FabricRequest.SwapDeployments r => r.Operation.Id,
            FabricRequest.TakeNodeOut r => r.Operation.Id,
            FabricRequest.ReturnNode r => r.Operation.Id,
            FabricRequest.DeleteDeployment r => r.Operation.Id,
            FabricRequest.DeleteVirtualMachine r => r.Operation.Id,
            FabricRequest.DeleteDedicatedHost r => r.Operation.Id,
            FabricRequest.ChangeVirtualMachine r => r.Operation.Id,
            FabricRequest.PowerInstance r => r.Operation.Id,
            FabricRequest.ProvisionNode r => r.Operation.Id,
            FabricRequest.InstallBundle r => r.Operation.Id,
            _ => null,
        };

        private void Equal(string what, long counted, long kept) => Hold(counted == kept, $"The {what}: {kept} are kept, {counted} are counted.");

        private void Hold(bool holds, string otherwise)
        {
            if (!holds)
            {
                wrong.Add(otherwise);
            }
        }

        private static bool IsLive(ProvisioningState state) => state is not (ProvisioningState.Failed or ProvisioningState.Canceled);

        private static List<T> All<T>(RdfeDbContext db) where T : class => [.. db.Set<T>().AsNoTracking()];
    }
}
