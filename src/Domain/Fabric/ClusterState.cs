// What one cluster's controller knows: loaded from the store, changed only inside a Turn, thrown away on any doubt.
// It is a mutable aggregate of immutable records: one copy, owned by one actor, no locks (docs/adr/0001).
using System.Collections.Immutable;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Health;
using Rdfe.Domain.Migration;
using Rdfe.Domain.Network;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Placement;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.ServiceHealth;
using Rdfe.Domain.Staging;
using Rdfe.Domain.Topology;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Domain.Windows;
using NodeState = Rdfe.Domain.Topology.NodeState;

namespace Rdfe.Domain.Fabric;

/// <summary>The state of one cluster (F2): nodes, what runs on them, what is under way.</summary>
public sealed class ClusterState
{
    private readonly Dictionary<NodeId, FabricNode> nodes = [];
    private readonly Dictionary<InstanceId, FabricInstance> instances = [];
    private readonly Dictionary<string, Deployment> deployments = new(StringComparer.Ordinal);
    private readonly Dictionary<string, VirtualMachine> machines = new(StringComparer.Ordinal);
    private readonly Dictionary<string, DedicatedHost> hosts = new(StringComparer.Ordinal);
    private readonly Dictionary<OperationId, Operation> operations = [];
    private readonly NodeIndexes nodeIndexes = new();
    private readonly FabricTopology fabric;
    private readonly HealthSettings settings;
    private ClusterHealth health = ClusterHealth.Fine;
    private ClusterBundles bundles = new();
    private WindowBook windows = WindowBook.Empty;

    /// <summary>An empty cluster over its part of the topology.</summary>
    public ClusterState(FabricTopology fabric, Cluster cluster, string hostOs, HealthSettings? health = null)
    {
        this.fabric = fabric;
        settings = health ?? new HealthSettings();
        Cluster = cluster;
        HostOs = hostOs;
        Capacity = new ClusterCapacity(cluster.Id);
        Dips = new AddressBook(cluster.DipPool);
        Vips = new AddressBook(cluster.VipPool);
        Ripples = new ClusterRipples(this);
    }

    /// <summary>The hardware (F1).</summary>
    public Cluster Cluster { get; }

    /// <summary>Its id.</summary>
    public ClusterId Id => Cluster.Id;

    /// <summary>The host OS image that nodes are provisioned with.</summary>
    public string HostOs { get; }

    /// <summary>The book of what is placed where (P1).</summary>
    public ClusterCapacity Capacity { get; }

    /// <summary>Addresses of instances (N1).</summary>
    public AddressBook Dips { get; }

    /// <summary>Public addresses (N1).</summary>
    public AddressBook Vips { get; }

    /// <summary>Packages whose role images are in the cluster's repository (F4).</summary>
    public HashSet<string> RoleImages { get; } = new(StringComparer.Ordinal);

    /// <summary>Number of the last event that was committed.</summary>
    public long EventSequence { get; set; }

    /// <summary>What is to be looked at when nobody says anything (H2).</summary>
    public Agenda Agenda { get; } = new();

    /// <summary>Notices of service health that are open here (W4).</summary>
    public IncidentBook Incidents { get; } = new();

    /// <summary>The brakes (L2).</summary>
    public ClusterHealth Health
    {
        get => health;
        set
        {
            health = value;
            Ripples.ReachAll();
        }
    }

    /// <summary>The rollout that is in the cluster; null for none (M5).</summary>
    public ClusterRollout? Rollout { get; set; }

    /// <summary>What its nodes are to hold ahead of their turn, and which of them do (F4).</summary>
    public StagingBook Staging { get; } = new();

    /// <summary>What is installed on its nodes, and what is on its way (F5, L4).</summary>
    public ClusterBundles Bundles
    {
        get => bundles;
        set
        {
            bundles = value;
            Ripples.ReachAll();
        }
    }

    /// <summary>When its tenants' instances may be maintained (W5).</summary>
    public WindowBook Windows
    {
        get => windows;
        set
        {
            windows = value;
            Ripples.ReachAll();
        }
    }

    /// <summary>Nodes that are to be asked anew, since something has changed about them.</summary>
    public ClusterRipples Ripples { get; }

    /// <summary>The nodes that the rollout has before it, with what each waits for: kept to be asked less, made anew on any doubt.</summary>
    internal RolloutQueue? Queue { get; set; }

    /// <summary>Instances that shall run, and how many of them are healthy (M5).</summary>
    public (int Wanted, int Healthy) Running => Indexes.Running;

    /// <summary>Those of them that are not healthy (M5).</summary>
    internal UnwellInstances Unwell => Indexes.Unwell;

    /// <summary>What guests are told (W3).</summary>
    public NoticeBook Notices { get; } = new();

    /// <summary>Instances that wait for the promise or for what else blocks them, in order of id.</summary>
    public IReadOnlyList<FabricInstance> Waiting => [.. Indexes.Waiting.Select(s => s.Now)];

    /// <summary>Instances that need another node, in order of id.</summary>
    public IReadOnlyList<FabricInstance> Healing => [.. Indexes.Healing.Select(s => s.Now)];

    /// <summary>Instances that are being moved live, in order of id (M4).</summary>
    public IReadOnlyList<FabricInstance> Migrating => [.. Indexes.Moving.Select(s => s.Now)];

    /// <summary>Nodes that are being maintained, in order of id.</summary>
    public IReadOnlyList<FabricNode> Maintained => [.. nodeIndexes.Maintained.Select(id => nodes[id])];

    /// <summary>Those of some nodes that are being maintained, and all that wait for more than themselves meanwhile, in order of id.</summary>
    internal IReadOnlyList<FabricNode> MaintainedOf(NodeRipples asked) =>
        asked.All ? Maintained : nodeIndexes.ClearingOr(asked.Nodes, nodes);

    /// <summary>Nodes on which an install is under way (L4), in order of id.</summary>
    public IReadOnlyList<FabricNode> Installing => nodeIndexes.Installing.Count == 0 ? [] : [.. nodeIndexes.Installing.Select(id => nodes[id])];

    /// <summary>Nodes that are likely to fail and still serve (H4), in order of id.</summary>
    public IReadOnlyList<FabricNode> Suspects => [.. nodeIndexes.Suspects.Select(id => nodes[id])];

    /// <summary>By what instances are found.</summary>
    internal InstanceIndexes Indexes { get; } = new();

    /// <summary>All nodes.</summary>
    public IReadOnlyDictionary<NodeId, FabricNode> Nodes => nodes;

    /// <summary>All instances.</summary>
    public IReadOnlyDictionary<InstanceId, FabricInstance> Instances => instances;

    /// <summary>All deployments, by key.</summary>
    public IReadOnlyDictionary<string, Deployment> Deployments => deployments;

    /// <summary>All virtual machines, by key.</summary>
    public IReadOnlyDictionary<string, VirtualMachine> Machines => machines;

    /// <summary>All dedicated hosts, by key.</summary>
    public IReadOnlyDictionary<string, DedicatedHost> Hosts => hosts;

    /// <summary>Operations under way.</summary>
    public IReadOnlyDictionary<OperationId, Operation> Operations => operations;

    /// <summary>Instances of a deployment or virtual machine, in order of id.</summary>
    public IEnumerable<FabricInstance> InstancesOf(string owner) => Indexes.ByOwner[owner].Select(s => s.Now);

    /// <summary>Instances that an operation waits for, in order of id.</summary>
    public IEnumerable<FabricInstance> AwaitedBy(OperationId operation) => Indexes.ByOperation[operation].Select(s => s.Now);

    /// <summary>Instances on a node, in order of id.</summary>
    public IEnumerable<FabricInstance> On(NodeId node) => Indexes.ByNode[node].Select(s => s.Now);

    /// <summary>Members of a role or availability set, in order of id.</summary>
    public IEnumerable<FabricInstance> MembersOf(GroupId group) => Indexes.ByGroup[group].Select(s => s.Now);

    /// <summary>How many instances are being moved live.</summary>
    public int MigratingCount => Indexes.Moving.Count;

    /// <summary>Instances that are being moved live to a node, in order of id (M4).</summary>
    public IEnumerable<FabricInstance> ArrivingAt(NodeId node) => Indexes.ByTarget[node].Select(s => s.Now);

    /// <summary>Members of a role or availability set that are down, in order of id (M1).</summary>
    public IEnumerable<FabricInstance> DownIn(GroupId group) => Indexes.DownByGroup[group].Select(s => s.Now);

    /// <summary>True when a node may take new instances: ready, heard, and free of copies left behind.</summary>
    public bool IsSchedulable(FabricNode node) =>
        node.State == NodeState.Ready && !Hardware(node.Id).FcReserved
        && node.Install is not { Reboots: true } && node.Maintenance is not { ClosesNode: true }
        && node.Health is null or { Trouble: NodeTrouble.None, SilentSince: null, Ghosts.IsDefaultOrEmpty: true };

    /// <summary>The hardware of a node.</summary>
    public Node Hardware(NodeId node) =>
        fabric.Find(node) ?? throw new InvalidOperationException($"The topology has no node {node}.");

    /// <summary>Adds or replaces a node, and keeps the book and the agenda in step.</summary>
    public void Put(FabricNode node)
    {
        if (!nodes.TryGetValue(node.Id, out var old))
        {
            var hardware = Hardware(node.Id);
            Capacity.AddNode(
                new NodeCapacity(node.Id, hardware.Rack, hardware.FaultDomain, hardware.Family, hardware.Total), IsSchedulable(node));
        }

        nodes[node.Id] = node;
        nodeIndexes.Change(old, node);
        Indexes.Change(old, node);
        Staging.Keep(old, node);
        Ripples.Of(old, node);
        Agenda.Set(new AgendaItem(AgendaKind.Node, node.Id.Value), node.NextDeadline);
        KeepGhosts(old?.Ghosts ?? [], node.Ghosts);
        if (old is null || IsSchedulable(old) != IsSchedulable(node))
        {
            Capacity.SetSchedulable(node.Id, IsSchedulable(node));
        }

        if (old?.Owner != node.Owner)
        {
            Capacity.SetOwner(node.Id, node.Owner);
        }
    }

    /// <summary>Adds or replaces an instance, and keeps the book in step with the node that it has.</summary>
    public void Put(FabricInstance instance)
    {
        var old = instances.GetValueOrDefault(instance.Id);
        // One that arrives takes the place that was kept for it: that is free first.
        Arrivals.Release(Capacity, old, instance);
        if (old?.Node != instance.Node)
        {
            if (old?.Node is not null)
            {
                Capacity.Release(old.Id);
                if (old.Dip is not null)
                {
                    Dips.Release(old.Dip.Value);
                }
            }

            if (instance.Node is { } node)
            {
                Capacity.Occupy(node, OccupantOf(instance));
                if (instance.Dip is { } dip)
                {
                    Dips.Take(dip);
                }
            }
        }

        Arrivals.Reserve(Capacity, old, instance);
        instances[instance.Id] = instance;
        Indexes.Change(old, instance);
        Ripples.Of(old, instance);
        Agenda.Set(new AgendaItem(AgendaKind.Instance, instance.Id.Value), InstanceWatch.DeadlineOf(instance, settings));
    }

    /// <summary>Asks something of the book as if an instance had no place in it yet, and had to go to another node.</summary>
    public T WithoutIt<T>(FabricInstance instance, Func<T> ask)
    {
        if (instance.Node is not { } node || !Capacity.Release(instance.Id))
        {
            return ask();
        }

        Capacity.SetSchedulable(node, false);
        try
        {
            return ask();
        }
        finally
        {
            Capacity.Occupy(node, OccupantOf(instance));
            Capacity.SetSchedulable(node, IsSchedulable(nodes[node]));
        }
    }

    /// <summary>Removes an instance and gives its node and address back.</summary>
    public void Remove(FabricInstance instance)
    {
        Arrivals.Release(Capacity, instances.GetValueOrDefault(instance.Id), null);
        Indexes.Change(instances.GetValueOrDefault(instance.Id), null);
        Ripples.Of(instance, null);
        instances.Remove(instance.Id);
        Agenda.Set(new AgendaItem(AgendaKind.Instance, instance.Id.Value), null);
        if (instance.Node is not null)
        {
            Capacity.Release(instance.Id);
            if (instance.Dip is not null)
            {
                Dips.Release(instance.Dip.Value);
            }
        }
    }

    /// <summary>Adds or replaces a deployment.</summary>
    public void Put(Deployment deployment)
    {
        KeepVip(deployments.GetValueOrDefault(deployment.Key)?.Vip, deployment.Vip);
        deployments[deployment.Key] = deployment;
        Agenda.Set(new AgendaItem(AgendaKind.Deployment, deployment.Key), deployment.Update?.Deadline);
    }

    /// <summary>Replaces one of two deployments that exchange their VIPs: both addresses stay taken.</summary>
    public void Swap(Deployment deployment) => deployments[deployment.Key] = deployment;

    /// <summary>Removes a deployment and frees its VIP.</summary>
    public void Remove(Deployment deployment)
    {
        KeepVip(deployments.GetValueOrDefault(deployment.Key)?.Vip, null);
        deployments.Remove(deployment.Key);
        Agenda.Set(new AgendaItem(AgendaKind.Deployment, deployment.Key), null);
    }

    /// <summary>Adds or replaces a virtual machine.</summary>
    public void Put(VirtualMachine machine)
    {
        KeepVip(machines.GetValueOrDefault(machine.Key)?.Vip, machine.Vip);
        machines[machine.Key] = machine;
    }

    /// <summary>Removes a virtual machine and frees its VIP.</summary>
    public void Remove(VirtualMachine machine)
    {
        KeepVip(machines.GetValueOrDefault(machine.Key)?.Vip, null);
        machines.Remove(machine.Key);
    }

    /// <summary>Adds or replaces a dedicated host.</summary>
    public void Put(DedicatedHost host) => hosts[host.Key] = host;

    /// <summary>Removes a dedicated host.</summary>
    public void Remove(DedicatedHost host) => hosts.Remove(host.Key);

    /// <summary>Keeps an operation while it is under way, and forgets it once it has ended.</summary>
    public void Put(Operation operation)
    {
        if (operation.Ended)
        {
            operations.Remove(operation.Id);
        }
        else
        {
            operations[operation.Id] = operation;
        }
    }

    /// <summary>Forgets an operation that goes on in another cluster.</summary>
    public void Forget(Operation operation) => operations.Remove(operation.Id);

    internal static Occupant OccupantOf(FabricInstance i) =>
        new(i.Id, i.Group, i.UpdateDomain, i.Needs, i.HostOwner, i.Isolated);

    private void KeepVip(Ipv4Address? old, Ipv4Address? now)
    {
        if (old == now)
        {
            return;
        }

        if (old is not null)
        {
            Vips.Release(old.Value);
        }

        if (now is not null)
        {
            Vips.Take(now.Value);
        }
    }

    // The address of a copy left behind belongs to nobody else until the copy is gone (H3).
    private void KeepGhosts(ImmutableArray<Ghost> old, ImmutableArray<Ghost> now)
    {
        foreach (var gone in old.Where(g => g.Dip is not null && !now.Contains(g)))
        {
            Dips.Release(gone.Dip!.Value);
        }

        foreach (var come in now.Where(g => g.Dip is not null && !old.Contains(g)))
        {
            Dips.Take(come.Dip!.Value);
        }
    }
}
