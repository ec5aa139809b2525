// Typical durations of what simulated hosts do. The documents give few; where they do, they are cited.
using NodaTime;
using Rdfe.Domain.Maintenance;

namespace Rdfe.Infrastructure.Hosts;

/// <summary>Medians of the simulated hosts' durations; each draw lies around its median (Draw.Around).</summary>
public sealed record SimulatedDurations
{
    /// <summary>Seed of every draw.</summary>
    public ulong Seed { get; init; } = 20120229;

    /// <summary>An agent answers a goal state.</summary>
    public Duration AcceptGoal { get; init; } = Duration.FromSeconds(1);

    /// <summary>Role files to the node: the fixed part.</summary>
    public Duration PushFiles { get; init; } = Duration.FromSeconds(8);

    /// <summary>Role files to the node: for each 100 MiB of the package (slide 21, "keep it small").</summary>
    public Duration PushFilesPer100Mib { get; init; } = Duration.FromSeconds(6);

    /// <summary>Creating the virtual disks.</summary>
    public Duration CreateDisks { get; init; } = Duration.FromSeconds(12);

    /// <summary>Creating the virtual machine.</summary>
    public Duration CreateVm { get; init; } = Duration.FromSeconds(6);

    /// <summary>Powering the guest on.</summary>
    public Duration PowerOn { get; init; } = Duration.FromSeconds(3);

    /// <summary>Guest boot until its agent connects.</summary>
    public Duration BootGuest { get; init; } = Duration.FromSeconds(70);

    /// <summary>Sysprep and specialise at the first boot of a virtual machine (slide 23).</summary>
    public Duration Specialise { get; init; } = Duration.FromSeconds(60);

    /// <summary>The role host starts.</summary>
    public Duration StartRoleHost { get; init; } = Duration.FromSeconds(5);

    /// <summary>OnStart until ready.</summary>
    public Duration RoleOnStart { get; init; } = Duration.FromSeconds(25);

    /// <summary>Orderly shutdown of a guest (M3: at most 5 minutes).</summary>
    public Duration Shutdown { get; init; } = Duration.FromSeconds(20);

    /// <summary>Deleting the machine and its disks.</summary>
    public Duration DeleteVm { get; init; } = Duration.FromSeconds(4);

    /// <summary>Telling a guest of a new configuration.</summary>
    public Duration Configure { get; init; } = Duration.FromSeconds(5);

    /// <summary>Making role images: the fixed part.</summary>
    public Duration BuildImage { get; init; } = Duration.FromSeconds(20);

    /// <summary>Programming load balancer and filters.</summary>
    public Duration ProgramNetwork { get; init; } = Duration.FromSeconds(3);

    /// <summary>A node switched off and on, until its host OS has booted; also from when the power comes back (H1).</summary>
    public Duration PowerCycle { get; init; } = Duration.FromMinutes(4);

    /// <summary>From the host OS until its agent has connected.</summary>
    public Duration HostAgentStart { get; init; } = Duration.FromSeconds(20);

    /// <summary>Fetching versions and replacing what was there, without the boot that some of them need (F5).</summary>
    public Duration InstallVersions { get; init; } = Duration.FromMinutes(2);

    /// <summary>How often an agent that fetches an image looks whether it is all there (F4).</summary>
    public Duration StagingLook { get; init; } = Duration.FromSeconds(10);

    /// <summary>Replacing the guest agent in a guest that is up (F5).</summary>
    public Duration ReplaceGuestAgent { get; init; } = Duration.FromSeconds(20);

    /// <summary>What the phases of maintenance take typically (M4); the ladder predicts with the same figures.</summary>
    public MaintenanceSettings Maintenance { get; init; } = new();

    /// <summary>How often nodes break, and what they count before that (H4).</summary>
    public SignalSettings Signals { get; init; } = new();

    /// <summary>Until a rack's power controller is given up that can do nothing.</summary>
    public Duration PowerControl { get; init; } = Duration.FromSeconds(30);
}
