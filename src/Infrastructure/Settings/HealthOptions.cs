// The figures of H1, H2, L1 and L2 as settings: who beats how often, how long silence is silence, what stops a cascade.
using NodaTime;
using Rdfe.Domain.Health;
using Rdfe.Infrastructure.Hosts;

namespace Rdfe.Infrastructure.Settings;

/// <summary>Health (H1, H2, L1): the section <c>Rdfe:Fabric:Health</c>.</summary>
public sealed class HealthOptions
{
    /// <summary>A host agent's heartbeat to its controller.</summary>
    public TimeSpan HostAgentHeartbeat { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>A guest agent's heartbeat to its host agent.</summary>
    public TimeSpan GuestAgentHeartbeat { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>A role's heartbeat to its guest agent.</summary>
    public TimeSpan RoleHeartbeat { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>The load balancer's probe (N2).</summary>
    public TimeSpan Probe { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Silence of a host agent until its node is recovered (H2: our choice, 2 min).</summary>
    public TimeSpan HostAgentTimeout { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Boot of a role instance until its guest agent connects (H2: 25 min).</summary>
    public TimeSpan GuestAgentConnectTimeout { get; set; } = TimeSpan.FromMinutes(25);

    /// <summary>Starts of a role instance in all before its node goes to Human Investigate (L1: 3).</summary>
    public int GuestAgentConnectTries { get; set; } = 3;

    /// <summary>Silence of a guest agent until the VM and its role are restarted (H2: 10 min).</summary>
    public TimeSpan GuestAgentTimeout { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Silence of a role until it is unresponsive (H2: 30 s).</summary>
    public TimeSpan RoleTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Silence towards the load balancer's probe until it is out of rotation (N2: 30 s).</summary>
    public TimeSpan ProbeTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>An updated instance until it is ready; updates only (H2: 15 min).</summary>
    public TimeSpan RoleReadyTimeout { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>A role that was told of a configuration until it answers; then it is restarted gracefully (U2).</summary>
    public TimeSpan ConfigurationAnswerTimeout { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Power cycle of a silent node until its agent connects (H1: "tries to recover node").</summary>
    public TimeSpan NodeRecoveryTimeout { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Power cycles of a silent node before its roles are moved (H1).</summary>
    public int NodeRecoveryTries { get; set; } = 1;

    /// <summary>Healthy for so long, an instance's earlier failures count no more.</summary>
    public TimeSpan StableAfter { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Crashes of a role in a row that are answered at once; later ones wait, twice as long each time.</summary>
    public int RoleRestartsAtOnce { get; set; } = 3;

    /// <summary>The first of those waits.</summary>
    public TimeSpan RoleRestartBackoff { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>The longest of them.</summary>
    public TimeSpan RoleRestartBackoffMost { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>An instance that is down holds planned work for so long after its restart (M1: 15 min).</summary>
    public TimeSpan HoldLimit { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>A user's own reboot waits for the promise at most so long (15 min).</summary>
    public TimeSpan UserActWait { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Healing and moves that found no room are tried again after so long.</summary>
    public TimeSpan RetryNoRoom { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>What keeps a repair from spreading the damage (L2).</summary>
    public BrakeOptions Brakes { get; set; } = new();

    /// <summary>What the simulated hosts use.</summary>
    public HeartbeatIntervals ToIntervals() => new()
    {
        HostAgent = Duration.FromTimeSpan(HostAgentHeartbeat),
        GuestAgent = Duration.FromTimeSpan(GuestAgentHeartbeat),
        Role = Duration.FromTimeSpan(RoleHeartbeat),
        Probe = Duration.FromTimeSpan(Probe),
    };

    /// <summary>What controllers decide by.</summary>
    public HealthSettings ToSettings() => new()
    {
        HostAgentTimeout = Duration.FromTimeSpan(HostAgentTimeout),
        GuestAgentConnectTimeout = Duration.FromTimeSpan(GuestAgentConnectTimeout),
        GuestAgentConnectTries = GuestAgentConnectTries,
        GuestAgentTimeout = Duration.FromTimeSpan(GuestAgentTimeout),
        RoleTimeout = Duration.FromTimeSpan(RoleTimeout),
        ProbeTimeout = Duration.FromTimeSpan(ProbeTimeout),
        RoleReadyTimeout = Duration.FromTimeSpan(RoleReadyTimeout),
        ConfigurationAnswerTimeout = Duration.FromTimeSpan(ConfigurationAnswerTimeout),
        NodeRecoveryTimeout = Duration.FromTimeSpan(NodeRecoveryTimeout),
        NodeRecoveryTries = NodeRecoveryTries,
        StableAfter = Duration.FromTimeSpan(StableAfter),
        RoleRestartsAtOnce = RoleRestartsAtOnce,
        RoleRestartBackoff = Duration.FromTimeSpan(RoleRestartBackoff),
        RoleRestartBackoffMost = Duration.FromTimeSpan(RoleRestartBackoffMost),
        HoldLimit = Duration.FromTimeSpan(HoldLimit),
        UserActWait = Duration.FromTimeSpan(UserActWait),
        RetryNoRoom = Duration.FromTimeSpan(RetryNoRoom),
        Brakes = Brakes.ToSettings(),
    };

    // Silence that is shorter than a heartbeat would be found everywhere.
    internal IEnumerable<string> Errors()
    {
        foreach (var (name, timeout, beat) in ((string, TimeSpan, TimeSpan)[])
        [
            (nameof(HostAgentTimeout), HostAgentTimeout, HostAgentHeartbeat),
            (nameof(GuestAgentTimeout), GuestAgentTimeout, GuestAgentHeartbeat),
            (nameof(RoleTimeout), RoleTimeout, RoleHeartbeat), (nameof(ProbeTimeout), ProbeTimeout, Probe),
        ])
        {
            if (beat <= TimeSpan.Zero || timeout <= beat)
            {
                yield return $"Rdfe:Fabric:Health:{name} must be longer than its heartbeat, which must be above 0.";
            }
        }

        foreach (var (name, duration) in ((string, TimeSpan)[])
        [
            (nameof(GuestAgentConnectTimeout), GuestAgentConnectTimeout),
            (nameof(RoleReadyTimeout), RoleReadyTimeout),
            (nameof(ConfigurationAnswerTimeout), ConfigurationAnswerTimeout),
            (nameof(NodeRecoveryTimeout), NodeRecoveryTimeout),
            (nameof(StableAfter), StableAfter),
            (nameof(RoleRestartBackoff), RoleRestartBackoff),
            (nameof(RoleRestartBackoffMost), RoleRestartBackoffMost),
            (nameof(HoldLimit), HoldLimit),
            (nameof(UserActWait), UserActWait),
            (nameof(RetryNoRoom), RetryNoRoom),
            ($"{nameof(Brakes)}:{nameof(Brakes.CliffWindow)}", Brakes.CliffWindow),
            ($"{nameof(Brakes)}:{nameof(Brakes.HealingInterval)}", Brakes.HealingInterval),
        ])
        {
            if (duration <= TimeSpan.Zero)
            {
                yield return $"Rdfe:Fabric:Health:{name} must be above 0.";
            }
        }

        foreach (var (name, figure) in ((string, int)[])
        [
            (nameof(GuestAgentConnectTries), GuestAgentConnectTries), (nameof(RoleRestartsAtOnce), RoleRestartsAtOnce),
            ($"{nameof(Brakes)}:{nameof(Brakes.HumanInvestigateNodes)}", Brakes.HumanInvestigateNodes),
            ($"{nameof(Brakes)}:{nameof(Brakes.HumanInvestigateLeast)}", Brakes.HumanInvestigateLeast),
            ($"{nameof(Brakes)}:{nameof(Brakes.CliffRacks)}", Brakes.CliffRacks),
            ($"{nameof(Brakes)}:{nameof(Brakes.HealingCap)}", Brakes.HealingCap),
            ($"{nameof(Brakes)}:{nameof(Brakes.NodesPerInstance)}", Brakes.NodesPerInstance),
        ])
        {
            if (figure < 1)
            {
                yield return $"Rdfe:Fabric:Health:{name} must be at least 1.";
            }
        }

        if (NodeRecoveryTries < 0)
        {
            yield return "Rdfe:Fabric:Health:NodeRecoveryTries must not be negative.";
        }

        if (Brakes.UsualOverride <= TimeSpan.Zero || Brakes.UsualOverride > Brakes.LongestOverride)
        {
            yield return "Rdfe:Fabric:Health:Brakes:UsualOverride must be above 0, and at most LongestOverride.";
        }

        if (RoleRestartBackoffMost < RoleRestartBackoff)
        {
            yield return "Rdfe:Fabric:Health:RoleRestartBackoffMost must be at least Rdfe:Fabric:Health:RoleRestartBackoff.";
        }

        if (Brakes.HumanInvestigateShare is not (> 0 and <= 1) || Brakes.CliffShare is not (> 0 and <= 1))
        {
            yield return "Rdfe:Fabric:Health:Brakes:HumanInvestigateShare and CliffShare must be above 0, and at most 1.";
        }
    }
}

/// <summary>What stops the controller itself (L2).</summary>
public sealed class BrakeOptions
{
    /// <summary>False lets the leap day happen again (L6): no brake, no cliff, no cap, no memory.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Nodes in Human Investigate at which all healing and infrastructure work on the cluster stops (L2: 60).</summary>
    public int HumanInvestigateNodes { get; set; } = 60;

    /// <summary>The same for small clusters: this share of the nodes, where that is fewer (L2: 6 %).</summary>
    public double HumanInvestigateShare { get; set; } = 0.06;

    /// <summary>But never fewer than this (L2: 3).</summary>
    public int HumanInvestigateLeast { get; set; } = 3;

    /// <summary>Share of a cluster's nodes that fall silent together, at which we take ourselves for blind.</summary>
    public double CliffShare { get; set; } = 0.10;

    /// <summary>Racks over which they must lie: fewer are a failure of racks, which is healed.</summary>
    public int CliffRacks { get; set; } = 3;

    /// <summary>"Together" means within so long.</summary>
    public TimeSpan CliffWindow { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Most instances moved by healing in one interval.</summary>
    public int HealingCap { get; set; } = 200;

    /// <summary>The interval of the cap.</summary>
    public TimeSpan HealingInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Nodes that one instance may take to Human Investigate; then it is placed no more.</summary>
    public int NodesPerInstance { get; set; } = 2;

    /// <summary>How long an operator's order to go on although a brake holds lasts where they do not say (L4).</summary>
    public TimeSpan UsualOverride { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The longest that an operator may override a brake (L4).</summary>
    public TimeSpan LongestOverride { get; set; } = TimeSpan.FromDays(1);

    /// <summary>What controllers decide by.</summary>
    public BrakeSettings ToSettings() => new()
    {
        Enabled = Enabled,
        HumanInvestigateNodes = HumanInvestigateNodes,
        HumanInvestigateShare = HumanInvestigateShare,
        HumanInvestigateLeast = HumanInvestigateLeast,
        CliffShare = CliffShare,
        CliffRacks = CliffRacks,
        CliffWindow = Duration.FromTimeSpan(CliffWindow),
        HealingCap = HealingCap,
        HealingInterval = Duration.FromTimeSpan(HealingInterval),
        NodesPerInstance = NodesPerInstance,
    };
}
