// What a node has and what an instance needs (F1, P1). Cores to the hundredth, because real sizes are fractional.
namespace Rdfe.Domain;

/// <summary>An amount of the four resources that a node offers (P1). Integers throughout, so that books balance exactly.</summary>
/// <param name="Cores">Hundredths of a core.</param>
/// <param name="MemoryMib">Memory, MiB.</param>
/// <param name="LocalDiskGib">Local disk, GiB.</param>
/// <param name="NetworkMbps">Network bandwidth, Mbit/s.</param>
public readonly record struct Resources(long Cores, long MemoryMib, long LocalDiskGib, long NetworkMbps)
{
    /// <summary>Nothing of anything.</summary>
    public static Resources None => default;

    /// <summary>True when each of the four is at most the other's.</summary>
    public bool FitsIn(Resources room) =>
        Cores <= room.Cores && MemoryMib <= room.MemoryMib
        && LocalDiskGib <= room.LocalDiskGib && NetworkMbps <= room.NetworkMbps;

    /// <summary>Adds each of the four.</summary>
    public static Resources operator +(Resources a, Resources b) => new(
        a.Cores + b.Cores, a.MemoryMib + b.MemoryMib, a.LocalDiskGib + b.LocalDiskGib, a.NetworkMbps + b.NetworkMbps);

    /// <summary>Subtracts each of the four.</summary>
    public static Resources operator -(Resources a, Resources b) => new(
        a.Cores - b.Cores, a.MemoryMib - b.MemoryMib, a.LocalDiskGib - b.LocalDiskGib, a.NetworkMbps - b.NetworkMbps);

    /// <summary>Multiplies each of the four.</summary>
    public static Resources operator *(Resources a, int times) => new(
        a.Cores * times, a.MemoryMib * times, a.LocalDiskGib * times, a.NetworkMbps * times);
}

/// <summary>A size of the catalogue (D4): what one instance needs, and the hardware family that can host it.</summary>
/// <param name="Name">Its name, such as <c>Small</c> or <c>Standard_D2</c>.</param>
/// <param name="Family">The hardware family that nodes must have.</param>
/// <param name="Needs">What one instance takes from a node.</param>
public sealed record VmSize(string Name, string Family, Resources Needs);
