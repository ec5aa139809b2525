// What a controller may ask of the world: imperative, idempotent, with a generation. Effects leave only after the
// commit that decided them, and may leave twice (DESIGN: act).
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Network;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Fabric;

/// <summary>
/// One instance in a node's goal state (P5). A higher <c>Boot</c> restarts the guest, a higher <c>Role</c> only its role
/// (H1), a higher <c>ImageGeneration</c> makes its disks anew. <c>Lease</c> is the generation of its disks' lease (H3):
/// a copy that has an older one than the storage knows can't write, and stops. <c>GuestAgent</c> is the version that a guest
/// gets as it starts, or in place where it is up (F5). <c>Moves</c> says that it is on its way from or to the node (M4): then it
/// is not made anew where it is not there.
/// </summary>
public sealed record InstanceGoal(
    InstanceId Id, InstanceKind Kind, string Image, long ImageMib, string? GuestOs, Resources Needs, Ipv4Address? Dip,
    PowerGoal Power, int Boot, int ImageGeneration, int Config, int Role = 0, int Lease = 0, string? GuestAgent = null, bool Moves = false);

/// <summary>Everything that a node shall be (P5): an agent drives towards it and refuses an older generation.</summary>
/// <param name="Node">The node.</param>
/// <param name="Generation">Raised by one with every change.</param>
/// <param name="HostOs">The host OS image.</param>
/// <param name="Owner">The dedicated host that owns the node, if any.</param>
/// <param name="Instances">What shall be there; what is not listed shall go.</param>
public sealed record NodeGoal(
    NodeId Node, long Generation, string? HostOs, string? Owner, ImmutableArray<InstanceGoal> Instances);

/// <summary>Something for the world to do.</summary>
public abstract record FabricEffect
{
    private FabricEffect()
    {
    }

    /// <summary>Run one step of provisioning on a node (F3).</summary>
    public sealed record Provision(NodeId Node, int Run, NodeState Step, int Attempt, string HostOs, VersionSet? Versions = null)
        : FabricEffect;

    /// <summary>Give a node its goal state.</summary>
    public sealed record PushGoal(NodeGoal Goal) : FabricEffect;

    /// <summary>Make role images of a package in the cluster's repository (F4, D2).</summary>
    public sealed record BuildRoleImage(ClusterId Cluster, string Sha256, long ImageMib) : FabricEffect;

    /// <summary>Program load balancer and packet filters for one owner (N1).</summary>
    /// <param name="Cluster">The cluster.</param>
    /// <param name="Owner">Deployment or virtual machine.</param>
    /// <param name="Generation">Raised with every change.</param>
    /// <param name="Vip">The public address, if it has one.</param>
    /// <param name="InRotation">DIPs of the instances that may get traffic.</param>
    /// <param name="Admitted">DIPs that the packet filters let through: those of the instances that are meant to be.</param>
    public sealed record ProgramNetwork(
        ClusterId Cluster, string Owner, int Generation, Ipv4Address? Vip, ImmutableArray<Ipv4Address> InRotation,
        ImmutableArray<Ipv4Address> Admitted) : FabricEffect;

    /// <summary>
    /// Bring a silent node back (H1): its rack's power controller switches it off and on; the host OS boots and the agent
    /// connects. Answered with the end of the power cycle; that the agent is back is learnt when it connects.
    /// </summary>
    public sealed record RecoverNode(NodeId Node, int Attempt) : FabricEffect;

    /// <summary>
    /// Install versions on a node (F5): by its agent; or out of band, by the rack's power controller and a boot over the
    /// network, which needs no agent.
    /// </summary>
    /// <param name="Node">The node.</param>
    /// <param name="Generation">Raised by one each time that it is told: an older one is refused.</param>
    /// <param name="Versions">Everything that it shall have.</param>
    /// <param name="Reboot">It boots for it, and its guests with it.</param>
    /// <param name="OutOfBand">Without its agent; it boots then in any case.</param>
    public sealed record InstallVersions(NodeId Node, int Generation, VersionSet Versions, bool Reboot, bool OutOfBand) : FabricEffect;

    /// <summary>
    /// Maintain a node (M4): stage what it shall have, and, where <c>Go</c> says so, bring it on. Told to stage first, it waits
    /// staged until it is told to go.
    /// </summary>
    /// <param name="Node">The node.</param>
    /// <param name="Generation">Raised by one with each maintenance and each try: an older one is refused.</param>
    /// <param name="Technology">How.</param>
    /// <param name="Versions">Everything that it shall have.</param>
    /// <param name="Go">False while what runs on it is not drained.</param>
    public sealed record MaintainNode(NodeId Node, int Generation, Technology Technology, VersionSet Versions, bool Go) : FabricEffect;

    /// <summary>Fetch an image onto a node ahead of its turn (F4). Nothing else changes there.</summary>
    /// <param name="Node">The node.</param>
    /// <param name="Generation">Raised by one with each try and each order to forget: an older one is refused.</param>
    /// <param name="Image">The image.</param>
    /// <param name="ImageMib">Its size, MiB.</param>
    /// <param name="Versions">What the node has once it has booted into it.</param>
    /// <param name="Mbps">What it may take of the network, Mbit/s.</param>
    public sealed record StageImage(NodeId Node, int Generation, string Image, long ImageMib, VersionSet Versions, long Mbps) : FabricEffect;

    /// <summary>Give the space of whatever was fetched ahead of time back (F4).</summary>
    public sealed record ForgetImage(NodeId Node, int Generation) : FabricEffect;

    /// <summary>
    /// Move an instance live (M4): copy its memory as it runs, pause it for the rest, and let it go on on the other node, which has
    /// the next lease of its disks from that moment. Whatever goes wrong before leaves it running where it is.
    /// </summary>
    /// <param name="Node">The node that it runs on, which does it.</param>
    /// <param name="Target">The node that it goes to.</param>
    /// <param name="Instance">The instance.</param>
    /// <param name="Generation">Which migration of it: an older one is refused, the same again is not begun twice.</param>
    /// <param name="Lease">The generation of its disks' lease that it has there (H3).</param>
    /// <param name="Until">The pause is not begun after this moment, whatever the controller does by then.</param>
    public sealed record MigrateInstance(NodeId Node, NodeId Target, InstanceId Instance, int Generation, int Lease, Instant Until)
        : FabricEffect;

    /// <summary>
    /// Call a live migration off (M4). Told to both nodes; each answers with how it has ended, and one that has not heard of it
    /// refuses it from then on. In the pause it is too late.
    /// </summary>
    public sealed record CancelMigration(NodeId Node, InstanceId Instance, int Generation) : FabricEffect;

    /// <summary>
    /// Move the lease of an instance's disks to a new generation (H3): from now on a copy with an older one can't write.
    /// </summary>
    public sealed record MoveLease(ClusterId Cluster, InstanceId Instance, int Lease) : FabricEffect;
}

/// <summary>Something that others may want to know, for <c>GET /fabric/events</c>.</summary>
/// <param name="At">Fabric time.</param>
/// <param name="Kind">camelCase: <c>nodeStateChanged</c>, <c>instancePhaseChanged</c>, <c>operationEnded</c> …</param>
/// <param name="Subject">What it is about.</param>
/// <param name="Data">One line of detail.</param>
public sealed record FabricNews(Instant At, string Kind, string Subject, string Data);

/// <summary>What a commit must do to state that clusters share: quotas, loads, pins, another cluster's inbox.</summary>
public abstract record SharedEffect
{
    private SharedEffect()
    {
    }

    /// <summary>A rollout has come somewhere in this cluster; whoever conducts it decides what is next (M5).</summary>
    public sealed record RolloutReported(string Rollout, ClusterReport Report) : SharedEffect;

    /// <summary>Owners no longer choose the moment of a rollout (W1); its notices say so.</summary>
    public sealed record SelfServiceEnded(string Rollout) : SharedEffect;

    /// <summary>This cluster has no room: try the next one, or end the operation as failed (R5, P4).</summary>
    public sealed record HandOver(FabricRequest.Placing Request, PlacementTry Try) : SharedEffect;

    /// <summary>
    /// The request is about something that is not here. It may have gone to another cluster in this very commit: the
    /// request follows it there, and ends where nothing is left to follow.
    /// </summary>
    public sealed record Follow(FabricRequest Request) : SharedEffect;

    /// <summary>A placement was decided here: what it held in flight is now in the books.</summary>
    public sealed record Landed(long Cores) : SharedEffect;

    /// <summary>Give quota back.</summary>
    public sealed record ReleaseQuota(SubscriptionId Subscription, QuotaTaken Taken) : SharedEffect;

    /// <summary>VIPs of this cluster's pool are free again.</summary>
    public sealed record ReleaseVips(int Count) : SharedEffect;

    /// <summary>The pin's first placement stands: its cluster is settled.</summary>
    public sealed record SettlePin(string Pin) : SharedEffect;

    /// <summary>A member of the pin is gone; when it was the last, the pin is free again.</summary>
    public sealed record ReleasePin(string Pin) : SharedEffect;
}
