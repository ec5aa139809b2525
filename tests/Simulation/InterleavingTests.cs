using System.Collections.Concurrent;

namespace Rdfe.Simulation;

public sealed class InterleavingTests
{
    /// <summary>200 lives in every run of the tests; thousands by the command in docs/reliability.md.</summary>
    [Fact, Trait("spec", "M1"), Trait("spec", "P3"), Trait("spec", "R6"), Trait("spec", "H3"), Trait("spec", "W3"), Trait("spec", "W5"), Trait("spec", "R2")]
    public void Whatever_happens_the_promise_holds_and_the_books_balance() => Hold(Seeds(200));

    /// <summary>1,000 of them by the command in docs/reliability.md.</summary>
    [Fact, Trait("spec", "W1"), Trait("spec", "W2"), Trait("spec", "W5")]
    public void Two_months_in_which_owners_take_their_time_hold_as_well() => Hold(Seeds(8), Pace.Calm(60));

    [Fact]
    public void What_has_broken_once_holds()
    {
        Assert.NotEmpty(Lives.Corpus);
        Hold(Lives.Corpus);
    }

    private static IEnumerable<ulong> Seeds(int count) => Enumerable.Range(0, count).Select(n => (ulong)n);

    // A life is one thread's: as many at a time as there are cores.
    private static void Hold(IEnumerable<ulong> seeds, Pace? pace = null)
    {
        var broken = new ConcurrentBag<string>();
        Parallel.ForEach(seeds, seed =>
        {
            if (Lives.Run(seed, pace) is { } how)
            {
                broken.Add(Lives.Told(seed, how, pace));
            }
        });
        Assert.True(broken.IsEmpty, string.Join('\n', broken));
    }
}
