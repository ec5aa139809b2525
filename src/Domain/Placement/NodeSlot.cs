// A node's own page in the capacity book: who stands on it, and which update domains they have.
namespace Rdfe.Domain.Placement;

/// <summary>One node's entry. What the search reads is mirrored in its <see cref="Shelf"/> after every
/// change.</summary>
internal sealed class NodeSlot(NodeCapacity capacity)
{
    private readonly List<Occupant> occupants = [];

    // How many grouped instances of each update domain are here, tentative ones included. Allocated on first use.
    private ushort[]? udCounts;
    private uint udMask;
    private int standing;
    private int isolated;

    public NodeCapacity Capacity { get; } = capacity;

    public Shelf Shelf { get; set; } = null!;

    public int Slot { get; set; }

    public bool Schedulable { get; private set; }

    public string? Owner { get; private set; }

    public IReadOnlyList<Occupant> Occupants => occupants;

    /// <summary>What is left; nothing when an isolated instance holds the node (P6).</summary>
    public Resources Free => isolated > 0 ? Resources.None : RawFree;

    /// <summary>True when nobody stands here, not even tentatively.</summary>
    public bool IsEmpty => standing == 0;

    /// <summary>True when an isolated instance holds all of it.</summary>
    public bool TakenWhole => isolated > 0;

    /// <summary>What counts as used for load figures: all of it, once somebody has the node to himself.</summary>
    public long CoresUsed => Owner is not null || TakenWhole
        ? Capacity.Total.Cores
        : Capacity.Total.Cores - RawFree.Cores;

    private Resources RawFree { get; set; } = capacity.Total;

    public void SetSchedulable(bool schedulable)
    {
        Schedulable = schedulable;
        Mirror();
    }

    public void SetOwner(string? owner)
    {
        Owner = owner;
        Mirror();
    }

    /// <summary>Takes resources without yet naming who stands there; <see cref="Give"/> is its exact
    /// opposite.</summary>
    public void Take(Resources needs, bool grouped, int updateDomain, bool whole)
    {
        RawFree -= needs;
        standing++;
        isolated += whole ? 1 : 0;
        if (grouped)
        {
            udCounts ??= new ushort[UpdateDomains.Most];
            udCounts[updateDomain]++;
            udMask |= 1u << updateDomain;
        }

        Mirror();
    }

    /// <summary>Gives back what <see cref="Take"/> took with the same arguments.</summary>
    public void Give(Resources needs, bool grouped, int updateDomain, bool whole)
    {
        RawFree += needs;
        standing--;
        isolated -= whole ? 1 : 0;
        if (grouped && --udCounts![updateDomain] == 0)
        {
            udMask &= ~(1u << updateDomain);
        }

        Mirror();
    }

    public void Enter(Occupant occupant)
    {
        occupants.Add(occupant);
        Take(occupant.Needs, occupant.Group is not null, occupant.UpdateDomain, occupant.Isolated);
    }

    public void Leave(Occupant occupant)
    {
        occupants.Remove(occupant);
        Give(occupant.Needs, occupant.Group is not null, occupant.UpdateDomain, occupant.Isolated);
    }

    private void Mirror()
    {
        var state = !Schedulable ? NodeState.Unschedulable
            : Owner is not null || TakenWhole ? NodeState.Dedicated
            : NodeState.Open;
        var key = udMask == 0 ? (standing == 0 ? Shelf.EmptyKey : Shelf.NoUpdateDomainKey)
            : (udMask & (udMask - 1)) == 0 ? System.Numerics.BitOperations.TrailingZeroCount(udMask)
            : Shelf.MixedKey;
        Shelf.Set(Slot, Free, state, (byte)key, udMask);
    }
}
