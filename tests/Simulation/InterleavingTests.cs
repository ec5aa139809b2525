namespace Rdfe.Simulation;

public sealed class InterleavingTests
{
    private const int PerTest = 25;

    /// <summary>200 lives in every run of the tests; thousands by the command in docs/reliability.md.</summary>
    [Theory, Trait("spec", "M1"), Trait("spec", "P3"), Trait("spec", "R6"), Trait("spec", "H3")]
    [InlineData(0), InlineData(1), InlineData(2), InlineData(3), InlineData(4), InlineData(5), InlineData(6), InlineData(7)]
    public void Whatever_happens_the_promise_holds_and_the_books_balance(int part)
    {
        for (var seed = (ulong)(part * PerTest); seed < (ulong)((part + 1) * PerTest); seed++)
        {
            if (Lives.Run(seed) is { } broken)
            {
                Assert.Fail($"dotnet run --project tests/Simulation -- --seed {seed}\n{broken}");
            }
        }
    }
}
