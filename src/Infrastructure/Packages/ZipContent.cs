// The content of entries (D1): inflated to nowhere, counted and summed. A bomb is caught by what comes out of it, at
// the first byte too many, whatever its headers claim.
using System.Buffers;
using System.IO.Compression;
using Rdfe.Domain.Packages;

namespace Rdfe.Infrastructure.Packages;

internal static class ZipContent
{
    private const int HeaderBytes = 30;
    private const uint HeaderSignature = 0x04034b50;

    /// <summary>
    /// Where an entry's bytes lie, after its own header was found to agree with the central directory.
    /// </summary>
    public static (long Start, long End) Locate(Stream file, ZipEntry entry, long directoryStart)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        ZipDirectory.ReadAt(file, entry.HeaderAt, header);
        if (ZipDirectory.U32(header, 0) != HeaderSignature)
        {
            throw new BadZipException("The entry has no header where the directory says.", entry.Name);
        }

        int flags = ZipDirectory.U16(header, 6), nameBytes = ZipDirectory.U16(header, 26);
        var name = new byte[nameBytes];
        ZipDirectory.ReadAt(file, entry.HeaderAt + HeaderBytes, name);

        // Bit 3: the sizes follow the content, and the header has none to compare.
        var sizesAgree = (flags & 8) != 0
            || (Agrees(ZipDirectory.U32(header, 14), entry.Crc)
                && Agrees(ZipDirectory.U32(header, 18), entry.PackedBytes)
                && Agrees(ZipDirectory.U32(header, 22), entry.Bytes));
        if (flags != entry.Flags || ZipDirectory.U16(header, 8) != entry.Method || !sizesAgree
            || !name.AsSpan().SequenceEqual(System.Text.Encoding.UTF8.GetBytes(entry.Name)))
        {
            throw new BadZipException("The entry's own header contradicts the central directory.", entry.Name);
        }

        var start = entry.HeaderAt + HeaderBytes + nameBytes + ZipDirectory.U16(header, 28);
        return entry.PackedBytes <= directoryStart - start
            ? (start, start + entry.PackedBytes)
            : throw new BadZipException("The entry's content reaches into the central directory.", entry.Name);
    }

    /// <summary>Inflates an entry, counting; returns how many bytes it has.</summary>
    public static long Measure(
        Stream file, ZipEntry entry, (long Start, long End) at, long room, PackageLimits limits, CancellationToken stop)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(81_920);
        try
        {
            using var content = Open(file, entry, at);
            uint crc = 0;
            long count = 0;
            int read;
            while ((read = content.Read(buffer)) > 0)
            {
                stop.ThrowIfCancellationRequested();
                count += read;
                crc = Crc32.Append(crc, buffer.AsSpan(0, read));
                RefuseBomb(entry, count, room, limits);
            }

            return count != entry.Bytes || crc != entry.Crc
                ? throw new BadZipException("The content differs from what the directory says: "
                    + $"{count} bytes, {entry.Bytes} announced, or another checksum.", entry.Name)
                : count;
        }
        catch (InvalidDataException)
        {
            throw new BadZipException("The content is damaged: it does not inflate.", entry.Name);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads a small entry whole, up to <paramref name="most"/> bytes.</summary>
    public static byte[] ReadSmall(Stream file, ZipEntry entry, (long Start, long End) at, long most)
    {
        if (entry.Bytes > most)
        {
            throw new BadZipException($"The file has {entry.Bytes} bytes; {most} are allowed.", entry.Name);
        }

        try
        {
            using var content = Open(file, entry, at);
            var bytes = new byte[entry.Bytes];
            content.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception damaged) when (damaged is InvalidDataException or EndOfStreamException)
        {
            throw new BadZipException("The content is damaged: it does not inflate.", entry.Name);
        }
    }

    private static void RefuseBomb(ZipEntry entry, long count, long room, PackageLimits limits)
    {
        if (count > entry.Bytes)
        {
            throw new BadZipException($"The content is longer than the {entry.Bytes} bytes announced.", entry.Name);
        }

        if (count > limits.MaxEntryBytes || count > room)
        {
            throw new BadZipException($"The content inflates to more than {limits.MaxEntryBytes} bytes, or all "
                + $"content to more than {limits.MaxUncompressedBytes}.", entry.Name);
        }

        if (count > limits.RatioExemptBytes && count / limits.MaxCompressionRatio > entry.PackedBytes)
        {
            throw new BadZipException($"The content inflates more than {limits.MaxCompressionRatio} times.",
                entry.Name);
        }
    }

    private static Stream Open(Stream file, ZipEntry entry, (long Start, long End) at)
    {
        var packed = new Window(file, at.End, at.End - at.Start);
        return entry.Method == 0 ? packed : new DeflateStream(packed, CompressionMode.Decompress);
    }

    private static bool Agrees(uint local, long central) => local == 0xFFFFFFFF || local == central;

    /// <summary>A part of a file, read forwards.</summary>
    private sealed class Window(Stream file, long end, long length) : Stream
    {
        private long left = length;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            file.Position = end - left;
            var read = file.Read(buffer[..(int)Math.Min(buffer.Length, left)]);
            left -= read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
