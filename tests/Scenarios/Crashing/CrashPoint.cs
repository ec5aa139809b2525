// Where a controller crashes, and the files that it leaves there.
using NodaTime;
using Rdfe.Scenarios.Playing;
using Rdfe.Testing;

namespace Rdfe.Scenarios.Crashing;

/// <summary>A moment of one commit of a scenario.</summary>
/// <param name="Commit">Its number, from 1.</param>
/// <param name="Moment">Before: it was decided, and never happened. After: it is durable; nobody was told, and nothing was asked of any host.</param>
internal readonly record struct CrashPoint(int Commit, CommitMoment Moment)
{
    public override string ToString() => $"{Commit} {(Moment == CommitMoment.Before ? "before" : "after")}";
}

/// <summary>What a crash at that point leaves: files as they are on the disk, with the log of what is not in them yet, and who was asking.</summary>
internal sealed class Wreck(CrashPoint point, string folder, Player memory)
{
    private readonly List<(string Name, byte[] Content)> files =
        [.. Directory.EnumerateFiles(folder).Where(f => !f.EndsWith("-shm", StringComparison.Ordinal)).Select(f => (Path.GetFileName(f), Read(f)))];

    public CrashPoint Point => point;

    public string Line { get; } = memory.Line;

    /// <summary>Another controller begins on it, and the script goes on to its end.</summary>
    public IReadOnlyList<string> GoOn(Action<string>? log = null)
    {
        var copy = Directory.CreateTempSubdirectory("rdfe-wreck-").FullName;
        foreach (var (name, content) in files)
        {
            File.WriteAllBytes(Path.Combine(copy, name), content);
        }

        files.Clear();
        return memory.GoOn(copy, log ?? (_ => { }));
    }

    // Both programs have them open.
    private static byte[] Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var content = new byte[file.Length];
        file.ReadExactly(content);
        return content;
    }
}
