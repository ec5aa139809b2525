// Which nodes must not be down together (M1)? Two nodes exclude each other when they host instances of one group in
// different update domains. Kept twice: as bits, for sets of nodes, and as lists, for walking along.
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Rdfe.Domain.Planning;

/// <summary>Nodes by number, and who excludes whom.</summary>
internal sealed class ConflictGraph
{
    private readonly ulong[] bits;
    private readonly int[] first;
    private readonly int[] neighbours;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private ConflictGraph(int count, ulong[] bits)
    {
        Count = count;
        Words = (count + 63) / 64;
        this.bits = bits;
        first = new int[count + 1];
        for (var v = 0; v < count; v++)
        {
            var degree = 0;
            foreach (var word in Row(v))
            {
                degree += BitOperations.PopCount(word);
            }

            first[v + 1] = first[v] + degree;
            MostDegree = Math.Max(MostDegree, degree);
        }

        neighbours = new int[first[count]];
        for (var v = 0; v < count; v++)
        {
            ListInto(Row(v), neighbours.AsSpan(first[v]));
        }
    }

    public int Count { get; }

    /// <summary>How many words a set of nodes has.</summary>
    public int Words { get; }

    public int Pairs => neighbours.Length / 2;

    public int MostDegree { get; }

    /// <summary>
    /// The graph of memberships, which are sorted here: see <see cref="Membership"/>. No node may be in two update domains of a group:
    /// those are set aside before.
    /// </summary>
    public static ConflictGraph Of(int count, long[] members)
    {
        var words = (count + 63) / 64;
        var bits = new ulong[(long)count * words];
        Array.Sort(members);
        for (var from = 0; from < members.Length;)
        {
            var to = from + 1;
            while (to < members.Length && Membership.Group(members[to]) == Membership.Group(members[from]))
            {
                to++;
            }

            Add(bits, words, members.AsSpan(from, to - from));
            from = to;
        }

        return new ConflictGraph(count, bits);
    }

    /// <summary>The graph of rows of bits, which it keeps.</summary>
    public static ConflictGraph Of(int count, ulong[] bits) => new(count, bits);

    /// <summary>The same graph with its nodes numbered anew: node <c>order[i]</c> becomes <c>i</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public ulong[] BitsIn(int[] order)
    {
        var place = new int[Count];
        for (var i = 0; i < order.Length; i++)
        {
            place[order[i]] = i;
        }

        var moved = new ulong[bits.Length];
        for (var i = 0; i < order.Length; i++)
        {
            var row = moved.AsSpan(i * Words, Words);
            foreach (var u in Neighbours(order[i]))
            {
                row[place[u] >> 6] |= 1UL << (place[u] & 63);
            }
        }

        return moved;
    }

    public ReadOnlySpan<int> Neighbours(int v) => neighbours.AsSpan(first[v], first[v + 1] - first[v]);

    public int Degree(int v) => first[v + 1] - first[v];

    /// <summary>Where a node's neighbours begin, for those who keep something for each pair.</summary>
    public int FirstOf(int v) => first[v];

    public ReadOnlySpan<ulong> Row(int v) => bits.AsSpan(v * Words, Words);

    public bool Exclude(int v, int u) => (bits[(v * Words) + (u >> 6)] >> (u & 63) & 1) != 0;

    /// <summary>Writes the members of a set, in order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int ListInto(ReadOnlySpan<ulong> set, Span<int> list)
    {
        var n = 0;
        for (var w = 0; w < set.Length; w++)
        {
            for (var word = set[w]; word != 0; word &= word - 1)
            {
                list[n++] = (w << 6) + BitOperations.TrailingZeroCount(word);
            }
        }

        return n;
    }

    // A group's members in order of update domain. Each update domain excludes the members of all others: for small
    // groups pair by pair, for large ones a row of bits at a time.
    private static void Add(ulong[] bits, int words, ReadOnlySpan<long> group)
    {
        if (Membership.UpdateDomain(group[0]) == Membership.UpdateDomain(group[^1]))
        {
            return;
        }

        if (group.Length <= 4 * words)
        {
            AddPairs(bits, words, group);
            return;
        }

        Span<ulong> all = new ulong[words];
        foreach (var m in group)
        {
            var node = Membership.Node(m);
            all[node >> 6] |= 1UL << (node & 63);
        }

        Span<ulong> others = new ulong[words];
        for (var from = 0; from < group.Length;)
        {
            var to = from;
            all.CopyTo(others);
            for (; to < group.Length && Membership.UpdateDomain(group[to]) == Membership.UpdateDomain(group[from]); to++)
            {
                var node = Membership.Node(group[to]);
                others[node >> 6] &= ~(1UL << (node & 63));
            }

            for (; from < to; from++)
            {
                var row = bits.AsSpan(Membership.Node(group[from]) * words, words);
                for (var w = 0; w < words; w++)
                {
                    row[w] |= others[w];
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddPairs(ulong[] bits, int words, ReadOnlySpan<long> group)
    {
        for (var i = 1; i < group.Length; i++)
        {
            var (b, ud) = (Membership.Node(group[i]), Membership.UpdateDomain(group[i]));
            for (var j = 0; j < i && Membership.UpdateDomain(group[j]) != ud; j++)
            {
                var a = Membership.Node(group[j]);
                bits[(a * words) + (b >> 6)] |= 1UL << (b & 63);
                bits[(b * words) + (a >> 6)] |= 1UL << (a & 63);
            }
        }
    }
}

/// <summary>
/// A group has instances of an update domain on a node: three numbers in one word, which sorts by group, then update domain.
/// </summary>
internal static class Membership
{
    private const int NodeBits = 20;
    private const int DomainBits = 16;

    public static long Of(int group, int updateDomain, int node) =>
        ((((long)group << DomainBits) + updateDomain) << NodeBits) + node;

    public static int Node(long membership) => (int)(membership & ((1 << NodeBits) - 1));

    public static int UpdateDomain(long membership) => (int)(membership >> NodeBits & ((1 << DomainBits) - 1));

    public static long Group(long membership) => membership >> (NodeBits + DomainBits);
}
