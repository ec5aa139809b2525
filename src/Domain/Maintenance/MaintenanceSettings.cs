// M3, M4: the figures of maintenance, each with where it comes from. The ladder predicts with them, and simulated hosts draw
// around them.
using NodaTime;
using Rdfe.Domain.Staging;

namespace Rdfe.Domain.Maintenance;

/// <summary>Hot patching.</summary>
public sealed record HotPatchSettings
{
    /// <summary>Fetching the patch.</summary>
    public Duration Stage { get; init; } = Duration.FromMinutes(1);

    /// <summary>Applying it: "in milliseconds, not visible" (the post on hot restart).</summary>
    public Duration Apply { get; init; } = Duration.FromMilliseconds(10);
}

/// <summary>Agents without a reboot.</summary>
public sealed record AgentRestartSettings
{
    /// <summary>Fetching it (our choice).</summary>
    public Duration Stage { get; init; } = Duration.FromMinutes(1);

    /// <summary>Replacing it; nobody notices (our choice).</summary>
    public Duration Replace { get; init; } = Duration.FromSeconds(30);
}

/// <summary>Hypervisor hot restart: a blackout well under a second, the longest packet delay 600 ms.</summary>
public sealed record HotRestartSettings
{
    /// <summary>Fetching the new hypervisor (our choice).</summary>
    public Duration Stage { get; init; } = Duration.FromMinutes(1);

    /// <summary>Initialising it in a service partition (our choice).</summary>
    public Duration ServicePartition { get; init; } = Duration.FromSeconds(20);

    /// <summary>Mirroring the partitions' state (our choice).</summary>
    public Duration Mirroring { get; init; } = Duration.FromSeconds(40);

    /// <summary>All partitions suspended.</summary>
    public Duration Blackout { get; init; } = Duration.FromMilliseconds(350);

    /// <summary>The longest of them.</summary>
    public Duration LongestBlackout { get; init; } = Duration.FromMilliseconds(700);

    /// <summary>The new one has the machine, and resumes them.</summary>
    public Duration Handover { get; init; } = Duration.FromMilliseconds(100);

    /// <summary>The longest of these.</summary>
    public Duration LongestHandover { get; init; } = Duration.FromMilliseconds(250);

    /// <summary>Giving the old one's memory back (our choice).</summary>
    public Duration ReclaimMemory { get; init; } = Duration.FromSeconds(30);
}

/// <summary>Memory-preserving maintenance.</summary>
public sealed record MemoryPreservingSettings
{
    /// <summary>Fetching what is installed (our choice).</summary>
    public Duration Stage { get; init; } = Duration.FromMinutes(3);

    /// <summary>Until all guests are paused.</summary>
    public Duration Pausing { get; init; } = Duration.FromSeconds(2);

    /// <summary>The host OS boots over the guests' memory; heavy only.</summary>
    public Duration Boot { get; init; } = Duration.FromSeconds(25);

    /// <summary>The component is replaced; light only.</summary>
    public Duration Replacing { get; init; } = Duration.FromSeconds(5);

    /// <summary>Until guests go on.</summary>
    public Duration Resuming { get; init; } = Duration.FromSeconds(3);

    /// <summary>Telling guests the time.</summary>
    public Duration SynchroniseClocks { get; init; } = Duration.FromSeconds(2);
}

/// <summary>Live migration: the pause is 5 s or less.</summary>
public sealed record LiveMigrationSettings
{
    /// <summary>False takes the rung off the ladder with <c>noLiveMigrationHere</c>, and nobody is moved as it runs.</summary>
    public bool Enabled { get; init; }

    /// <summary>Share of the node's network that migrations may take (our choice).</summary>
    public double BandwidthShare { get; init; } = 0.5;

    /// <summary>The most rounds of pre-copy (our choice; the usual bound of hypervisors).</summary>
    public int MaxRounds { get; init; } = 30;

    /// <summary>What is left to copy is little enough when it takes no longer than this (our choice).</summary>
    public Duration StopTarget { get; init; } = Duration.FromMilliseconds(500);

    /// <summary>Switching the network and resuming on the other node (our choice).</summary>
    public Duration SwitchOver { get; init; } = Duration.FromMilliseconds(500);

    /// <summary>The longest pause: "usually five seconds or less".</summary>
    public Duration LongestPause { get; init; } = Duration.FromSeconds(5);

    /// <summary>What a guest writes for each core, MiB/s (our choice); what one really writes is drawn around it.</summary>
    public double DirtyMibPerSecondPerCore { get; init; } = 12;

    /// <summary>Seed of those draws.</summary>
    public ulong DirtySeed { get; init; } = 20120229;

    /// <summary>The most that leave a node at a time, and the most that come to one: more would share its network (our choice).</summary>
    public int PerNode { get; init; } = 1;

    /// <summary>The most under way in a cluster at a time (our choice).</summary>
    public int PerCluster { get; init; } = 50;

    /// <summary>The most nodes of a small cluster that are being emptied for maintenance at a time: each needs its room elsewhere (our choice).</summary>
    public int EmptyingNodes { get; init; } = 4;

    /// <summary>The same share of a larger one (our choice).</summary>
    public double EmptyingShare { get; init; } = 0.02;

    /// <summary>The most nodes that are being emptied at a time in a cluster of so many.</summary>
    public int MostEmptying(int nodes) => Math.Max(EmptyingNodes, (int)(nodes * EmptyingShare));

    /// <summary>How many nodes are tried for one instance before it stays where it is (our choice).</summary>
    public int Tries { get; init; } = 3;

    /// <summary>One that could not be moved is not tried again for so long (our choice).</summary>
    public Duration RetryAfter { get; init; } = Duration.FromHours(6);

    /// <summary>A node that was told to call one off and does not answer is told again after this (our choice).</summary>
    public Duration CancelTimeout { get; init; } = Duration.FromSeconds(30);

    /// <summary>Nodes that are taken out as they run (M7, H1) are emptied live where that can be, instead of by starts elsewhere.</summary>
    public bool Evacuates { get; init; } = true;
}

/// <summary>Reboot into the staged image: 15 to 30 min for an instance (M3).</summary>
public sealed record RebootSettings
{
    /// <summary>Fetching the image (our choice).</summary>
    public Duration Stage { get; init; } = Duration.FromMinutes(3);

    /// <summary>Guests are shut down in good order.</summary>
    public Duration Shutdown { get; init; } = Duration.FromSeconds(30);

    /// <summary>At most so long (M3).</summary>
    public Duration LongestShutdown { get; init; } = Duration.FromMinutes(5);

    /// <summary>The host OS boots into the image for the first time, until its agent has connected.</summary>
    public Duration Boot { get; init; } = Duration.FromMinutes(15);

    /// <summary>Guests boot and become healthy.</summary>
    public Duration GuestsStart { get; init; } = Duration.FromMinutes(2);

    /// <summary>At most so long after the start are they waited for (M3).</summary>
    public Duration LongestGuestsStart { get; init; } = Duration.FromMinutes(15);
}

/// <summary>The figures of maintenance (M3, M4).</summary>
public sealed record MaintenanceSettings
{
    /// <summary>Hot patching.</summary>
    public HotPatchSettings HotPatch { get; init; } = new();

    /// <summary>Agents without a reboot.</summary>
    public AgentRestartSettings AgentRestart { get; init; } = new();

    /// <summary>Hypervisor hot restart.</summary>
    public HotRestartSettings HotRestart { get; init; } = new();

    /// <summary>Memory-preserving, the host OS stays up: under 10 s almost always, as Azure says of it.</summary>
    public MemoryPreservingSettings Light { get; init; } = new()
    {
        Stage = Duration.FromMinutes(1),
        Pausing = Duration.FromSeconds(1),
        Boot = Duration.Zero,
        Replacing = Duration.FromSeconds(6),
        Resuming = Duration.FromSeconds(1),
        SynchroniseClocks = Duration.FromSeconds(1),
    };

    /// <summary>Memory-preserving, the host OS boots: 30 s typically.</summary>
    public MemoryPreservingSettings Heavy { get; init; } = new() { Replacing = Duration.Zero };

    /// <summary>Live migration.</summary>
    public LiveMigrationSettings LiveMigration { get; init; } = new();

    /// <summary>Reboot into the staged image.</summary>
    public RebootSettings Reboot { get; init; } = new();

    /// <summary>Staging ahead of time.</summary>
    public StagingSettings Staging { get; init; } = new();

    /// <summary>An instance that is placed elsewhere anew, until it is well (our choice: files, disks, boot).</summary>
    public Duration RedeployPause { get; init; } = Duration.FromMinutes(5);

    /// <summary>The load balancer is drained (N2).</summary>
    public Duration Drain { get; init; } = Duration.FromSeconds(5);

    /// <summary>A pause up to this is not felt by anybody: no ceiling forbids it ("milliseconds, not visible").</summary>
    public Duration InvisiblePause { get; init; } = Duration.FromMilliseconds(20);

    /// <summary>
    /// A predicted pause beyond this counts as offline (M1): the promise is asked and the load balancer drained. Up to it no
    /// probe and no beat is missed (H2, N2: they come every 5 s and more), so nobody outside can tell.
    /// </summary>
    public Duration OfflinePause { get; init; } = Duration.FromSeconds(5);

    /// <summary>When a ceiling may be broken where it names no lead time (W1, W2: 35 days).</summary>
    public Duration LeadTime { get; init; } = Duration.FromDays(35);

    /// <summary>A node is booted for maintenance at most once in so long, unless it is a matter of security (M5: a month).</summary>
    public Duration RebootInterval { get; init; } = Duration.FromDays(30);

    /// <summary>A node is given up after so many times what it was predicted to take …</summary>
    public double TimeoutFactor { get; init; } = 3;

    /// <summary>… and so much more.</summary>
    public Duration TimeoutSlack { get; init; } = Duration.FromMinutes(10);

    /// <summary>Tries of one node.</summary>
    public int Tries { get; init; } = 2;

    /// <summary>How many past maintenances are kept of an instance.</summary>
    public int KeptPerInstance { get; init; } = 5;

    /// <summary>What is wrong with the figures; empty when nothing is.</summary>
    public IEnumerable<string> Errors()
    {
        foreach (var (name, group) in new (string, object)[]
        {
            ("", this), (nameof(HotPatch) + ":", HotPatch), (nameof(AgentRestart) + ":", AgentRestart), (nameof(HotRestart) + ":", HotRestart),
            (nameof(Light) + ":", Light), (nameof(Heavy) + ":", Heavy), (nameof(LiveMigration) + ":", LiveMigration), (nameof(Reboot) + ":", Reboot),
        })
        {
            foreach (var figure in group.GetType().GetProperties().Where(p => p.PropertyType == typeof(Duration)))
            {
                if ((Duration)figure.GetValue(group)! < Duration.Zero)
                {
                    yield return $"{name}{figure.Name} must not be negative.";
                }
            }
        }

        if (HotRestart.LongestBlackout + HotRestart.LongestHandover >= Duration.FromSeconds(1))
        {
            yield return "HotRestart:LongestBlackout and LongestHandover must be under a second together (M4).";
        }

        if (LiveMigration.BandwidthShare is not (> 0 and <= 1) || LiveMigration.MaxRounds < 1 || LiveMigration.DirtyMibPerSecondPerCore < 0)
        {
            yield return "LiveMigration needs a BandwidthShare above 0 and up to 1, MaxRounds of at least 1, and no negative DirtyMibPerSecondPerCore.";
        }

        if (LiveMigration.EmptyingShare is < 0 or > 1)
        {
            yield return "LiveMigration:EmptyingShare must be 0 to 1.";
        }

        if (LiveMigration.PerNode < 1 || LiveMigration.PerCluster < 1 || LiveMigration.EmptyingNodes < 1 || LiveMigration.Tries < 1)
        {
            yield return "LiveMigration:PerNode, PerCluster, EmptyingNodes and Tries must be at least 1.";
        }

        if (LiveMigration.LongestPause > OfflinePause)
        {
            yield return "LiveMigration:LongestPause must be at most OfflinePause: nobody is drained for it.";
        }

        foreach (var error in Staging.Errors())
        {
            yield return error;
        }

        if (TimeoutFactor < 1 || Tries < 1 || KeptPerInstance < 1)
        {
            yield return "TimeoutFactor, Tries and KeptPerInstance must be at least 1.";
        }
    }
}
