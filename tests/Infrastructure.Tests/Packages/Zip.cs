// Packages made for tests, by the runtime's writer, and then damaged by hand where a writer would refuse to.
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Rdfe.Domain;
using Rdfe.Domain.Packages;
using Rdfe.Infrastructure.Packages;

namespace Rdfe.Infrastructure.Tests.Packages;

internal static class Zip
{
    public const string Csdef = """
        <?xml version="1.0" encoding="utf-8"?>
        <ServiceDefinition name="shop" xmlns="http://schemas.microsoft.com/ServiceHosting/2008/10/ServiceDefinition">
          <WebRole name="Web">
            <ConfigurationSettings>
              <Setting name="Api" />
            </ConfigurationSettings>
          </WebRole>
        </ServiceDefinition>
        """;

    public static readonly PackageLimits Limits = new();

    /// <summary>A valid package with entries added.</summary>
    public static byte[] Package(params (string Name, string Text)[] more) =>
        Archive([("ServiceDefinition.csdef", Csdef), ("Web/index.html", "<h1>Hello</h1>"), .. more]);

    public static byte[] Archive(params (string Name, string Text)[] entries) =>
        Archive([.. entries.Select(e => (e.Name, Encoding.UTF8.GetBytes(e.Text)))]);

    public static byte[] Archive(params (string Name, byte[] Content)[] entries) =>
        Archive(CompressionLevel.Optimal, entries);

    /// <summary>An archive whose entries lie in it as they are.</summary>
    public static byte[] Stored(params (string Name, byte[] Content)[] entries) =>
        Archive(CompressionLevel.NoCompression, entries);

    private static byte[] Archive(CompressionLevel level, (string Name, byte[] Content)[] entries)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                // The runtime would stamp the wall clock, in steps of two seconds: the same call, another hash.
                var entry = zip.CreateEntry(name, level);
                entry.LastWriteTime = new DateTimeOffset(2012, 2, 29, 0, 0, 0, TimeSpan.Zero);
                using var to = entry.Open();
                to.Write(content);
            }
        }

        return file.ToArray();
    }

    /// <summary>Changes an entry's fields in the central directory (and, where asked, in its own header).</summary>
    public static byte[] Patch(this byte[] zip, string name, int centralAt, byte[] bytes, int localAt = -1)
    {
        var needle = Encoding.UTF8.GetBytes(name);
        var at = zip.AsSpan().LastIndexOf(needle) - 46;
        Assert.Equal(0x02014b50u, BinaryPrimitives.ReadUInt32LittleEndian(zip.AsSpan(at)));
        bytes.CopyTo(zip, at + centralAt);
        if (localAt >= 0)
        {
            bytes.CopyTo(zip, zip.AsSpan().IndexOf(needle) - 30 + localAt);
        }

        return zip;
    }

    /// <summary>Renames an entry in both places, to a name of the same length.</summary>
    public static byte[] Rename(this byte[] zip, string old, string now)
    {
        var (from, to) = (Encoding.UTF8.GetBytes(old), Encoding.UTF8.GetBytes(now));
        Assert.Equal(from.Length, to.Length);
        for (int at; (at = zip.AsSpan().IndexOf(from)) >= 0;)
        {
            to.CopyTo(zip, at);
        }

        return zip;
    }

    public static Outcome<PackageContent> Read(byte[] zip, PackageLimits? limits = null) =>
        ZipPackageReader.Read(new MemoryStream(zip), limits ?? Limits, inflate: true, CancellationToken.None);

    /// <summary>The package is refused, with exactly one error: at the place, with the words.</summary>
    public static void Refuses(byte[] zip, string place, string words, PackageLimits? limits = null)
    {
        var refusal = Read(zip, limits).Refusal;
        Assert.NotNull(refusal);
        Assert.Equal("invalidPackage", refusal.Code);
        var (path, messages) = Assert.Single(refusal.Errors);
        Assert.Equal(place, path);
        Assert.Contains(words, Assert.Single(messages), StringComparison.Ordinal);
    }
}
