using System.Buffers.Binary;
using System.Text;
using static Rdfe.Infrastructure.Tests.Packages.Zip;

namespace Rdfe.Infrastructure.Tests.Packages;

public class ZipBombTests
{
    [Fact, Trait("spec", "D1")]
    public void Content_that_inflates_too_many_times_is_refused() => Refuses(
        Package(("Web/zeros", new string('\0', 8 << 20))), "package.zip/Web/zeros", "more than 200 times");

    [Fact, Trait("spec", "D1")]
    public void A_small_file_may_compress_as_well_as_it_likes() =>
        Assert.False(Read(Package(("Web/zeros", new string('\0', 1 << 20)))).Refused);

    [Fact, Trait("spec", "D1")]
    public void Content_beyond_the_announced_size_is_refused_when_it_comes()
    {
        // The headers say 10 bytes, in both places; what comes out is a million.
        byte[] ten = [10, 0, 0, 0];
        Refuses(Package(("Web/liar", new string('x', 1_000_000))).Patch("Web/liar", 24, ten, 22),
            "package.zip/Web/liar", "longer than the 10 bytes announced");
    }

    [Fact, Trait("spec", "D1")]
    public void Content_that_falls_short_or_fails_its_checksum_is_refused()
    {
        Refuses(Package(("Web/liar", "xxxxx")).Patch("Web/liar", 24, [100, 0, 0, 0], 22), "package.zip/Web/liar",
            "differs");
        Refuses(Package(("Web/liar", "xxxxx")).Patch("Web/liar", 16, [1, 2, 3, 4], 14), "package.zip/Web/liar",
            "checksum");
    }

    [Fact, Trait("spec", "D1")]
    public void All_content_together_has_a_limit() => Refuses(
        Package(("Web/a", new string('a', 60_000)), ("Web/b", new string('b', 60_000))), "package.zip/Web/b",
        "all content to more than 100000", Limits with { MaxUncompressedBytes = 100_000 });

    [Fact, Trait("spec", "D1")]
    public void One_entry_has_a_limit() => Refuses(
        Package(("Web/a", new string('a', 60_000))), "package.zip/Web/a", "50000 are allowed",
            Limits with { MaxEntryBytes = 50_000 });

    [Fact, Trait("spec", "D1")]
    public void Too_many_entries_are_refused_before_they_are_read()
    {
        Refuses(Package([.. Enumerable.Range(0, 100).Select(i => ($"Web/{i}", ""))]), "package.zip",
            "102 entries; 101 are allowed", Limits with { MaxEntries = 101 });

        // A directory that claims four thousand million entries costs no memory.
        Refuses(Zip64(Package(), entries: 4_000_000_000), "package.zip", "4000000000 entries; 20000 are allowed");
    }

    [Fact, Trait("spec", "D1")]
    public void A_long_name_is_refused_before_it_is_kept() => Refuses(
        Package(("Web/" + new string('n', 1_021), "")), "package.zip", "name of 1025 bytes");

    [Fact, Trait("spec", "D1")]
    public void Entries_that_share_bytes_are_refused()
    {
        // Both directory entries point at the first one's bytes, as in the bombs that multiply one kernel.
        var zip = Package(("Web/aa", "x"), ("Web/ab", "x"));
        var at = BinaryPrimitives.ReadInt32LittleEndian(zip.AsSpan(zip.AsSpan().LastIndexOf("Web/aa"u8) - 4));
        var offset = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(offset, at);
        zip.Patch("Web/ab", 42, offset);
        "Web/ab"u8.CopyTo(zip.AsSpan(at + 30)); // The shared header agrees with the second entry…
        Refuses(zip, "package.zip/Web/aa", "contradicts");

        // …and one that agrees with both lies inside the content of another.
        var inner = Archive(("Web/b", "boo"));
        var outer = Stored(("ServiceDefinition.csdef", Encoding.UTF8.GetBytes(Csdef)), ("Web/a", inner),
            ("Web/b", "boo"u8.ToArray()));
        var inside = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(inside, outer.AsSpan().IndexOf(inner));
        CopyEntry(inner, outer, "Web/b");
        Refuses(outer.Patch("Web/b", 42, inside), "package.zip/Web/b", "shares its bytes");
    }

    [Fact, Trait("spec", "D1")]
    public void A_zip64_archive_is_read_and_nonsense_in_one_is_refused()
    {
        Assert.False(Read(Zip64(Package(), entries: 2)).Refused);
        Refuses(Zip64(Package(), entries: -1), "package.zip", "-1 entries");
        Refuses(Zip64(Package(), entries: 1), "package.zip", "more than its entries");
        Refuses(Zip64(Package(), entries: 3), "package.zip", "ends after 2 of 3 entries");
        Refuses(Zip64(Package(), entries: 2, start: long.MaxValue), "package.zip", "not where the end record says");
        Refuses(Zip64(Package(), entries: 2, start: -5), "package.zip", "not where the end record says");
        Refuses(Zip64(Package(), entries: 2, at: long.MaxValue), "package.zip", "points outside itself");
        Refuses(Zip64(Package(), entries: 2, at: 7), "package.zip", "zip64 end record is damaged");
        byte[] all = [0xFF, 0xFF, 0xFF, 0xFF];
        Refuses(Package(("Web/x", "x")).Patch("Web/x", 24, all, 22), "package.zip/Web/x",
            "zip64 extra field is missing");
    }

    [Fact, Trait("spec", "D1")]
    public void Bytes_after_the_archive_are_refused_and_a_comment_is_not()
    {
        Refuses([.. Package(), 1, 2, 3], "package.zip", "no end record");
        var zip = Package();
        zip[^2] = 3;
        Assert.False(Read([.. zip, 1, 2, 3]).Refused);
    }

    /// <summary>The same archive, ended in the zip64 way, with lies where asked.</summary>
    private static byte[] Zip64(byte[] zip, long entries, long? start = null, long? at = null)
    {
        var end = zip.Length - 22;
        var record = new byte[56 + 20];
        void Put(int where, long value) => BinaryPrimitives.WriteInt64LittleEndian(record.AsSpan(where), value);
        Put(0, 0x06064b50);
        Put(4, 44);
        Put(24, entries);
        Put(32, entries);
        Put(40, BinaryPrimitives.ReadUInt32LittleEndian(zip.AsSpan(end + 12)));
        Put(48, start ?? BinaryPrimitives.ReadUInt32LittleEndian(zip.AsSpan(end + 16)));
        Put(56, 0x07064b50);
        Put(64, at ?? end);
        BinaryPrimitives.WriteInt32LittleEndian(record.AsSpan(72), 1);
        var last = zip[end..];
        last.AsSpan(8, 12).Fill(0xFF);
        return [.. zip[..end], .. record, .. last];
    }

    /// <summary>Copies flags, method, checksum and sizes of an entry from one directory to another.</summary>
    private static void CopyEntry(byte[] from, byte[] to, string name)
    {
        var needle = Encoding.UTF8.GetBytes(name);
        from.AsSpan(from.AsSpan().LastIndexOf(needle) - 46 + 8, 20)
            .CopyTo(to.AsSpan(to.AsSpan().LastIndexOf(needle) - 46 + 8));
    }
}
