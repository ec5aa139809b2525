// One turn of a cluster's controller: a batch of events decided one by one, and everything that must be committed
// before anything acts. The turn is data for the store; nothing in it has happened until it is committed.
using NodaTime;
using Rdfe.Domain.Billing;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Health;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.ServiceHealth;
using Rdfe.Domain.Staging;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Domain.Windows;

namespace Rdfe.Domain.Fabric;

/// <summary>What one turn changed, said and asks for.</summary>
public sealed class Turn
{
    private readonly SortedSet<string> goalsChanged = new(StringComparer.Ordinal);
    private readonly SortedSet<string> goalsMissed = new(StringComparer.Ordinal);
    private readonly SortedSet<string> networksChanged = new(StringComparer.Ordinal);
    private readonly List<FabricEffect> effects = [];
    private readonly HashSet<string> departed = new(StringComparer.Ordinal);

    /// <summary>A turn over a cluster's state.</summary>
    public Turn(ClusterState state, FabricSettings settings) => (State, Settings, RolloutBefore) = (state, settings, state.Rollout);

    /// <summary>The cluster.</summary>
    public ClusterState State { get; }

    /// <summary>The figures.</summary>
    public FabricSettings Settings { get; }

    /// <summary>Fabric time of the event being decided.</summary>
    public Instant Now { get; set; }

    /// <summary>Inbox rows that this turn acted on; they are deleted in its commit.</summary>
    public List<long> InboxDone { get; } = [];

    /// <summary>Nodes to write.</summary>
    public ChangedSet<NodeId, FabricNode> Nodes { get; } = new();

    /// <summary>Instances to write, or to delete where the state no longer has them.</summary>
    public ChangedSet<InstanceId, FabricInstance> Instances { get; } = new();

    /// <summary>Deployments to write, or to delete where the state no longer has them.</summary>
    public ChangedSet<string, Deployment> Deployments { get; } = new(StringComparer.Ordinal);

    /// <summary>Deployments that are off the record for good, with everything that is kept for them.</summary>
    public HashSet<string> Removed { get; } = new(StringComparer.Ordinal);

    /// <summary>Resources that the cluster lets go of but that stay on record: canceled or failed ones.</summary>
    public List<object> LetGo { get; } = [];

    /// <summary>Virtual machines to write, or to delete.</summary>
    public Dictionary<string, VirtualMachine> Machines { get; } = new(StringComparer.Ordinal);

    /// <summary>Dedicated hosts to write, or to delete.</summary>
    public Dictionary<string, DedicatedHost> Hosts { get; } = new(StringComparer.Ordinal);

    /// <summary>Operations to write.</summary>
    public Dictionary<OperationId, Operation> Operations { get; } = [];

    /// <summary>Role images that came into the repository.</summary>
    public List<string> RoleImages { get; } = [];

    /// <summary>Role images that nothing is made of any more (F4).</summary>
    public List<string> DroppedImages { get; } = [];

    /// <summary>Effects on state that clusters share.</summary>
    public List<SharedEffect> Shared { get; } = [];

    /// <summary>Changes of what is metered (R2), in the order in which they happened.</summary>
    public List<UsageChange> Usage { get; } = [];

    /// <summary>What was done outside a window, and why (W1, W2).</summary>
    public List<WindowLedgerEntry> Ledger { get; } = [];

    /// <summary>Boards of notices to write, or to delete where the state no longer has them (W3).</summary>
    public HashSet<string> Boards { get; } = new(StringComparer.Ordinal);

    /// <summary>What happened to notices, in order: what owners are told of.</summary>
    public List<NoticeChange> Notices { get; } = [];

    /// <summary>Owners for whom maintenance is pending from this turn on.</summary>
    public List<MaintenancePending> Pending { get; } = [];

    /// <summary>Instances that this turn has removed, as they were.</summary>
    public List<FabricInstance> Gone { get; } = [];

    /// <summary>Notices of service health to write (W4).</summary>
    public Dictionary<string, ServiceNotice> ServiceNotices { get; } = new(StringComparer.Ordinal);

    /// <summary>Instances that are new, and get the capability by which they ask about themselves (D7).</summary>
    public HashSet<InstanceId> Born { get; } = [];

    /// <summary>What is told to whoever listens.</summary>
    public List<FabricNews> News { get; } = [];

    /// <summary>Owners whose instances or state this turn has touched: what waits on them is looked at again.</summary>
    public SortedSet<string> Touched { get; } = new(StringComparer.Ordinal);

    /// <summary>True when everything that waits is to be looked at again, as after a start.</summary>
    public bool Everything { get; set; }

    /// <summary>True when instances that need another node are to be looked at in this turn.</summary>
    public bool HealNow { get; set; }

    /// <summary>True when something was begun that safe mode forbids (L3): the commit looks once more.</summary>
    public bool Decides { get; set; }

    /// <summary>True while safe mode holds (L3): facts are recorded, what is broken is restarted in place, nothing else changes.</summary>
    public bool SafeMode { get; init; }

    /// <summary>True when the cluster's brakes have changed.</summary>
    public bool HealthChanged { get; private set; }

    /// <summary>True when what the cluster keeps of bundles has changed.</summary>
    public bool BundlesChanged { get; private set; }

    /// <summary>True when the rollout in the cluster has changed.</summary>
    public bool RolloutChanged => RolloutBefore != State.Rollout;

    /// <summary>The rollout in the cluster as it was before.</summary>
    public ClusterRollout? RolloutBefore { get; }

    /// <summary>True when what the cluster's nodes are to hold ahead of their turn has changed (F4).</summary>
    public bool StagingChanged { get; private set; }

    /// <summary>True when the cluster must be loaded anew after this commit.</summary>
    public bool Reload { get; set; }

    /// <summary>True when it has only recorded facts, and nothing is to be done for it: it may become durable with the turn that follows.</summary>
    public bool IsQuiet => !Decides && !Reload && !HealthChanged && !BundlesChanged
        && InboxDone.Count + Shared.Count + LetGo.Count + Removed.Count + Machines.Count + Hosts.Count + Born.Count + Gone.Count + Usage.Count
        + Ledger.Count + ServiceNotices.Count + effects.Count + goalsChanged.Count + goalsMissed.Count + networksChanged.Count == 0;

    /// <summary>True when there is something to commit.</summary>
    public bool HasChanges =>
        InboxDone.Count + Nodes.Count + Instances.Count + Deployments.Count + Machines.Count + Hosts.Count
        + Operations.Count + RoleImages.Count + DroppedImages.Count + Shared.Count + News.Count + LetGo.Count + Usage.Count
        + Born.Count + Ledger.Count + Boards.Count + ServiceNotices.Count + goalsMissed.Count > 0 || HealthChanged || BundlesChanged || RolloutChanged || StagingChanged || effects.Count > 0;

    /// <summary>Changes a node.</summary>
    public void Put(FabricNode node)
    {
        Nodes.Add(node.Id, State.Nodes.GetValueOrDefault(node.Id));
        State.Put(node);
    }

    /// <summary>Changes an instance.</summary>
    public void Put(FabricInstance instance)
    {
        var old = State.Instances.GetValueOrDefault(instance.Id);
        var had = Metering.Of(State, old);
        Instances.Add(instance.Id, old);
        State.Put(InstanceHealth.Noted(old, instance, Now, Settings.Health));
        Touched.Add(instance.Owner);
        Meter(had, instance, Metering.Of(State, instance));
        if (old is null)
        {
            Born.Add(instance.Id);
        }
    }

    /// <summary>Removes an instance.</summary>
    public void Remove(FabricInstance instance)
    {
        var old = State.Instances.GetValueOrDefault(instance.Id);
        var had = Metering.Of(State, old);
        Instances.Add(instance.Id, old);
        State.Remove(instance);
        Touched.Add(instance.Owner);
        Born.Remove(instance.Id);
        Gone.Add(instance);
        Meter(had, instance, Metered.Nothing);
    }

    /// <summary>Changes a deployment.</summary>
    public void Put(Deployment deployment)
    {
        Meter(deployment, Metering.Of(deployment));
        Deployments.Add(deployment.Key, State.Deployments.GetValueOrDefault(deployment.Key));
        State.Put(deployment);
        Touched.Add(deployment.Key);
    }

    /// <summary>Changes a deployment's slot. Its address is another's until that one is put as well, so neither is freed.</summary>
    public void Swap(Deployment deployment)
    {
        Deployments.Add(deployment.Key, State.Deployments.GetValueOrDefault(deployment.Key));
        State.Swap(deployment);
        Swapped.Add(deployment.Key);
        Touched.Add(deployment.Key);
    }

    /// <summary>Deployments that have changed slots: their old names are free before the new ones are taken.</summary>
    public List<string> Swapped { get; } = [];

    /// <summary>Removes a deployment from the cluster and from record.</summary>
    public void Remove(Deployment deployment)
    {
        Meter(deployment, Metered.Nothing);
        Deployments.Add(deployment.Key, State.Deployments.GetValueOrDefault(deployment.Key));
        State.Remove(deployment);
        Removed.Add(deployment.Key);
    }

    /// <summary>Removes a deployment from the cluster, leaving <paramref name="last"/> on record.</summary>
    public void LetGoOf(Deployment last)
    {
        Meter(last, Metered.Nothing);
        State.Remove(last);
        LetGo.Add(last);
    }

    /// <summary>Changes a virtual machine.</summary>
    public void Put(VirtualMachine machine)
    {
        var instance = State.Instances.GetValueOrDefault(machine.Instance);
        var had = Metering.Of(State, instance);
        State.Put(machine);
        Machines[machine.Key] = machine;
        if (instance is not null)
        {
            Meter(had, instance, Metering.Of(State, instance));
        }
    }

    /// <summary>Removes a virtual machine from the cluster and from record.</summary>
    public void Remove(VirtualMachine machine)
    {
        State.Remove(machine);
        Machines[machine.Key] = machine;
    }

    /// <summary>Removes a virtual machine from the cluster, leaving <paramref name="last"/> on record.</summary>
    public void LetGoOf(VirtualMachine last)
    {
        State.Remove(last);
        Machines.Remove(last.Key);
        LetGo.Add(last);
    }

    /// <summary>Changes a dedicated host.</summary>
    public void Put(DedicatedHost host)
    {
        Meter(host, Metering.Of(host));
        State.Put(host);
        Hosts[host.Key] = host;
    }

    /// <summary>Removes a dedicated host from the cluster and from record.</summary>
    public void Remove(DedicatedHost host)
    {
        Meter(host, Metered.Nothing);
        State.Remove(host);
        Hosts[host.Key] = host;
    }

    /// <summary>Removes a dedicated host from the cluster, leaving <paramref name="last"/> on record.</summary>
    public void LetGoOf(DedicatedHost last)
    {
        Meter(last, Metered.Nothing);
        State.Remove(last);
        Hosts.Remove(last.Key);
        LetGo.Add(last);
    }

    /// <summary>Changes an operation.</summary>
    public void Put(Operation operation)
    {
        State.Put(operation);
        Operations[operation.Id] = operation;
        if (operation.Ended)
        {
            Say("operationEnded", operation.Id.Value, $"{operation.Kind} {Words.Of(operation.Status)} {operation.Resource}");
        }
    }

    /// <summary>Changes the cluster's brakes.</summary>
    public void Put(ClusterHealth health)
    {
        if (State.Health != health)
        {
            State.Health = health;
            HealthChanged = true;
        }
    }

    /// <summary>Changes what the cluster keeps of bundles.</summary>
    public void Put(ClusterBundles bundles)
    {
        if (State.Bundles != bundles)
        {
            State.Bundles = bundles;
            BundlesChanged = true;
        }
    }

    /// <summary>Changes the rollout in the cluster; null when there is none any more.</summary>
    public void Put(ClusterRollout? rollout)
    {
        if (State.Rollout != rollout)
        {
            State.Rollout = rollout;
        }
    }

    /// <summary>Changes what the cluster's nodes are to hold ahead of their turn; null for nothing any more.</summary>
    public void Put(ClusterStaging? staging) => (State.Staging.Present, StagingChanged) = (staging, true);

    /// <summary>Changes a board of notices.</summary>
    public void Put(NoticeBoard board)
    {
        State.Notices.Put(board);
        State.Agenda.Set(new AgendaItem(AgendaKind.Notices, board.Scope), board.NextDeadline(Now, Settings.Notices.LongestStarted));
        Boards.Add(board.Scope);
    }

    /// <summary>Takes a board of notices down: nobody is left to read it.</summary>
    public void TakeDown(string scope)
    {
        State.Notices.Remove(scope);
        State.Agenda.Set(new AgendaItem(AgendaKind.Notices, scope), null);
        Boards.Add(scope);
    }

    /// <summary>Changes a notice of service health.</summary>
    public void Put(ServiceNotice notice)
    {
        State.Incidents.Put(notice);
        ServiceNotices[notice.Id] = notice;
    }

    /// <summary>Tells whoever listens.</summary>
    public void Say(string kind, string subject, string data) => News.Add(new FabricNews(Now, kind, subject, data));

    /// <summary>Asks the world for something.</summary>
    public void Ask(FabricEffect effect) => effects.Add(effect);

    /// <summary>Notes that a node's goal state differs from what its agent has.</summary>
    public void ChangeGoalOf(NodeId node)
    {
        if (goalsChanged.Add(node.Value))
        {
            var old = State.Nodes[node];
            Put(old with { GoalGeneration = old.GoalGeneration + 1 });
        }
    }

    /// <summary>Notes that a node's agent has an older goal state: it gets the one of the turn's end, lest a later one be refused.</summary>
    public void ResendGoalOf(NodeId node) => goalsMissed.Add(node.Value);

    /// <summary>Notes that the network of an owner differs from what is programmed; true the first time in a turn.</summary>
    public bool ChangeNetworkOf(string owner) => networksChanged.Add(owner);

    /// <summary>Notes that the pin's first placement has left for another cluster; its followers go after it.</summary>
    public void Depart(string pin) => departed.Add(pin);

    /// <summary>True when the pin has left in this turn.</summary>
    public bool HasDeparted(string? pin) => pin is not null && departed.Contains(pin);

    /// <summary>Everything to ask of the world once the turn is committed: goals and networks as they are at its end.</summary>
    public IReadOnlyList<FabricEffect> Effects() =>
    [
        .. effects,
        // The network first: a copy that is left behind is out of it before the next one starts (H3).
        .. networksChanged.Select(owner => Networking.Of(State, owner)).OfType<FabricEffect>(),
        .. goalsChanged.Union(goalsMissed).Order(StringComparer.Ordinal).Select(node => new FabricEffect.PushGoal(GoalStates.Of(State, new NodeId(node)))),
    ];

    // The state as it was says what each resource had; only what differs is written.
    private void Meter(Metered had, FabricInstance instance, Metered has)
    {
        if (had != has)
        {
            Usage.Add(new UsageChange(Now, Metering.KeyOf(instance), Metering.TenantOf(State, instance), has));
        }
    }

    private void Meter(Deployment deployment, Metered has)
    {
        if (Metering.Of(State.Deployments.GetValueOrDefault(deployment.Key)) != has)
        {
            Usage.Add(new UsageChange(Now, Metering.KeyOf(deployment), deployment.SubscriptionId, has));
        }
    }

    private void Meter(DedicatedHost host, Metered has)
    {
        if (Metering.Of(State.Hosts.GetValueOrDefault(host.Key)) != has)
        {
            Usage.Add(new UsageChange(Now, Metering.KeyOf(host), host.SubscriptionId, has));
        }
    }
}
