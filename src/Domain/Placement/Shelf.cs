// The nodes of one hardware family in one rack, indexed for the search: a cell is (which update domains the node
// hosts, how many cores are free, rounded down to one of 64 steps). A rack's best node can then be bounded by looking
// at a few 64-bit masks, and most racks are never opened. The hot columns lie side by side, slot by slot.
namespace Rdfe.Domain.Placement;

/// <summary>Whether a node is on offer to everybody.</summary>
internal enum NodeState : byte
{
    /// <summary>Schedulable and shared: it is in the index.</summary>
    Open,

    /// <summary>Not ready, or reserved for the fabric controller.</summary>
    Unschedulable,

    /// <summary>A dedicated host, or taken whole by an isolated instance (P6).</summary>
    Dedicated,
}

/// <summary>One rack's nodes of one family.</summary>
internal sealed class Shelf(Aisle aisle, int faultDomain)
{
    public const int Steps = 64;

    /// <summary>Keys 0-19: hosts instances of that update domain only. The other three follow.</summary>
    public const int EmptyKey = 20;
    public const int NoUpdateDomainKey = 21;
    public const int MixedKey = 22;
    public const int Keys = 23;

    private readonly ushort[] cells = new ushort[Keys * Steps];
    private readonly ushort[] usedCounts = new ushort[Steps];

    public int FaultDomain { get; } = faultDomain;

    public string Family => aisle.Family;

    /// <summary>Its place in the aisle, and so in the columns of masks.</summary>
    public int Index { get; set; }

    /// <summary>The most of each resource that a node of the family has: what is left over is measured against
    /// it.</summary>
    public Resources Largest => aisle.Largest;

    /// <summary>How many of its nodes are open.</summary>
    public int OpenCount { get; private set; }

    public List<NodeSlot> Nodes { get; } = [];

    public Resources[] Free { get; private set; } = new Resources[8];

    public NodeState[] State { get; private set; } = new NodeState[8];

    public byte[] Key { get; private set; } = new byte[8];

    public uint[] UdMask { get; private set; } = new uint[8];

    public void Add(NodeSlot node)
    {
        var slot = Nodes.Count;
        if (slot == Free.Length)
        {
            (Free, State, Key, UdMask) = (Grown(Free), Grown(State), Grown(Key), Grown(UdMask));
        }

        Nodes.Add(node);
        (node.Shelf, node.Slot) = (this, slot);
        (Free[slot], State[slot], Key[slot], UdMask[slot]) =
            (node.Capacity.Total, NodeState.Unschedulable, EmptyKey, 0);
        aisle.MakeRoomFor(node.Capacity.Total);
    }

    /// <summary>Takes a node off; those behind it move up, so that the order of nodes stays the order in which they
    /// came.</summary>
    public void Remove(NodeSlot node)
    {
        Nodes.RemoveAt(node.Slot);
        for (var s = node.Slot; s < Nodes.Count; s++)
        {
            (Free[s], State[s], Key[s], UdMask[s]) = (Free[s + 1], State[s + 1], Key[s + 1], UdMask[s + 1]);
            Nodes[s].Slot = s;
        }

        Recount();
    }

    /// <summary>Moves a node to what it now is.</summary>
    public void Set(int slot, Resources free, NodeState state, byte key, uint udMask)
    {
        if (State[slot] == NodeState.Open)
        {
            Count(slot, -1);
        }

        (Free[slot], State[slot], Key[slot], UdMask[slot]) = (free, state, key, udMask);
        if (state == NodeState.Open)
        {
            Count(slot, 1);
        }
    }

    /// <summary>Fills the cells and their masks from the nodes.</summary>
    public void Recount()
    {
        Array.Clear(cells);
        Array.Clear(usedCounts);
        (OpenCount, aisle.Used[Index]) = (0, 0);
        for (var key = 0; key < Keys; key++)
        {
            aisle.Masks(key)[Index] = 0;
        }

        for (var slot = 0; slot < Nodes.Count; slot++)
        {
            if (State[slot] == NodeState.Open)
            {
                Count(slot, 1);
            }
        }
    }

    private void Count(int slot, int by)
    {
        var step = aisle.StepOf(Free[slot].Cores);
        var (key, bit) = (Key[slot], 1UL << step);
        ref var cell = ref cells[key * Steps + step];
        cell = (ushort)(cell + by);
        ref var mask = ref aisle.Masks(key)[Index];
        mask = cell == 0 ? mask & ~bit : mask | bit;
        OpenCount += by;
        if (key != EmptyKey)
        {
            ref var count = ref usedCounts[step];
            count = (ushort)(count + by);
            ref var used = ref aisle.Used[Index];
            used = count == 0 ? used & ~bit : used | bit;
        }

        if (by > 0)
        {
            aisle.Remember(step, Free[slot]);
        }
    }

    private static T[] Grown<T>(T[] column)
    {
        Array.Resize(ref column, column.Length * 2);
        return column;
    }
}
