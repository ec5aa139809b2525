// What may happen to a cluster's controller: past tense. Requests come from its inbox, reports from host agents and
// from the network, deadlines from its own agenda.
using NodaTime;
using Rdfe.Domain.Deployments;
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
    public sealed record InstanceReported(
        Instant At, NodeId Node, InstanceId Instance, InstancePhase Phase, int Boot, int Image, int Config) : FabricEvent(At);

    /// <summary>An instance is no longer on the node.</summary>
    public sealed record InstanceGone(Instant At, NodeId Node, InstanceId Instance) : FabricEvent(At);

    /// <summary>A role package's images are in the cluster's repository (F4).</summary>
    public sealed record RoleImageBuilt(Instant At, string Sha256) : FabricEvent(At);

    /// <summary>Load balancer and filters confirmed a generation (N1).</summary>
    public sealed record NetworkProgrammed(Instant At, string Owner, int Generation) : FabricEvent(At);

    /// <summary>A node's provisioning step ran over its deadline.</summary>
    public sealed record NodeDeadlinePassed(Instant At, NodeId Node) : FabricEvent(At);
}
