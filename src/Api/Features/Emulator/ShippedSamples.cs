// The samples that come with the program, as a seed uses them: packages made on the spot, configurations, whole worlds.
using System.IO.Compression;
using System.Text.Json;
using Rdfe.Api.Http;
using Rdfe.Domain;

namespace Rdfe.Api.Features.Emulator;

internal static class ShippedSamples
{
    private const string ConfigurationFile = "ServiceConfiguration.cscfg";

    // The same content gives the same package, and so the same hash, wherever and whenever it is made.
    private static readonly DateTimeOffset Never = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static string Root => Path.Combine(AppContext.BaseDirectory, "samples");

    private static string Worlds => Path.Combine(Root, "worlds");

    /// <summary>Names of the shipped packages.</summary>
    public static IReadOnlyList<string> Packages =>
        [.. Directory.EnumerateDirectories(Root).Where(d => File.Exists(Path.Combine(d, ConfigurationFile)))
            .Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)];

    /// <summary>Names of the shipped worlds.</summary>
    public static IReadOnlyList<string> WorldNames =>
        [.. Directory.EnumerateFiles(Worlds, "*.json").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    /// <summary>A shipped world, in a region that the present topology has; its name is one of <see cref="WorldNames"/>.</summary>
    public static SeedBody World(string name, RegionId region) => JsonSerializer.Deserialize<SeedBody>(
        File.ReadAllText(Path.Combine(Worlds, name + ".json")).Replace("{firstRegion}", region.Value, StringComparison.Ordinal), Wire.Options)!;

    /// <summary>A shipped package's configuration; its name is one of <see cref="Packages"/>.</summary>
    public static string Configuration(string name) => File.ReadAllText(Path.Combine(Root, name, ConfigurationFile));

    /// <summary>A shipped package; its name is one of <see cref="Packages"/>.</summary>
    public static byte[] Package(string name)
    {
        var folder = Path.Combine(Root, name);
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
                .Where(f => !f.EndsWith(".cscfg", StringComparison.OrdinalIgnoreCase))
                .Select(f => Path.GetRelativePath(folder, f).Replace('\\', '/')).Order(StringComparer.Ordinal))
            {
                var entry = zip.CreateEntry(path);
                entry.LastWriteTime = Never;
                using var to = entry.Open();
                using var from = File.OpenRead(Path.Combine(folder, path));
                from.CopyTo(to);
            }
        }

        return file.ToArray();
    }
}
