using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Rollouts;

namespace Rdfe.Infrastructure.Tests;

public sealed class MigrationTests
{
    [Fact]
    public void The_migrations_make_what_the_model_asks_for()
    {
        var folder = Directory.CreateTempSubdirectory("rdfe-schema-").FullName;
        var (migrated, modelled) = (Path.Combine(folder, "a.db"), Path.Combine(folder, "b.db"));
        StoreStartup.Prepare(StoreStartup.OptionsFor(migrated));
        using (var db = new RdfeDbContext(StoreStartup.OptionsFor(modelled)))
        {
            db.Database.EnsureCreated();
        }

        Assert.Equal(Describe(modelled), Describe(migrated));
        SqliteConnection.ClearAllPools();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void A_schema_that_is_newer_than_the_program_is_refused()
    {
        using var store = new StoreFixture();
        using (var db = store.Read())
        {
            db.Database.ExecuteSqlRaw(
                "INSERT INTO \"__EFMigrationsHistory\" VALUES ('9999_FromTheFuture', '99.0.0')");
        }

        var refused = Assert.Throws<StoreRefused>(() => StoreStartup.Prepare(store.Options));
        Assert.Contains("9999_FromTheFuture", refused.Message);
        Assert.Contains("newer version", refused.Message);
    }

    [Fact]
    public void A_file_that_is_no_database_is_refused_in_words()
    {
        var file = Path.GetTempFileName();
        File.WriteAllText(file, new string('x', 5000));
        Assert.Contains("damaged", Assert.Throws<StoreRefused>(
            () => StoreStartup.Prepare(StoreStartup.OptionsFor(file))).Message);
        SqliteConnection.ClearAllPools();
        File.Delete(file);
    }

    [Fact]
    public void A_rollout_of_an_older_store_keeps_its_nodes_and_its_order()
    {
        using var store = new StoreFixture();
        using (var db = store.Read())
        {
            db.Database.ExecuteSqlRaw("""
                DROP TABLE "ClusterRolloutNodes";
                DROP TABLE "ClusterRolloutOrders";
                DELETE FROM "__EFMigrationsHistory" WHERE "MigrationId" = '0018_RolloutNodes';
                """);
            db.Database.ExecuteSqlRaw("INSERT INTO \"ClusterRollouts\" VALUES ('c1', {0})", """
                {"part":{"rollout":"r","update":{"name":"u","component":"firmware","version":"8.0"},"wave":0,"stage":"all","share":1,"bake":"PT0S",
                "maxConcurrentNodes":5,"maxFailures":1,"selfServiceUntil":"2026-01-01T00:00:00Z","forcedAt":"2026-01-01T00:00:00Z","order":[],"moves":[]},
                "beganAt":"2026-01-01T00:00:00Z","healthyBefore":3,"order":["n2","n1"],
                "touched":[{"node":"n2","image":"host-os","endedAt":"2026-01-01T01:00:00Z"},{"node":"n1","image":null}]}
                """);
        }

        StoreStartup.Prepare(store.Options);

        using var after = store.Read();
        var rollout = ClusterRollouts.Find(after, new ClusterId("c1"))!;
        Assert.Equal(["n2", "n1"], rollout.Order.Select(n => n.Value));
        Assert.Equal([(1, "n2", true), (2, "n1", false)], rollout.Touched.Select(t => (t.Number, t.Node.Value, t.EndedAt is not null)));
    }

    [Fact, Trait("spec", "M1")]
    public async Task Who_went_down_with_its_node_in_an_older_store_still_does()
    {
        using var store = new StoreFixture();
        FabricInstance Instance(string id, PlannedAct? planned) => new()
        {
            Id = new InstanceId(id),
            Cluster = new ClusterId("c1"),
            Kind = InstanceKind.WebRole,
            Owner = "d1",
            Role = "web",
            Name = id,
            Size = "Small",
            Image = "guest",
            Needs = new Resources(100, 1792, 225, 100),
            Planned = planned,
        };
        await store.Committer.CommitAsync(u =>
        {
            u.Db.AddRange(
                Instance("a", null), Instance("b", new PlannedAct(ActKind.Restart, ActOrigin.User, "reboot", null, Instant.FromUtc(2026, 1, 1, 0, 0), DrainGeneration: 4)),
                Instance("c", null));
            return 0;
        });
        using (var db = store.Read())
        {
            db.Database.ExecuteSqlRaw("""
                UPDATE "Instances" SET "Planned" = '{{"kind":"downWithNode","origin":"platform","why":"bundle","askedAt":"2026-01-01T00:00:00Z","stage":"draining","drainGeneration":7}}' WHERE "Id" = 'c';
                ALTER TABLE "Instances" DROP COLUMN "NodeDrain";
                DELETE FROM "__EFMigrationsHistory" WHERE "MigrationId" = '0019_NodeDrain';
                """);
        }

        StoreStartup.Prepare(store.Options);

        using var after = store.Read();
        Assert.Equal(
            [("a", null, null), ("b", ActKind.Restart, null), ("c", null, 7)],
            after.Set<FabricInstance>().OrderBy(i => i.Id).AsEnumerable().Select(i => (i.Id.Value, i.Planned?.Kind, i.NodeDrain)));
    }

    [Fact]
    public void Preparing_twice_changes_nothing()
    {
        using var store = new StoreFixture();
        var before = Describe(store.File);
        StoreStartup.Prepare(store.Options);
        Assert.Equal(before, Describe(store.File));
    }

    [Fact]
    public async Task The_writer_syncs_each_commit_and_readers_do_not_wait_for_it()
    {
        using var store = new StoreFixture();
        var (journal, synchronous) = await store.Committer.CommitAsync(u => (
            u.Db.Database.SqlQueryRaw<string>("SELECT journal_mode AS Value FROM pragma_journal_mode()").Single(),
            u.Db.Database.SqlQueryRaw<int>("SELECT synchronous AS Value FROM pragma_synchronous()").Single()));
        Assert.Equal(("wal", 2), (journal, synchronous));
    }

    private static string Describe(string file)
    {
        using var connection = new SqliteConnection($"Data Source={file}");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = """
            SELECT m.name || '.' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || c.pk
            FROM sqlite_master m, pragma_table_info(m.name) c
            WHERE m.type = 'table' AND m.name NOT LIKE '\_\_EF%' ESCAPE '\'
            UNION ALL
            SELECT m.name || ': ' || i.name || ' ' || i."unique" || ' ' || coalesce(k.seqno || k.name, '')
            FROM sqlite_master m, pragma_index_list(m.name) i, pragma_index_info(i.name) k
            WHERE m.type = 'table' AND m.name NOT LIKE '\_\_EF%' ESCAPE '\'
            ORDER BY 1
            """;
        using var reader = command.ExecuteReader();
        var lines = new List<string>();
        while (reader.Read())
        {
            lines.Add(reader.GetString(0));
        }

        Assert.NotEmpty(lines);
        return string.Join('\n', lines);
    }
}
