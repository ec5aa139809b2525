namespace Rdfe.Domain.Placement;

/// <summary>The best few nodes seen so far, best first; of equal ones, the one seen first.</summary>
internal sealed class Shortlist(int length)
{
    private readonly (double Score, NodeSlot Node)[] best = new (double, NodeSlot)[length];

    public int Count { get; private set; }

    /// <summary>What a node must beat to get on the list.</summary>
    public double ToBeat => Count < best.Length ? double.NegativeInfinity : best[^1].Score;

    public NodeSlot this[int place] => best[place].Node;

    public void Clear() => Count = 0;

    public void Offer(double score, NodeSlot node)
    {
        var at = Count < best.Length ? Count++ : Count - 1;
        for (; at > 0 && best[at - 1].Score < score; at--)
        {
            best[at] = best[at - 1];
        }

        best[at] = (score, node);
    }
}
