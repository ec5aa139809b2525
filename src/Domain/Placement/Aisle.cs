// All racks of one hardware family, with the masks of their cells side by side: the search bounds every rack of a large
// cluster for each seat, and reading one column in order costs a nanosecond or two for each rack.
namespace Rdfe.Domain.Placement;

/// <summary>The shelves of one family, in the order of their fault domains, and their masks as columns.</summary>
internal sealed class Aisle(string family)
{
    private readonly ulong[][] masks = [.. Enumerable.Range(0, Shelf.Keys).Select(_ => Array.Empty<ulong>())];

    // For each step, the most free memory (MiB) and the fewest free cores that an open node in it ever had. They never
    // go back: too generous a figure costs a look into a rack, too narrow a one would miss the best node.
    private readonly long[] mostMemory = new long[Shelf.Steps];
    private readonly long[] leastCores = [.. Enumerable.Repeat(long.MaxValue, Shelf.Steps)];
    private long stepWidth = 1;

    public string Family { get; } = family;

    /// <summary>The most of each resource that one of its nodes ever had.</summary>
    public Resources Largest { get; private set; }

    /// <summary>Changes whenever the figures behind <see cref="MostMemory"/> or the steps do.</summary>
    public int Version { get; private set; }

    /// <summary>The fault domain of each shelf.</summary>
    public int[] FaultDomains { get; private set; } = [];

    public List<Shelf> Shelves { get; } = [];

    /// <summary>For each shelf, bit s: an open node of that key has its free cores in step s.</summary>
    public ulong[] Masks(int key) => masks[key];

    /// <summary>For each shelf, bit s: an open node that is in use has its free cores in step s.</summary>
    public ulong[] Used { get; private set; } = [];

    public long MostMemory(int step) => mostMemory[step];

    public int StepOf(long freeCores) => (int)Math.Min(freeCores / stepWidth, Shelf.Steps - 1);

    /// <summary>The fewest free cores that a node in this step can have.</summary>
    public long LeastCoresOf(int step) => leastCores[step];

    public void Remember(int step, Resources free)
    {
        if (free.MemoryMib > mostMemory[step] || free.Cores < leastCores[step])
        {
            mostMemory[step] = Math.Max(mostMemory[step], free.MemoryMib);
            leastCores[step] = Math.Min(leastCores[step], free.Cores);
            Version++;
        }
    }

    /// <summary>Widens the steps, once a larger node comes than any before.</summary>
    public void MakeRoomFor(Resources total)
    {
        if (!total.FitsIn(Largest))
        {
            Largest = new(
                Math.Max(Largest.Cores, total.Cores), Math.Max(Largest.MemoryMib, total.MemoryMib),
                Math.Max(Largest.LocalDiskGib, total.LocalDiskGib), Math.Max(Largest.NetworkMbps, total.NetworkMbps));
            stepWidth = Largest.Cores / Shelf.Steps + 1;
            Version++;
            Array.Clear(mostMemory);
            Array.Fill(leastCores, long.MaxValue);
            LayOut();
        }
    }

    public Shelf ShelfFor(int faultDomain)
    {
        var at = Shelves.FindIndex(s => s.FaultDomain >= faultDomain);
        if (at >= 0 && Shelves[at].FaultDomain == faultDomain)
        {
            return Shelves[at];
        }

        var shelf = new Shelf(this, faultDomain);
        Shelves.Insert(at < 0 ? Shelves.Count : at, shelf);
        LayOut();
        return shelf;
    }

    public void Remove(Shelf shelf)
    {
        Shelves.Remove(shelf);
        LayOut();
    }

    // Racks come and go rarely, so all columns are simply filled again.
    private void LayOut()
    {
        for (var key = 0; key < Shelf.Keys; key++)
        {
            masks[key] = new ulong[Shelves.Count];
        }

        Used = new ulong[Shelves.Count];
        FaultDomains = [.. Shelves.Select(s => s.FaultDomain)];
        for (var i = 0; i < Shelves.Count; i++)
        {
            Shelves[i].Index = i;
            Shelves[i].Recount();
        }
    }
}
