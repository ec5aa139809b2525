// The figures of the fabric as settings: provisioning, placement, simulated hosts. TimeSpans here, calendar types inside.
using NodaTime;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Placement;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure.Hosts;

namespace Rdfe.Infrastructure.Settings;

/// <summary>The section <c>Rdfe:Fabric</c>.</summary>
public sealed class FabricOptions
{
    /// <summary>Fewest fault domains of a role or availability set with two or more instances (P1).</summary>
    public int FewestFaultDomains { get; set; } = 2;

    /// <summary>Update domains of a role or availability set that names none (P3).</summary>
    public int UpdateDomainCount { get; set; } = 5;

    /// <summary>The most update domains that may be asked for (P3).</summary>
    public int MaxUpdateDomainCount { get; set; } = 20;

    /// <summary>Clusters in the set that an affinity group is pinned to (R4).</summary>
    public int AffinityGroupClusterCount { get; set; } = 1;

    /// <summary>Node provisioning (F3).</summary>
    public ProvisioningOptions Provisioning { get; set; } = new();

    /// <summary>Faults of simulated hosts that may be kept at a time.</summary>
    public int MaxFaults { get; set; } = 1000;

    /// <summary>Health: heartbeats, timeouts, tries, brakes (H2, L1, L2).</summary>
    public HealthOptions Health { get; set; } = new();

    /// <summary>Pushes of bundles (L4).</summary>
    public BundleOptions Bundles { get; set; } = new();

    /// <summary>Failure prediction (H4).</summary>
    public PredictionOptions Prediction { get; set; } = new();

    /// <summary>Durations of the simulated hosts.</summary>
    public HostOptions Hosts { get; set; } = new();

    /// <summary>The figures that controllers decide by.</summary>
    public FabricSettings ToSettings() => new()
    {
        FewestFaultDomains = FewestFaultDomains,
        Provisioning = Provisioning.ToSettings(),
        Placement = PlacementSettings.Default,
        Bundles = Bundles.ToSettings(),
        Health = Health.ToSettings(),
        Prediction = Prediction.ToSettings(),
    };
}

/// <summary>Typical and longest times of one provisioning step.</summary>
public sealed class StepOptions
{
    /// <summary>What it takes typically; the simulated hosts draw around it.</summary>
    public TimeSpan Typical { get; set; }

    /// <summary>When it is given up and tried again.</summary>
    public TimeSpan Timeout { get; set; }

    internal static StepOptions Minutes(double typical, double timeout) =>
        new() { Typical = TimeSpan.FromMinutes(typical), Timeout = TimeSpan.FromMinutes(timeout) };

    internal StepTimes ToTimes() => new(Duration.FromTimeSpan(Typical), Duration.FromTimeSpan(Timeout));
}

/// <summary>Node provisioning (F3).</summary>
public sealed class ProvisioningOptions
{
    /// <summary>Tries of one step before the node goes to Human Investigate.</summary>
    public int MaxAttempts { get; set; } = 3;

    /// <summary>Power on until the firmware answers.</summary>
    public StepOptions PowerOn { get; set; } = StepOptions.Minutes(1, 3);

    /// <summary>PXE boot of the maintenance OS.</summary>
    public StepOptions MaintenanceOs { get; set; } = StepOptions.Minutes(2, 6);

    /// <summary>Formatting the disk.</summary>
    public StepOptions FormatDisk { get; set; } = StepOptions.Minutes(3, 9);

    /// <summary>Downloading the host OS.</summary>
    public StepOptions DownloadHostOs { get; set; } = StepOptions.Minutes(6, 18);

    /// <summary>First boot of the host OS.</summary>
    public StepOptions BootHostOs { get; set; } = StepOptions.Minutes(4, 12);

    /// <summary>Specialising the host OS.</summary>
    public StepOptions Specialise { get; set; } = StepOptions.Minutes(5, 15);

    /// <summary>Reboot into the specialised host OS.</summary>
    public StepOptions Reboot { get; set; } = StepOptions.Minutes(4, 12);

    /// <summary>Until the host agent connects.</summary>
    public StepOptions ConnectHostAgent { get; set; } = StepOptions.Minutes(2, 6);

    internal IEnumerable<(string Name, StepOptions Step)> Steps =>
    [
        (nameof(PowerOn), PowerOn), (nameof(MaintenanceOs), MaintenanceOs), (nameof(FormatDisk), FormatDisk),
        (nameof(DownloadHostOs), DownloadHostOs), (nameof(BootHostOs), BootHostOs), (nameof(Specialise), Specialise),
        (nameof(Reboot), Reboot), (nameof(ConnectHostAgent), ConnectHostAgent),
    ];

    /// <summary>The domain's settings.</summary>
    public ProvisioningSettings ToSettings() => new()
    {
        MaxAttempts = MaxAttempts,
        PowerOn = PowerOn.ToTimes(),
        MaintenanceOs = MaintenanceOs.ToTimes(),
        FormatDisk = FormatDisk.ToTimes(),
        DownloadHostOs = DownloadHostOs.ToTimes(),
        BootHostOs = BootHostOs.ToTimes(),
        Specialise = Specialise.ToTimes(),
        Reboot = Reboot.ToTimes(),
        ConnectHostAgent = ConnectHostAgent.ToTimes(),
    };
}

/// <summary>Pushes of bundles (L4).</summary>
public sealed class BundleOptions
{
    /// <summary>Share of the instances that were healthy before, which must be healthy before the next node.</summary>
    public double HealthyShare { get; set; } = 0.9;

    /// <summary>Nodes under way at a time where nothing is said.</summary>
    public int ConcurrentNodes { get; set; } = 1;

    /// <summary>The most that may be asked for.</summary>
    public int MostConcurrentNodes { get; set; } = 1000;

    /// <summary>A node that was told until it answers, its reboot included.</summary>
    public TimeSpan InstallTimeout { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>Tries of one node.</summary>
    public int InstallTries { get; set; } = 2;

    internal BundleSettings ToSettings() => new()
    {
        HealthyShare = HealthyShare,
        ConcurrentNodes = ConcurrentNodes,
        MostConcurrentNodes = MostConcurrentNodes,
        InstallTimeout = Duration.FromTimeSpan(InstallTimeout),
        InstallTries = InstallTries,
    };
}

/// <summary>Medians of what simulated hosts do.</summary>
public sealed class HostOptions
{
    /// <summary>Seed of every draw.</summary>
    public ulong Seed { get; set; } = 20120229;

    /// <summary>An agent answers a goal state.</summary>
    public TimeSpan AcceptGoal { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Role files to the node: the fixed part.</summary>
    public TimeSpan PushFiles { get; set; } = TimeSpan.FromSeconds(8);

    /// <summary>Role files to the node: for each 100 MiB.</summary>
    public TimeSpan PushFilesPer100Mib { get; set; } = TimeSpan.FromSeconds(6);

    /// <summary>Creating virtual disks.</summary>
    public TimeSpan CreateDisks { get; set; } = TimeSpan.FromSeconds(12);

    /// <summary>Creating the virtual machine.</summary>
    public TimeSpan CreateVm { get; set; } = TimeSpan.FromSeconds(6);

    /// <summary>Powering the guest on.</summary>
    public TimeSpan PowerOn { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Guest boot.</summary>
    public TimeSpan BootGuest { get; set; } = TimeSpan.FromSeconds(70);

    /// <summary>Specialising a virtual machine at its first boot.</summary>
    public TimeSpan Specialise { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>The role host starts.</summary>
    public TimeSpan StartRoleHost { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>OnStart until ready.</summary>
    public TimeSpan RoleOnStart { get; set; } = TimeSpan.FromSeconds(25);

    /// <summary>Orderly shutdown.</summary>
    public TimeSpan Shutdown { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Deleting machine and disks.</summary>
    public TimeSpan DeleteVm { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>Telling a guest of a new configuration.</summary>
    public TimeSpan Configure { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Making role images.</summary>
    public TimeSpan BuildImage { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Programming the network.</summary>
    public TimeSpan ProgramNetwork { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>A node switched off and on.</summary>
    public TimeSpan PowerCycle { get; set; } = TimeSpan.FromMinutes(4);

    /// <summary>From the host OS until its agent has connected.</summary>
    public TimeSpan HostAgentStart { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Installing versions on a node.</summary>
    public TimeSpan InstallVersions { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Replacing the guest agent in a guest that is up.</summary>
    public TimeSpan ReplaceGuestAgent { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>Until a power controller that can do nothing is given up.</summary>
    public TimeSpan PowerControl { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often nodes break, and what they count before that (H4).</summary>
    public SignalOptions Signals { get; set; } = new();

    internal IEnumerable<TimeSpan> All =>
    [
        AcceptGoal, PushFiles, PushFilesPer100Mib, CreateDisks, CreateVm, PowerOn, BootGuest, Specialise, StartRoleHost,
        RoleOnStart, Shutdown, DeleteVm, Configure, BuildImage, ProgramNetwork, PowerCycle, HostAgentStart,
        PowerControl, InstallVersions, ReplaceGuestAgent,
    ];

    /// <summary>What the simulated hosts use.</summary>
    public SimulatedDurations ToDurations() => new()
    {
        Seed = Seed,
        Signals = Signals.ToSettings(),
        AcceptGoal = Duration.FromTimeSpan(AcceptGoal),
        PushFiles = Duration.FromTimeSpan(PushFiles),
        PushFilesPer100Mib = Duration.FromTimeSpan(PushFilesPer100Mib),
        CreateDisks = Duration.FromTimeSpan(CreateDisks),
        CreateVm = Duration.FromTimeSpan(CreateVm),
        PowerOn = Duration.FromTimeSpan(PowerOn),
        BootGuest = Duration.FromTimeSpan(BootGuest),
        Specialise = Duration.FromTimeSpan(Specialise),
        StartRoleHost = Duration.FromTimeSpan(StartRoleHost),
        RoleOnStart = Duration.FromTimeSpan(RoleOnStart),
        Shutdown = Duration.FromTimeSpan(Shutdown),
        DeleteVm = Duration.FromTimeSpan(DeleteVm),
        Configure = Duration.FromTimeSpan(Configure),
        BuildImage = Duration.FromTimeSpan(BuildImage),
        ProgramNetwork = Duration.FromTimeSpan(ProgramNetwork),
        PowerCycle = Duration.FromTimeSpan(PowerCycle),
        HostAgentStart = Duration.FromTimeSpan(HostAgentStart),
        PowerControl = Duration.FromTimeSpan(PowerControl),
        InstallVersions = Duration.FromTimeSpan(InstallVersions),
        ReplaceGuestAgent = Duration.FromTimeSpan(ReplaceGuestAgent),
    };
}
