// The inventory, made ready for planning (M1): nodes ahead by number, who excludes whom, and from when on each may begin
// for what is down now. Nodes that would break the promise all by themselves are set aside here.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Planning;

/// <summary>What every planning step works on. Times are whole seconds from the inventory's moment.</summary>
internal sealed class Situation
{
    // By text: the runtime ships the code of such dictionaries, and a first plan is to be quick.
    private readonly Dictionary<string, int> groups = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> number;

    private Situation(MaintenanceInventory inventory, PlanSettings settings, ImmutableArray<PlannedMove> moves)
    {
        Inventory = inventory;
        Settings = settings;
        var ahead = new List<MaintainedNode>(inventory.Nodes.Length);
        var aside = ImmutableArray.CreateBuilder<NodeLeft>();
        var busy = new List<(MaintainedNode Node, int End)>();
        foreach (var node in inventory.Nodes)
        {
            if (node.Due && node.BeganAt is not null)
            {
                busy.Add((node, EndOf(node)));
            }
            else if (node.IsAhead)
            {
                if (TwoDomainsOf(node) is { } group)
                {
                    aside.Add(new NodeLeft(node.Id, group));
                }
                else
                {
                    ahead.Add(node);
                }
            }
        }

        // By id, so that the same nodes make the same plan in whatever order they are told.
        ahead.Sort((a, b) => string.CompareOrdinal(a.Id.Value, b.Id.Value));
        Nodes = [.. ahead];
        UnderWay = [.. busy];
        Aside = aside.ToImmutable();
        Takes = new int[Nodes.Length];
        SoleUpdateDomain = new int[Nodes.Length];
        ReadyAt = new int[Nodes.Length];
        HeldBy = new Hold?[Nodes.Length];
        number = new Dictionary<string, int>(Nodes.Length, StringComparer.Ordinal);
        var members = new List<long>(Nodes.Length * 8);
        for (var v = 0; v < Nodes.Length; v++)
        {
            number[Nodes[v].Id.Value] = v;
            Takes[v] = Math.Max(1, Seconds(Nodes[v].Duration));
            SoleUpdateDomain[v] = SoleDomain(Nodes[v]);
            foreach (var i in Nodes[v].Instances)
            {
                if (i.Group is { } group)
                {
                    members.Add(Membership.Of(NumberOf(group), i.UpdateDomain, v));
                }
            }
        }

        Graph = ConflictGraph.Of(Nodes.Length, [.. members]);
        HoldWhatIsDown();
        HoldWhatMoves(moves);
    }

    public MaintenanceInventory Inventory { get; }

    public PlanSettings Settings { get; }

    /// <summary>The nodes ahead, in order of id.</summary>
    public MaintainedNode[] Nodes { get; }

    public ConflictGraph Graph { get; }

    public int[] Takes { get; }

    /// <summary>The one update domain index that a node hosts; -1 where there are several; 0 where there is none.</summary>
    public int[] SoleUpdateDomain { get; }

    /// <summary>From when on what is down now lets a node begin.</summary>
    public int[] ReadyAt { get; }

    /// <summary>What is down and holds a node up the longest.</summary>
    public Hold?[] HeldBy { get; }

    /// <summary>Nodes under way, and when each is predicted to be done.</summary>
    public ImmutableArray<(MaintainedNode Node, int End)> UnderWay { get; }

    /// <summary>Nodes that no moment will do for.</summary>
    public ImmutableArray<NodeLeft> Aside { get; }

    public int MostAtOnce => Math.Max(1, Inventory.MaxConcurrentNodes);

    /// <summary>The situation once <paramref name="moves"/> are done, which are still to come.</summary>
    public static Situation Of(MaintenanceInventory inventory, PlanSettings settings, ImmutableArray<PlannedMove> moves) =>
        new(inventory.After(moves), settings, moves);

    /// <summary>The number of a node ahead; -1 for any other.</summary>
    public int NumberOf(NodeId node) => number.TryGetValue(node.Value, out var v) ? v : -1;

    public Instant At(int seconds) => Inventory.At + Duration.FromSeconds(seconds);

    /// <summary>The instances because of which two nodes exclude each other; null when they do not.</summary>
    public static (MaintainedInstance Mine, MaintainedInstance Theirs)? Clash(MaintainedNode mine, MaintainedNode theirs)
    {
        foreach (var a in mine.Instances)
        {
            foreach (var b in theirs.Instances)
            {
                if (a.Group is not null && a.Group == b.Group && a.UpdateDomain != b.UpdateDomain)
                {
                    return (a, b);
                }
            }
        }

        return null;
    }

    /// <summary>The group of which a node hosts two update domains; null when there is none.</summary>
    public static GroupId? TwoDomainsOf(MaintainedNode node)
    {
        for (var i = 1; i < node.Instances.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var (a, b) = (node.Instances[i], node.Instances[j]);
                if (a.UpdateDomain != b.UpdateDomain && a.Group is not null && a.Group == b.Group)
                {
                    return a.Group;
                }
            }
        }

        return null;
    }

    private int NumberOf(GroupId group)
    {
        if (!groups.TryGetValue(group.Value, out var known))
        {
            groups[group.Value] = known = groups.Count;
        }

        return known;
    }

    private static int SoleDomain(MaintainedNode node)
    {
        var sole = -1;
        foreach (var i in node.Instances)
        {
            if (i.Group is not null)
            {
                if (sole >= 0 && sole != i.UpdateDomain)
                {
                    return -1;
                }

                sole = i.UpdateDomain;
            }
        }

        return Math.Max(0, sole);
    }

    private int EndOf(MaintainedNode node)
    {
        var end = Seconds(node.BeganAt!.Value + node.Duration - Inventory.At);
        return end > 0 ? end : Seconds(Settings.Overrun);
    }

    // A group's hold is kept for each update domain; a node waits for those of the other domains of its groups. An instance
    // that is down itself loses nothing more by its node's going down (Promise.Forbids).
    private void HoldWhatIsDown()
    {
        var (holds, nothing) = (new Dictionary<GroupId, List<Hold>>(), new List<Hold>());
        var underWay = new HashSet<NodeId>();
        foreach (var (node, end) in UnderWay)
        {
            underWay.Add(node.Id);
            foreach (var i in node.Instances)
            {
                if (i.Group is { } group)
                {
                    Add(group, new Hold(i.Id, group, i.UpdateDomain, node.Id, end, true, WaitKind.Promise));
                }
            }
        }

        var down = new HashSet<InstanceId>();
        foreach (var d in Inventory.Down)
        {
            if (d.Node is not { } node || !underWay.Contains(node))
            {
                down.Add(d.Instance);
                var until = d.Until is { } at ? Seconds(at - Inventory.At) : Math.Max(1, Seconds(Settings.UnknownHold));
                Add(d.Group, new Hold(d.Instance, d.Group, d.UpdateDomain, d.Node, until, d.Until is not null, WaitKind.AlreadyDown));
            }
        }

        for (var v = 0; v < Nodes.Length && holds.Count > 0; v++)
        {
            foreach (var i in Nodes[v].Instances)
            {
                if (down.Contains(i.Id))
                {
                    continue;
                }

                foreach (var hold in i.Group is { } group ? holds.GetValueOrDefault(group, nothing) : nothing)
                {
                    if (hold.UpdateDomain != i.UpdateDomain && hold.Until > 0
                        && (HeldBy[v] is not { } worst || worst.IsShorterThan(hold)))
                    {
                        HeldBy[v] = hold with { Mine = i.Id };
                    }
                }
            }

            ReadyAt[v] = HeldBy[v]?.Until ?? 0;
        }

        void Add(GroupId group, Hold hold)
        {
            if (!holds.TryGetValue(group, out var list))
            {
                holds[group] = list = [];
            }

            list.Add(hold);
        }
    }

    // A node goes neither while something leaves it nor while something comes to it.
    private void HoldWhatMoves(ImmutableArray<PlannedMove> moves)
    {
        foreach (var move in moves)
        {
            var end = Math.Max(1, Seconds(move.Ends - Inventory.At));
            var hold = new Hold(move.Instance, null, null, move.From, end, true, WaitKind.MovesFirst);
            foreach (var node in new[] { move.From, move.To })
            {
                if (NumberOf(node) is >= 0 and var v && (HeldBy[v] is not { } worst || worst.IsShorterThan(hold)))
                {
                    (HeldBy[v], ReadyAt[v]) = (hold, end);
                }
            }
        }
    }

    // Up to the next second: a prediction is never too early.
    private static int Seconds(Duration d) => (int)Math.Clamp(Math.Ceiling(d.TotalSeconds), int.MinValue / 4, int.MaxValue / 4);
}

/// <summary>Something that is down now and that a node waits for.</summary>
internal sealed record Hold(
    InstanceId Instance, GroupId? Group, int? UpdateDomain, NodeId? Node, int Until, bool IsKnown, WaitKind Kind)
{
    /// <summary>The instance of the waiting node that would break the promise.</summary>
    public InstanceId? Mine { get; init; }

    /// <summary>What nobody knows the end of is longer than anything.</summary>
    public bool IsShorterThan(Hold other) => IsKnown != other.IsKnown ? IsKnown : Until < other.Until;
}
