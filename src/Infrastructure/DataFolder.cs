// Everything that outlives the process: the database, the operator's key, images. One process at a time owns it,
// because two committers on one file would each believe to be the only one (docs/adr/0002).
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
            hold = new FileStream(At("lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DataFolderRefused($"The data folder '{Root}' cannot be used: {e.Message} If another Rdfe runs on "
                + "it, stop that one, or set Rdfe:DataFolder to a folder of its own.");
        }
    }

    public string Root { get; }

    public string Database => At("rdfe.db");

    public string At(string name) => Path.Combine(Root, name);

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
