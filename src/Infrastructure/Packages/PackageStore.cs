// Packages on disk, by content (D1). A package is streamed to a temporary file, checked there, and becomes a package
// by one rename: before it there is rubbish that the next start removes, after it a whole and durable file.
using System.Buffers;
using System.Security.Cryptography;
using Rdfe.Domain;
using Rdfe.Domain.Packages;

namespace Rdfe.Infrastructure.Packages;

/// <summary>
/// Stores packages once by content hash. It does not know who refers to a package; whoever stores one holds it until
/// the reference is durable, and what nobody holds or refers to is collected.
/// </summary>
public sealed class PackageStore
{
    private const string TemporarySuffix = ".part";
    private static long uploads;

    private readonly string folder;
    private readonly string incoming;
    private readonly PackageLimits limits;
    private readonly Action<long>? beforeWrite;
    private readonly Lock commit = new();
    private readonly Dictionary<string, int> holds = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> condemned = new(StringComparer.Ordinal);
    private long sentences;

    /// <summary>Opens the store in a folder, which is made if need be, and removes what a crash left behind.</summary>
    public PackageStore(string folder, PackageLimits limits)
        : this(folder, limits, beforeWrite: null)
    {
    }

    /// <summary>For tests: <paramref name="beforeWrite"/> sees each write's offset and can fail like a disk.</summary>
    internal PackageStore(string folder, PackageLimits limits, Action<long>? beforeWrite)
    {
        (this.folder, this.limits, this.beforeWrite) = (folder, limits, beforeWrite);
        incoming = Path.Combine(folder, "incoming");
        Directory.CreateDirectory(incoming);
        foreach (var left in Directory.EnumerateFiles(incoming, "*" + TemporarySuffix))
        {
            RemoveAbandoned(left);
        }
    }

    /// <summary>
    /// Stores a package, or refuses: <c>packageTooLarge</c>, <c>invalidPackage</c> with every error at its place, or
    /// <c>storageFull</c>. What the body itself throws (a caller that hung up) is passed on.
    /// A stored package is held: <see cref="Release"/> it when the reference to it is durable, or was not made.
    /// </summary>
    public async Task<Outcome<StoredPackage>> PutAsync(Stream body, long? contentLength, CancellationToken stop)
    {
        if (contentLength > limits.MaxPackageBytes)
        {
            return TooLarge();
        }

        string? temporary = null;
        try
        {
            // Others may rename or delete it, and nobody else may start a clean-up of it: see RemoveAbandoned.
            using var file = OpenTemporary(out temporary);
            var received = await Receive(body, file, contentLength, stop);
            if (received.Refused)
            {
                return received.Refusal;
            }

            var sha256 = received.Value;
            var known = File.Exists(PathOf(sha256));
            var content = await Task.Run(() => ZipPackageReader.Read(file, limits, inflate: !known, stop), stop);
            if (content.Refused)
            {
                return content.Refusal;
            }

            // Content before name: a crash of the machine must not leave the name of a package with holes in it.
            file.Flush(flushToDisk: true);
            Commit(temporary, sha256);
            return Describe(sha256, file.Length, content.Value);
        }
        catch (IOException full) when (Disk.IsFull(full))
        {
            return new Refusal(RefusalKind.Unavailable, "storageFull",
                "The package can't be stored now: the disk for packages is full. Nothing of it was kept.");
        }
        finally
        {
            // After a commit there is nothing of that name; after a refusal nobody wants it.
            if (temporary is not null)
            {
                File.Delete(temporary);
            }
        }
    }

    /// <summary>True when the store has the package.</summary>
    public bool Exists(string sha256) => IsHash(sha256) && File.Exists(PathOf(sha256));

    /// <summary>Reads a stored package's description again.</summary>
    public Outcome<StoredPackage> Read(string sha256)
    {
        using var file = OpenOrNull(sha256);
        if (file is null)
        {
            return Refusals.NotFound($"package {PackageFindings.Shown(sha256)}");
        }

        var content = ZipPackageReader.Read(file, limits, inflate: false, CancellationToken.None);
        return content.Refused ? content.Refusal : Describe(sha256, file.Length, content.Value);
    }

    /// <summary>The text of a stored package's definition.</summary>
    public Outcome<string> OpenDefinition(string sha256)
    {
        var package = Read(sha256);
        return package.Refused ? package.Refusal : package.Value.DefinitionXml;
    }

    /// <summary>
    /// The bytes of a stored package; null when there is none. It stays readable while it is being deleted.
    /// </summary>
    public Stream? OpenContent(string sha256) => OpenOrNull(sha256);

    /// <summary>Keeps a package from being collected until <see cref="Release"/>; false when there is none.</summary>
    public bool TryHold(string sha256)
    {
        lock (commit)
        {
            if (!Exists(sha256))
            {
                return false;
            }

            holds[sha256] = holds.GetValueOrDefault(sha256) + 1;
            condemned.Remove(sha256);
            return true;
        }
    }

    /// <summary>Removes a package that nothing refers to; true when there was one.</summary>
    public bool Delete(string sha256)
    {
        lock (commit)
        {
            if (!Exists(sha256))
            {
                return false;
            }

            File.Delete(PathOf(sha256));
            return true;
        }
    }

    /// <summary>Ends the hold of one upload.</summary>
    public void Release(string sha256)
    {
        lock (commit)
        {
            if (holds.TryGetValue(sha256, out var count) && count > 1)
            {
                holds[sha256] = count - 1;
            }
            else
            {
                holds.Remove(sha256);
            }
        }
    }

    /// <summary>
    /// Removes a package that nobody holds and, as <paramref name="isReferred"/> then finds in the committed store,
    /// nobody refers to. An upload of the same content meanwhile saves it: in the order condemn, look, delete, there is
    /// no instant at which a new reference could be missed. References come only from uploads, which hold, and from
    /// other references. <paramref name="asPrimary"/> runs the deletion itself where no other process can take over
    /// meanwhile: its uploads would not know of our looking (F2).
    /// </summary>
    public async Task<bool> CollectAsync(
        string sha256, Func<Task<bool>> isReferred, Func<Func<bool>, Task<bool>>? asPrimary = null)
    {
        long sentence;
        lock (commit)
        {
            if (holds.ContainsKey(sha256) || !Exists(sha256))
            {
                return false;
            }

            // Where two look at once, the later one knows more.
            condemned[sha256] = sentence = ++sentences;
        }

        var referred = await isReferred();
        return asPrimary is null ? Execute() : await asPrimary(Execute);

        bool Execute()
        {
            lock (commit)
            {
                return Carry(sha256, sentence) && !referred && Delete(sha256);
            }
        }
    }

    private bool Carry(string sha256, long sentence)
    {
        // Lifted by an upload of the same content, or renewed by somebody who looks later: then it is not carried out.
        return condemned.GetValueOrDefault(sha256) == sentence && condemned.Remove(sha256);
    }

    /// <summary>The hashes of all packages, for whoever looks for garbage.</summary>
    public IEnumerable<string> All() => Directory.EnumerateFiles(folder, "*.zip", SearchOption.AllDirectories)
        .Select(Path.GetFileNameWithoutExtension)
        .Where(IsHash)!;

    private async Task<Outcome<string>> Receive(Stream body, FileStream file, long? contentLength,
        CancellationToken stop)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
        try
        {
            long size = 0;
            int read;
            while ((read = await body.ReadAsync(buffer, stop)) > 0)
            {
                if ((size += read) > limits.MaxPackageBytes)
                {
                    return TooLarge();
                }

                hash.AppendData(buffer, 0, read);
                beforeWrite?.Invoke(size - read);
                await file.WriteAsync(buffer.AsMemory(0, read), stop);
            }

            await file.FlushAsync(stop);
            return contentLength is { } announced && announced != size
                ? Refusals.Invalid(PackageFindings.InvalidPackage, "The package is cut short.",
                    [(ZipPackageReader.PackagePath, $"{announced} bytes were announced, and {size} came.")])
                : Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Commit(string temporary, string sha256)
    {
        lock (commit)
        {
            var final = PathOf(sha256);
            if (!File.Exists(final))
            {
                Directory.CreateDirectory(Path.GetDirectoryName(final)!);
                File.Move(temporary, final, overwrite: true);
                Disk.FlushFolder(Path.GetDirectoryName(final)!);
                Disk.FlushFolder(folder);
            }

            // Held only once it is surely there; a failed move holds nothing.
            holds[sha256] = holds.GetValueOrDefault(sha256) + 1;
            condemned.Remove(sha256);
        }
    }

    private FileStream OpenTemporary(out string path)
    {
        while (true)
        {
            // The number tells uploads of this process apart, its id those of another that shares the folder.
            path = Path.Combine(incoming,
                $"{Environment.ProcessId}-{Interlocked.Increment(ref uploads)}{TemporarySuffix}");
            try
            {
                return new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, 128 * 1024,
                    FileOptions.Asynchronous);
            }
            catch (IOException) when (File.Exists(path))
            {
                // Left by an earlier process that had our id, and not yet removed: the next number is free.
            }
        }
    }

    /// <summary>Removes a temporary file unless another process is writing it: its lock excludes ours.</summary>
    private static void RemoveAbandoned(string path)
    {
        try
        {
            new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None).Dispose();
            File.Delete(path);
        }
        catch (IOException)
        {
            // In use, or gone meanwhile.
        }
    }

    private FileStream? OpenOrNull(string sha256)
    {
        try
        {
            return Exists(sha256)
                ? new FileStream(PathOf(sha256), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete)
                : null;
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    private string PathOf(string sha256) => Path.Combine(folder, sha256[..2], sha256 + ".zip");

    private static bool IsHash(string? text) =>
        text is { Length: 64 } && text.All(c => char.IsAsciiDigit(c) || c is >= 'a' and <= 'f');

    private static StoredPackage Describe(string sha256, long bytes, PackageContent content) =>
        new(sha256, bytes, content.Definition, content.DefinitionXml, content.RoleBytes, content.Advice);

    private Refusal TooLarge() => new(RefusalKind.TooLarge, "packageTooLarge",
        $"A package has at most {limits.MaxPackageBytes} bytes; large artefacts belong in blob storage.");
}
