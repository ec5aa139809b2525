// Which cluster takes a new service (R5)? Region first, then the affinity group's cluster or clusters, else the load.
// A cluster whose fabric controller finds no room falls through to the next one in the ranking.
using System.Collections.Immutable;
using System.Globalization;

namespace Rdfe.Domain.Placement;

/// <summary>The figures of one cluster at the moment of choosing (R5). What is in use includes what is in
/// flight.</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="Region">Its region.</param>
/// <param name="VipsUsed">C(h, VIPs): virtual IP addresses in use or in flight.</param>
/// <param name="VipsAllocatable">N(h, VIPs): those of its pool.</param>
/// <param name="CoresUsed">C(h, cores), hundredths, with those in flight.</param>
/// <param name="CoresAllocatable">N(h, cores), hundredths; nodes reserved for the fabric controller do not
/// count.</param>
/// <param name="Enabled">False when an operator closed it to new services.</param>
/// <param name="ClosedBecause">Why it takes nothing for now, such as a brake (H3); null when it is open.</param>
/// <param name="Families">The hardware families of its nodes.</param>
public sealed record ClusterLoad(
    ClusterId Cluster,
    RegionId Region,
    long VipsUsed,
    long VipsAllocatable,
    long CoresUsed,
    long CoresAllocatable,
    bool Enabled,
    string? ClosedBecause,
    ImmutableArray<string> Families);

/// <summary>What a new service asks of a cluster (R5).</summary>
/// <param name="Region">The region that the tenant named, or its affinity group's.</param>
/// <param name="Only">The clusters that will do: the affinity group's, or the one that the service is pinned to; null
/// for any.</param>
/// <param name="Cores">How much it will take, hundredths.</param>
/// <param name="Vips">How many virtual IP addresses it will take.</param>
/// <param name="Families">The hardware families that its sizes need, all in the same cluster.</param>
/// <param name="AlreadyTried">Clusters that found no room for it already.</param>
public sealed record ClusterAsk(
    RegionId Region,
    ImmutableArray<ClusterId>? Only,
    long Cores,
    long Vips,
    ImmutableArray<string> Families,
    ImmutableArray<ClusterId> AlreadyTried);

/// <summary>One cluster of the region, its figures and its verdict (R5: the answer explains itself).</summary>
/// <param name="Cluster">The cluster.</param>
/// <param name="VipLoad">A(h, VIPs) = C ÷ N after the placement; 0 when nothing is used of nothing.</param>
/// <param name="CoreLoad">A(h, cores) = C ÷ N after the placement.</param>
/// <param name="Load">The larger of the two: what clusters are ranked by, the smallest first.</param>
/// <param name="Rank">Its place in the ranking from 1; null when it is out.</param>
/// <param name="Because">Why it has that place, or why it is out, with figures.</param>
public sealed record ClusterCandidate(
    ClusterId Cluster, double VipLoad, double CoreLoad, double Load, int? Rank, string Because);

/// <summary>The clusters to try, best first, and every candidate with its figures.</summary>
/// <param name="Ranked">The clusters to try in this order; empty when none will do.</param>
/// <param name="Candidates">All clusters that were looked at: those ranked first, in order, then the others by
/// id.</param>
public sealed record ClusterChoice(ImmutableArray<ClusterId> Ranked, ImmutableArray<ClusterCandidate> Candidates);

/// <summary>Ranks clusters for a new service (R5).</summary>
public static class ClusterSelector
{
    /// <summary>
    /// Ranks the clusters that can take what is asked by their load after the placement; equal loads go by id.
    /// Clusters of other regions are not candidates at all.
    /// </summary>
    public static ClusterChoice Rank(IEnumerable<ClusterLoad> clusters, ClusterAsk ask)
    {
        var judged = clusters
            .Where(c => c.Region == ask.Region)
            .Select(c => (Cluster: c, Figures: Figures(c, ask), WhyNot: WhyNot(c, ask)))
            .ToList();

        var ranked = judged
            .Where(j => j.WhyNot is null)
            .OrderBy(j => j.Figures.Load)
            .ThenBy(j => j.Cluster.Cluster.Value, StringComparer.Ordinal)
            .Select((j, i) => j.Figures with { Rank = i + 1, Because = WhyHere(j.Figures, i + 1) });
        var rejected = judged
            .Where(j => j.WhyNot is not null)
            .OrderBy(j => j.Cluster.Cluster.Value, StringComparer.Ordinal)
            .Select(j => j.Figures with { Because = j.WhyNot! });

        var candidates = ranked.Concat(rejected).ToImmutableArray();
        return new(candidates.Where(c => c.Rank is not null).Select(c => c.Cluster).ToImmutableArray(), candidates);
    }

    // The first reason that holds is given: what an operator or a tenant decided goes before what is merely full.
    private static string? WhyNot(ClusterLoad c, ClusterAsk ask)
    {
        if (ask.Only is { } only && !only.Contains(c.Cluster))
        {
            return "not a cluster of the affinity group or of the service";
        }

        if (ask.AlreadyTried.Contains(c.Cluster))
        {
            return "tried already: its fabric controller found no room";
        }

        if (!c.Enabled)
        {
            return "disabled by an operator";
        }

        if (c.ClosedBecause is { } closed)
        {
            return $"closed: {closed}";
        }

        if (ask.Families.FirstOrDefault(f => !c.Families.Contains(f)) is { } family)
        {
            return $"has no nodes of family {family}";
        }

        if (c.CoresUsed + ask.Cores > c.CoresAllocatable)
        {
            return string.Create(CultureInfo.InvariantCulture,
                $"full: needs {ask.Cores / 100.0:0.##} cores, {(c.CoresAllocatable - c.CoresUsed) / 100.0:0.##} of {c.CoresAllocatable / 100.0:0.##} free");
        }

        return c.VipsUsed + ask.Vips > c.VipsAllocatable
            ? string.Create(CultureInfo.InvariantCulture,
                $"full: needs {ask.Vips} VIPs, {c.VipsAllocatable - c.VipsUsed} of {c.VipsAllocatable} free")
            : null;
    }

    private static string WhyHere(ClusterCandidate c, int rank) => string.Create(CultureInfo.InvariantCulture,
        $"{(rank == 1 ? "least loaded" : $"number {rank} by load")}: {c.Load:P1} after the placement, "
        + $"the larger of cores {c.CoreLoad:P1} and VIPs {c.VipLoad:P1}");

    private static ClusterCandidate Figures(ClusterLoad c, ClusterAsk ask)
    {
        var vips = Share(c.VipsUsed + ask.Vips, c.VipsAllocatable);
        var cores = Share(c.CoresUsed + ask.Cores, c.CoresAllocatable);
        return new(c.Cluster, vips, cores, Math.Max(vips, cores), null, "");
    }

    // Nothing used of nothing is no load; something of nothing can't be, and such a cluster is full anyway.
    private static double Share(long used, long allocatable) =>
        allocatable > 0 ? (double)used / allocatable : used > 0 ? 1.0 : 0.0;
}
