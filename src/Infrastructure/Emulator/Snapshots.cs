// Which snapshots are there, and what is in each? A folder per snapshot: copies of both stores, the packages that they
// refer to, and a note. It is made beside and renamed, so that a name that exists is a whole snapshot.
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Infrastructure.Packages;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.Emulator;

/// <summary>What is noted of a snapshot.</summary>
/// <param name="Name">As it was written when it was taken.</param>
/// <param name="TakenAt">Real time.</param>
/// <param name="Clock">Fabric time.</param>
/// <param name="Rate">Fabric seconds per real second.</param>
/// <param name="Bytes">Size of everything in it.</param>
/// <param name="Packages">Hashes of the packages in it.</param>
public sealed record SnapshotNote(
    string Name, Instant TakenAt, Instant Clock, double Rate, long Bytes, IReadOnlyList<string> Packages);

/// <summary>The shelf of snapshots.</summary>
/// <param name="root">The data folder.</param>
/// <param name="packages">Where packages are kept by content.</param>
public sealed class Snapshots(string root, PackageStore packages)
{
    private const string NoteName = "snapshot.json";

    private string Shelf => Path.Combine(root, "snapshots");

    /// <summary>All of them, by name.</summary>
    public IReadOnlyList<SnapshotNote> All() => Directory.Exists(Shelf)
        ? [.. Directory.EnumerateDirectories(Shelf).Select(NoteIn).OfType<SnapshotNote>().OrderBy(n => n.Name, StringComparer.OrdinalIgnoreCase)]
        : [];

    /// <summary>One by its name, whatever the case; null when there is none.</summary>
    public SnapshotNote? Find(string name) => NoteIn(FolderOf(name));

    /// <summary>The folder of a snapshot's files.</summary>
    public string FolderOf(string name) => Path.Combine(Shelf, name.ToLowerInvariant());

    /// <summary>Hashes of the packages that a copy of the store refers to.</summary>
    public static IReadOnlyList<string> PackagesIn(string folder)
    {
        using var db = new RdfeDbContext(StoreStartup.OptionsOfCopy(Path.Combine(folder, WorldFiles.MainName)));
        return [.. db.Set<PackageRow>().Select(p => p.Sha256).AsEnumerable()
            .Concat(db.Set<Deployment>().Select(d => d.PackageSha256).AsEnumerable())
            .Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>Adds what is missing to a staged copy, and puts it on the shelf in the place of what has its name.</summary>
    public async Task<SnapshotNote> PutAsync(string stage, SnapshotNote note, CancellationToken cancel)
    {
        var folder = Path.Combine(stage, "packages");
        Directory.CreateDirectory(folder);
        foreach (var sha256 in note.Packages)
        {
            await using var content = packages.OpenContent(sha256)
                ?? throw new IOException($"The package {sha256} is not where it should be.");
            await using var copy = new FileStream(Path.Combine(folder, sha256 + ".zip"), FileMode.Create, FileAccess.Write);
            await content.CopyToAsync(copy, cancel);
            copy.Flush(flushToDisk: true);
        }

        note = note with { Bytes = Directory.EnumerateFiles(stage, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length) };
        using (var file = new FileStream(Path.Combine(stage, NoteName), FileMode.Create, FileAccess.Write))
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes(StoreJson.Write(note)));
            file.Flush(flushToDisk: true);
        }

        Disk.FlushFolder(folder);
        Disk.FlushFolder(stage);
        Directory.CreateDirectory(Shelf);
        Remove(note.Name);
        Directory.Move(stage, FolderOf(note.Name));
        Disk.FlushFolder(Shelf);
        return note;
    }

    /// <summary>Brings the snapshot's packages back into the store of packages, and holds each: the caller releases them.</summary>
    public async Task<Outcome<IReadOnlyList<string>>> HoldPackagesAsync(SnapshotNote note, CancellationToken cancel)
    {
        var held = new List<string>();
        var complete = false;
        try
        {
            foreach (var sha256 in note.Packages)
            {
                if (!packages.TryHold(sha256))
                {
                    await using var content = new FileStream(
                        Path.Combine(FolderOf(note.Name), "packages", sha256 + ".zip"), FileMode.Open, FileAccess.Read);
                    var stored = await packages.PutAsync(content, content.Length, cancel);
                    if (stored.Refused)
                    {
                        return stored.Refusal;
                    }

                    held.Add(stored.Value.Sha256);
                    if (stored.Value.Sha256 != sha256)
                    {
                        return Refusals.Conflict("snapshotDamaged", $"The package {sha256} of the snapshot has other content now.");
                    }
                }
                else
                {
                    held.Add(sha256);
                }
            }

            complete = true;
            return held;
        }
        finally
        {
            if (!complete)
            {
                Release(held);
            }
        }
    }

    /// <summary>Ends the holds.</summary>
    public void Release(IEnumerable<string> held)
    {
        foreach (var sha256 in held)
        {
            packages.Release(sha256);
        }
    }

    /// <summary>Removes one; false when there was none.</summary>
    public bool Remove(string name)
    {
        var folder = FolderOf(name);
        if (!Directory.Exists(folder))
        {
            return false;
        }

        // The note goes first: what is half removed is no snapshot.
        File.Delete(Path.Combine(folder, NoteName));
        Directory.Delete(folder, recursive: true);
        return true;
    }

    private static SnapshotNote? NoteIn(string folder) =>
        Path.Combine(folder, NoteName) is var path && File.Exists(path)
            ? StoreJson.Read<SnapshotNote>(File.ReadAllText(path))
            : null;
}
