// One simulated cluster without a controller: the test sends effects, moves time, and reads what the hosts say, a line
// for each event. "node: what" or "instance: what"; times are seconds since the story began, where they are shown.
using System.Globalization;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure.Hosts;
using Rdfe.Infrastructure.Takeover;
using Rdfe.Testing;

namespace Rdfe.Infrastructure.Tests.Hosts;

internal sealed class HostTown : IDisposable
{
    public static readonly ClusterId Cluster = new("north-c1");
    public static readonly NodeId Node = new("north-c1-r1-n02");
    public static readonly NodeId Other = new("north-c1-r2-n02");
    public static readonly InstanceId Web = new("d-1.Web_0.op-1");
    public static readonly InstanceId Vm = new("vm-1");
    public static readonly Instant Start = Instant.FromUtc(2012, 2, 28, 12, 0);

    private static readonly Lazy<FabricTopology> Topology = new(() =>
        TopologyDocument.Read(File.ReadAllText(Path.Combine(Repository.Root, "topologies", "small.json"))).Value);

    private static long Epochs;

    private readonly string folder;
    private readonly bool ownsFolder;
    private readonly HostStore store;
    private readonly List<Fault> faults;
    private readonly Dictionary<NodeId, NodeGoal> goals;
    private long numbers;

    public HostTown()
        : this(Directory.CreateTempSubdirectory("rdfe-hosts-").FullName, Start, [], [])
    {
    }

    private HostTown(string folder, Instant now, List<Fault> faults, Dictionary<NodeId, NodeGoal> goals)
    {
        (this.folder, Now, this.faults, this.goals) = (folder, now, faults, goals);
        ownsFolder = true;
        store = new HostStore(Path.Combine(folder, "hosts.db"), new Fence(++Epochs));
        Hosts = new SimulatedHosts(store, new SimulatedDurations(), new ProvisioningSettings(), topology: () => Topology.Value);
        Hosts.SetFaults([.. faults]);
    }

    public SimulatedHosts Hosts { get; }

    public Instant Now { get; private set; }

    /// <summary>A web role instance and a virtual machine, ready on <see cref="Node"/>.</summary>
    public static HostTown WithGuests()
    {
        var town = new HostTown();
        town.Push(Node, Goal(Web), Goal(Vm, InstanceKind.VirtualMachine));
        Assert.Contains("d-1.Web_0.op-1: ready b1 r0 c1", town.After(600));
        return town;
    }

    public static InstanceGoal Goal(InstanceId id, InstanceKind kind = InstanceKind.WebRole, string image = "feed") => new(
        id, kind, image, 40, kind == InstanceKind.VirtualMachine ? null : "guest", default, null, PowerGoal.Running, 1, 1, 1, 0, 1);

    /// <summary>Ends the program and starts it again.</summary>
    public HostTown Reopen()
    {
        store.Dispose();
        return new HostTown(folder, Now, faults, goals);
    }

    public InstanceGoal GoalOf(InstanceId id) => goals.Values.SelectMany(g => g.Instances).Last(i => i.Id == id);

    public void Push(NodeId node, params InstanceGoal[] instances)
    {
        goals[node] = new NodeGoal(node, (goals.GetValueOrDefault(node)?.Generation ?? 0) + 1, "host", null, [.. instances]);
        Send(new FabricEffect.PushGoal(goals[node]));
    }

    /// <summary>Changes one instance's goal and pushes it.</summary>
    public void Push(InstanceId id, Func<InstanceGoal, InstanceGoal> change)
    {
        var goal = goals.Values.Last(g => g.Instances.Any(i => i.Id == id));
        Push(goal.Node, [.. goal.Instances.Select(i => i.Id == id ? change(i) : i)]);
    }

    /// <summary>Gives the node its goal again, as a controller does that was told an older generation.</summary>
    public void PushAgain(NodeId node) => Send(new FabricEffect.PushGoal(goals[node]));

    public void Send(FabricEffect effect) => Hosts.Send(Cluster, effect, Now);

    public Fault Break(
        FaultKind kind, FaultScope scope, string id, double? lasts = null, double? after = null, FaultParameters? parameters = null)
    {
        var from = Now + Duration.FromSeconds(after ?? 0);
        var fault = new Fault(
            kind.ToString(), ++numbers, kind, new FaultTarget(scope, id), from,
            lasts is { } s ? from + Duration.FromSeconds(s) : null, parameters ?? new FaultParameters());
        faults.Add(fault);
        Hosts.SetFaults([.. faults]);
        return fault;
    }

    public void Mend(Fault fault)
    {
        faults.Remove(fault);
        Hosts.SetFaults([.. faults]);
    }

    /// <summary>Lets so many seconds go by, and tells what was said in them.</summary>
    public List<string> After(double seconds) => [.. EventsAfter(seconds).SelectMany(Line)];

    public List<FabricEvent> EventsAfter(double seconds)
    {
        // What was asked just now happens now, not at the end.
        var events = Hosts.TakeUntil(Now).ToList();
        Now += Duration.FromSeconds(seconds);
        events.AddRange(Hosts.TakeUntil(Now));
        return [.. events.Select(e => e.Event)];
    }

    public List<string> Attach() => [.. Hosts.Attach(Cluster, Now).SelectMany(Line)];

    public SimulatedGuest Copy(InstanceId id, NodeId? on = null) => Hosts.CopiesOf(id).Single(c => on is null || c.Node == on);

    public void Dispose()
    {
        store.Dispose();
        if (ownsFolder && Directory.Exists(folder))
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<string> Line(FabricEvent e) => e switch
    {
        FabricEvent.InstanceReported r => [$"{r.Instance}: {Words.Of(r.Phase)} b{r.Boot} r{r.Role} c{r.Config}"],
        FabricEvent.BeatsMissed m => [$"{(object?)m.Instance ?? m.Node}: no {Words.Of(m.Of)}"],
        FabricEvent.BeatsBack b => [$"{b.Instance}: {Words.Of(b.Of)} again"],
        FabricEvent.RoleTerminated t => [$"{t.Instance}: role ended b{t.Boot} r{t.Role}"],
        FabricEvent.HardwareFaulted h => [$"{h.Node}: broken {h.What}"],
        FabricEvent.NodeRecoveryEnded n => [$"{n.Node}: recovery {n.Attempt} {n.Failure ?? "done"}"],
        FabricEvent.InstanceGone g => [$"{g.Instance}: gone"],
        FabricEvent.GoalAccepted a => [$"{a.Node}: accepted {a.Generation.ToString(CultureInfo.InvariantCulture)}"],
        FabricEvent.ProvisionStepEnded p => [$"{p.Node}: {Words.Of(p.Step)} {p.Failure ?? "done"}"],
        FabricEvent.HostAgentConnected c => [$"{c.Node}: connected {c.Generation}", .. c.Instances.SelectMany(Line)],
        _ => [e.GetType().Name],
    };
}
