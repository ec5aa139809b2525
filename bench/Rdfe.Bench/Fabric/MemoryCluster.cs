// One cluster without a disk: the production decisions and the production simulated hosts, on one thread. It begins where a town
// rests, and what is committed from then on is a copy of the records: how fast would it go if a store cost nothing?
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Hosts;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Takeover;
using Rdfe.Infrastructure.Time;
using Rdfe.Testing;

namespace Rdfe.Bench.Fabric;

internal sealed class MemoryCluster : IDisposable
{
    private readonly Dictionary<NodeId, FabricNode> nodes = [];
    private readonly Dictionary<InstanceId, FabricInstance> instances = [];
    private readonly Dictionary<string, Deployment> deployments = new(StringComparer.Ordinal);
    private readonly List<FabricNews> log = [];
    private readonly Fence fence;
    private readonly HostStore store;
    private readonly SimulatedHosts hosts;
    private readonly ClusterActor actor;

    /// <summary>
    /// Goes on from where a town rests: its hosts obey this from now on, the <paramref name="controller"/>th after the town's own, and the
    /// town gets no more of them.
    /// </summary>
    public MemoryCluster(FabricTown town, ClusterId cluster, IReadOnlyList<Fault> faults, int controller)
    {
        Clock = new FabricClock(new TestClock(), ClockMode.Virtual, rate: 0, town.Clock.Now, town.Clock.Grain);
        fence = new Fence(town.Fence.Epoch + controller);
        // What hosts keep is read from their file; nothing is ever flushed to it.
        store = new HostStore(Path.Combine(town.Folder, "hosts.db"), fence);
        hosts = new SimulatedHosts(store, new SimulatedDurations(), new(), topology: () => town.Catalogue.Topology);
        hosts.SetFaults(faults);
        actor = new ClusterActor(
            cluster, new ClusterStore(town.Catalogue, town.Desk, new EventSignal(), new IdSource()), hosts, () => FabricTown.Unannounced, _ => false);
        using var db = new RdfeDbContext(StoreStartup.OptionsFor(Path.Combine(town.Folder, "rdfe.db")));
        Take(actor.Load(db, Clock.Now));
    }

    public FabricClock Clock { get; }

    public ClusterState State => actor.State!;

    /// <summary>What has happened since it began.</summary>
    public int Events => log.Count;

    public long Rounds { get; private set; }

    /// <summary>Lets time pass, with the engine's stops.</summary>
    public void Advance(Duration by)
    {
        var end = Clock.Now + by;
        while (true)
        {
            Rounds++;
            var reports = hosts.TakeUntil(Clock.Now);
            if ((reports.Count > 0 || actor.NextDue <= Clock.Now) && actor.Decide(null, [.. reports.Select(r => r.Event)], Clock.Now) is { } turn)
            {
                Take(turn);
            }
            else if (new[] { hosts.NextDue, actor.NextDue }.Min() is { } due && due <= end)
            {
                Clock.MoveTo(Instant.Min(Clock.StopFor(due), end));
            }
            else
            {
                Clock.MoveTo(end);
                return;
            }
        }
    }

    public void Dispose()
    {
        // Unflushed: hosts that belong to nobody any more.
        _ = fence.Lose("the bench is over");
        store.Dispose();
        fence.Dispose();
    }

    private void Take(Turn turn)
    {
        Keep(nodes, turn.Nodes, State.Nodes);
        Keep(instances, turn.Instances, State.Instances);
        Keep(deployments, turn.Deployments, State.Deployments);
        log.AddRange(turn.News);
        actor.Act(turn);
    }

    private static void Keep<TKey, T>(Dictionary<TKey, T> committed, IEnumerable<TKey> changed, IReadOnlyDictionary<TKey, T> state)
        where TKey : notnull
    {
        foreach (var key in changed)
        {
            if (state.TryGetValue(key, out var now))
            {
                committed[key] = now;
            }
            else
            {
                committed.Remove(key);
            }
        }
    }
}
