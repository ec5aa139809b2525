using Microsoft.Data.Sqlite;
using Rdfe.Domain;
using Rdfe.Infrastructure.Hosts;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Takeover;

namespace Rdfe.Infrastructure.Tests.Hosts;

public sealed class HostStoreTests
{
    [Fact]
    public void A_file_from_before_faults_is_read_and_its_guests_are_well()
    {
        var file = Path.GetTempFileName();
        var guest = new SimulatedGuest(
            HostTown.Web, HostTown.Node, HostTown.Goal(HostTown.Web), Domain.Deployments.InstancePhase.Ready, 1, 1, 1, HostTown.Start, 1);
        var old = System.Text.Json.Nodes.JsonNode.Parse(StoreJson.Write(guest))!.AsObject();
        foreach (var member in (string[])["role", "lease", "hurt", "isVm"])
        {
            Assert.True(old.Remove(member));
        }

        using (var connection = new SqliteConnection($"Data Source={file}"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = """
                CREATE TABLE Nodes (Node TEXT PRIMARY KEY, Cluster TEXT NOT NULL, Generation INTEGER NOT NULL, Accepting TEXT);
                CREATE TABLE Guests (Instance TEXT PRIMARY KEY, Cluster TEXT NOT NULL, Json TEXT NOT NULL);
                INSERT INTO Nodes VALUES ('north-c1-r1-n02', 'north-c1', 7, NULL);
                INSERT INTO Guests VALUES ('d-1.Web_0.op-1', 'north-c1', $json);
                """;
            command.Parameters.AddWithValue("$json", old.ToJsonString());
            command.ExecuteNonQuery();
        }

        for (var opened = 0; opened < 2; opened++)
        {
            using var store = new HostStore(file, new Fence(opened + 1));
            Assert.Equal((7, NodeCondition.Fine), (Assert.Single(store.Nodes()).Generation, store.Nodes().Single().Condition));
            Assert.Equal((new ClusterId("north-c1"), guest.Node, GuestHurt.None),
                store.Guests().Select(g => (g.Cluster, g.Guest.Node, g.Guest.Hurt)).Single());
        }

        SqliteConnection.ClearAllPools();
        File.Delete(file);
    }
}
