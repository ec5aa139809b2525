// Which faults are active, and whom they take in (H1). The list is handed over by whoever keeps the resources, on any
// thread; it takes effect on the engine's, at the fabric time at which the hosts are asked next.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Faults;

namespace Rdfe.Infrastructure.Hosts;

internal sealed class SimulatedFaults(SimulatedWorld world)
{
    private readonly HashSet<string> struck = [.. world.Store.Struck()];
    private IReadOnlyList<Fault> all = [];
    private List<Fault> active = [];
    private IReadOnlyList<Fault>? posted;
    private int version;

    /// <summary>A node's power, network or agent may have changed.</summary>
    public Action<SimulatedNode, Instant> OnNode { get; set; } = (_, _) => { };

    /// <summary>A blow falls on a node.</summary>
    public Action<Fault, SimulatedNode, Instant> OnBlow { get; set; } = (_, _, _) => { };

    /// <summary>A fault of guests begins (true) or ends.</summary>
    public Action<Fault, bool, SimulatedNode, TrackedGuest, Instant> OnGuest { get; set; } = (_, _, _, _, _) => { };

    /// <summary>Takes the place of all faults; from any thread.</summary>
    public void Post(IReadOnlyList<Fault> faults) => Volatile.Write(ref posted, faults);

    /// <summary>Puts into effect what was posted.</summary>
    public void Apply(Instant now)
    {
        if (Interlocked.Exchange(ref posted, null) is not { } faults)
        {
            return;
        }

        all = faults;
        var mine = ++version;
        foreach (var due in all.SelectMany(f => f.Until is { } end ? [f.From, end] : new[] { f.From }).Where(t => t > now).Distinct())
        {
            world.At(due, when => Refresh(mine, when));
        }

        foreach (var fault in all.Where(f => f.Kind == FaultKind.FlappingAgent))
        {
            Flap(fault, mine, Instant.Max(now, fault.From));
        }

        foreach (var gone in struck.Where(s => all.All(f => f.Key != s)).ToList())
        {
            struck.Remove(gone);
            world.Store.Strike(gone, has: false);
        }

        Refresh(mine, now);
    }

    /// <summary>True when a fault of this kind takes in the node now.</summary>
    public bool On(SimulatedNode node, FaultKind kind) =>
        active.Count > 0 && active.Exists(f => f.Kind == kind && f.Target.TakesIn(node.Cluster, node.Rack, node.Id));

    /// <summary>True when a fault of this kind takes in the guest, or its node, now.</summary>
    public bool On(SimulatedNode node, SimulatedGuest guest, FaultKind kind) =>
        active.Count > 0 && active.Exists(f => f.Kind == kind && TakesIn(f, node, guest));

    /// <summary>True when guests that start with this agent have the bug now (L1): a fault may name the versions that have it.</summary>
    public bool HasLeapDayBug(SimulatedNode node, SimulatedGuest guest) =>
        active.Count > 0 && active.Exists(f => f.Kind == FaultKind.LeapDayBug && TakesIn(f, node, guest)
            && (f.Parameters.GuestAgents is not { Count: > 0 } buggy || guest.GuestAgent is not { } agent || buggy.Contains(agent, StringComparer.Ordinal)));

    /// <summary>The fault that makes the node's signals rise (H4); null for none.</summary>
    public Fault? DegradingOf(SimulatedNode node) => active.Count == 0 ? null
        : active.Find(f => f.Kind == FaultKind.Degrading && f.Target.TakesIn(node.Cluster, node.Rack, node.Id));

    /// <summary>True when that fault has come to its end: the node is dead as long as it lasts.</summary>
    public bool IsBroken(SimulatedNode node, Instant now) =>
        DegradingOf(node) is { Parameters.FailsAfter: { } after } fault && fault.From + after <= now;

    /// <summary>What the node's agent says is broken in its hardware.</summary>
    public IEnumerable<string> HardwareOf(SimulatedNode node) => active.Count == 0 ? [] : active
        .Where(f => f.Kind == FaultKind.HardwareFault && f.Target.TakesIn(node.Cluster, node.Rack, node.Id))
        .Select(f => f.Parameters.What ?? "disk");

    /// <summary>True when this phase of maintenance fails on the node now; a fault that names none breaks every one (M4).</summary>
    public bool BreaksMaintenance(SimulatedNode node, string phase) => active.Count > 0 && active.Exists(f =>
        f.Kind == FaultKind.MaintenanceFails && f.Target.TakesIn(node.Cluster, node.Rack, node.Id)
        && (f.Parameters.Phase is null || f.Parameters.Phase == phase));

    /// <summary>True in the silent half of a flapping agent's period.</summary>
    public bool IsFlappedOff(SimulatedNode node, Instant now) => active.Count > 0 && active.Exists(f =>
        f.Kind == FaultKind.FlappingAgent && f.Target.TakesIn(node.Cluster, node.Rack, node.Id)
        && HalfPeriods(f, now) % 2 == 0);

    /// <summary>How much longer the node's agent takes for everything.</summary>
    public double SlownessOf(SimulatedNode node) => active.Count == 0 ? 1 : active
        .Where(f => f.Kind == FaultKind.SlowAgent && f.Target.TakesIn(node.Cluster, node.Rack, node.Id))
        .Aggregate(1.0, (all, f) => all * f.Parameters.Factor!.Value);

    /// <summary>What wall clocks show (L5).</summary>
    public Instant WallAt(Instant now) => WallClockJump.WallAt(now, WallClockJump.Among(all));

    private static bool TakesIn(Fault fault, SimulatedNode node, SimulatedGuest guest) =>
        fault.Target.TakesIn(guest.Id, guest.Goal?.Image ?? "") || fault.Target.TakesIn(node.Cluster, node.Rack, node.Id);

    private static long HalfPeriods(Fault fault, Instant now) =>
        (now - fault.From).BclCompatibleTicks / Math.Max(1, fault.Parameters.Period!.Value.BclCompatibleTicks / 2);

    private void Refresh(int mine, Instant now)
    {
        if (mine != version)
        {
            return;
        }

        var before = active;
        active = [.. all.Where(f => f.IsActive(now))];
        var begun = active.Where(f => before.TrueForAll(b => b.Key != f.Key)).ToList();
        var ended = before.Where(b => active.TrueForAll(f => f.Key != b.Key)).ToList();
        foreach (var fault in ended)
        {
            Each(fault, begins: false, now);
        }

        foreach (var fault in begun)
        {
            Each(fault, begins: true, now);
        }
    }

    private void Each(Fault fault, bool begins, Instant now)
    {
        var falls = FaultKinds.RuleOf(fault.Kind).StrikesOnce || fault.Kind == FaultKind.RoleHang;
        if (falls && begins)
        {
            if (!struck.Add(fault.Key))
            {
                return;
            }

            world.Store.Strike(fault.Key, has: true);
        }

        foreach (var node in NodesOf(fault.Target))
        {
            if (falls && begins)
            {
                OnBlow(fault, node, now);
            }

            OnNode(node, now);
        }

        if (fault.Target.Scope is FaultScope.Instance or FaultScope.Deployment)
        {
            foreach (var (node, tracked) in world.Guests.Where(g => fault.Target.TakesIn(g.Tracked.Guest.Id, "")).ToList())
            {
                OnGuest(fault, begins, node, tracked, now);
            }
        }
    }

    // One entry of the agenda for each half of the period, however many agents it is.
    private void Flap(Fault fault, int mine, Instant now)
    {
        var half = fault.Parameters.Period!.Value / 2;
        var next = fault.From + (half * (HalfPeriods(fault, now) + 1));
        if (next <= now || next >= fault.Until)
        {
            return;
        }

        world.At(next, when =>
        {
            if (mine == version)
            {
                NodesOf(fault.Target).ForEach(n => OnNode(n, when));
                Flap(fault, mine, when);
            }
        });
    }

    // Those that were spoken to, and those that the topology knows besides: silence of an empty node counts as well.
    private List<SimulatedNode> NodesOf(FaultTarget target)
    {
        var listed = target.Scope switch
        {
            FaultScope.Fabric => world.Topology?.Nodes ?? [],
            FaultScope.Cluster => world.Topology?.Find(new ClusterId(target.Id))?.Nodes ?? [],
            FaultScope.Rack => world.Topology?.Find(new RackId(target.Id))?.Nodes ?? [],
            FaultScope.Node => world.Topology?.Find(new NodeId(target.Id)) is { } node ? [node] : [],
            _ => Enumerable.Empty<Domain.Topology.Node>(),
        };
        foreach (var node in target.Scope == FaultScope.Fabric ? [] : listed)
        {
            world.NodeOf(node.Cluster, node.Id);
        }

        return [.. world.Nodes.Where(n => target.TakesIn(n.Cluster, n.Rack, n.Id)).OrderBy(n => n.Id.Value, StringComparer.Ordinal)];
    }
}
