// A controller takes over in the middle of work, while the old one lives and knows nothing of it (F2).
using Microsoft.Data.Sqlite;
using NodaTime;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Operations;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Testing;

namespace Rdfe.Infrastructure.Tests.Takeover;

public sealed class EngineTakeoverTests
{
    [Fact, Trait("spec", "F2")]
    public async Task A_takeover_in_the_middle_of_a_deployment_finishes_it_and_nothing_that_runs_notices()
    {
        using var old = FabricTown.Open();
        old.Create("witness");
        old.Advance(Duration.FromMinutes(20));
        var (deployment, id) = old.Deploy("shop", count: 6);
        old.Advance(Duration.FromMinutes(1));
        Assert.False(old.OperationOf(id).Ended);
        var witness = Assert.Single(Guests(old.Folder), g => g.Key != "" && !g.Key.Contains(deployment.Id.Value, StringComparison.Ordinal));

        using (var present = old.TakeOver())
        {
            // The old one goes on where it was paused: with news to decide on, and a request that it was about to commit.
            var stopped = await Record.ExceptionAsync(() => old.Engine.AdvanceTo(old.Clock.Now + Duration.FromHours(1)));
            Assert.IsType<TaskCanceledException>(stopped, exactMatch: false);
            var refused = Assert.Throws<StoreFault>(() => { old.Create("too-late"); });
            Assert.Equal(StoreFaultKind.NotPrimary, refused.Kind);

            present.Advance(Duration.FromMinutes(20));

            Assert.Equal(OperationStatus.Succeeded, present.OperationOf(id).Status);
            Assert.Single(present.All<FabricInstance>().SelectMany(i => (int[])[i.BootGeneration, i.ReportedBoot]).Distinct());
            Assert.Equal(7, present.All<FabricInstance>().Count);
            present.CheckBooks();
        }

        Assert.Equal(witness.Value, Guests(old.Folder)[witness.Key]);
        Assert.True(old.Fence.IsLost);
    }

    [Fact, Trait("spec", "F2")]
    public void Taken_over_from_again_and_again_at_any_moment_each_operation_ends_once()
    {
        using var first = FabricTown.Open();
        var towns = new List<FabricTown> { first };
        var operations = Enumerable.Range(0, 4).Select(i => first.Create($"box-{i}")).ToList();
        var ended = new Dictionary<string, Instant?>(StringComparer.Ordinal);
        for (var i = 0; i < 12; i++)
        {
            var present = towns[^1];
            present.Advance(Duration.FromSeconds(17));
            foreach (var operation in operations.Select(present.OperationOf).Where(o => o.Ended))
            {
                Assert.Equal(OperationStatus.Succeeded, operation.Status);
                Assert.Equal(ended.TryAdd(operation.Id.Value, operation.EndedAt) ? operation.EndedAt : ended[operation.Id.Value], operation.EndedAt);
            }

            towns.Add(present.TakeOver());
        }

        Assert.Equal(operations.Count, ended.Count);
        towns[^1].CheckBooks();
        towns.Skip(1).Reverse().ToList().ForEach(t => t.Dispose());
    }

    // What the hosts' own file says of each instance: phase, boot, since when.
    private static Dictionary<string, string> Guests(string folder)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, "hosts.db")}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT Instance, Json FROM Guests";
        using var reader = command.ExecuteReader();
        var guests = new Dictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read())
        {
            guests[reader.GetString(0)] = reader.GetString(1);
        }

        return guests;
    }
}
