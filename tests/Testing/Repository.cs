// Where the repository is, for tests that read what is checked in.
namespace Rdfe.Testing;

public static class Repository
{
    public static string Root { get; } = Find(AppContext.BaseDirectory);

    private static string Find(string folder)
    {
        while (!File.Exists(Path.Combine(folder, "Rdfe.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Rdfe.sln is nowhere above.");
        }

        return folder;
    }
}
