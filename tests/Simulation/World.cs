// A cluster of 60 nodes with its controller and its hosts, in one thread and without a disk: the production decisions and
// the production simulated hosts. "Committed" is a copy of the records; a controller that dies begins again from it.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Health;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.Staging;
using Rdfe.Domain.Topology;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Hosts;
using Rdfe.Infrastructure.Takeover;
using NodeState = Rdfe.Domain.Topology.NodeState;

namespace Rdfe.Simulation;

internal sealed class World : IDisposable
{
    public static readonly SubscriptionId Tenant = new(Guid.Parse("11111111-1111-1111-1111-111111111111"));

    private static readonly FabricTopology Topology = TopologyDocument.Read(Document()) is { Refused: false } read
        ? read.Value
        : throw new InvalidOperationException(string.Join("; ", TopologyDocument.Read(Document()).Refusal!.Errors.Select(e => $"{e.Key}: {e.Value[0]}")));

    public static readonly BundleShelf Shelf = BundleShelf.Read(
        File.ReadAllText(Path.Combine(Rdfe.Testing.Repository.Root, "topologies", "bundles.json"))).Value;

    private readonly HostStore hostStore;
    private readonly Fence fence = new(1);
    private readonly List<Fault> faults = [];
    private readonly SortedDictionary<long, FabricRequest> inbox = [];
    private readonly List<FabricEvent> unheard = [];
    private long requests;
    private bool wasSafe;
    private ClusterState state;

    public World(ulong seed)
    {
        hostStore = new HostStore(":memory:", fence);
        Hosts = new SimulatedHosts(
            hostStore, new SimulatedDurations { Seed = seed, Maintenance = Network(seed) }, new ProvisioningSettings(), topology: () => Topology);
        foreach (var node in Topology.Find(Cluster)!.Nodes)
        {
            Nodes[node.Id] = new FabricNode
            {
                Id = node.Id,
                Cluster = node.Cluster,
                State = NodeState.Ready,
                Since = Now,
                HostOs = "host-1",
                Versions = Shelf.FirstVersions,
            };
        }

        state = Load();
    }

    public static ClusterId Cluster { get; } = new("north-c1");

    public Instant Now { get; private set; } = Instant.FromUtc(2012, 2, 27, 0, 0);

    public SimulatedHosts Hosts { get; }

    public ClusterState State => state;

    public bool SafeMode { get; set; }

    // A life is a few days long: hosts may be rebooted for maintenance more often in it than once a month.
    public FabricSettings Settings { get; } = new()
    {
        Maintenance = new()
        {
            RebootInterval = Duration.Zero,
            LiveMigration = new() { Enabled = true },
            // So few fetch at a time that turns come before all hold the image.
            Staging = new() { RepositoryMbps = 1200, NodeMbps = 400 },
        },
    };

    // What is committed.
    public Dictionary<NodeId, FabricNode> Nodes { get; } = [];

    public Dictionary<InstanceId, FabricInstance> Instances { get; } = [];

    public Dictionary<string, Deployment> Deployments { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, VirtualMachine> Machines { get; } = new(StringComparer.Ordinal);

    public Dictionary<OperationId, Operation> Operations { get; } = [];

    public HashSet<string> RoleImages { get; } = new(StringComparer.Ordinal);

    public ClusterBundles Bundles { get; private set; } = new() { Installed = Shelf.FirstVersions };

    /// <summary>What guests see of what is going to happen to them (W3).</summary>
    public Dictionary<string, NoticeBoard> Boards { get; } = new(StringComparer.Ordinal);

    /// <summary>Windows that owners have given, as the front end keeps them, by the resource that they hold for (W5).</summary>
    public Dictionary<string, GivenWindow> Windows { get; } = new(StringComparer.Ordinal);

    /// <summary>The rollout in the cluster, as its controller keeps it.</summary>
    public ClusterRollout? InCluster { get; private set; }

    /// <summary>What its nodes fetch before their turn (F4).</summary>
    public ClusterStaging? Staging { get; private set; }

    /// <summary>The last rollout, as whoever conducts it keeps it.</summary>
    public Rollout? Rollout { get; private set; }

    public ClusterHealth Brakes { get; private set; } = ClusterHealth.Fine;

    /// <summary>Cores, VIPs and machines of the quota that are taken, as the front end keeps them.</summary>
    public (long Cores, int Vips, int Vms) Quota { get; private set; }

    /// <summary>VIPs of the cluster's pool that are taken or on their way, as the front end keeps them.</summary>
    public int VipsHeld { get; private set; }

    /// <summary>Told of every turn that is committed, with the state before it.</summary>
    public Action<Turn>? Committed { get; set; }

    /// <summary>The last events, for people.</summary>
    public Queue<string> Log { get; } = new();

    /// <summary>Told of time before it passes: each commit may be where the controller dies.</summary>
    public Func<Death>? Dies { get; set; }

    public OperationId NextOperation() => new($"op-{++requests:00000}");

    /// <summary>Asks the cluster for something, as the front end does: operation and inbox row at once.</summary>
    public void Ask(FabricRequest request, Operation? operation = null)
    {
        if (operation is not null)
        {
            Operations[operation.Id] = operation;
        }

        if (request is FabricRequest.Placing placing)
        {
            Take(placing.Taken);
            VipsHeld += placing.Scope.VipsHeld;
            Operations[placing.Operation.Id] = placing.Operation;
        }

        inbox[++requests] = request;
        Round();
    }

    /// <summary>Keeps a window that an owner gives a resource, and tells the cluster, as the front end does.</summary>
    public void Give(string resource, GivenWindow window)
    {
        Windows[resource] = window;
        inbox[++requests] = new FabricRequest.WindowsChanged(Tenant, resource, window.Text, [resource]);
        Round();
    }

    /// <summary>Keeps what has become of a rollout, and tells the cluster, as the front end does.</summary>
    public void Conduct(Conducted conducted)
    {
        Rollout = conducted.Rollout;
        foreach (var (_, request) in conducted.Told)
        {
            inbox[++requests] = request;
        }
    }

    /// <summary>Takes from the quota what a request will add.</summary>
    public void Take(QuotaTaken taken) =>
        Quota = (Quota.Cores + taken.Cores, Quota.Vips + taken.Vips, Quota.Vms + taken.Vms);

    public void Strike(Fault fault)
    {
        faults.RemoveAll(f => f.Until <= Now - Duration.FromHours(4));
        faults.Add(fault);
        Hosts.SetFaults([.. faults]);
    }

    public void HealAll()
    {
        faults.Clear();
        Hosts.SetFaults([]);
        Round();
    }

    /// <summary>Lets time pass: whatever falls due happens when it is due.</summary>
    public void Advance(Duration by)
    {
        var end = Now + by;
        for (var rounds = 0; ; rounds++)
        {
            if (rounds > 200_000)
            {
                throw new InvalidOperationException("The world does not come to rest.");
            }

            if (Round())
            {
                continue;
            }

            var due = Hosts.NextDue is { } h && state.Agenda.Next is { } a ? Instant.Min(h, a) : Hosts.NextDue ?? state.Agenda.Next;
            if (due is not { } next || next > end)
            {
                // A store that stalls may have kept it longer.
                Now = Instant.Max(Now, end);
                Round();
                return;
            }

            Now = Instant.Max(Now, next);
        }
    }

    /// <summary>The controller dies and another one begins from what is committed.</summary>
    public void Restart()
    {
        Say("controller", "restarts");
        state = Load();
        var turn = new Turn(state, Settings) { Now = Now, SafeMode = SafeMode };
        FabricController.Resume(turn);
        var known = new HashSet<NodeId>();
        foreach (var e in Hosts.Attach(Cluster, Now))
        {
            switch (e)
            {
                case FabricEvent.HostAgentConnected c:
                    known.Add(c.Node);
                    break;
                case FabricEvent.BeatsMissed { Of: Heartbeat.HostAgent } m:
                    known.Add(m.Node);
                    break;
            }

            FabricController.Decide(turn, e);
        }

        foreach (var node in state.Nodes.Values.Where(n => n.GoalGeneration > 0 && !known.Contains(n.Id)).OrderBy(n => n.Id.Value, StringComparer.Ordinal).ToList())
        {
            FabricController.Decide(turn, new FabricEvent.HostAgentConnected(Now, node.Id, 0, []));
        }

        FabricController.Settle(turn);
        Commit(turn);
        Act(turn);
    }

    public void Dispose()
    {
        hostStore.Dispose();
        fence.Dispose();
    }

    // In some lives migrations take seconds, in others minutes, and in some guests write more than anybody had thought.
    private static Rdfe.Domain.Maintenance.MaintenanceSettings Network(ulong seed) => new()
    {
        LiveMigration = new()
        {
            BandwidthShare = (seed % 3) switch { 0 => 0.5, 1 => 0.05, _ => 0.01 },
            DirtyMibPerSecondPerCore = (seed % 4) switch { 0 => 60, 1 => 12, _ => 3 },
        },
    };

    private bool Round()
    {
        var events = Hosts.TakeUntil(Now).Where(e => e.Cluster == Cluster).Select(e => e.Event).ToList();
        // As the actor has it: what waited for the end of safe mode is looked at when it ends.
        var turn = new Turn(state, Settings) { Now = Now, SafeMode = SafeMode, Everything = wasSafe != SafeMode };
        wasSafe = SafeMode;
        foreach (var e in events)
        {
            FabricController.Decide(turn, e);
        }

        while (state.Agenda.TakeUntil(Now) is { } due)
        {
            FabricController.Decide(turn, new FabricEvent.DeadlinePassed(due.At, due.Item));
        }

        if (!SafeMode)
        {
            foreach (var (id, request) in inbox.ToList())
            {
                FabricController.Decide(turn, new FabricEvent.Requested(Now, id, request));
            }
        }

        turn.Now = Now;
        FabricController.Settle(turn);
        if (!turn.HasChanges)
        {
            return events.Count > 0;
        }

        switch (Dies?.Invoke() ?? Death.None)
        {
            case Death.BeforeCommit:
                Restart();
                return true;
            case Death.AfterCommit:
                Commit(turn);
                Restart();
                return true;
            case Death.StoreStalls:
                // It is durable now, and the answer comes minutes later: whatever has happened meanwhile waits, and what is asked of
                // hosts is asked late.
                Commit(turn);
                Now += Duration.FromMinutes(3);
                Act(turn);
                return true;
            default:
                Commit(turn);
                Act(turn);
                return true;
        }
    }

    private void Act(Turn turn)
    {
        foreach (var effect in turn.Effects())
        {
            Hosts.Send(Cluster, effect, turn.Now);
        }
    }

    private void Commit(Turn turn)
    {
        foreach (var id in turn.Nodes)
        {
            Nodes[id] = state.Nodes[id];
        }

        Keep(Instances, turn.Instances, id => state.Instances.GetValueOrDefault(id));
        Keep(Deployments, turn.Deployments, key => state.Deployments.GetValueOrDefault(key));
        Keep(Machines, turn.Machines.Keys, key => state.Machines.GetValueOrDefault(key));
        Keep(Boards, turn.Boards, state.Notices.Find);
        foreach (var gone in turn.LetGo)
        {
            Deployments.Remove((gone as Deployment)?.Key ?? "");
            Machines.Remove((gone as VirtualMachine)?.Key ?? "");
        }

        foreach (var (id, operation) in turn.Operations)
        {
            if (Operations.GetValueOrDefault(id) is { Ended: true } ended && ended != operation)
            {
                throw new InvalidOperationException($"{id} ({operation.Kind}) had ended as {ended.Status} and ends again as {operation.Status}.");
            }

            Operations[id] = operation;
        }

        RoleImages.UnionWith(turn.RoleImages);
        RoleImages.ExceptWith(turn.DroppedImages);
        Brakes = state.Health;
        Bundles = state.Bundles;
        InCluster = state.Rollout;
        Staging = state.Staging.Present;
        foreach (var id in turn.InboxDone)
        {
            inbox.Remove(id);
        }

        foreach (var shared in turn.Shared)
        {
            Share(shared);
        }

        foreach (var news in turn.News)
        {
            Say(news.Kind, $"{news.Subject}: {news.Data}", news.At);
        }

        Committed?.Invoke(turn);
    }

    private void Share(SharedEffect shared)
    {
        switch (shared)
        {
            case SharedEffect.HandOver h:
                Operations[h.Request.Operation.Id] = h.Request.Operation.Fail(new OperationError("allocationFailed", h.Try.Detail), Now);
                Give(h.Request.Taken);
                VipsHeld -= h.Request.Scope.VipsHeld;
                Deployments.Remove(h.Request.Subject);
                Machines.Remove(h.Request.Subject);
                break;
            case SharedEffect.Follow { Request: FabricRequest.DeleteDeployment d }:
                Operations[d.Operation.Id] = d.Operation.Succeed(Now);
                break;
            case SharedEffect.Follow { Request: FabricRequest.DeleteVirtualMachine d }:
                Operations[d.Operation.Id] = d.Operation.Succeed(Now);
                break;
            case SharedEffect.RolloutReported r when Rollout?.Name == r.Rollout:
                Conduct(Conducting.Reported(Rollout, r.Report, Now));
                break;
            case SharedEffect.ReleaseQuota q:
                Give(q.Taken);
                break;
            case SharedEffect.ReleaseVips v:
                VipsHeld -= v.Count;
                break;
        }
    }

    private void Give(QuotaTaken taken) =>
        Quota = (Quota.Cores - taken.Cores, Quota.Vips - taken.Vips, Quota.Vms - taken.Vms);

    private ClusterState Load()
    {
        var loaded = new ClusterState(Topology, Topology.Find(Cluster)!, "host-1", Settings.Health) { Health = Brakes, Bundles = Bundles, Rollout = InCluster };
        loaded.Staging.Present = Staging;
        foreach (var node in Nodes.Values)
        {
            loaded.Put(node);
        }

        foreach (var operation in Operations.Values.Where(o => !o.Ended && o.Cluster is not null))
        {
            loaded.Put(operation);
        }

        foreach (var d in Deployments.Values.Where(d => d.State != ProvisioningState.Accepted))
        {
            loaded.Put(d);
        }

        foreach (var m in Machines.Values.Where(m => m.State != ProvisioningState.Accepted))
        {
            loaded.Put(m);
        }

        foreach (var i in Instances.Values)
        {
            loaded.Put(i);
        }

        foreach (var board in Boards.Values)
        {
            loaded.Notices.Put(board);
        }

        foreach (var (resource, window) in Windows)
        {
            loaded.Windows = loaded.Windows.With(Tenant, resource, Rdfe.Domain.Windows.WindowReader.Read(window.Text).Value,
                [Rdfe.Domain.Windows.WindowResource.Read(resource)!.Value]);
        }

        loaded.RoleImages.UnionWith(RoleImages);
        return loaded;
    }

    /// <summary>A line of the log that is no event.</summary>
    public void Note(string text) => Say("", text);

    /// <summary>The nodes of each rack with what is on them, as <c>n03 web.0/ud0 up</c>; those that are well and empty are left out.</summary>
    public string Town() => string.Join('\n', Nodes.Values
        .Select(n => (Node: n, On: Instances.Values.Where(i => i.Node == n.Id).OrderBy(i => i.Id.Value, StringComparer.Ordinal).ToList()))
        .Where(n => n.On.Count > 0 || n.Node.State != NodeState.Ready || n.Node.Maintenance is not null || n.Node.Health is { Trouble: not NodeTrouble.None })
        .GroupBy(n => state.Hardware(n.Node.Id).Rack).OrderBy(r => r.Key.Value, StringComparer.Ordinal)
        .Select(rack => $"{rack.Key.Value}\n" + string.Join('\n', rack.OrderBy(n => n.Node.Id.Value, StringComparer.Ordinal).Select(n =>
            $"    {n.Node.Id.Value,-18} {Words.Of(n.Node.State)}{(n.Node.Maintenance is { } m ? $" {m.Update} by {Words.Of(m.Technology)}, {Words.Of(m.Stage)}" : "")}"
            + (n.Node.Health is { Trouble: not NodeTrouble.None } h ? $" {h.Trouble}" : "") + "   "
            + (n.On.Count == 0 ? "-" : string.Join("  ", n.On.Select(i => $"{i.Owner.Split('/')[^1]}.{i.Name}/ud{i.UpdateDomain} {(i.IsHealthy ? "up" : "down")}{(i.Planned is { } p ? $" ({p.Why}, {p.Stage})" : "")}")))))));

    private void Say(string kind, string what, Instant? at = null)
    {
        Log.Enqueue($"{at ?? Now}  {kind,-24} {what}");
        while (Log.Count > 4000)
        {
            Log.Dequeue();
        }
    }

    private static void Keep<TKey, T>(Dictionary<TKey, T> committed, IEnumerable<TKey> changed, Func<TKey, T?> present)
        where TKey : notnull
        where T : class
    {
        foreach (var key in changed)
        {
            if (present(key) is { } there)
            {
                committed[key] = there;
            }
            else
            {
                committed.Remove(key);
            }
        }
    }

    private static string Document() => """
        {
          "hardware": [ { "name": "general-16", "family": "general", "cores": 16, "memoryMib": 65536, "localDiskGib": 6000, "networkMbps": 10000 } ],
          "geos": [ { "name": "town", "regions": [
            { "name": "north", "pair": "south", "clusters": [
              { "name": "north-c1", "vipPool": "65.52.0.0/24", "dipPool": "10.1.0.0/20", "fabricController": { "replicas": 3 }, "racks": [
                { "name": "r1", "nodes": [ { "count": 12, "hardware": "general-16" } ] },
                { "name": "r2", "nodes": [ { "count": 12, "hardware": "general-16" } ] },
                { "name": "r3", "nodes": [ { "count": 12, "hardware": "general-16" } ] },
                { "name": "r4", "nodes": [ { "count": 12, "hardware": "general-16" } ] },
                { "name": "r5", "nodes": [ { "count": 12, "hardware": "general-16" } ] } ] } ] },
            { "name": "south", "pair": "north", "clusters": [
              { "name": "south-c1", "vipPool": "65.52.1.0/24", "dipPool": "10.2.0.0/20", "fabricController": { "replicas": 1 }, "racks": [
                { "name": "r1", "nodes": [ { "count": 4, "hardware": "general-16" } ] } ] } ] } ] } ]
        }
        """;
}

/// <summary>When a controller dies.</summary>
internal enum Death
{
    None,

    /// <summary>It has decided, and nobody will ever know.</summary>
    BeforeCommit,

    /// <summary>What it has decided is durable, and nothing has been asked of anybody yet.</summary>
    AfterCommit,

    /// <summary>It does not die: the store takes minutes to say that what was decided is durable.</summary>
    StoreStalls,
}

/// <summary>A daily window in UTC.</summary>
/// <param name="Hour">When it opens.</param>
/// <param name="Hours">How long it stays open.</param>
internal sealed record GivenWindow(int Hour, int Hours)
{
    public Rdfe.Domain.Windows.WindowText Text =>
        new($"2012-01-01T{Hour:00}:00", Duration.FromHours(Hours), "Etc/UTC", "1Day");

    /// <summary>True while it is open.</summary>
    public bool IsOpenAt(Instant now) =>
        ((now.InUtc().TimeOfDay.TickOfDay / NodaConstants.TicksPerHour) - Hour + 24) % 24 < Hours;
}
