using System.Collections.Immutable;
using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Tests.Placement;

/// <summary>Small clusters in text: one line for each rack, <c>rack1  n1 web.0/ud0 web.3/ud0  n2 -</c>; every
/// instance is one core.</summary>
internal static class Towns
{
    public static readonly Resources Node = new(4_00, 4_096, 100, 1_000);

    public static VmSize Cores(int cores) => new($"A{cores}", "any", new(cores * 100, cores * 1_024, cores * 10, cores * 100));

    public static ClusterCapacity Of(string text)
    {
        var capacity = new ClusterCapacity(new ClusterId("c1"));
        var lines = text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        for (var fd = 0; fd < lines.Length; fd++)
        {
            var words = lines[fd].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            NodeId? node = null;
            foreach (var word in words.Skip(1).Where(w => w != "-"))
            {
                if (word.Contains('.', StringComparison.Ordinal))
                {
                    capacity.Occupy(node!.Value, Member(word, Cores(1).Needs));
                }
                else
                {
                    node = new NodeId(word);
                    capacity.AddNode(new(node.Value, new RackId(words[0]), fd, "any", Node), schedulable: true);
                }
            }
        }

        return capacity;
    }

    public static string Print(ClusterCapacity capacity) => string.Join('\n', capacity.Nodes
        .GroupBy(n => n.Rack)
        .Select(rack => rack.Key + string.Concat(rack.Select(n => $"  {n.Id} " + (capacity.On(n.Id).Any()
            ? string.Join(' ', capacity.On(n.Id).OrderBy(o => o.Instance.Value, StringComparer.Ordinal)
                .Select(o => o.Group is null ? $"{o.Instance}." : $"{o.Instance}/ud{o.UpdateDomain}"))
            : "-")))));

    /// <summary><c>web.3/ud0</c> is instance web.3 of group web in update domain 0; <c>vm.</c> stands alone.</summary>
    public static Occupant Member(string word, Resources needs)
    {
        var parts = word.Split(["/ud"], StringSplitOptions.None);
        return parts.Length == 1
            ? new(new InstanceId(word.TrimEnd('.')), null, 0, needs, null, false)
            : new(new InstanceId(parts[0]), new GroupId(parts[0].Split('.')[0]), int.Parse(parts[1], null), needs, null, false);
    }

    public static GroupDemand Want(string words, int cores = 1) => new(
        words.Contains("/ud", StringComparison.Ordinal) ? new GroupId(words.Split('.')[0]) : null,
        Cores(cores), 0,
        [.. words.Split(' ').Select(w => Member(w, default)).Select(o => new Seat(o.Instance, o.UpdateDomain))]);

    /// <summary>Instances of one role, dealt over that many update domains.</summary>
    public static GroupDemand Role(string name, int count, int cores = 1, int updateDomains = 5) => new(
        new GroupId(name), Cores(cores), 0,
        [.. UpdateDomains.Deal(new int[updateDomains], count).Select((ud, i) => new Seat(new InstanceId($"{name}.{i}"), ud))]);

    public static PlacementResult Place(this ClusterCapacity capacity, params GroupDemand[] groups) =>
        Allocator.Place(capacity, new PlacementRequest("test", [.. groups]), PlacementSettings.Default);

    /// <summary>Occupies what was placed.</summary>
    public static void Settle(this ClusterCapacity capacity, PlacementResult result, params GroupDemand[] groups)
    {
        var places = result.Placement!.Instances.ToDictionary(p => p.Instance, p => p.Node);
        foreach (var (group, seat) in groups.SelectMany(g => g.Seats.Select(s => (g, s))))
        {
            capacity.Occupy(places[seat.Instance],
                new(seat.Instance, group.Group, seat.UpdateDomain, group.Size.Needs, group.Owner, group.Isolated));
        }
    }

    public static ImmutableArray<int> FaultDomains(this PlacementResult result) =>
        [.. result.Placement!.Instances.Select(p => p.FaultDomain)];
}
