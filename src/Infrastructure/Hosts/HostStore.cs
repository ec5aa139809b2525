// What really runs on simulated hosts, in a file of its own: it survives the death of the controller, and needs no
// fsync, because a host that the power takes from us would forget as well (DESIGN, Host agents). It has an epoch of its own
// (F2): hosts obey the controller of the highest one that ever opened it, and whatever an older one sends is refused whole.
using Microsoft.Data.Sqlite;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Takeover;

namespace Rdfe.Infrastructure.Hosts;

/// <summary>The simulated hosts' store. Writes are gathered and flushed together.</summary>
public sealed class HostStore : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly Fence fence;
    private readonly Dictionary<string, (string Cluster, long Generation, string? Accepting)> nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Cluster, string? Json)> guests = new(StringComparer.Ordinal);

    /// <summary>Opens or creates the file, and takes the hosts over from every controller of a lower epoch.</summary>
    public HostStore(string path, Fence fence)
    {
        this.fence = fence;
        connection = new SqliteConnection($"Data Source={path};Default Timeout=5");
        connection.Open();
        Run("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;");
        Run("""
            CREATE TABLE IF NOT EXISTS Nodes (Node TEXT PRIMARY KEY, Cluster TEXT NOT NULL, Generation INTEGER NOT NULL, Accepting TEXT);
            CREATE TABLE IF NOT EXISTS Guests (Instance TEXT PRIMARY KEY, Cluster TEXT NOT NULL, Json TEXT NOT NULL);
            CREATE TABLE IF NOT EXISTS Owner (Id INTEGER PRIMARY KEY CHECK (Id = 1), Epoch INTEGER NOT NULL);
            INSERT OR IGNORE INTO Owner VALUES (1, 0);
            """);
        using var take = connection.CreateCommand();
        take.CommandText = "UPDATE Owner SET Epoch = $epoch WHERE Epoch < $epoch";
        take.Parameters.AddWithValue("$epoch", fence.Epoch);
        if (take.ExecuteNonQuery() == 0)
        {
            connection.Dispose();
            throw fence.Lose($"the hosts obey a controller of an epoch that is not below {fence.Epoch}");
        }
    }

    /// <summary>The highest epoch that the hosts at this path ever obeyed; 0 for none.</summary>
    public static long EpochOf(string path)
    {
        if (!File.Exists(path))
        {
            return 0;
        }

        using var connection = new SqliteConnection($"Data Source={path};Default Timeout=5");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT COUNT(*) FROM sqlite_master WHERE name = 'Owner'";
        if ((long)command.ExecuteScalar()! == 0)
        {
            return 0;
        }

        command.CommandText = "SELECT Epoch FROM Owner";
        return (long?)command.ExecuteScalar() ?? 0;
    }

    /// <summary>Nodes, the generation they work on, and the goal state they have not begun to pursue.</summary>
    public IEnumerable<(ClusterId Cluster, NodeId Node, long Generation, NodeGoal? Accepting)> Nodes()
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT Cluster, Node, Generation, Accepting FROM Nodes ORDER BY Node";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            yield return (
                new ClusterId(reader.GetString(0)), new NodeId(reader.GetString(1)), reader.GetInt64(2),
                reader.IsDBNull(3) ? null : StoreJson.Read<NodeGoal>(reader.GetString(3)));
        }
    }

    /// <summary>Everything that is on a node.</summary>
    public IEnumerable<(ClusterId Cluster, SimulatedGuest Guest)> Guests()
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT Cluster, Json FROM Guests ORDER BY Instance";
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            yield return (new ClusterId(reader.GetString(0)), StoreJson.Read<SimulatedGuest>(reader.GetString(1)));
        }
    }

    /// <summary>Keeps a node's generation, and the goal state that it is about to pursue.</summary>
    public void Write(ClusterId cluster, NodeId node, long generation, NodeGoal? accepting) =>
        nodes[node.Value] = (cluster.Value, generation, accepting is null ? null : StoreJson.Write(accepting));

    /// <summary>Keeps what is on a node for one instance.</summary>
    public void Write(ClusterId cluster, SimulatedGuest guest) =>
        guests[guest.Id.Value] = (cluster.Value, StoreJson.Write(guest));

    /// <summary>Nothing is left of the instance.</summary>
    public void Delete(InstanceId instance) => guests[instance.Value] = ("", null);

    /// <summary>Writes what was gathered; refused, all of it, once the hosts obey somebody else.</summary>
    public void Flush()
    {
        fence.Demand();
        if (nodes.Count + guests.Count == 0)
        {
            return;
        }

        using var transaction = connection.BeginTransaction();
        DemandEpoch(transaction);
        Each(nodes, "INSERT INTO Nodes VALUES ($a, $b, $c, $d) ON CONFLICT (Node) DO UPDATE SET Generation = $c, Accepting = $d",
            transaction, (n, v) => [n, v.Cluster, v.Generation, (object?)v.Accepting ?? DBNull.Value]);
        Each(guests.Where(g => g.Value.Json is not null),
            "INSERT INTO Guests VALUES ($a, $b, $c) ON CONFLICT (Instance) DO UPDATE SET Json = $c",
            transaction, (i, v) => [i, v.Cluster, v.Json!]);
        Each(guests.Where(g => g.Value.Json is null), "DELETE FROM Guests WHERE Instance = $a", transaction, (i, _) => [i]);
        transaction.Commit();
        nodes.Clear();
        guests.Clear();
    }

    /// <summary>Throws when it is known already that the hosts obey somebody else.</summary>
    public void DemandKnown() => fence.Demand();

    /// <summary>Throws when the hosts obey somebody else by now: what they would say is not for us.</summary>
    public void Demand()
    {
        fence.Demand();
        DemandEpoch(transaction: null);
    }

    /// <summary>Writes what is left, and closes the file.</summary>
    public void Dispose()
    {
        try
        {
            Flush();
        }
        catch (StoreFault taken) when (taken.Kind == StoreFaultKind.NotPrimary)
        {
            // What is left was never ours to write.
        }

        connection.Dispose();
    }

    private void DemandEpoch(SqliteTransaction? transaction)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = "SELECT Epoch FROM Owner";
        var epoch = (long)command.ExecuteScalar()!;
        if (epoch != fence.Epoch)
        {
            throw fence.Lose($"it had epoch {fence.Epoch}, and the hosts obey {epoch}");
        }
    }

    private void Each<TValue>(
        IEnumerable<KeyValuePair<string, TValue>> rows, string sql, SqliteTransaction transaction,
        Func<string, TValue, object[]> values)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
#pragma warning disable CA2100 // The texts are the constants above; values travel as parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (key, value) in rows)
        {
            command.Parameters.Clear();
            var name = 'a';
            foreach (var v in values(key, value))
            {
                command.Parameters.AddWithValue("$" + name++, v);
            }

            command.ExecuteNonQuery();
        }
    }

    private void Run(string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }
}
