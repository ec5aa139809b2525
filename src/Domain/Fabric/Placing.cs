// P1-P4 seen from the controller: ask the allocator, then either put the instances into the books or hand the request
// over to the next cluster. What deployments, virtual machines and configuration changes share stands here.
using System.Collections.Immutable;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Fabric;

/// <summary>What the different kinds of placement share.</summary>
public static class Placing
{
    /// <summary>Bound of a try that was none: the request only goes where its pin went.</summary>
    public const string Departed = "pin";

    /// <summary>True when the request must not be placed here because its pin has left in this very turn.</summary>
    internal static bool FollowsAway(Turn turn, FabricRequest.Placing request)
    {
        if (!turn.HasDeparted(request.Scope.Pin))
        {
            return false;
        }

        HandOver(turn, request, new PlacementTry(
            turn.State.Id, false, Departed, "Its service or availability set has gone to another cluster.",
            ImmutableSortedDictionary<string, int>.Empty, []));
        return true;
    }

    /// <summary>Gives the request to the next cluster, or ends it as failed where there is none (in the commit).</summary>
    internal static void HandOver(Turn turn, FabricRequest.Placing request, PlacementTry tried)
    {
        if (request.Scope.Pin is { } pin && request.Scope.MayMove)
        {
            turn.Depart(pin);
        }

        turn.State.Forget(request.Operation);
        turn.Shared.Add(new SharedEffect.HandOver(request, tried));
        turn.Say("placementRefused", request.Operation.Resource, tried.Detail);
    }

    /// <summary>The placement stands: what it held in flight is in the books now, its pin is settled.</summary>
    internal static void Landed(Turn turn, PlacementScope scope)
    {
        turn.Shared.Add(new SharedEffect.Landed(scope.Cores));
        if (scope.Pin is { } pin)
        {
            turn.Shared.Add(new SharedEffect.SettlePin(pin));
        }
    }

    /// <summary>Asks the allocator, and the address pools.</summary>
    internal static (PlacementResult? Placed, PlacementTry Try) Ask(Turn turn, PlacementRequest request, PlacementScope? scope)
    {
        var (result, tried) = Look(turn, request, scope);
        return (result is { Placed: true } ? result : null, tried);
    }

    /// <summary>The same, with the allocator's report where there was no room too; it changes nothing.</summary>
    public static (PlacementResult? Result, PlacementTry Try) Look(Turn turn, PlacementRequest request, PlacementScope? scope)
    {
        if (scope is not null && scope.VipsHeld < scope.Vips)
        {
            return (null, Refused(turn, "vipPool", "No VIP of the cluster's pool is free."));
        }

        var seats = request.Groups.Sum(g => g.Seats.Length);
        if (turn.State.Dips.FreeCount < seats)
        {
            return (null, Refused(turn, "dipPool", $"Needed {seats} DIPs, {turn.State.Dips.FreeCount} are free."));
        }

        var result = Allocator.Place(turn.State.Capacity, request, turn.Settings.Placement);
        return (result, Told(turn, result));
    }

    /// <summary>A group's demand; a group of two or more instances spreads over fault domains (P1).</summary>
    internal static GroupDemand Demand(
        Turn turn, GroupId? group, VmSize size, int members, ImmutableArray<Seat> seats,
        int fewestFaultDomains, string? owner = null, bool isolated = false) =>
        new(group, size, members >= 2 ? Math.Max(fewestFaultDomains, turn.Settings.FewestFaultDomains) : 1, seats, owner, isolated);

    /// <summary>The group of a role's instances.</summary>
    internal static GroupId GroupOf(Deployment deployment, string role) => new($"{deployment.Id}/{role}");

    private static PlacementTry Refused(Turn turn, string bound, string detail) => new(
        turn.State.Id, false, bound, detail, ImmutableSortedDictionary<string, int>.Empty, []);

    private static PlacementTry Told(Turn turn, PlacementResult result)
    {
        // The last group begun is the one that found no room; where all did, the first tells the story best.
        var group = result.Placed ? result.Report.Groups.FirstOrDefault() : result.Report.Groups.LastOrDefault();
        return new PlacementTry(
            turn.State.Id,
            result.Placed,
            result.NoRoom is { } no ? Words.Of(no.Bound) : null,
            result.NoRoom?.Detail ?? Summary(result, group),
            (group?.TurnedAway ?? []).ToImmutableSortedDictionary(c => Words.Of(c.Constraint), c => c.Nodes, StringComparer.Ordinal),
            [.. (group?.Best ?? []).Select(b => $"{b.Node}: {b.Why}")]);
    }

    private static string Summary(PlacementResult result, GroupReport? group)
    {
        var nodes = result.Placement!.Instances;
        return $"{nodes.Length} instances on {nodes.Select(i => i.Node).Distinct().Count()} nodes in "
            + $"{nodes.Select(i => i.FaultDomain).Distinct().Count()} fault domains; {group?.Eligible} of {group?.Nodes} nodes would do.";
    }
}
