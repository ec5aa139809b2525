// The end and the central directory of a ZIP file, read by hand (D1). The runtime's reader believes the file: it loads
// a directory of any length before anyone can count it, and forgives what a hostile file lives on. This one streams,
// counts as it goes, and accepts only archives whose parts lie where they say.
using System.Buffers.Binary;
using System.Text;
using Rdfe.Domain.Packages;

namespace Rdfe.Infrastructure.Packages;

/// <summary>An entry as the central directory has it; every figure is a claim until the content was read.</summary>
internal sealed record ZipEntry(
    string Name, uint Crc, long PackedBytes, long Bytes, int Method, int Flags, long HeaderAt, bool IsLink)
{
    public bool IsFolder => Name.EndsWith('/');
}

/// <summary>The file is not a ZIP that we accept; the message is for whoever sent it.</summary>
internal sealed class BadZipException(string message, string? entry = null) : Exception(message)
{
    public string Path => entry is null
        ? ZipPackageReader.PackagePath
        : $"{ZipPackageReader.PackagePath}/{PackageFindings.Printable(entry)}";
}

internal sealed class ZipDirectory
{
    private const uint EndSignature = 0x06054b50, End64Signature = 0x06064b50, Locator64Signature = 0x07064b50;
    private const uint EntrySignature = 0x02014b50;
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    private ZipDirectory(long start, long bytes, long entryCount) =>
        (Start, Bytes, EntryCount) = (start, bytes, entryCount);

    public long Start { get; }

    public long Bytes { get; }

    public long EntryCount { get; }

    public static ZipDirectory Find(Stream file, PackageLimits limits)
    {
        // The end record is 22 bytes and a comment of at most 65,535; nothing may follow it.
        var tail = new byte[(int)Math.Min(file.Length, 22 + 65_535)];
        ReadAt(file, file.Length - tail.Length, tail);
        var at = tail.Length - 22;
        while (at >= 0 && !(U32(tail, at) == EndSignature && at + 22 + U16(tail, at + 20) == tail.Length))
        {
            at--;
        }

        if (at < 0)
        {
            throw new BadZipException("The file is not a ZIP archive, or it is cut short: it has no end record.");
        }

        long entries = U16(tail, at + 10), bytes = U32(tail, at + 12), start = U32(tail, at + 16);
        long disk = U16(tail, at + 4), startDisk = U16(tail, at + 6), entriesHere = U16(tail, at + 8);
        var endAt = file.Length - tail.Length + at;
        if (entries == 0xFFFF || bytes == 0xFFFFFFFF || start == 0xFFFFFFFF)
        {
            (entriesHere, entries, bytes, start, endAt) = Find64(file, endAt);
            (disk, startDisk) = (0, 0);
        }

        if (disk != 0 || startDisk != 0 || entries != entriesHere)
        {
            throw new BadZipException("Archives of several parts are not accepted.");
        }

        // The directory touches the end record: bytes in between would be a second archive for some programs.
        if (start < 0 || bytes < 0 || start > endAt || bytes != endAt - start)
        {
            throw new BadZipException("The central directory is not where the end record says.");
        }

        if (entries < 0 || entries > limits.MaxEntries)
        {
            throw new BadZipException($"The archive has {entries} entries; {limits.MaxEntries} are allowed.");
        }

        return new ZipDirectory(start, bytes, entries);
    }

    public List<ZipEntry> ReadEntries(Stream file, PackageLimits limits, CancellationToken stop)
    {
        var entries = new List<ZipEntry>((int)EntryCount);
        var header = new byte[46];
        var at = Start;
        var end = Start + Bytes;
        for (var i = 0L; i < EntryCount; i++)
        {
            stop.ThrowIfCancellationRequested();
            if (end - at < header.Length)
            {
                throw new BadZipException($"The central directory ends after {i} of {EntryCount} entries.");
            }

            ReadAt(file, at, header);
            if (U32(header, 0) != EntrySignature)
            {
                throw new BadZipException($"The central directory is damaged at entry {i + 1}.");
            }

            int nameBytes = U16(header, 28), extraBytes = U16(header, 30), commentBytes = U16(header, 32);
            var next = at + header.Length + nameBytes + extraBytes + commentBytes;
            if (next > end || nameBytes == 0 || nameBytes > limits.MaxEntryNameBytes)
            {
                throw new BadZipException($"Entry {i + 1} has a name of {nameBytes} bytes; "
                    + $"1 to {limits.MaxEntryNameBytes} are allowed, within the directory.");
            }

            var rest = new byte[nameBytes + extraBytes];
            ReadAt(file, at + header.Length, rest);
            entries.Add(Entry(header, rest.AsSpan(0, nameBytes), rest.AsSpan(nameBytes), i + 1));
            at = next;
        }

        return at == end ? entries : throw new BadZipException("The central directory has more than its entries.");
    }

    public static void ReadAt(Stream file, long at, Span<byte> into)
    {
        if (at < 0 || at > file.Length - into.Length)
        {
            throw new BadZipException("The archive points outside itself.");
        }

        file.Position = at;
        file.ReadExactly(into);
    }

    public static int U16(ReadOnlySpan<byte> from, int at) => BinaryPrimitives.ReadUInt16LittleEndian(from[at..]);

    public static uint U32(ReadOnlySpan<byte> from, int at) => BinaryPrimitives.ReadUInt32LittleEndian(from[at..]);

    private static (long EntriesHere, long Entries, long Bytes, long Start, long EndAt) Find64(Stream file, long endAt)
    {
        Span<byte> locator = stackalloc byte[20];
        Span<byte> end = stackalloc byte[56];
        ReadAt(file, endAt - locator.Length, locator);
        var at = I64(locator, 8);
        if (U32(locator, 0) != Locator64Signature || U32(locator, 4) != 0 || U32(locator, 16) > 1)
        {
            throw new BadZipException("The end record says zip64, but there is no zip64 locator.");
        }

        ReadAt(file, at, end);
        if (U32(end, 0) != End64Signature || U32(end, 16) != 0 || U32(end, 20) != 0
            || I64(end, 4) < 44 || I64(end, 4) != endAt - locator.Length - at - 12)
        {
            throw new BadZipException("The zip64 end record is damaged.");
        }

        return (I64(end, 24), I64(end, 32), I64(end, 40), I64(end, 48), at);
    }

    private static ZipEntry Entry(ReadOnlySpan<byte> header, ReadOnlySpan<byte> name, ReadOnlySpan<byte> extra,
        long number)
    {
        string text;
        try
        {
            // Tools on Linux and macOS write UTF-8 without saying so; what is not UTF-8 has no certain meaning.
            text = StrictUtf8.GetString(name);
        }
        catch (DecoderFallbackException)
        {
            throw new BadZipException($"The name of entry {number} is not UTF-8.");
        }

        long packed = U32(header, 20), bytes = U32(header, 24), headerAt = U32(header, 42);
        var fields = Zip64Fields(extra, text);
        bytes = bytes == 0xFFFFFFFF ? Take(ref fields, text) : bytes;
        packed = packed == 0xFFFFFFFF ? Take(ref fields, text) : packed;
        headerAt = headerAt == 0xFFFFFFFF ? Take(ref fields, text) : headerAt;

        // The upper half of the attributes is the file's mode, where the archive was made under Unix (3) or macOS (19).
        var kind = header[5] is 3 or 19 ? (U32(header, 38) >> 28) & 0xF : 0;
        return new ZipEntry(text, U32(header, 16), packed, bytes, U16(header, 10), U16(header, 8), headerAt,
            IsLink: kind is not (0 or 4 or 8));
    }

    /// <summary>The zip64 extra field, or nothing.</summary>
    private static ReadOnlySpan<byte> Zip64Fields(ReadOnlySpan<byte> extra, string name)
    {
        while (extra.Length >= 4)
        {
            var length = U16(extra, 2);
            if (length > extra.Length - 4)
            {
                throw new BadZipException("An extra field is longer than the room for it.", name);
            }

            if (U16(extra, 0) == 1)
            {
                return extra.Slice(4, length);
            }

            extra = extra[(4 + length)..];
        }

        return default;
    }

    private static long Take(ref ReadOnlySpan<byte> fields, string name)
    {
        if (fields.Length < 8 || I64(fields, 0) is var value && value < 0)
        {
            throw new BadZipException("The zip64 extra field is missing or damaged.", name);
        }

        value = I64(fields, 0);
        fields = fields[8..];
        return value;
    }

    private static long I64(ReadOnlySpan<byte> from, int at) => BinaryPrimitives.ReadInt64LittleEndian(from[at..]);
}
