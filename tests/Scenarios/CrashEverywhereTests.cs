// L6, F2, R6: wherever in a scenario the controller crashes, before or after a commit, what is left in the end is what is left
// when nothing crashed (docs/reliability.md).
using Rdfe.Scenarios.Crashing;
using Rdfe.Scenarios.Playing;

namespace Rdfe.Scenarios;

public sealed class CrashEverywhereTests
{
    /// <summary>Those of small towns: the others are of hundreds of nodes, and what they do is done in a small one too.</summary>
    public static IReadOnlyList<string> Small { get; } = [.. Scenario.Names.Where(n => !n.StartsWith("leap-day", StringComparison.Ordinal))];
}
