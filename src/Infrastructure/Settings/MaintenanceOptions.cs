// The figures of maintenance as settings (M3, M4): TimeSpans here, calendar types inside, under the same names.
using NodaTime;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Staging;

namespace Rdfe.Infrastructure.Settings;

/// <summary>Maintenance of hosts: the section <c>Rdfe:Maintenance</c>. What each figure means, and where it is from, stands with <see cref="MaintenanceSettings"/>.</summary>
public sealed class MaintenanceOptions
{
    /// <summary>Hot patching.</summary>
    public HotPatchOptions HotPatch { get; set; } = Figures.Of<HotPatchOptions>(new HotPatchSettings());

    /// <summary>Agents without a reboot.</summary>
    public AgentRestartOptions AgentRestart { get; set; } = Figures.Of<AgentRestartOptions>(new AgentRestartSettings());

    /// <summary>Hypervisor hot restart.</summary>
    public HotRestartOptions HotRestart { get; set; } = Figures.Of<HotRestartOptions>(new HotRestartSettings());

    /// <summary>Memory-preserving, the host OS stays up.</summary>
    public MemoryPreservingOptions Light { get; set; } = Figures.Of<MemoryPreservingOptions>(new MaintenanceSettings().Light);

    /// <summary>Memory-preserving, the host OS boots.</summary>
    public MemoryPreservingOptions Heavy { get; set; } = Figures.Of<MemoryPreservingOptions>(new MaintenanceSettings().Heavy);

    /// <summary>Live migration.</summary>
    public LiveMigrationOptions LiveMigration { get; set; } = Figures.Of<LiveMigrationOptions>(new LiveMigrationSettings());

    /// <summary>Staging ahead of time (F4).</summary>
    public StagingOptions Staging { get; set; } = Figures.Of<StagingOptions>(new StagingSettings());

    /// <summary>Reboot into the staged image.</summary>
    public RebootOptions Reboot { get; set; } = Figures.Of<RebootOptions>(new RebootSettings());

    /// <summary>An instance that is placed elsewhere anew, until it is well.</summary>
    public TimeSpan RedeployPause { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The load balancer is drained.</summary>
    public TimeSpan Drain { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>A pause up to this is not felt.</summary>
    public TimeSpan InvisiblePause { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>A predicted pause beyond this counts as offline.</summary>
    public TimeSpan OfflinePause { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>When a ceiling may be broken that names no lead time.</summary>
    public TimeSpan LeadTime { get; set; } = TimeSpan.FromDays(35);

    /// <summary>Reboots of a node for maintenance are at least so far apart.</summary>
    public TimeSpan RebootInterval { get; set; } = TimeSpan.FromDays(30);

    /// <summary>A node is given up after so many times what was predicted …</summary>
    public double TimeoutFactor { get; set; } = 3;

    /// <summary>… and so much more.</summary>
    public TimeSpan TimeoutSlack { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Tries of one node.</summary>
    public int Tries { get; set; } = 2;

    /// <summary>Past maintenances kept of an instance.</summary>
    public int KeptPerInstance { get; set; } = 5;

    /// <summary>The domain's settings.</summary>
    public MaintenanceSettings ToSettings() => Figures.To<MaintenanceSettings>(this);
}

/// <summary>Staging ahead of time; what each figure means stands with <see cref="StagingSettings"/>.</summary>
public sealed class StagingOptions
{
    public bool Ahead { get; set; }

    public long DlaMbps { get; set; }

    public long Quantum10Mbps { get; set; }

    public double NetworkShare { get; set; }

    public long RepositoryMbps { get; set; }

    public long NodeMbps { get; set; }

    public int Tries { get; set; }

    public TimeSpan RetryAfter { get; set; }
}

/// <summary>Hot patching.</summary>
public sealed class HotPatchOptions
{
    public TimeSpan Stage { get; set; }

    public TimeSpan Apply { get; set; }
}

/// <summary>Agents without a reboot.</summary>
public sealed class AgentRestartOptions
{
    public TimeSpan Stage { get; set; }

    public TimeSpan Replace { get; set; }
}

/// <summary>Hypervisor hot restart.</summary>
public sealed class HotRestartOptions
{
    public TimeSpan Stage { get; set; }

    public TimeSpan ServicePartition { get; set; }

    public TimeSpan Mirroring { get; set; }

    public TimeSpan Blackout { get; set; }

    public TimeSpan LongestBlackout { get; set; }

    public TimeSpan Handover { get; set; }

    public TimeSpan LongestHandover { get; set; }

    public TimeSpan ReclaimMemory { get; set; }
}

/// <summary>Memory-preserving maintenance.</summary>
public sealed class MemoryPreservingOptions
{
    public TimeSpan Stage { get; set; }

    public TimeSpan Pausing { get; set; }

    public TimeSpan Boot { get; set; }

    public TimeSpan Replacing { get; set; }

    public TimeSpan Resuming { get; set; }

    public TimeSpan SynchroniseClocks { get; set; }
}

/// <summary>Live migration.</summary>
public sealed class LiveMigrationOptions
{
    public bool Enabled { get; set; }

    public double BandwidthShare { get; set; }

    public int MaxRounds { get; set; }

    public TimeSpan StopTarget { get; set; }

    public TimeSpan SwitchOver { get; set; }

    public TimeSpan LongestPause { get; set; }

    public double DirtyMibPerSecondPerCore { get; set; }

    public ulong DirtySeed { get; set; }

    public int PerNode { get; set; }

    public int PerCluster { get; set; }

    public int EmptyingNodes { get; set; }

    public double EmptyingShare { get; set; }

    public int Tries { get; set; }

    public TimeSpan RetryAfter { get; set; }

    public TimeSpan CancelTimeout { get; set; }

    public bool Evacuates { get; set; }
}

/// <summary>Reboot into the staged image.</summary>
public sealed class RebootOptions
{
    public TimeSpan Stage { get; set; }

    public TimeSpan Shutdown { get; set; }

    public TimeSpan LongestShutdown { get; set; }

    public TimeSpan Boot { get; set; }

    public TimeSpan GuestsStart { get; set; }

    public TimeSpan LongestGuestsStart { get; set; }
}

/// <summary>Figures of one name in two types: as they are configured, and as decisions take them.</summary>
internal static class Figures
{
    /// <summary>Options with the domain's figures.</summary>
    public static T Of<T>(object settings)
        where T : new() => (T)Copy(settings, new T());

    /// <summary>The domain's figures from options; a figure of one that the other lacks is a mistake of ours.</summary>
    public static T To<T>(object options)
        where T : new() => (T)Copy(options, new T());

    private static object Copy(object from, object to)
    {
        foreach (var target in to.GetType().GetProperties())
        {
            var value = from.GetType().GetProperty(target.Name)?.GetValue(from)
                ?? throw new InvalidOperationException($"{from.GetType().Name} has no {target.Name}.");
            target.SetValue(to, value switch
            {
                TimeSpan t when target.PropertyType == typeof(Duration) => Duration.FromTimeSpan(t),
                Duration d when target.PropertyType == typeof(TimeSpan) => d.ToTimeSpan(),
                _ when target.PropertyType == value.GetType() => value,
                _ => Copy(value, Activator.CreateInstance(target.PropertyType)!),
            });
        }

        return to;
    }
}
