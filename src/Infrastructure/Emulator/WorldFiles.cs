// How does another fabric take the place of this one, whatever crash comes between? It is made ready beside, and one
// rename decides: before it the old one is there, after it the new one, if need be completed by the next start (L3).
using Microsoft.Data.Sqlite;
using Rdfe.Infrastructure.Packages;

namespace Rdfe.Infrastructure.Emulator;

/// <summary>The files of the fabric: the main store, and the simulated hosts' own.</summary>
/// <param name="root">The data folder.</param>
public sealed class WorldFiles(string root)
{
    /// <summary>The main store's file, here and in every copy.</summary>
    public const string MainName = "rdfe.db";

    /// <summary>The simulated hosts' file, here and in every copy.</summary>
    public const string HostsName = "hosts.db";

    private const string Staged = "staged-";
    private int stages;

    /// <summary>Tests set it to crash at any of the points that it is told of.</summary>
    internal Action<string>? Passing { get; set; }

    /// <summary>True when another fabric has been decided on and is not in place yet.</summary>
    public bool IsPending => Directory.Exists(Pending);

    /// <summary>The main store of the fabric that was decided on, until it is in place.</summary>
    public string PendingMain => Path.Combine(Pending, MainName);

    /// <summary>True while what was decided on is in place in part: then there is no way back.</summary>
    public bool HasBegun { get; private set; }

    private string Work => Path.Combine(root, "emulator");

    private string Pending => Path.Combine(Work, "pending");

    /// <summary>An empty folder to make a fabric ready in. What a crash leaves of it, the next start removes.</summary>
    public string NewStage()
    {
        var path = Path.Combine(Work, Staged + Interlocked.Increment(ref stages));
        Discard(path);
        Directory.CreateDirectory(path);
        return path;
    }

    /// <summary>Removes a folder that nobody needs.</summary>
    public static void Discard(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: true);
        }
    }

    /// <summary>A whole and durable copy of the present stores. The caller keeps writers away.</summary>
    public void CopyTo(string folder)
    {
        foreach (var name in (string[])[MainName, HostsName])
        {
            using var copy = Open(Path.Combine(folder, name));
            using var present = Open(Path.Combine(root, name));
            present.BackupDatabase(copy);
        }

        Settle(folder);
    }

    /// <summary>Makes one file of each store in a folder, and not three, so that it can be moved and copied like any other.</summary>
    public static void Settle(string folder)
    {
        foreach (var name in (string[])[MainName, HostsName])
        {
            using var store = Open(Path.Combine(folder, name));
            Run(store, "PRAGMA journal_mode=DELETE");
        }

        Disk.FlushFolder(folder);
    }

    /// <summary>Copies settled stores from one folder to another.</summary>
    public static void CopyStores(string from, string to)
    {
        foreach (var name in (string[])[MainName, HostsName])
        {
            using var source = new FileStream(Path.Combine(from, name), FileMode.Open, FileAccess.Read);
            using var target = new FileStream(Path.Combine(to, name), FileMode.Create, FileAccess.Write);
            source.CopyTo(target);
            target.Flush(flushToDisk: true);
        }
    }

    /// <summary>A store with nothing in it, not even tables.</summary>
    public static void MakeEmpty(string path)
    {
        using var store = Open(path);
        Run(store, "PRAGMA user_version=0");
    }

    /// <summary>The decision: from here on the staged fabric is the one, and only <see cref="Cancel"/> takes that back.</summary>
    public void Decide(string stage)
    {
        Pass("before the decision");
        Disk.FlushFolder(stage);
        Directory.Move(stage, Pending);
        Disk.FlushFolder(Work);
        Pass("after the decision");
    }

    /// <summary>Puts the fabric that was decided on in place; safe to repeat until it has succeeded.</summary>
    public void Complete()
    {
        Replace(MainName);
        HasBegun = true;
        Pass("the main store is replaced");
        Replace(HostsName);
        Pass("the hosts' store is replaced");
        Forget();
    }

    /// <summary>Leaves the present fabric in place. Not after <see cref="Complete"/> has replaced anything.</summary>
    public void Cancel() => Forget();

    /// <summary>At start, before anything is opened: completes what was decided, and removes what was not.</summary>
    /// <returns>True when another fabric has been put in place.</returns>
    public bool Recover()
    {
        var pending = IsPending;
        if (pending)
        {
            Complete();
        }

        if (Directory.Exists(Work))
        {
            foreach (var left in Directory.EnumerateDirectories(Work, Staged + "*").ToList())
            {
                Discard(left);
            }
        }

        return pending;
    }

    // SQLite writes the whole of it in one transaction: a crash leaves the old content or the new, never a part.
    private void Replace(string name)
    {
        using var source = Open(Path.Combine(Pending, name));
        using var target = Open(Path.Combine(root, name));
        source.BackupDatabase(target);
    }

    // By a rename first: a folder that is half removed must not look like a decision.
    private void Forget()
    {
        var gone = Path.Combine(Work, Staged + "done-" + Interlocked.Increment(ref stages));
        Discard(gone);
        Directory.Move(Pending, gone);
        Disk.FlushFolder(Work);
        HasBegun = false;
        Pass("the decision is carried out");
        Discard(gone);
    }

    private static SqliteConnection Open(string path)
    {
        // Not from a pool: the file is moved or removed as soon as this is closed.
        var connection = new SqliteConnection($"Data Source={path};Pooling=False;Default Timeout=5");
        connection.Open();
        Run(connection, "PRAGMA synchronous=FULL");
        return connection;
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of this class.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    private void Pass(string point) => Passing?.Invoke(point);
}
