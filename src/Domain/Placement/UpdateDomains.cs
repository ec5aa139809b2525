// Which update domain does an instance get, and who leaves on scale-in (P3)? The emptiest domain takes the next
// instance and the fullest gives one back, so that the counts of a role never differ by more than one.
using System.Collections.Immutable;

namespace Rdfe.Domain.Placement;

/// <summary>Deals update domains to instances, and takes them back (P3).</summary>
public static class UpdateDomains
{
    /// <summary>How many there are unless the service definition says otherwise (P3).</summary>
    public const int Default = 5;

    /// <summary>The most that a service definition may ask for (P3).</summary>
    public const int Most = 20;

    /// <summary>
    /// The update domains of the next <paramref name="count"/> instances: each goes to the emptiest domain, the one
    /// with
    /// the lowest index on ties. Even counts stay even; uneven ones, as deletions leave them in an availability set,
    /// even out.
    /// </summary>
    /// <param name="existingCountsPerUd">How many instances each update domain has now; its length is the number of
    /// domains.</param>
    /// <param name="count">How many instances to deal for.</param>
    public static ImmutableArray<int> Deal(IReadOnlyList<int> existingCountsPerUd, int count)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(existingCountsPerUd.Count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(existingCountsPerUd.Count, Most);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var counts = existingCountsPerUd.ToArray();
        var dealt = ImmutableArray.CreateBuilder<int>(count);
        for (var i = 0; i < count; i++)
        {
            var emptiest = Array.IndexOf(counts, counts.Min());
            counts[emptiest]++;
            dealt.Add(emptiest);
        }

        return dealt.MoveToImmutable();
    }

    /// <summary>
    /// The instances that leave when a role shrinks by <paramref name="count"/>: each time one from the fullest update
    /// domain; among the fullest, the instance with the highest index. What stays has even counts.
    /// </summary>
    /// <param name="updateDomainOfInstance">The update domain of each instance, in the order of instance
    /// indices.</param>
    /// <param name="count">How many leave; all of them, when there are no more.</param>
    /// <returns>The indices of those that leave, in the order in which they were chosen.</returns>
    public static ImmutableArray<int> ChooseToRemove(IReadOnlyList<int> updateDomainOfInstance, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        var counts = new int[Most];
        foreach (var ud in updateDomainOfInstance)
        {
            counts[ud]++;
        }

        var stays = Enumerable.Range(0, updateDomainOfInstance.Count).ToList();
        var leaves = ImmutableArray.CreateBuilder<int>();
        while (leaves.Count < count && stays.Count > 0)
        {
            var fullest = counts.Max();
            var last = stays.FindLastIndex(i => counts[updateDomainOfInstance[i]] == fullest);
            counts[updateDomainOfInstance[stays[last]]]--;
            leaves.Add(stays[last]);
            stays.RemoveAt(last);
        }

        return leaves.ToImmutable();
    }
}
