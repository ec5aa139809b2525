// What really runs on simulated hosts, in a file of its own: it survives the death of the controller, and needs no
// fsync, because a host that the power takes from us would forget as well (DESIGN, Host agents). It has an epoch of its own
// (F2): hosts obey the controller of the highest one that ever opened it, and whatever an older one sends is refused whole.
using Microsoft.Data.Sqlite;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Takeover;

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
    private readonly Fence fence;
    private readonly Dictionary<string, SqliteCommand> statements = new(StringComparer.Ordinal);
    // As they are, not as text: one that is written again before the flush is put into words once.
    private readonly Dictionary<string, StoredNode> nodes = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Node, string Instance), (string Cluster, SimulatedGuest? Guest)> guests = [];
    private readonly Dictionary<string, int?> leases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, bool> struck = new(StringComparer.Ordinal);

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
        Upgrade();
        using var take = connection.CreateCommand();
        take.CommandText = "UPDATE Owner SET Epoch = $epoch WHERE Epoch <= $epoch";
        take.Parameters.AddWithValue("$epoch", fence.Epoch);
        if (take.ExecuteNonQuery() == 0)
        {
            connection.Dispose();
            throw fence.Lose($"the hosts obey a controller of an epoch that is above {fence.Epoch}");
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

    // What an earlier version of this program kept is brought to the present shape.
    private void Upgrade()
    {
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
    public void Write(StoredNode n) => nodes[n.Node.Value] = n;

    /// <summary>Keeps what is on a node for one instance.</summary>
    public void Write(ClusterId cluster, SimulatedGuest guest) =>
        guests[(guest.Node.Value, guest.Id.Value)] = (cluster.Value, guest);

    /// <summary>Nothing is left of the instance on that node.</summary>
    public void Delete(NodeId node, InstanceId instance) => guests[(node.Value, instance.Value)] = ("", null);

    /// <summary>Keeps a lease, or forgets it.</summary>
    public void Write(InstanceId instance, int? lease) => leases[instance.Value] = lease;

    /// <summary>Remembers that a fault's blow has fallen, or forgets it.</summary>
    public void Strike(string fault, bool has) => struck[fault] = has;

    /// <summary>Writes what was gathered; refused, all of it, once the hosts obey somebody else.</summary>
    public void Flush()
    {
        fence.Demand();
        if (nodes.Count + guests.Count + leases.Count + struck.Count == 0)
        {
            return;
        }

        using var transaction = connection.BeginTransaction();
        DemandEpoch(transaction);
        Each("INSERT INTO Nodes (Node, Cluster, Generation, Accepting, Condition) VALUES ($a, $b, $c, $d, $e) "
            + "ON CONFLICT (Node) DO UPDATE SET Generation = $c, Accepting = $d, Condition = $e", transaction,
            nodes.Values.Select(n => new object[]
            {
                n.Node.Value, n.Cluster.Value, n.Generation,
                n.Accepting is null ? DBNull.Value : StoreJson.Write(n.Accepting),
                n.Condition == NodeCondition.Fine ? DBNull.Value : StoreJson.Write(n.Condition),
            }));
        Each("INSERT INTO Guests VALUES ($a, $b, $c, $d) ON CONFLICT (Node, Instance) DO UPDATE SET Json = $d", transaction,
            guests.Where(g => g.Value.Guest is not null)
                .Select(g => new object[] { g.Key.Node, g.Key.Instance, g.Value.Cluster, StoreJson.Write(g.Value.Guest) }));
        Each("DELETE FROM Guests WHERE Node = $a AND Instance = $b", transaction,
            guests.Where(g => g.Value.Guest is null).Select(g => new object[] { g.Key.Node, g.Key.Instance }));
        Each("INSERT INTO Leases VALUES ($a, $b) ON CONFLICT (Instance) DO UPDATE SET Lease = $b", transaction,
            leases.Where(l => l.Value is not null).Select(l => new object[] { l.Key, l.Value! }));
        Each("DELETE FROM Leases WHERE Instance = $a", transaction, leases.Where(l => l.Value is null).Select(l => new object[] { l.Key }));
        Each("INSERT INTO Struck VALUES ($a) ON CONFLICT (Fault) DO NOTHING", transaction,
            struck.Where(s => s.Value).Select(s => new object[] { s.Key }));
        Each("DELETE FROM Struck WHERE Fault = $a", transaction, struck.Where(s => !s.Value).Select(s => new object[] { s.Key }));
        transaction.Commit();
        nodes.Clear();
        guests.Clear();
        leases.Clear();
        struck.Clear();
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

        foreach (var statement in statements.Values)
        {
            statement.Dispose();
        }

        connection.Dispose();
    }

    private void DemandEpoch(SqliteTransaction? transaction)
    {
        var epoch = (long)Prepared("SELECT Epoch FROM Owner", transaction).ExecuteScalar()!;
        if (epoch != fence.Epoch)
        {
            throw fence.Lose($"it had epoch {fence.Epoch}, and the hosts obey {epoch}");
        }
    }

#pragma warning disable CA2100 // Every text is a constant of this class; values travel as parameters.
    private void Each(string sql, SqliteTransaction transaction, IEnumerable<object[]> rows)
    {
        foreach (var row in rows)
        {
            var command = Prepared(sql, transaction);
            for (var i = 0; i < row.Length; i++)
            {
                if (command.Parameters.Count == i)
                {
                    command.Parameters.AddWithValue("$" + (char)('a' + i), row[i]);
                }

                command.Parameters[i].Value = row[i];
            }

            command.ExecuteNonQuery();
        }
    }

    // The same few statements, thousands of times: each is compiled once.
    private SqliteCommand Prepared(string sql, SqliteTransaction? transaction)
    {
        if (!statements.TryGetValue(sql, out var command))
        {
            statements[sql] = command = connection.CreateCommand();
            command.CommandText = sql;
        }

        command.Transaction = transaction;
        return command;
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
