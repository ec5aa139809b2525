namespace Rdfe.Domain.Placement.Preferences;

/// <summary>
/// Prefer the node on which the fewest cores are left over, and of nearly equal ones the one that keeps more memory
/// (P2).
/// Cores run out first; memory that stays beside free cores keeps them sellable. On the real trace this needs 792
/// nodes where
/// best fit on cores needs 793, for weights of memory around this one (bench/README.md).
/// </summary>
internal static class PacksTightly
{
    private const double MemoryWeight = 0.15;

    /// <summary>Between 0 and 1; 1 when no cores are left and all memory is.</summary>
    public static double Value(Resources needs, Resources free, Resources largest) =>
        Value(free.Cores - needs.Cores, free.MemoryMib - needs.MemoryMib, largest);

    /// <summary>The most that <see cref="Value(Resources, Resources, Resources)"/> can be with at least that many
    /// free cores and at most that much memory.</summary>
    public static double Most(Resources needs, long leastCores, long mostMemory, Resources largest) =>
        Value(leastCores - needs.Cores, mostMemory - needs.MemoryMib, largest);

    private static double Value(long coresLeft, long memoryLeft, Resources largest)
    {
        var cores = largest.Cores == 0 ? 0.0 : (double)coresLeft / largest.Cores;
        var memory = largest.MemoryMib == 0 ? 0.0 : (double)memoryLeft / largest.MemoryMib;
        return (1.0 - cores + MemoryWeight * memory) / (1.0 + MemoryWeight);
    }
}
