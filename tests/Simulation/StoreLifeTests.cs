namespace Rdfe.Simulation;

public sealed class StoreLifeTests
{
    /// <summary>4 lives on a store that fails; more by the command in docs/reliability.md.</summary>
    [Theory, Trait("spec", "R6"), Trait("spec", "F2"), Trait("spec", "H3")]
    [InlineData(0), InlineData(1), InlineData(2), InlineData(3)]
    public void Whatever_the_store_does_nothing_is_lost_and_nothing_is_done_twice(ulong seed)
    {
        if (StoreLives.Run(seed) is { } broken)
        {
            Assert.Fail($"dotnet run --project tests/Simulation -- --store {seed}\n{broken}");
        }
    }
}
