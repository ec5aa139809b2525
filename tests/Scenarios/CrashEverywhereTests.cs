// L6, F2, R6: wherever in a scenario the controller crashes, before or after a commit, what is left in the end is what is left
// when nothing crashed (docs/reliability.md).
using Rdfe.Scenarios.Crashing;
using Rdfe.Scenarios.Playing;

namespace Rdfe.Scenarios;

public sealed class CrashEverywhereTests
{
    /// <summary>Of towns of at most 60 nodes to a cluster. The leap day has 300 nodes, or hundreds of instances on 60: what healing and bundles do in it, poison-vm and rack-power-loss do in small.</summary>
    public static IReadOnlyList<string> Small { get; } = [.. Scenario.Names.Where(n => !n.StartsWith("leap-day", StringComparison.Ordinal))];

    public static TheoryData<string> All => [.. Small];

    /// <summary>Short ones at every 25th commit, long ones at every 150th; all commits by the command in docs/reliability.md.</summary>
    [Theory, Trait("spec", "L6"), Trait("spec", "F2"), Trait("spec", "R6")]
    [MemberData(nameof(All))]
    public void Crashed_before_or_after_a_commit_it_ends_as_if_it_had_not_crashed(string name)
    {
        var crashed = Crashes.Of(name, p => Rotation.Takes(p, name is "partition-and-heal" or "rack-power-loss" or "poison-vm" ? 25 : 150));

        Assert.True(crashed.Points > 0);
        Assert.True(crashed.Differences.Count == 0, crashed.Told);
    }
}
