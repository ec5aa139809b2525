// What the store itself could do: the rows that each create committed, inserted with prepared statements and nothing
// else, 100 creates to a transaction, durable as the program's own. Rows are taken from the run; those of the inbox, which
// the clusters have taken since, are made again from the request.
using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Bench.Http;

/// <param name="Rows">Rows inserted for a create.</param>
/// <param name="Updates">Rows updated for a create: two quotas and the cluster's figures.</param>
/// <param name="CpuMs">CPU time of a create.</param>
internal sealed record BareResult(int Creates, double Rows, int Updates, double PerSecond, double CpuMs);

internal static class BareInserts
{
    private const int PerTransaction = 100;
    private const int Updates = 3;

    public static BareResult Run(BenchServer server, Guid tenant)
    {
        var creates = Rows(server, tenant);
        var path = Path.Combine(server.Folder, "bare.db");
        var options = StoreStartup.OptionsFor(path);
        StoreStartup.Prepare(options);
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        Execute(connection, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=OFF; PRAGMA cache_size=-65536;");
        Execute(connection, $"ATTACH '{server.Database}' AS live");
        Execute(connection, "INSERT INTO Quotas SELECT * FROM live.Quotas; INSERT INTO Clusters SELECT * FROM live.Clusters;");
        Execute(connection, "DETACH live");
        using var statements = new Statements(connection);
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        var clock = Stopwatch.StartNew();
        for (var at = 0; at < creates.Count; at += PerTransaction)
        {
            using var transaction = connection.BeginTransaction();
            foreach (var create in creates.Skip(at).Take(PerTransaction))
            {
                statements.Insert(create, transaction);
            }

            transaction.Commit();
        }

        var took = clock.Elapsed.TotalSeconds;
        cpu = Process.GetCurrentProcess().TotalProcessorTime - cpu;
        return new(creates.Count, creates.Average(c => c.Rows.Count), Updates, creates.Count / took, cpu.TotalMilliseconds / creates.Count);
    }

    private static List<Create> Rows(BenchServer server, Guid tenant)
    {
        using var db = server.Store();
        using var connection = new SqliteConnection($"Data Source={server.Database}");
        connection.Open();
        var machines = Table(connection, "VirtualMachines", "NameKey");
        var operations = Table(connection, "Operations", "Id");
        var activity = Table(connection, "Activity", "Operation");
        var subscription = new SubscriptionId(tenant);
        var requests = db.Set<OperationRow>().AsNoTracking().Where(o => o.SubscriptionId == subscription).ToDictionary(o => o.Id);
        var id = 0L;
        var creates = new List<Create>();
        foreach (var machine in db.Set<VirtualMachine>().AsNoTracking().Where(m => m.SubscriptionId == subscription).OrderBy(m => m.Operation))
        {
            var request = new FabricRequest.PlaceVirtualMachine(
                machine with { State = ProvisioningState.Accepted },
                Operation.Accept(
                    machine.Operation, subscription, OperationKinds.CreateVirtualMachine, requests[machine.Operation].ResourcePath,
                    machine.Cluster, StepNames.CreateVirtualMachine, 1, machine.CreatedAt),
                new PlacementScope(new RegionId(machine.Spec.Region!), [], [machine.Family], machine.Needs.Cores, 0, 0, null, true),
                new QuotaTaken(machine.QuotaCores, 0, 1));
            creates.Add(new(
                tenant, machine.Cluster!.Value.Value, machine.Needs.Cores,
                [
                    ("VirtualMachines", machines[machine.NameKey]),
                    ("Operations", operations[machine.Operation.ToString()]),
                    ("Activity", activity[$"/subscriptions/{tenant}/operations/{machine.Operation}"]),
                    ("Inbox",
                    [
                        ++id, machine.Cluster.Value.Value, DBNull.Value, StoreJson.Write<FabricRequest>(request),
                        machine.CreatedAt.ToUnixTimeTicks(),
                    ]),
                ]));
        }

        return creates;
    }

    private static Dictionary<string, object[]> Table(SqliteConnection connection, string table, string key)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this class.
        command.CommandText = $"SELECT * FROM {table} WHERE {key} IS NOT NULL";
#pragma warning restore CA2100
        using var reader = command.ExecuteReader();
        var rows = new Dictionary<string, object[]>(StringComparer.Ordinal);
        while (reader.Read())
        {
            var values = new object[reader.FieldCount];
            reader.GetValues(values);
            rows[reader.GetString(reader.GetOrdinal(key))] = values;
        }

        return rows;
    }

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this class, and a path of our own.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private sealed record Create(Guid Tenant, string Cluster, long Cores, List<(string Table, object[] Values)> Rows);

    private sealed class Statements(SqliteConnection connection) : IDisposable
    {
        private readonly Dictionary<string, SqliteCommand> commands = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string> inserts = new(StringComparer.Ordinal);

        public void Insert(Create create, SqliteTransaction transaction)
        {
            const string quota = "UPDATE Quotas SET Used = Used + $p0 WHERE SubscriptionId = $p1 AND Resource = $p2 AND Used + $p0 <= \"Limit\"";
            Run(quota, transaction, create.Cores, create.Tenant.ToString(), Quota.Cores);
            Run(quota, transaction, 1, create.Tenant.ToString(), Quota.Vms);
            Run("UPDATE Clusters SET CoresInFlight = CoresInFlight + $p1 WHERE Cluster = $p0", transaction, create.Cluster, create.Cores);
            foreach (var (table, values) in create.Rows)
            {
                if (!inserts.TryGetValue(table, out var sql))
                {
                    inserts[table] = sql = $"INSERT INTO {table} VALUES ({string.Join(", ", values.Select((_, i) => "$p" + i))})";
                }

                Run(sql, transaction, values);
            }
        }

        public void Dispose()
        {
            foreach (var command in commands.Values)
            {
                command.Dispose();
            }
        }

        private void Run(string sql, SqliteTransaction transaction, params object[] values)
        {
            if (!commands.TryGetValue(sql, out var command))
            {
                commands[sql] = command = connection.CreateCommand();
#pragma warning disable CA2100 // Made of constants; values travel as parameters.
                command.CommandText = sql;
#pragma warning restore CA2100
                for (var i = 0; i < values.Length; i++)
                {
                    command.Parameters.AddWithValue("$p" + i, values[i]);
                }

                command.Prepare();
            }

            command.Transaction = transaction;
            for (var i = 0; i < values.Length; i++)
            {
                command.Parameters[i].Value = values[i];
            }

            if (command.ExecuteNonQuery() != 1)
            {
                throw new InvalidOperationException($"Not one row: {sql}");
            }
        }
    }
}
