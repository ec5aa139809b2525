// Which process is it, and does it still run? Only ever a reason to take over sooner (F2): what keeps an owner that was
// wrongly thought dead from writing is its epoch.
using System.Diagnostics;
using System.Globalization;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.Takeover;

/// <summary>A process that is, or would be, the primary.</summary>
/// <param name="Machine">The machine's name.</param>
/// <param name="Home">What process ids are unique in; empty where that is not known.</param>
/// <param name="ProcessId">Its id.</param>
/// <param name="ProcessStart">When it started, in units of its home.</param>
public sealed record Contender(string Machine, string Home, int ProcessId, long ProcessStart)
{
    /// <summary>This process.</summary>
    public static Contender Self { get; } = new(
        Environment.MachineName, HomeHere(), Environment.ProcessId, StartOf(Environment.ProcessId) ?? 0);

    /// <summary>True when the owner ran where we run, and runs no more. False when nobody can tell.</summary>
    public bool KnowsDead(LeaseRow lease) =>
        Home.Length > 0 && lease.Home == Home && StartOf(lease.ProcessId) != lease.ProcessStart;

    // Two containers may have one name and the same ids in namespaces of their own, and a boot gives all ids anew.
    private static string HomeHere()
    {
        if (!OperatingSystem.IsLinux())
        {
            return Environment.MachineName;
        }

        try
        {
            return File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim() + " "
                + new FileInfo("/proc/self/ns/pid").LinkTarget;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static long? StartOf(int process)
    {
        try
        {
            if (!OperatingSystem.IsLinux())
            {
                using var found = Process.GetProcessById(process);
                return found.StartTime.ToFileTimeUtc() / TimeSpan.TicksPerSecond;
            }

            // "7 (name, which may have spaces) S 1 …": the state is field 3, the start in ticks since boot is field 22.
            var stat = File.ReadAllText($"/proc/{process}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : long.Parse(fields[19], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            return null;
        }
    }
}
