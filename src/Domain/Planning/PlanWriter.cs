// Rounds, an order and times, written down as a plan (M2): with what each node waits for and what is left of the cluster
// at every step.
using System.Collections.Immutable;
using NodaTime;

namespace Rdfe.Domain.Planning;

/// <summary>Makes the value that people and the controller get.</summary>
internal static class PlanWriter
{
    public static MaintenancePlan Write(
        Situation s, MaintenanceInventory basis, ImmutableArray<PlannedMove> moves, int[] rounds, FasterStream stream,
        RoundBound roundBound, TimeBound timeBound)
    {
        var byStart = InOrderOf(stream.Starts);
        var place = new int[s.Nodes.Length];
        for (var i = 0; i < stream.Order.Length; i++)
        {
            place[stream.Order[i]] = i;
        }

        var nodes = ImmutableArray.CreateBuilder<PlannedNode>(s.Nodes.Length + s.UnderWay.Length);
        foreach (var (node, end) in s.UnderWay)
        {
            nodes.Add(new PlannedNode(node.Id, 0, node.BeganAt!.Value, s.At(end), Ids(node), null));
        }

        foreach (var v in byStart)
        {
            var start = stream.Starts[v];
            nodes.Add(new PlannedNode(
                s.Nodes[v].Id, rounds[v] + 1, s.At(start), s.At(start + s.Takes[v]), Ids(s.Nodes[v]),
                start == 0 ? null : WaitOf(s, v, start, stream.Starts, place)));
        }

        return new MaintenancePlan(
            basis, PlanDifference.FingerprintOf(basis), moves, [.. stream.Order.Select(v => s.Nodes[v].Id)],
            nodes.MoveToImmutable(), RoundsOf(s, rounds), StepsOf(s, byStart, stream.Starts), s.Aside, roundBound, timeBound);
    }

    /// <summary>What ends when a node begins: it waits for that.</summary>
    public static NodeWait WaitOf(Situation s, int v, int start, int[] starts, int[] place)
    {
        var until = s.At(start);
        var last = -1;
        foreach (var u in s.Graph.Neighbours(v))
        {
            if (starts[u] + s.Takes[u] == start && (last < 0 || place[u] < place[last]))
            {
                last = u;
            }
        }

        if (last >= 0 && Situation.Clash(s.Nodes[v], s.Nodes[last]) is var (mine, theirs))
        {
            return new NodeWait(
                WaitKind.Promise, mine.Id, mine.Group, theirs.Id, theirs.UpdateDomain, s.Nodes[last].Id, until);
        }

        return s.HeldBy[v] is { } hold && s.ReadyAt[v] == start
            ? WaitFor(s, hold)
            : new NodeWait(WaitKind.MostAtOnce, Until: until);
    }

    /// <summary>The wait for what is down now.</summary>
    public static NodeWait WaitFor(Situation s, Hold hold) => new(
        hold.Kind, hold.Mine, hold.Group, hold.Instance,
        hold.UpdateDomain, hold.Node, hold.IsKnown ? s.At(hold.Until) : null);

    private static ImmutableArray<InstanceId> Ids(MaintainedNode node)
    {
        var ids = ImmutableArray.CreateBuilder<InstanceId>(node.Instances.Length);
        foreach (var i in node.Instances)
        {
            ids.Add(i.Id);
        }

        return ids.MoveToImmutable();
    }

    private static ImmutableArray<PlannedRound> RoundsOf(Situation s, int[] rounds)
    {
        var room = new Room(s.Inventory);
        var members = new List<int>[rounds.Length == 0 ? 0 : rounds.Max() + 1];
        for (var v = 0; v < rounds.Length; v++)
        {
            (members[rounds[v]] ??= []).Add(v);
        }

        var written = ImmutableArray.CreateBuilder<PlannedRound>(members.Length);
        for (var r = 0; r < members.Length; r++)
        {
            var free = room.FreeCores - members[r].Sum(v => s.Nodes[v].Free.Cores);
            written.Add(new PlannedRound(
                r + 1, [.. members[r].Select(v => s.Nodes[v].Id)], Duration.FromSeconds(members[r].Max(v => s.Takes[v])),
                free, room.InNodes(free)));
        }

        return written.MoveToImmutable();
    }

    private static ImmutableArray<PlanStep> StepsOf(Situation s, int[] byStart, int[] starts)
    {
        var events = new List<(int At, bool Starts, MaintainedNode Node)>(starts.Length * 2);
        foreach (var (node, end) in s.UnderWay)
        {
            events.Add((0, true, node));
            events.Add((end, false, node));
        }

        foreach (var v in byStart)
        {
            events.Add((starts[v], true, s.Nodes[v]));
            events.Add((starts[v] + s.Takes[v], false, s.Nodes[v]));
        }

        var moments = new int[events.Count];
        for (var i = 0; i < moments.Length; i++)
        {
            moments[i] = events[i].At;
        }

        var order = InOrderOf(moments);
        var steps = ImmutableArray.CreateBuilder<PlanStep>();
        var room = new Room(s.Inventory);
        var (begin, done) = (ImmutableArray.CreateBuilder<NodeId>(), ImmutableArray.CreateBuilder<NodeId>());
        var (down, instances, free, empty) = (0, 0, room.FreeCores, room.EmptyNodes);
        for (var i = 0; i < order.Length; i++)
        {
            var (at, starting, node) = events[order[i]];
            (starting ? begin : done).Add(node.Id);
            var sign = starting ? 1 : -1;
            down += sign;
            instances += sign * node.Instances.Length;
            free -= sign * node.Free.Cores;
            empty -= node.Instances.IsEmpty ? sign : 0;
            if (i + 1 == order.Length || events[order[i + 1]].At != at)
            {
                steps.Add(new PlanStep(
                    s.At(at), begin.DrainToImmutable(), done.DrainToImmutable(), down, instances, free, room.InNodes(free), empty));
            }
        }

        return steps.DrainToImmutable();
    }

    // Equal ones keep their order.
    private static int[] InOrderOf(int[] times)
    {
        var keys = new long[times.Length];
        var order = new int[times.Length];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = ((long)times[i] << 21) + i;
        }

        Array.Sort(keys);
        for (var i = 0; i < keys.Length; i++)
        {
            order[i] = (int)(keys[i] & ((1 << 21) - 1));
        }

        return order;
    }

    // All that the cluster has, before anything of it goes down.
    private readonly struct Room
    {
        private readonly double coresOfANode;

        public Room(MaintenanceInventory inventory)
        {
            var total = 0L;
            foreach (var node in inventory.Nodes)
            {
                FreeCores += node.Free.Cores;
                total += node.Total.Cores;
                EmptyNodes += node.Instances.IsEmpty ? 1 : 0;
            }

            coresOfANode = (double)total / Math.Max(1, inventory.Nodes.Length);
        }

        public long FreeCores { get; }

        public int EmptyNodes { get; }

        public double InNodes(long cores) => coresOfANode <= 0 ? 0 : cores / coresOfANode;
    }
}
