// What a front end may ask of a cluster: the rows of its inbox. Each was committed together with its operation,
// so that nothing accepted is lost; the cluster's actor is the only one that acts on it (DESIGN, Who writes what).
using System.Collections.Immutable;
using System.Text.Json.Serialization;
using NodaTime;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Health;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.Topology;
using Rdfe.Domain.Updates;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Domain.Windows;

namespace Rdfe.Domain.Fabric;

/// <summary>What a tenant may do to the power of an instance.</summary>
public enum PowerAction
{
    /// <summary>Start one that is stopped or deallocated.</summary>
    Start,

    /// <summary>Restart the guest.</summary>
    Restart,

    /// <summary>Throw its OS and role disks away and make them anew.</summary>
    Reimage,

    /// <summary>Stop it; it keeps its node and costs as before.</summary>
    PowerOff,

    /// <summary>Stop it and give its node back; the temporary disk is lost (D3).</summary>
    Deallocate,

    /// <summary>Move it to another node; the temporary disk is lost (D3).</summary>
    Redeploy,

    /// <summary>Have the maintenance that is pending now: move to a node that has it; on hardware of its own, let it come (W1, W2).</summary>
    PerformMaintenance,
}

/// <summary>What was taken for a request before the cluster decides: given back when it can't be served.</summary>
/// <param name="Cores">Hundredths of cores of the quota.</param>
/// <param name="Vips">VIPs of the quota.</param>
/// <param name="Vms">Virtual machines of the quota.</param>
public sealed record QuotaTaken(long Cores, int Vips, int Vms)
{
    /// <summary>Nothing.</summary>
    public static QuotaTaken None { get; } = new(0, 0, 0);
}

/// <summary>Where a placement may go, and what it holds in flight in the cluster that is asked (R5).</summary>
/// <param name="Region">The region that the tenant named.</param>
/// <param name="Only">The affinity group's clusters; empty for every cluster of the region.</param>
/// <param name="Families">Hardware families that it needs.</param>
/// <param name="Cores">Hundredths of cores counted as in flight.</param>
/// <param name="Vips">VIPs needed.</param>
/// <param name="VipsHeld">VIPs really reserved in the cluster that is asked; fewer than needed where its pool is full.</param>
/// <param name="Pin">Key of the service or availability set that holds its members to one cluster; null for a lone machine.</param>
/// <param name="MayMove">Whether it may fall through to the next cluster: only the first placement of a pin may.</param>
public sealed record PlacementScope(
    RegionId Region, ImmutableArray<ClusterId> Only, ImmutableArray<string> Families,
    long Cores, int Vips, int VipsHeld, string? Pin, bool MayMove);

/// <summary>A row of a cluster's inbox.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "request")]
[JsonDerivedType(typeof(PlaceDeployment), "placeDeployment")]
[JsonDerivedType(typeof(PlaceVirtualMachine), "placeVirtualMachine")]
[JsonDerivedType(typeof(PlaceDedicatedHost), "placeDedicatedHost")]
[JsonDerivedType(typeof(ChangeConfiguration), "changeConfiguration")]
[JsonDerivedType(typeof(UpdateDeployment), "updateDeployment")]
[JsonDerivedType(typeof(WalkUpdateDomain), "walkUpdateDomain")]
[JsonDerivedType(typeof(RollBackUpdate), "rollBackUpdate")]
[JsonDerivedType(typeof(SwapDeployments), "swapDeployments")]
[JsonDerivedType(typeof(GuestOsPublished), "guestOsPublished")]
[JsonDerivedType(typeof(TakeNodeOut), "takeNodeOut")]
[JsonDerivedType(typeof(ReturnNode), "returnNode")]
[JsonDerivedType(typeof(OverrideBrake), "overrideBrake")]
[JsonDerivedType(typeof(DeleteDeployment), "deleteDeployment")]
[JsonDerivedType(typeof(DeleteVirtualMachine), "deleteVirtualMachine")]
[JsonDerivedType(typeof(DeleteDedicatedHost), "deleteDedicatedHost")]
[JsonDerivedType(typeof(ChangeVirtualMachine), "changeVirtualMachine")]
[JsonDerivedType(typeof(ChangeSetCeilings), "changeSetCeilings")]
[JsonDerivedType(typeof(StageAhead), "stageAhead")]
[JsonDerivedType(typeof(BeginRollout), "beginRollout")]
[JsonDerivedType(typeof(HoldRollout), "holdRollout")]
[JsonDerivedType(typeof(ResumeRollout), "resumeRollout")]
[JsonDerivedType(typeof(RollBackRollout), "rollBackRollout")]
[JsonDerivedType(typeof(AcknowledgeNotice), "acknowledgeNotice")]
[JsonDerivedType(typeof(NoticesRead), "noticesRead")]
[JsonDerivedType(typeof(EndRollout), "endRollout")]
[JsonDerivedType(typeof(DeferMaintenance), "deferMaintenance")]
[JsonDerivedType(typeof(PowerInstance), "powerInstance")]
[JsonDerivedType(typeof(CancelOperation), "cancelOperation")]
[JsonDerivedType(typeof(ProvisionNode), "provisionNode")]
[JsonDerivedType(typeof(InstallBundle), "installBundle")]
[JsonDerivedType(typeof(OverrideBundle), "overrideBundle")]
[JsonDerivedType(typeof(CancelBundle), "cancelBundle")]
[JsonDerivedType(typeof(MaintainNode), "maintainNode")]
[JsonDerivedType(typeof(WindowsChanged), "windowsChanged")]
[JsonDerivedType(typeof(ReloadTopology), "reloadTopology")]
public abstract record FabricRequest
{
    private FabricRequest()
    {
    }

    /// <summary>A request to place something new; it may fall through to another cluster.</summary>
    public abstract record Placing(Operation Operation, PlacementScope Scope, QuotaTaken Taken) : FabricRequest
    {
        /// <summary>Key of what is placed.</summary>
        [JsonIgnore]
        public abstract string Subject { get; }
    }

    /// <summary>Place a deployment.</summary>
    public sealed record PlaceDeployment(
        Deployment Deployment, Operation Operation, PlacementScope Scope, QuotaTaken Taken) : Placing(Operation, Scope, Taken)
    {
        /// <inheritdoc/>
        [JsonIgnore]
        public override string Subject => Deployment.Key;
    }

    /// <summary>Place a virtual machine.</summary>
    public sealed record PlaceVirtualMachine(
        VirtualMachine Machine, Operation Operation, PlacementScope Scope, QuotaTaken Taken) : Placing(Operation, Scope, Taken)
    {
        /// <inheritdoc/>
        [JsonIgnore]
        public override string Subject => Machine.Key;
    }

    /// <summary>Take a node for one customer.</summary>
    public sealed record PlaceDedicatedHost(
        DedicatedHost Host, Operation Operation, PlacementScope Scope, QuotaTaken Taken) : Placing(Operation, Scope, Taken)
    {
        /// <inheritdoc/>
        [JsonIgnore]
        public override string Subject => Host.Key;
    }

    /// <summary>A new configuration for a deployment: settings, counts. What it adds was taken from the quota already.</summary>
    public sealed record ChangeConfiguration(
        DeploymentId Deployment, DeploymentModel Model, int ConfigGeneration, string Etag,
        Operation Operation, QuotaTaken Taken, long CoresInFlight) : FabricRequest;

    /// <summary>
    /// Update a deployment by update domain (U1, U2): new package, settings, guest OS or counts. What it adds was taken
    /// from the quota already.
    /// </summary>
    public sealed record UpdateDeployment(
        DeploymentId Deployment, UpdateKind Kind, UpdateMode Mode, UpdateTarget To,
        Operation Operation, QuotaTaken Taken, long CoresInFlight) : FabricRequest;

    /// <summary>Order an update on to the next update domain; null for whichever is next.</summary>
    public sealed record WalkUpdateDomain(DeploymentId Deployment, int? UpdateDomain, Operation Operation) : FabricRequest;

    /// <summary>Take an update back while it runs (U1).</summary>
    public sealed record RollBackUpdate(DeploymentId Deployment, UpdateMode Mode, Operation Operation) : FabricRequest;

    /// <summary>Exchange what production and staging are: their VIPs and their slots (R4).</summary>
    public sealed record SwapDeployments(SubscriptionId Subscription, string Service, Operation Operation) : FabricRequest;

    /// <summary>A guest OS image was published: services that follow the newest get it, by update domain (U3).</summary>
    public sealed record GuestOsPublished(string Image, ImmutableArray<string> Older) : FabricRequest;

    /// <summary>Take a node out: for repair, or for good. What runs on it is moved as the promise allows (H1, M7).</summary>
    public sealed record TakeNodeOut(NodeId Node, NodeAction Action, Operation Operation) : FabricRequest;

    /// <summary>A node is back from repair, or was looked into (H1, L1).</summary>
    public sealed record ReturnNode(NodeId Node, Operation Operation) : FabricRequest;

    /// <summary>Go on although a brake holds, until a moment (L4): explicit and recorded. Null ends such an order.</summary>
    public sealed record OverrideBrake(BrakeOverride? Order) : FabricRequest;

    /// <summary>Delete a deployment; supersedes whatever is under way on it.</summary>
    public sealed record DeleteDeployment(DeploymentId Deployment, Operation Operation) : FabricRequest;

    /// <summary>Delete a virtual machine; supersedes whatever is under way on it.</summary>
    public sealed record DeleteVirtualMachine(string Machine, Operation Operation) : FabricRequest;

    /// <summary>Give a dedicated host back.</summary>
    public sealed record DeleteDedicatedHost(string Host, Operation Operation) : FabricRequest;

    /// <summary>
    /// Change a virtual machine's disks or endpoints. The VIP of a first endpoint is taken from quota and pool already.
    /// </summary>
    public sealed record ChangeVirtualMachine(
        string Machine, VirtualMachineSpec Spec, string Etag, Operation Operation, QuotaTaken Taken) : FabricRequest;

    /// <summary>A wave of a rollout has come to the cluster (M5).</summary>
    public sealed record BeginRollout(RolloutPart Part) : FabricRequest;

    /// <summary>A rollout stands still; nodes that were begun are finished.</summary>
    public sealed record HoldRollout(string Rollout, string Because) : FabricRequest;

    /// <summary>A rollout goes on; with an order, past what stopped it (L4).</summary>
    public sealed record ResumeRollout(string Rollout, RolloutOrder? Order) : FabricRequest;

    /// <summary>What a rollout has changed is changed back.</summary>
    public sealed record RollBackRollout(string Rollout) : FabricRequest;

    /// <summary>The owner of an instance puts its maintenance off until then, as far as the rollout allows (W1).</summary>
    public sealed record DeferMaintenance(string Rollout, InstanceId Instance, Instant Until) : FabricRequest;

    /// <summary>A guest, or its owner from outside, lets a notice begin before its time (W3).</summary>
    public sealed record AcknowledgeNotice(string Scope, string Notice, AcknowledgedBy By) : FabricRequest;

    /// <summary>A guest reads notices (W3): told when it begins to, and now and then as it goes on.</summary>
    public sealed record NoticesRead(InstanceId Instance) : FabricRequest;

    /// <summary>A rollout is to come: nodes fetch its image before their turn (F4).</summary>
    /// <param name="Rollout">Its name.</param>
    /// <param name="Update">The update; it has an image.</param>
    /// <param name="ImageMib">The image's size, MiB.</param>
    /// <param name="Order">The order of the plan that was approved; empty where none was.</param>
    public sealed record StageAhead(string Rollout, HostUpdate Update, long ImageMib, ImmutableArray<NodeId> Order) : FabricRequest;

    /// <summary>Nothing more comes of a rollout.</summary>
    public sealed record EndRollout(string Rollout) : FabricRequest;

    /// <summary>An availability set bears something else of maintenance (M4); null where it says nothing any more.</summary>
    public sealed record ChangeSetCeilings(SubscriptionId Subscription, string Set, MaintenanceCeilings? Ceilings) : FabricRequest;

    /// <summary>Start, restart, reimage, power off or deallocate.</summary>
    public sealed record PowerInstance(InstanceId Instance, PowerAction Action, Operation Operation, bool Force = false) : FabricRequest;

    /// <summary>Cancel an operation that has not ended.</summary>
    public sealed record CancelOperation(OperationId Target) : FabricRequest;

    /// <summary>Provision a node anew (F3).</summary>
    public sealed record ProvisionNode(NodeId Node, Operation Operation) : FabricRequest;

    /// <summary>Install a bundle, or some components of it, on every node (L4); takes the place of one that has not ended.</summary>
    public sealed record InstallBundle(
        string Bundle, VersionSet Versions, ImmutableArray<CompatibilityRule> Rules, int MaxConcurrentNodes, PushOverride? Override,
        Operation Operation) : FabricRequest;

    /// <summary>Let the push of that operation go on regardless (L4): explicit and recorded.</summary>
    public sealed record OverrideBundle(OperationId Target, PushOverride Order) : FabricRequest;

    /// <summary>End the push of that operation; nodes that are done keep what they have.</summary>
    public sealed record CancelBundle(OperationId Target) : FabricRequest;

    /// <summary>Maintain one node now, if nothing stands against it (M4): by the least of the ladder's rungs that is allowed.</summary>
    public sealed record MaintainNode(NodeId Node, HostUpdate Update, PushOverride? Override = null) : FabricRequest;

    /// <summary>
    /// A maintenance configuration holds for these resources from now on, and for no others (W5). Told to every cluster of a
    /// region, since any of them may come to host what it names; null when it is gone.
    /// </summary>
    public sealed record WindowsChanged(
        SubscriptionId Subscription, string Configuration, WindowText? Window, ImmutableArray<string> Resources) : FabricRequest;

    /// <summary>The topology has changed: reload the cluster.</summary>
    public sealed record ReloadTopology : FabricRequest;
}
