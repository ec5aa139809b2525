// What may happen to a cluster's controller: past tense. Requests come from its inbox, reports from host agents and
// from the network, deadlines from its own agenda.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Migration;
using Rdfe.Domain.Prediction;
using Rdfe.Domain.Staging;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Fabric;

/// <summary>An event, with the fabric time at which it happened.</summary>
public abstract record FabricEvent(Instant At)
{
    /// <summary>A row of the inbox, with its number: it is deleted in the commit that acts on it.</summary>
    public sealed record Requested(Instant At, long InboxId, FabricRequest Request) : FabricEvent(At);

    /// <summary>A provisioning step of a node ended (F3).</summary>
    /// <param name="At">When.</param>
    /// <param name="Node">The node.</param>
    /// <param name="Run">The provisioning run that it answers.</param>
    /// <param name="Step">The step that ended.</param>
    /// <param name="Attempt">The try that it answers.</param>
    /// <param name="Failure">Why it failed; null when done.</param>
    public sealed record ProvisionStepEnded(Instant At, NodeId Node, int Run, NodeState Step, int Attempt, string? Failure)
        : FabricEvent(At);

    /// <summary>A node's host agent said which goal state it works on.</summary>
    public sealed record GoalAccepted(Instant At, NodeId Node, long Generation) : FabricEvent(At);

    /// <summary>An instance came to a phase (D3).</summary>
    /// <param name="At">When.</param>
    /// <param name="Node">The node that reports.</param>
    /// <param name="Instance">The instance.</param>
    /// <param name="Phase">How far it has come.</param>
    /// <param name="Boot">Of which boot generation.</param>
    /// <param name="Image">Of which image generation.</param>
    /// <param name="Config">The configuration that the guest has.</param>
    /// <param name="Role">Of which start of the role inside that boot (H1); 0 for virtual machines.</param>
    /// <param name="GuestAgent">The guest agent that it has (F5); null where there is none, or it is not known.</param>
    public sealed record InstanceReported(
        Instant At, NodeId Node, InstanceId Instance, InstancePhase Phase, int Boot, int Image, int Config, int Role = 0,
        string? GuestAgent = null) : FabricEvent(At);

    /// <summary>The guest agent notices that the role's process has ended (H1).</summary>
    /// <param name="At">When it was noticed.</param>
    /// <param name="Node">The node that passes it on.</param>
    /// <param name="Instance">The instance.</param>
    /// <param name="Boot">In which boot.</param>
    /// <param name="Role">Which start of the role; one that was started again since is not meant.</param>
    public sealed record RoleTerminated(Instant At, NodeId Node, InstanceId Instance, int Boot, int Role) : FabricEvent(At);

    /// <summary>
    /// Heartbeats that were due did not come (H1, H2). Said once, when the first is missed; whether it is a failure is
    /// decided here, when the timeout has passed.
    /// </summary>
    /// <param name="At">When the first missing one was due.</param>
    /// <param name="Of">Whose.</param>
    /// <param name="Node">The node; for a host agent the silent one.</param>
    /// <param name="Instance">The instance; null for a host agent.</param>
    /// <param name="LastBeat">When the last one came.</param>
    public sealed record BeatsMissed(Instant At, Heartbeat Of, NodeId Node, InstanceId? Instance, Instant LastBeat)
        : FabricEvent(At);

    /// <summary>An instance's heartbeats come again. (A host agent that comes back says so by connecting.)</summary>
    public sealed record BeatsBack(Instant At, Heartbeat Of, NodeId Node, InstanceId Instance) : FabricEvent(At);

    /// <summary>
    /// A host agent connected: after a start of its node, after silence, or because a controller attached to it. It says
    /// all that is on the node, so that nothing that was said into a dead line is missed.
    /// </summary>
    /// <param name="At">When.</param>
    /// <param name="Node">The node.</param>
    /// <param name="Generation">The goal state that it works on; 0 for none.</param>
    /// <param name="Instances">What is on the node.</param>
    /// <param name="Versions">What was installed on it; null where it never was told to (F5).</param>
    /// <param name="InstallGeneration">Of which install; 0 for none.</param>
    /// <param name="Held">What it holds, or fetches, of an image ahead of its turn; null for nothing (F4).</param>
    public sealed record HostAgentConnected(
        Instant At, NodeId Node, long Generation, ImmutableArray<InstanceReported> Instances, VersionSet? Versions = null,
        int InstallGeneration = 0, HeldImage? Held = null) : FabricEvent(At);

    /// <summary>A node holds the image that it was to fetch ahead of its turn, or could not fetch it (F4).</summary>
    public sealed record ImageStaged(Instant At, NodeId Node, int Generation, string? Failure) : FabricEvent(At);

    /// <summary>
    /// A node has, or could not get, what <c>InstallVersions</c> asked (F5). One that boots for it says so by connecting.
    /// </summary>
    public sealed record VersionsInstalled(Instant At, NodeId Node, int Generation, VersionSet Versions, string? Failure) : FabricEvent(At);

    /// <summary>Maintenance of a node came to a phase (M4).</summary>
    /// <param name="At">When.</param>
    /// <param name="Node">The node.</param>
    /// <param name="Generation">Which maintenance.</param>
    /// <param name="Technology">The technology that is under way: one that failed may have come to a reboot.</param>
    /// <param name="Phase">The phase that begins.</param>
    public sealed record MaintenancePhaseReached(Instant At, NodeId Node, int Generation, Technology Technology, MaintenancePhase Phase)
        : FabricEvent(At);

    /// <summary>
    /// Maintenance of a node is over (M4). An agent that connects says it again: it may have been said into a dead line.
    /// </summary>
    /// <param name="At">When.</param>
    /// <param name="Node">The node.</param>
    /// <param name="Generation">Which maintenance.</param>
    /// <param name="Technology">How it was done in the end.</param>
    /// <param name="Versions">What is on the node now.</param>
    /// <param name="Pauses">How long each instance on it did not run.</param>
    /// <param name="Failure">Why it came to nothing; null when done.</param>
    public sealed record NodeMaintained(
        Instant At, NodeId Node, int Generation, Technology Technology, VersionSet Versions, ImmutableArray<MeasuredPause> Pauses,
        string? Failure) : FabricEvent(At);

    /// <summary>A host agent reports what it has counted on its node, where it has counted anything (H4).</summary>
    public sealed record SignalsReported(Instant At, NodeId Node, ImmutableArray<SignalCount> Counts) : FabricEvent(At);
    /// <summary>The live migration of an instance came to a phase (M4).</summary>
    /// <param name="At">When.</param>
    /// <param name="Node">The node that says so.</param>
    /// <param name="Instance">The instance.</param>
    /// <param name="Generation">Which migration of it.</param>
    /// <param name="Phase">The phase that begins.</param>
    public sealed record MigrationPhaseReached(Instant At, NodeId Node, InstanceId Instance, int Generation, MaintenancePhase Phase)
        : FabricEvent(At);

    /// <summary>
    /// The live migration of an instance is over (M4): it runs on the other node, or where it was. Both nodes say so, and say it
    /// again when they connect.
    /// </summary>
    /// <param name="At">When.</param>
    /// <param name="Node">The node that says so.</param>
    /// <param name="Instance">The instance.</param>
    /// <param name="Generation">Which migration of it.</param>
    /// <param name="Measured">What was measured; null where it had not begun.</param>
    /// <param name="Failure">Why it came to nothing; null when the instance has moved.</param>
    public sealed record MigrationEnded(
        Instant At, NodeId Node, InstanceId Instance, int Generation, MeasuredMove? Measured, MigrationFailure? Failure) : FabricEvent(At);

    /// <summary>A host agent informs of a fault of its hardware (H1).</summary>
    public sealed record HardwareFaulted(Instant At, NodeId Node, string What) : FabricEvent(At);

    /// <summary>The power controller of a rack has done, or could not do, what <c>RecoverNode</c> asked (H1).</summary>
    public sealed record NodeRecoveryEnded(Instant At, NodeId Node, int Attempt, string? Failure) : FabricEvent(At);

    /// <summary>An instance is no longer on the node.</summary>
    public sealed record InstanceGone(Instant At, NodeId Node, InstanceId Instance) : FabricEvent(At);

    /// <summary>A role package's images are in the cluster's repository (F4).</summary>
    public sealed record RoleImageBuilt(Instant At, string Sha256) : FabricEvent(At);

    /// <summary>Load balancer and filters confirmed a generation (N1).</summary>
    public sealed record NetworkProgrammed(Instant At, string Owner, int Generation) : FabricEvent(At);

    /// <summary>A deadline of the cluster's own agenda has come.</summary>
    public sealed record DeadlinePassed(Instant At, AgendaItem Item) : FabricEvent(At);
}

/// <summary>Whose heartbeat (H2).</summary>
public enum Heartbeat
{
    /// <summary>The host agent's to the fabric controller.</summary>
    HostAgent,

    /// <summary>The guest agent's to the host agent; of a virtual machine the hypervisor's.</summary>
    GuestAgent,

    /// <summary>The role's to its guest agent.</summary>
    Role,

    /// <summary>The answer to the load balancer's probe (N2).</summary>
    Probe,
}
