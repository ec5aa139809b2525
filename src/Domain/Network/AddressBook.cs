// Who has which address of a pool (N1). Lowest free first, so that a run is the same each time; one bit an address.
using System.Numerics;

namespace Rdfe.Domain.Network;

/// <summary>The taken addresses of one pool. Mutable, and owned by the one cluster that owns the pool.</summary>
/// <param name="pool">The pool.</param>
public sealed class AddressBook(AddressPool pool)
{
    private readonly ulong[] taken = new ulong[(pool.Usable + 63) / 64];

    // No word before this one has a free bit, so that filling a pool of 65,534 looks at each word once.
    private int firstWithRoom;

    /// <summary>The pool.</summary>
    public AddressPool Pool { get; } = pool;

    /// <summary>How many addresses are taken.</summary>
    public int TakenCount { get; private set; }

    /// <summary>How many addresses are free.</summary>
    public int FreeCount => Pool.Usable - TakenCount;

    /// <summary>Takes the lowest free address; null where none is left.</summary>
    public Ipv4Address? Take()
    {
        if (LowestFree() is not { } free)
        {
            return null;
        }

        Take(free);
        return free;
    }

    /// <summary>The lowest free address, which stays free; null where none is left.</summary>
    public Ipv4Address? LowestFree()
    {
        for (; firstWithRoom < taken.Length; firstWithRoom++)
        {
            var bit = BitOperations.TrailingZeroCount(~taken[firstWithRoom]);
            var index = (firstWithRoom * 64) + bit;
            if (bit < 64 && index < Pool.Usable)
            {
                return Pool.Address(index);
            }
        }

        return null;
    }

    /// <summary>Takes that very address; false where it is taken or not of this pool.</summary>
    public bool Take(Ipv4Address address)
    {
        if (Pool.IndexOf(address) is not { } index || IsMarked(index))
        {
            return false;
        }

        Mark(index);
        return true;
    }

    /// <summary>
    /// Gives an address back; false where it was free or is not of this pool, so that giving back twice is safe.
    /// </summary>
    public bool Release(Ipv4Address address)
    {
        if (Pool.IndexOf(address) is not { } index || !IsMarked(index))
        {
            return false;
        }

        taken[index / 64] &= ~(1UL << (index % 64));
        firstWithRoom = Math.Min(firstWithRoom, index / 64);
        TakenCount--;
        return true;
    }

    /// <summary>True when the address is of this pool and taken.</summary>
    public bool IsTaken(Ipv4Address address) => Pool.IndexOf(address) is { } index && IsMarked(index);

    private bool IsMarked(int index) => (taken[index / 64] & (1UL << (index % 64))) != 0;

    private void Mark(int index)
    {
        taken[index / 64] |= 1UL << (index % 64);
        TakenCount++;
    }
}
