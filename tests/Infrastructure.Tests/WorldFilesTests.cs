// A crash at any point while another fabric takes the place of this one leaves one of the two, never a mix.
using Microsoft.Data.Sqlite;
using Rdfe.Infrastructure.Emulator;

namespace Rdfe.Infrastructure.Tests;

public sealed class WorldFilesTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("rdfe-world-").FullName;

    public void Dispose()
    {
        SqliteConnection.ClearAllPools();
        Directory.Delete(root, recursive: true);
    }

    [Fact, Trait("spec", "L3")]
    public void A_crash_at_any_point_of_a_replacement_leaves_the_old_fabric_or_the_new_one()
    {
        var points = new List<string>();
        Replace(points.Add, "none");
        Assert.Equal(5, points.Count);
        Assert.Equal(("new", "new"), Content());

        foreach (var point in points)
        {
            Replace(p => Crash(p, point), point);
            var next = new WorldFiles(root);
            next.Recover();
            Assert.Equal(point == points[0] ? ("old", "old") : ("new", "new"), Content());
            Assert.False(next.IsPending);
            Assert.Empty(Directory.EnumerateDirectories(Path.Combine(root, "emulator")));
            // What was completed is not completed again: what came after stays.
            Write(root, "later");
            Assert.False(new WorldFiles(root).Recover());
            Assert.Equal(("later", "later"), Content());
        }
    }

    [Fact, Trait("spec", "L3")]
    public void A_crash_while_it_is_completed_at_the_start_is_completed_by_the_next_one()
    {
        foreach (var point in (string[])["the main store is replaced", "the hosts' store is replaced", "the decision is carried out"])
        {
            Replace(p => Crash(p, "after the decision"), point);
            var second = new WorldFiles(root) { Passing = p => Crash(p, point) };
            Assert.Throws<InvalidOperationException>(() => second.Recover());
            new WorldFiles(root).Recover();
            Assert.Equal(("new", "new"), Content());
        }
    }

    [Fact]
    public void A_canceled_decision_leaves_the_present_fabric()
    {
        Write(root, "old");
        var files = new WorldFiles(root);
        var stage = files.NewStage();
        files.CopyTo(stage);
        files.Decide(stage);
        Write(root, "present");
        files.Cancel();
        Assert.False(new WorldFiles(root).Recover());
        Assert.Equal(("present", "present"), Content());
    }

    [Fact]
    public void A_crash_among_the_commands_of_a_seed_undoes_them_all()
    {
        Write(root, "old");
        var files = new WorldFiles(root);
        var stage = files.NewStage();
        files.CopyTo(stage);
        files.Decide(stage);
        Write(root, "half a seed");
        Assert.True(new WorldFiles(root).Recover());
        Assert.Equal(("old", "old"), Content());
    }

    [Fact]
    public void A_reader_of_before_sees_the_old_content_to_its_end_and_the_next_one_the_new()
    {
        Write(root, "old");
        using var reader = Open(Path.Combine(root, WorldFiles.MainName));
        using (var transaction = reader.BeginTransaction(deferred: true))
        {
            Assert.Equal("old", Read(reader));
            var files = new WorldFiles(root);
            var stage = files.NewStage();
            Write(stage, "new");
            files.Decide(stage);
            files.Complete();
            Assert.Equal("old", Read(reader));
        }

        Assert.Equal("new", Read(reader));
    }

    private static void Crash(string passing, string at)
    {
        if (passing == at)
        {
            throw new InvalidOperationException("A crash.");
        }
    }

    // The old content is there and in use, in WAL mode, as the program has it; the new one is staged and decided on.
    private void Replace(Action<string> passing, string what)
    {
        Write(root, "old");
        var files = new WorldFiles(root) { Passing = passing };
        var stage = files.NewStage();
        Write(stage, "new");
        WorldFiles.Settle(stage);
        try
        {
            files.Decide(stage);
            files.Complete();
        }
        catch (InvalidOperationException)
        {
            Assert.NotEqual("none", what);
        }
    }

    private (string Main, string Hosts) Content()
    {
        using var main = Open(Path.Combine(root, WorldFiles.MainName));
        using var hosts = Open(Path.Combine(root, WorldFiles.HostsName));
        return (Read(main), Read(hosts));
    }

    private static void Write(string folder, string content)
    {
        foreach (var name in (string[])[WorldFiles.MainName, WorldFiles.HostsName])
        {
            using var store = Open(Path.Combine(folder, name));
            using var command = store.CreateCommand();
            command.CommandText = """
                PRAGMA journal_mode=WAL; CREATE TABLE IF NOT EXISTS T (C TEXT); DELETE FROM T; INSERT INTO T VALUES ($c);
                """;
            command.Parameters.AddWithValue("$c", content);
            command.ExecuteNonQuery();
        }
    }

    private static string Read(SqliteConnection store)
    {
        using var command = store.CreateCommand();
        command.CommandText = "SELECT C FROM T";
        return (string)command.ExecuteScalar()!;
    }

    private static SqliteConnection Open(string path)
    {
        var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        return connection;
    }
}
