// What if? The placement that a request would get here and now, by the same checks and the same allocator as the real
// thing; nothing is kept (API.md, POST /fabric/allocations/preview).
using System.Collections.Immutable;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Fabric;

/// <summary>Instances that would be placed together and kept apart: a role, or an availability set.</summary>
/// <param name="Name">What they are called.</param>
/// <param name="Size">Their size.</param>
/// <param name="Count">How many.</param>
public sealed record PreviewGroup(string Name, VmSize Size, int Count);

/// <summary>What would be asked for.</summary>
/// <param name="Groups">Its groups.</param>
/// <param name="UpdateDomainCount">Over how many update domains each group is dealt (P3).</param>
/// <param name="FewestFaultDomains">Over how many fault domains each group is spread at least (P1).</param>
/// <param name="Isolated">Whether each instance takes a whole node (P6).</param>
/// <param name="Apart">False for machines that stand alone: nothing keeps them apart.</param>
public sealed record PreviewAsk(
    ImmutableArray<PreviewGroup> Groups, int UpdateDomainCount, int FewestFaultDomains, bool Isolated, bool Apart);

/// <summary>An instance that would be placed.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Group">Its group.</param>
/// <param name="UpdateDomain">Its update domain.</param>
/// <param name="Node">Its node.</param>
/// <param name="FaultDomain">The node's fault domain.</param>
public sealed record PreviewedInstance(string Name, string Group, int UpdateDomain, NodeId Node, int FaultDomain);

/// <summary>What one cluster would say.</summary>
/// <param name="Try">In the words of the real thing.</param>
/// <param name="Report">Every node with its verdict; null where the allocator was not even asked.</param>
/// <param name="Instances">Where everything would go; empty where there is no room.</param>
public sealed record PreviewAnswer(PlacementTry Try, PlacementReport? Report, ImmutableArray<PreviewedInstance> Instances);

/// <summary>Answers what-if questions about placement.</summary>
public static class PlacementPreview
{
    /// <summary>What this cluster would answer now; its state is the same afterwards.</summary>
    public static PreviewAnswer Of(ClusterState state, FabricSettings settings, PreviewAsk ask, PlacementScope scope)
    {
        var turn = new Turn(state, settings with { Placement = settings.Placement with { AllNodes = true } });
        var seats = ask.Groups.SelectMany(g => UpdateDomains.Deal(new int[ask.UpdateDomainCount], g.Count)
            .Select((ud, i) => (Group: g, Name: $"{g.Name}_{i}", Seat: new Seat(new InstanceId($"preview/{g.Name}_{i}"), ud))))
            .ToList();
        var (result, tried) = Placing.Look(turn, new PlacementRequest("preview", [.. Demands(turn, ask, seats.ToLookup(s => s.Group, s => s.Seat))]), scope);
        var named = seats.ToDictionary(s => s.Seat.Instance);
        return new PreviewAnswer(tried, result?.Report,
        [
            .. (result?.Placement?.Instances ?? []).Select(p => new PreviewedInstance(
                named[p.Instance].Name, named[p.Instance].Group.Name, named[p.Instance].Seat.UpdateDomain, p.Node, p.FaultDomain)),
        ]);
    }

    private static IEnumerable<GroupDemand> Demands(Turn turn, PreviewAsk ask, ILookup<PreviewGroup, Seat> seats) =>
        ask.Groups.Select(g => Placing.Demand(
            turn, ask.Apart ? new GroupId("preview/" + g.Name) : null, g.Size, ask.Apart ? g.Count : 1, [.. seats[g]],
            ask.FewestFaultDomains, isolated: ask.Isolated));
}
