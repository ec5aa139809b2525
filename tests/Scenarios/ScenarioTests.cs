// L6, H1, H3, L1, L2, U1: each scenario's log, as a person reads it. UPDATE_EXPECTED=1 rewrites the expected logs: read the diff.
using Rdfe.Scenarios.Playing;
using Rdfe.Testing;

namespace Rdfe.Scenarios;

public sealed class ScenarioTests
{
    public static TheoryData<string> All => [.. Scenario.Names];

    [Theory]
    [MemberData(nameof(All))]
    public void A_scenario_goes_as_its_log_says(string name) => Expected.Compare(Scenario.Read(name).ExpectedLog, string.Join('\n', Stories.Of(name).Log) + "\n");

    [Theory]
    [MemberData(nameof(All))]
    public void A_scenario_begins_with_a_command_of_a_README(string name)
    {
        var command = $"dotnet run --project tests/Scenarios -- play {name}";
        Assert.Contains(command, File.ReadAllText(Path.Combine(Scenario.Read(name).Folder, "README.md")), StringComparison.Ordinal);
        Assert.Contains($"tests/Scenarios/{name}", File.ReadAllText(Path.Combine(Repository.Root, "README.md")), StringComparison.Ordinal);
    }
}
