// All racks of one hardware family, with the masks of their cells side by side: the search bounds every rack of a large
// cluster for each seat, and reading one column in order costs a nanosecond or two for each rack.
namespace Rdfe.Domain.Placement;

/// <summary>The shelves of one family, in the order of their fault domains, and their masks as columns.</summary>
internal sealed class Aisle(string family)
{
    private readonly ulong[][] masks = [.. Enumerable.Range(0, Shelf.Keys).Select(_ => Array.Empty<ulong>())];

    public string Family { get; } = family;

    public List<Shelf> Shelves { get; } = [];

    /// <summary>For each shelf, bit s: an open node of that key has its free cores in step s.</summary>
    public ulong[] Masks(int key) => masks[key];

    /// <summary>For each shelf, bit s: an open node that is in use has its free cores in step s.</summary>
    public ulong[] Used { get; private set; } = [];

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
        for (var i = 0; i < Shelves.Count; i++)
        {
            Shelves[i].Index = i;
            Shelves[i].Recount();
        }
    }
}
