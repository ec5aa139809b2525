// The addresses that a cluster may hand out (F1, N1): one IPv4 block each for VIPs and for DIPs.
using System.Globalization;

namespace Rdfe.Domain.Network;

/// <summary>An IPv4 address. Ordered as numbers, shown as four bytes.</summary>
/// <param name="Value">The address as a number, most significant byte first.</param>
public readonly record struct Ipv4Address(uint Value) : IComparable<Ipv4Address>
{
    /// <inheritdoc/>
    public int CompareTo(Ipv4Address other) => Value.CompareTo(other.Value);

    /// <summary>
    /// Reads <c>a.b.c.d</c>: four decimal numbers of at most 255, without leading zeros; null for anything else.
    /// </summary>
    public static Ipv4Address? Parse(string text)
    {
        var parts = text.Split('.');
        if (parts.Length != 4)
        {
            return null;
        }

        uint value = 0;
        foreach (var part in parts)
        {
            // "010" is eight to some programs and ten to others, so it is neither here.
            if (!byte.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || (part.Length > 1 && part[0] == '0'))
            {
                return null;
            }

            value = (value << 8) | number;
        }

        return new Ipv4Address(value);
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Value >> 24}.{(Value >> 16) & 255}.{(Value >> 8) & 255}.{Value & 255}");

    /// <summary>Lower as a number.</summary>
    public static bool operator <(Ipv4Address a, Ipv4Address b) => a.Value < b.Value;

    /// <summary>Higher as a number.</summary>
    public static bool operator >(Ipv4Address a, Ipv4Address b) => a.Value > b.Value;

    /// <summary>Lower as a number, or the same.</summary>
    public static bool operator <=(Ipv4Address a, Ipv4Address b) => a.Value <= b.Value;

    /// <summary>Higher as a number, or the same.</summary>
    public static bool operator >=(Ipv4Address a, Ipv4Address b) => a.Value >= b.Value;
}

/// <summary>A block of addresses in CIDR notation (F1). Its first and its last address are never handed out.</summary>
/// <param name="Network">The first address of the block.</param>
/// <param name="PrefixLength">How many leading bits the addresses share, 8 to 30.</param>
public readonly record struct AddressPool(Ipv4Address Network, int PrefixLength)
{
    /// <summary>How many addresses can be handed out.</summary>
    public int Usable => (int)(Size - 2);

    /// <summary>The last address of the block.</summary>
    public Ipv4Address Last => new(Network.Value + (Size - 1));

    private uint Size => 1u << (32 - PrefixLength);

    /// <summary>Reads <c>10.1.0.0/16</c>.</summary>
    /// <param name="text">The notation.</param>
    /// <param name="error">What is wrong with it, as a sentence; null where nothing is.</param>
    public static AddressPool? Parse(string text, out string? error)
    {
        error = null;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0 || Ipv4Address.Parse(text[..slash]) is not { } network
            || !byte.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var prefix))
        {
            error = "Must be an IPv4 block such as 10.1.0.0/16.";
            return null;
        }

        if (prefix is < 8 or > 30)
        {
            error = "The prefix length must be from 8 to 30.";
            return null;
        }

        var pool = new AddressPool(network, prefix);
        var start = new Ipv4Address(network.Value & ~(pool.Size - 1));
        if (start != network)
        {
            error = $"The block /{prefix} that holds {network} starts at {start}.";
            return null;
        }

        return pool;
    }

    /// <summary>
    /// The address at <paramref name="index"/>, 0 to <see cref="Usable"/> - 1; another index is a bug.
    /// </summary>
    public Ipv4Address Address(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Usable);
        return new Ipv4Address(Network.Value + 1 + (uint)index);
    }

    /// <summary>The index of an address; null where it is not one that can be handed out.</summary>
    public int? IndexOf(Ipv4Address address) =>
        address > Network && address < Last ? (int)(address.Value - Network.Value - 1) : null;

    /// <summary>
    /// True when every address of the other block is in this one. Two blocks are nested or apart, nothing between.
    /// </summary>
    public bool Contains(AddressPool other) => other.Network >= Network && other.Last <= Last;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Network}/{PrefixLength}");
}
