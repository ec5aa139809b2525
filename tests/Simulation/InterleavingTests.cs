namespace Rdfe.Simulation;

public sealed class InterleavingTests
{
    private const int PerTest = 25;

    /// <summary>200 lives in every run of the tests; thousands by the command in docs/reliability.md.</summary>
    [Theory, Trait("spec", "M1"), Trait("spec", "P3"), Trait("spec", "R6"), Trait("spec", "H3"), Trait("spec", "W3"), Trait("spec", "W5"), Trait("spec", "R2")]
    [InlineData(0), InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(7)]
    public void Whatever_happens_the_promise_holds_and_the_books_balance(int part)
    {
        for (var seed = (ulong)(part * PerTest); seed < (ulong)((part + 1) * PerTest); seed++)
        {
            Hold(seed);
        }
    }

    /// <summary>1,000 of them by the command in docs/reliability.md.</summary>
    [Fact, Trait("spec", "W1"), Trait("spec", "W2"), Trait("spec", "W5")]
    public void Two_months_in_which_owners_take_their_time_hold_as_well()
    {
        for (var seed = 0UL; seed < 8; seed++)
        {
            Hold(seed, Pace.Calm(60));
        }
    }

    [Fact]
    public void What_has_broken_once_holds()
    {
        Assert.NotEmpty(Lives.Corpus);
        foreach (var seed in Lives.Corpus)
        {
            Hold(seed);
        }
    }

    private static void Hold(ulong seed, Pace? pace = null)
    {
        if (Lives.Run(seed, pace) is { } broken)
        {
            Assert.Fail(Lives.Told(seed, broken, pace));
        }
    }
}
