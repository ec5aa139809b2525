using System.Globalization;
using System.IO.Compression;
using Rdfe.Domain;

namespace Rdfe.Bench.Placement;

/// <summary>One event of the real trace (bench/data/azure-packing-2020).</summary>
internal readonly record struct TraceEvent(double TimeS, bool IsCreate, string Vm, Resources Needs);

/// <summary>Reads the trace: cores in hundredths, memory in MiB.</summary>
internal static class Trace
{
    /// <summary>Where the node shape of the trace's own experiments comes from: 52 cores, 576 GiB.</summary>
    public static Resources Node => new(52_00, 576 * 1024, 0, 0);

    public static List<TraceEvent> Read()
    {
        var events = new List<TraceEvent>(100_050);
        using var reader = new StreamReader(new GZipStream(File.OpenRead(Find()), CompressionMode.Decompress));
        reader.ReadLine();
        while (reader.ReadLine() is { } line)
        {
            var f = line.Split(',');
            events.Add(new(
                Number(f[0]), f[1] == "create", f[2],
                new((long)Math.Round(Number(f[3]) * 100), (long)Math.Round(Number(f[4]) * 1024), 0, 0)));
        }

        return events;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    // The bench is run from the repository's root or from below it.
    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var file = Path.Combine(folder.FullName, "bench", "data", "azure-packing-2020", "requests-1pct.csv.gz");
            if (File.Exists(file))
            {
                return file;
            }
        }

        throw new FileNotFoundException("bench/data/azure-packing-2020/requests-1pct.csv.gz");
    }
}
