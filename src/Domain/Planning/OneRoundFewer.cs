// One round fewer: is it possible, and how (M2)? Whether it is not may follow from who must share a round; what is left of the
// graph then is smaller, and searched faster.
namespace Rdfe.Domain.Planning;

/// <summary>What is known of a number of rounds.</summary>
internal enum Verdict
{
    Unknown,
    Possible,
    Impossible,
}

/// <summary>Searches for rounds, one fewer than there are, and for the reason why there are none.</summary>
internal sealed class OneRoundFewer(ConflictGraph graph, int[] rounds, int count, Dice dice)
{
    // Some milliseconds on 1,000 nodes.
    private const int NodesAtATime = 200;

    private readonly SharedRounds shared = new(graph, count - 1);
    private FewerRounds? search;

    /// <summary>How many rounds there are.</summary>
    public int Count => count;

    /// <summary>One fewer, once that is known to be possible.</summary>
    public int[] Rounds => search is null ? rounds : shared.ForAll(search.Rounds);

    /// <summary>Nodes that alone do not go in so few rounds, once that is known to be impossible.</summary>
    public int[] Core => shared.Core;

    /// <summary>Goes on for some steps.</summary>
    public Verdict GoOn(int steps)
    {
        if (!shared.Done)
        {
            shared.GoOn(NodesAtATime);
            return shared.Core.Length > 0 ? Verdict.Impossible : Verdict.Unknown;
        }

        search ??= new FewerRounds(shared.Graph(), shared.Of(rounds), count, dice);
        return search.GoOn(steps) ? Verdict.Possible : Verdict.Unknown;
    }
}
