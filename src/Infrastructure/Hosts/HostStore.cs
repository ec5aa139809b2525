// What really runs on simulated hosts, in a file of its own: it survives the death of the controller, and needs no
// fsync, because a host that the power takes from us would forget as well (DESIGN, Host agents).
using Microsoft.Data.Sqlite;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Infrastructure.Hosts;

/// <summary>A node as the store keeps it.</summary>
/// <param name="Cluster">Its cluster.</param>
/// <param name="Node">Its id.</param>
/// <param name="Generation">The goal state that it works on.</param>
/// <param name="Accepting">The goal state that it has not begun to pursue.</param>
/// <param name="Condition">Whether it runs.</param>
public sealed record StoredNode(ClusterId Cluster, NodeId Node, long Generation, NodeGoal? Accepting, NodeCondition Condition);

/// <summary>The simulated hosts' store. Writes are gathered and flushed together.</summary>
public sealed class HostStore : IDisposable
{
    private readonly SqliteConnection connection;
    private readonly Dictionary<string, object[]> nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Node, string Instance), (string Cluster, string? Json)> guests = [];
    private readonly Dictionary<string, int> leases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> struck = new(StringComparer.Ordinal);

    /// <summary>Opens or creates the file.</summary>
    public HostStore(string path)
    {
        connection = new SqliteConnection($"Data Source={path}");
        connection.Open();
        Run("PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;");
        Run("""
            CREATE TABLE IF NOT EXISTS Nodes (Node TEXT PRIMARY KEY, Cluster TEXT NOT NULL, Generation INTEGER NOT NULL, Accepting TEXT);
            CREATE TABLE IF NOT EXISTS Guests (Instance TEXT PRIMARY KEY, Cluster TEXT NOT NULL, Json TEXT NOT NULL);
            """);
        if (Number("PRAGMA user_version") == 0)
        {
            // An instance that has moved may be on two nodes at a time: the one that it left does not know yet.
            Run("""
                BEGIN;
                ALTER TABLE Nodes ADD COLUMN Condition TEXT;
                ALTER TABLE Guests RENAME TO OldGuests;
                CREATE TABLE Guests (Node TEXT, Instance TEXT, Cluster TEXT NOT NULL, Json TEXT NOT NULL, PRIMARY KEY (Node, Instance));
                INSERT INTO Guests SELECT json_extract(Json, '$.node'), Instance, Cluster, Json FROM OldGuests;
                DROP TABLE OldGuests;
                CREATE TABLE Leases (Instance TEXT PRIMARY KEY, Lease INTEGER NOT NULL);
                CREATE TABLE Struck (Fault TEXT PRIMARY KEY);
                PRAGMA user_version = 1;
                COMMIT;
                """);
        }
    }

    /// <summary>Every node that was ever spoken to.</summary>
    public IEnumerable<StoredNode> Nodes() => Read("SELECT Cluster, Node, Generation, Accepting, Condition FROM Nodes ORDER BY Node",
        r => new StoredNode(
            new ClusterId(r.GetString(0)), new NodeId(r.GetString(1)), r.GetInt64(2),
            r.IsDBNull(3) ? null : StoreJson.Read<NodeGoal>(r.GetString(3)),
            r.IsDBNull(4) ? NodeCondition.Fine : StoreJson.Read<NodeCondition>(r.GetString(4))));

    /// <summary>Everything that is on nodes.</summary>
    public IEnumerable<(ClusterId Cluster, SimulatedGuest Guest)> Guests() => Read("SELECT Cluster, Json FROM Guests ORDER BY Node, Instance",
        r => (new ClusterId(r.GetString(0)), StoreJson.Read<SimulatedGuest>(r.GetString(1))));

    /// <summary>The generation of each lease that was ever moved.</summary>
    public IEnumerable<(InstanceId Instance, int Lease)> Leases() => Read("SELECT Instance, Lease FROM Leases",
        r => (new InstanceId(r.GetString(0)), r.GetInt32(1)));

    /// <summary>Faults whose blow has fallen.</summary>
    public IEnumerable<string> Struck() => Read("SELECT Fault FROM Struck", r => r.GetString(0));

    /// <summary>Keeps a node.</summary>
    public void Write(StoredNode n) => nodes[n.Node.Value] =
    [
        n.Node.Value, n.Cluster.Value, n.Generation,
        n.Accepting is null ? DBNull.Value : StoreJson.Write(n.Accepting),
        n.Condition == NodeCondition.Fine ? DBNull.Value : StoreJson.Write(n.Condition),
    ];

    /// <summary>Keeps what is on a node for one instance.</summary>
    public void Write(ClusterId cluster, SimulatedGuest guest) =>
        guests[(guest.Node.Value, guest.Id.Value)] = (cluster.Value, StoreJson.Write(guest));

    /// <summary>Nothing is left of the instance on that node.</summary>
    public void Delete(NodeId node, InstanceId instance) => guests[(node.Value, instance.Value)] = ("", null);

    /// <summary>Keeps a lease.</summary>
    public void Write(InstanceId instance, int lease) => leases[instance.Value] = lease;

    /// <summary>Remembers that a fault's blow has fallen, or forgets it.</summary>
    public void Strike(string fault, bool has) => struck[fault] = has;

    /// <summary>Writes what was gathered.</summary>
    public void Flush()
    {
        if (nodes.Count + guests.Count + leases.Count + struck.Count == 0)
        {
            return;
        }

        using var transaction = connection.BeginTransaction();
        Each("INSERT INTO Nodes (Node, Cluster, Generation, Accepting, Condition) VALUES ($a, $b, $c, $d, $e) "
            + "ON CONFLICT (Node) DO UPDATE SET Generation = $c, Accepting = $d, Condition = $e", transaction, nodes.Values);
        Each("INSERT INTO Guests VALUES ($a, $b, $c, $d) ON CONFLICT (Node, Instance) DO UPDATE SET Json = $d", transaction,
            guests.Where(g => g.Value.Json is not null)
                .Select(g => new object[] { g.Key.Node, g.Key.Instance, g.Value.Cluster, g.Value.Json! }));
        Each("DELETE FROM Guests WHERE Node = $a AND Instance = $b", transaction,
            guests.Where(g => g.Value.Json is null).Select(g => new object[] { g.Key.Node, g.Key.Instance }));
        Each("INSERT INTO Leases VALUES ($a, $b) ON CONFLICT (Instance) DO UPDATE SET Lease = $b", transaction,
            leases.Select(l => new object[] { l.Key, l.Value }));
        Each("INSERT INTO Struck VALUES ($a) ON CONFLICT (Fault) DO NOTHING", transaction,
            struck.Where(s => s.Value).Select(s => new object[] { s.Key }));
        Each("DELETE FROM Struck WHERE Fault = $a", transaction, struck.Where(s => !s.Value).Select(s => new object[] { s.Key }));
        transaction.Commit();
        nodes.Clear();
        guests.Clear();
        leases.Clear();
        struck.Clear();
    }

    /// <summary>Writes what is left, and closes the file.</summary>
    public void Dispose()
    {
        Flush();
        connection.Dispose();
    }

#pragma warning disable CA2100 // Every text is a constant of this class; values travel as parameters.
    private void Each(string sql, SqliteTransaction transaction, IEnumerable<object[]> rows)
    {
        using var command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        foreach (var row in rows)
        {
            command.Parameters.Clear();
            var name = 'a';
            foreach (var value in row)
            {
                command.Parameters.AddWithValue("$" + name++, value);
            }

            command.ExecuteNonQuery();
        }
    }

    private IEnumerable<T> Read<T>(string sql, Func<SqliteDataReader, T> row)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        while (reader.Read())
        {
            yield return row(reader);
        }
    }

    private long Number(string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }

    private void Run(string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
#pragma warning restore CA2100
}
