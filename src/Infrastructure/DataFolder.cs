// Everything that outlives the process: the database, the operator's key, images. Several processes may share it: one is
// the primary and writes, the others stand by, and the epoch in the store tells which is which (F2, docs/adr/0011).
namespace Rdfe.Infrastructure;

/// <summary>The data folder cannot be used; the message says why and what to do.</summary>
public sealed class DataFolderRefused(string message) : Exception(message);

public sealed class DataFolder : IDisposable
{
    private readonly FileStream hold;

    public DataFolder(string path)
    {
        Root = Path.GetFullPath(path);
        try
        {
            CreatePrivate(Root);
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
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var writer = new StreamWriter(At(name), options);
        writer.Write(secret);
    }

    public void Dispose() => hold.Dispose();

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
