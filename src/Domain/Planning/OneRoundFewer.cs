// One round fewer: is it possible, and how (M2)? Mostly a short search finds them. Where it does not, who must share a round may
// show that there are none; and what is left of the graph then is smaller, and searched with more success.
namespace Rdfe.Domain.Planning;

/// <summary>What is known of a number of rounds.</summary>
internal enum Verdict
{
    Unknown,
    Possible,
    Impossible,
}

/// <summary>Searches for rounds, one fewer than there are, and for the reason why there are none.</summary>
internal sealed class OneRoundFewer(ConflictGraph graph, int[] rounds, int count, Dice dice, SharedRounds shared, bool learns)
{
    // Some milliseconds on 1,000 nodes.
    private const int NodesAtATime = 200;
    private const int StepsAtATime = 4_000;

    // Less than it takes to find out who must share a round.
    private const int StepsAtFirst = 12_000;

    private FewerRounds search = new(graph, rounds, count, dice, learns);
    private int first = learns ? StepsAtFirst : 0;
    private bool smaller;

    /// <summary>How many rounds there are.</summary>
    public int Count => count;

    /// <summary>One fewer, once that is known to be possible.</summary>
    public int[] Rounds => smaller ? shared.ForAll(search.Rounds) : search.Rounds;

    /// <summary>Nodes that alone do not go in so few rounds, once that is known to be impossible.</summary>
    public int[] Core => shared.Core;

    /// <summary>Goes on for some steps.</summary>
    public Verdict GoOn()
    {
        if (first > 0)
        {
            first -= StepsAtATime;
        }
        else if (!shared.Done)
        {
            shared.GoOn(NodesAtATime);
            return shared.Core.Length > 0 ? Verdict.Impossible : Verdict.Unknown;
        }
        else if (!smaller)
        {
            (search, smaller) = (new FewerRounds(shared.Graph(), shared.Of(rounds), count, dice, learns), true);
        }

        return search.GoOn(StepsAtATime) ? Verdict.Possible : Verdict.Unknown;
    }
}
