// Everything that outlives the process: the database, the operator's key, images. Several processes may share it: one is
// the primary and writes, the others stand by, and the epoch in the store tells which is which (F2, docs/adr/0011).
namespace Rdfe.Infrastructure;

/// <summary>The data folder cannot be used; the message says why and what to do.</summary>
public sealed class DataFolderRefused(string message) : Exception(message);

public sealed class DataFolder : IDisposable
{
    /// <summary>Where the operator's key is kept that the program made.</summary>
    public const string OperatorKeyName = "operator.key";

    private static readonly string[] Folders = ["packages", "snapshots", "emulator"];
    private static readonly string[] Stores = ["rdfe.db", "hosts.db"];
    private readonly FileStream hold;

    public DataFolder(string path)
    {
        Root = Path.GetFullPath(path);
        try
        {
            CreatePrivate(Root);
            CloseToOthers();
            // Shared among all who know of epochs. A program from before them holds it alone, and can't be beside us.
            hold = new FileStream(At("lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFolderRefused($"The data folder '{Root}' cannot be used: {e.Message} If a program that does "
                + "not share it runs on it, stop that one, or set Rdfe:DataFolder to a folder of its own.");
        }
    }

    public string Root { get; }

    public string Database => At("rdfe.db");

    public string At(string name) => Path.Combine(Root, name);

    /// <summary>For what must be done once, before there is a lease; null while another process is at it.</summary>
    public IDisposable? Alone()
    {
        try
        {
            return new FileStream(At("first-start"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>The default: beside the solution when run from source, else under the working directory.</summary>
    public static string Default()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Rdfe.sln")))
            {
                return Path.Combine(folder.FullName, "data");
            }
        }

        return Path.Combine(Directory.GetCurrentDirectory(), "data");
    }

    /// <summary>Writes a secret that only this user may read, from its first byte on.</summary>
    public void WriteSecret(string name, string secret)
    {
        // Never into a file that is there: it keeps the mode, and the reader, that somebody gave it.
        File.Delete(At(name));
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var writer = new StreamWriter(At(name), options);
        writer.Write(secret);
    }

    public void Dispose() => hold.Dispose();

    // A folder that somebody else made may be open to all users, and webhooks' secrets and guests' capabilities are in the stores
    // as they are. So what is ours in it is closed, and made so before SQLite makes it: SQLite gives a log the mode of its store.
    // The folder itself is whoever made it's business: it may be /tmp.
    private void CloseToOthers()
    {
        const UnixFileMode others = UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        if (OperatingSystem.IsWindows()
            || (File.GetUnixFileMode(Root) & (others | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute)) == 0)
        {
            return;
        }

        foreach (var folder in Folders.Select(At))
        {
            CreatePrivate(folder);
        }

        foreach (var store in Stores.Select(At).Where(s => !File.Exists(s)))
        {
            CreateEmpty(store);
        }

        // By path and never by opening: whoever closes a store's file ends the locks of its whole process.
        string[] files = [.. Stores.SelectMany(s => new[] { s, s + "-wal", s + "-shm" }), OperatorKeyName];
        foreach (var path in Folders.Concat(files).Select(At).Where(Path.Exists))
        {
            try
            {
                if ((File.GetUnixFileMode(path) & others) is not UnixFileMode.None)
                {
                    File.SetUnixFileMode(path, File.GetUnixFileMode(path) & ~others);
                }
            }
            catch (Exception e) when (e is UnauthorizedAccessException or FileNotFoundException)
            {
                // Another user's, who then decides who reads it; or a log that has just gone.
            }
        }
    }

    private static void CreateEmpty(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            new FileStream(path, options).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another process that shares the folder was first.
        }
    }

    // What is in it belongs to this user alone, from the first file on.
    private static void CreatePrivate(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(
                path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }
}
