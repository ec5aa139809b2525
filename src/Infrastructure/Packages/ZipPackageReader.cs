// Hostile input ends here (D1): a package on disk is either understood to its last byte or refused. In order of cost:
// the directory, the names, the headers, then every byte of content, and last the service definition.
using System.Collections.Immutable;
using System.Text;
using Rdfe.Domain;
using Rdfe.Domain.Packages;

namespace Rdfe.Infrastructure.Packages;

/// <summary>What a valid package has in it.</summary>
internal sealed record PackageContent(
    ServiceDefinition Definition,
    string DefinitionXml,
    ImmutableSortedDictionary<string, long> RoleBytes,
    ImmutableArray<Advice> Advice);

internal static class ZipPackageReader
{
    /// <summary>What a package is called in errors; its real name is the caller's affair.</summary>
    public const string PackagePath = "package.zip";

    private const int Encrypted = 0x1 | 0x40 | 0x2000;

    /// <summary>
    /// Reads a package; <paramref name="inflate"/> is false for one whose content was checked when it was stored.
    /// </summary>
    public static Outcome<PackageContent> Read(Stream file, PackageLimits limits, bool inflate, CancellationToken stop)
    {
        var findings = new PackageFindings(limits);
        try
        {
            var directory = ZipDirectory.Find(file, limits);
            var entries = directory.ReadEntries(file, limits, stop);
            ZipNames.Check(entries, findings);
            CheckKinds(entries, limits, findings);
            if (findings.Any)
            {
                return findings.Refuse(PackageFindings.InvalidPackage);
            }

            var places = Locate(file, entries, directory, stop);
            var room = limits.MaxUncompressedBytes;
            foreach (var (entry, place) in inflate ? entries.Zip(places) : [])
            {
                room -= ZipContent.Measure(file, entry, place, room, limits, stop);
            }

            return ReadModel(file, entries, places, limits, findings);
        }
        catch (BadZipException bad)
        {
            findings.Add(bad.Path, bad.Message);
            return findings.Refuse(PackageFindings.InvalidPackage);
        }
    }

    private static void CheckKinds(List<ZipEntry> entries, PackageLimits limits, PackageFindings findings)
    {
        foreach (var entry in entries)
        {
            var wrong = entry switch
            {
                { IsLink: true } => "Links and devices are not accepted, only files and folders.",
                _ when (entry.Flags & Encrypted) != 0 => "Encrypted entries are not accepted.",
                { Method: not (0 or 8) } => $"The compression method {entry.Method} is not accepted; deflate is.",
                { IsFolder: true, Bytes: > 0 } => "A folder has content.",
                { Method: 0 } when entry.Bytes != entry.PackedBytes => "A stored file has two different sizes.",
                _ when entry.Bytes > limits.MaxEntryBytes => $"The file has {entry.Bytes} bytes; "
                    + $"{limits.MaxEntryBytes} are allowed.",
                _ => null,
            };
            if (wrong is not null)
            {
                findings.Add(new BadZipException(wrong, entry.Name).Path, wrong);
            }
        }
    }

    /// <summary>
    /// Where each entry's content lies. Two that share bytes are how a small file becomes a large one.
    /// </summary>
    private static List<(long Start, long End)> Locate(
        Stream file, List<ZipEntry> entries, ZipDirectory directory, CancellationToken stop)
    {
        var places = new List<(long Start, long End)>(entries.Count);
        foreach (var entry in entries)
        {
            stop.ThrowIfCancellationRequested();
            places.Add(ZipContent.Locate(file, entry, directory.Start));
        }

        long free = 0;
        foreach (var (entry, (_, end)) in entries.Zip(places).OrderBy(p => p.First.HeaderAt))
        {
            if (entry.HeaderAt < free)
            {
                throw new BadZipException("The entry shares its bytes with another.", entry.Name);
            }

            free = end;
        }

        return places;
    }

    private static Outcome<PackageContent> ReadModel(
        Stream file, List<ZipEntry> entries, List<(long, long)> places, PackageLimits limits, PackageFindings findings)
    {
        var name = ServiceDefinitionXml.FileName;
        foreach (var other in entries.Where(e => !e.Name.Contains('/') && e.Name != name
            && e.Name.EndsWith(".csdef", StringComparison.OrdinalIgnoreCase)))
        {
            findings.Add(new BadZipException("", other.Name).Path, $"The only definition of a package is {name}.");
        }

        var at = entries.FindIndex(e => e.Name == name);
        if (at < 0)
        {
            findings.Add(PackagePath, $"There is no {name} at the root of the package.");
            return findings.Refuse(PackageFindings.InvalidPackage);
        }

        // Four bytes for a character at most.
        var text = Decode(ZipContent.ReadSmall(file, entries[at], places[at], limits.MaxXmlChars * 4L));
        if (text is null)
        {
            findings.Add(name, "The file is neither UTF-8 nor UTF-16.");
            return findings.Refuse(PackageFindings.InvalidPackage);
        }

        var definition = ServiceDefinitionXml.Read(text, limits);
        if (definition.Refused)
        {
            findings.Add(definition.Refusal);
            return findings.Refuse(PackageFindings.InvalidPackage);
        }

        var bytes = entries.Where(e => !e.IsFolder && e.Name.Contains('/'))
            .GroupBy(e => e.Name[..e.Name.IndexOf('/')], StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Sum(e => e.Bytes), StringComparer.Ordinal);
        foreach (var role in definition.Value.Roles.Where(r => !bytes.ContainsKey(r.Name)))
        {
            var near = bytes.Keys.FirstOrDefault(k => k.Equals(role.Name, StringComparison.OrdinalIgnoreCase));
            findings.Add(role.At, $"The package has no content for the role: no file in the folder '{role.Name}/'."
                + (near is null ? "" : $" Case matters: there is '{near}/'."));
        }

        return findings.Any
            ? findings.Refuse(PackageFindings.InvalidPackage)
            : new PackageContent(
                definition.Value,
                text,
                definition.Value.Roles.ToImmutableSortedDictionary(r => r.Name, r => bytes[r.Name],
                    StringComparer.Ordinal),
                [.. PackageAdvice.Of(definition.Value, file.Length, limits), .. Ignored(entries, definition.Value)]);
    }

    private static IEnumerable<Advice> Ignored(List<ZipEntry> entries, ServiceDefinition definition)
    {
        var known = definition.Roles.Select(r => r.Name).Append(ServiceDefinitionXml.FileName).ToHashSet();
        return entries.Select(e => e.Name.Split('/')[0]).Distinct().Where(top => !known.Contains(top)).Take(20)
            .Select(top => new Advice(AdviceCodes.IgnoredContent,
                top.EndsWith(".cscfg", StringComparison.OrdinalIgnoreCase)
                    ? "The configuration is sent beside the package; the one inside is not read."
                    : "This belongs to no role and is not used, though it is copied with the package.",
                $"{PackagePath}/{PackageFindings.Printable(top)}"));
    }

    /// <summary>The text of a file in UTF-8 or UTF-16, with or without a mark; null when it is neither.</summary>
    private static string? Decode(byte[] bytes)
    {
        var (encoding, skip) = bytes switch
        {
            [0xEF, 0xBB, 0xBF, ..] => (new UTF8Encoding(false, true), 3),
            [0xFF, 0xFE, ..] => (new UnicodeEncoding(false, false, true), 2),
            [0xFE, 0xFF, ..] => (new UnicodeEncoding(true, false, true), 2),
            [(byte)'<', 0, ..] => (new UnicodeEncoding(false, false, true), 0),
            [0, (byte)'<', ..] => ((Encoding)new UnicodeEncoding(true, false, true), 0),
            _ => (new UTF8Encoding(false, true), 0),
        };
        try
        {
            return encoding.GetString(bytes, skip, bytes.Length - skip);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
