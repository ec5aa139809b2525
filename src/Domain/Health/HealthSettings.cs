// The figures of H1, H2, L1 and L2: how long is silence silence, how often is tried, and what stops a cascade.
using NodaTime;

namespace Rdfe.Domain.Health;

/// <summary>Timeouts and tries of health (H2, L1). Heartbeat intervals belong to those who beat.</summary>
public sealed record HealthSettings
{
    /// <summary>Silence of a host agent until its node is recovered (H2: our choice, 2 min).</summary>
    public Duration HostAgentTimeout { get; init; } = Duration.FromMinutes(2);

    /// <summary>Boot of a role instance until its guest agent connects (H2: 25 min).</summary>
    public Duration GuestAgentConnectTimeout { get; init; } = Duration.FromMinutes(25);

    /// <summary>Starts of a role instance in all before its node goes to Human Investigate (L1: 3).</summary>
    public int GuestAgentConnectTries { get; init; } = 3;

    /// <summary>Silence of a guest agent until the VM and its role are restarted (H2: 10 min).</summary>
    public Duration GuestAgentTimeout { get; init; } = Duration.FromMinutes(10);

    /// <summary>Silence of a role until it is unresponsive (H2: 30 s).</summary>
    public Duration RoleTimeout { get; init; } = Duration.FromSeconds(30);

    /// <summary>Silence towards the load balancer's probe until it is out of rotation (N2: 30 s).</summary>
    public Duration ProbeTimeout { get; init; } = Duration.FromSeconds(30);

    /// <summary>An updated instance until it is ready; updates only (H2: 15 min).</summary>
    public Duration RoleReadyTimeout { get; init; } = Duration.FromMinutes(15);

    /// <summary>A role that was told of a configuration until it answers; then it is restarted gracefully (U2).</summary>
    public Duration ConfigurationAnswerTimeout { get; init; } = Duration.FromMinutes(1);

    /// <summary>Power cycle of a silent node until its agent connects (H1: "tries to recover node").</summary>
    public Duration NodeRecoveryTimeout { get; init; } = Duration.FromMinutes(15);

    /// <summary>Power cycles of a silent node before its roles are moved (H1).</summary>
    public int NodeRecoveryTries { get; init; } = 1;

    /// <summary>Healthy for so long, an instance's earlier failures count no more.</summary>
    public Duration StableAfter { get; init; } = Duration.FromMinutes(10);

    /// <summary>Crashes of a role in a row that are answered at once; later ones wait, twice as long each time.</summary>
    public int RoleRestartsAtOnce { get; init; } = 3;

    /// <summary>The first of those waits.</summary>
    public Duration RoleRestartBackoff { get; init; } = Duration.FromSeconds(30);

    /// <summary>The longest of them.</summary>
    public Duration RoleRestartBackoffMost { get; init; } = Duration.FromMinutes(10);

    /// <summary>An instance that is down holds planned work for so long after its restart (M1: 15 min).</summary>
    public Duration HoldLimit { get; init; } = Duration.FromMinutes(15);

    /// <summary>A user's own reboot waits for the promise at most so long (DESIGN: 15 min).</summary>
    public Duration UserActWait { get; init; } = Duration.FromMinutes(15);

    /// <summary>Healing and moves that found no room are tried again after so long.</summary>
    public Duration RetryNoRoom { get; init; } = Duration.FromMinutes(1);

    /// <summary>What keeps a repair from spreading the damage (L2).</summary>
    public BrakeSettings Brakes { get; init; } = new();
}

/// <summary>What stops the controller itself (L2). Every one of them is the answer to something that has happened.</summary>
public sealed record BrakeSettings
{
    /// <summary>False lets the leap day happen again (L6): no brake, no cliff, no cap, no memory.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Nodes in Human Investigate at which all healing and infrastructure work on the cluster stops (L2: 60).</summary>
    public int HumanInvestigateNodes { get; init; } = 60;

    /// <summary>The same for small clusters: this share of the nodes, where that is fewer (L2: 6 %).</summary>
    public double HumanInvestigateShare { get; init; } = 0.06;

    /// <summary>But never fewer than this (L2: 3).</summary>
    public int HumanInvestigateLeast { get; init; } = 3;

    /// <summary>Share of a cluster's nodes that fall silent together, at which we take ourselves for blind.</summary>
    public double CliffShare { get; init; } = 0.10;

    /// <summary>Racks over which they must lie: fewer are a failure of racks, which is healed.</summary>
    public int CliffRacks { get; init; } = 3;

    /// <summary>"Together" means within so long.</summary>
    public Duration CliffWindow { get; init; } = Duration.FromSeconds(60);

    /// <summary>Most instances moved by healing in one interval.</summary>
    public int HealingCap { get; init; } = 200;

    /// <summary>The interval of the cap.</summary>
    public Duration HealingInterval { get; init; } = Duration.FromMinutes(5);

    /// <summary>Nodes that one instance may take to Human Investigate; then it is placed no more.</summary>
    public int NodesPerInstance { get; init; } = 2;

    /// <summary>The brake of a cluster of that many nodes.</summary>
    public int ThresholdFor(int nodes) =>
        Math.Min(HumanInvestigateNodes, Math.Max(HumanInvestigateLeast, (int)Math.Ceiling(nodes * HumanInvestigateShare)));
}
