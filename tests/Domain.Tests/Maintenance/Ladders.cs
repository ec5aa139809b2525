// Ladders as text: an update, a node, and a line for each instance; what comes out is printed and compared.
using System.Globalization;
using NodaTime;
using NodaTime.Text;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Placement;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Tests.Maintenance;

internal static class Ladders
{
    public static readonly Instant Now = Instant.FromUtc(2020, 3, 1, 0, 0);

    public static MaintenanceSettings Moving { get; } = new() { LiveMigration = new() { Enabled = true } };

    public static HostUpdate Update(string words) => words.Split(' ').Aggregate(
        new HostUpdate { Name = "u", Component = Enum.Parse<MaintainedComponent>(words.Split(' ')[0], ignoreCase: true), Version = "2" },
        (u, word) => word switch
        {
            "hotPatchable" => u with { HotPatchable = true },
            "replaceable" => u with { HypervisorReplaceable = true },
            "heavy" => u with { MemoryPreserving = MemoryPreserving.Heavy },
            "light" => u with { MemoryPreserving = MemoryPreserving.Light },
            "reboots" => u with { NeedsHostReboot = true },
            "stays" => u with { LiveMigratable = false },
            _ => u,
        });

    /// <summary>general, M (light only) or N (nothing that keeps memory).</summary>
    public static LadderNode Node(string family = "general", long mbps = 10_000) => new(
        new NodeId("n1"),
        new HardwareProfile(family.ToLowerInvariant() + "-1", family, new Resources(1600, 65536, 6000, mbps))
        {
            Maintenance = family switch
            {
                "M" => new(MemoryPreserving: HardwareMemoryPreserving.Light),
                "N" => new(HypervisorHotRestart: false, HardwareMemoryPreserving.None, LiveMigration: false),
                _ => HardwareMaintenance.All,
            },
        });

    /// <summary>A line for each: name, then any of <c>8G 400M/s pause:PT1S reboot:no redeploy:no lead:P2D stopped noroom</c>.</summary>
    public static List<LadderGuest> Guests(string text) =>
        [.. text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Guest)];

    public static LadderReport Climb(
        string update, string guests, string family = "general", MaintenanceSettings? settings = null, Duration? within = null) =>
        Ladder.Climb(Update(update), Node(family), Guests(guests), settings ?? Moving, Now, Now + within);

    private static LadderGuest Guest(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Skip(1).Aggregate(
            new LadderGuest(new InstanceId(words[0]), words[0], 4096, 10, MaintenanceCeilings.None, true, RoomElsewhere.Yes),
            (g, word) => word switch
            {
                "stopped" => g with { Runs = false },
                "noroom" => g with { Room = new(false, "all nodes are full.") },
                "reboot:no" => g with { Ceilings = g.Ceilings with { AllowReboot = false } },
                "redeploy:no" => g with { Ceilings = g.Ceilings with { AllowRedeploy = false } },
                _ when word.StartsWith("pause:", StringComparison.Ordinal) => g with { Ceilings = g.Ceilings with { MaxPause = Iso(word[6..]) } },
                _ when word.StartsWith("lead:", StringComparison.Ordinal) => g with { Ceilings = g.Ceilings with { LeadTime = Iso(word[5..]) } },
                _ when word.EndsWith("M/s", StringComparison.Ordinal) => g with { DirtyMibPerSecond = double.Parse(word[..^3], CultureInfo.InvariantCulture) },
                _ when word.EndsWith('G') => g with { MemoryMib = long.Parse(word[..^1], CultureInfo.InvariantCulture) * 1024 },
                _ => throw new ArgumentException(word),
            });
    }

    private static Duration Iso(string text) => PeriodPattern.NormalizingIso.Parse(text).Value.ToDuration();
}
