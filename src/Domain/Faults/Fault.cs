// What an operator may make go wrong on simulated hosts (H1): a kind, what it strikes, and when. What follows from it is
// the hosts' affair; what the fabric does about it is the controller's, which is never told of a fault.
using NodaTime;

namespace Rdfe.Domain.Faults;

/// <summary>What goes wrong (H1).</summary>
public enum FaultKind
{
    /// <summary>The host agent stops; what runs on the node goes on running.</summary>
    HostAgentCrash,

    /// <summary>The host OS stops, and everything on the node with it.</summary>
    HostCrash,

    /// <summary>No power, for as long as it lasts.</summary>
    PowerLoss,

    /// <summary>Nothing comes or goes over the network, for as long as it lasts; what runs goes on running.</summary>
    Partition,

    /// <summary>The host agent reports a fault of the node's hardware, which goes on working for now.</summary>
    HardwareFault,

    /// <summary>The guest's machine stops.</summary>
    VmCrash,

    /// <summary>The guest agent stops; its role goes on serving.</summary>
    GuestAgentCrash,

    /// <summary>The role's process ends, and the guest agent notices.</summary>
    RoleCrash,

    /// <summary>The role runs and answers nothing.</summary>
    RoleHang,

    /// <summary>Guests that boot meanwhile never connect (L1).</summary>
    GuestAgentNeverConnects,

    /// <summary>Guests that boot on a 29 February make a certificate for a date that does not exist, and give up (L1, L5).</summary>
    LeapDayBug,

    /// <summary>Roles that start meanwhile never become ready.</summary>
    RoleNeverReady,

    /// <summary>Roles that start meanwhile end as soon as OnStart is over, every time.</summary>
    BadPackage,

    /// <summary>Roles that are told of a new configuration meanwhile do not answer, until they are started again.</summary>
    IgnoresConfiguration,

    /// <summary>Whatever agents begin meanwhile takes longer.</summary>
    SlowAgent,

    /// <summary>Host agents fall silent and come back, over and over.</summary>
    FlappingAgent,

    /// <summary>Host agents say at once that all is as it shall be, and do nothing.</summary>
    LyingAgent,

    /// <summary>A phase of maintenance fails (M4): the node is as before, or boots where it can't be.</summary>
    MaintenanceFails,

    /// <summary>The node's signals rise, and after a time it fails for good (H4).</summary>
    Degrading,

    /// <summary>The wall clock is wrong (L5); what is counted in durations goes on as before.</summary>
    ClockJump,
}

/// <summary>What breaks in a node, by what is seen of it before (H4).</summary>
public enum DefectKind
{
    /// <summary>Memory: corrected errors.</summary>
    Memory,

    /// <summary>A disk: reallocated sectors.</summary>
    Disk,

    /// <summary>Fans: it grows hot.</summary>
    Cooling,

    /// <summary>The network card.</summary>
    Network,

    /// <summary>The board: some of everything.</summary>
    Board,

    /// <summary>Anything that gives no sign.</summary>
    Sudden,
}

/// <summary>How much of the fabric a fault strikes.</summary>
public enum FaultScope
{
    /// <summary>All of it.</summary>
    Fabric,

    /// <summary>A cluster.</summary>
    Cluster,

    /// <summary>A rack: a fault domain.</summary>
    Rack,

    /// <summary>A node.</summary>
    Node,

    /// <summary>Every instance of a deployment.</summary>
    Deployment,

    /// <summary>A role instance or a virtual machine.</summary>
    Instance,

    /// <summary>Every role instance that runs a package.</summary>
    Package,
}

/// <summary>What a fault strikes.</summary>
/// <param name="Scope">How much of the fabric.</param>
/// <param name="Id">Its id; of a package the SHA-256; empty for the whole fabric.</param>
public sealed record FaultTarget(FaultScope Scope, string Id)
{
    /// <summary>True when it takes in an instance as a tenant sees it, wherever that runs.</summary>
    public bool TakesIn(InstanceId instance, string image) => Scope switch
    {
        FaultScope.Instance => instance.Value == Id,
        // A role instance's id begins with its deployment's.
        FaultScope.Deployment => instance.Value.StartsWith(Id + ".", StringComparison.Ordinal),
        FaultScope.Package => image == Id,
        _ => false,
    };

    /// <summary>True when it takes in a whole node.</summary>
    public bool TakesIn(ClusterId cluster, RackId? rack, NodeId node) => Scope switch
    {
        FaultScope.Fabric => true,
        FaultScope.Cluster => cluster.Value == Id,
        FaultScope.Rack => rack?.Value == Id,
        FaultScope.Node => node.Value == Id,
        _ => false,
    };
}

/// <summary>The figures of a fault; those that its kind has none of are null.</summary>
/// <param name="Factor">How many times as long everything takes (slow agents).</param>
/// <param name="Period">From one silence to the next; the first half of it is silent (flapping agents).</param>
/// <param name="By">How far the wall clock is off, ahead where positive (clock jumps).</param>
/// <param name="What">What the agent says is broken (hardware).</param>
/// <param name="GuestAgents">Guest agents that have the bug (leap day); null for all of them.</param>
/// <param name="Phase">The phase of maintenance that fails; null for whichever is next.</param>
/// <param name="FailsAfter">From the first signals until it fails (degrading nodes).</param>
/// <param name="Defect">What is about to break (degrading nodes).</param>
public sealed record FaultParameters(double? Factor = null, Duration? Period = null, Duration? By = null, string? What = null,
    IReadOnlyList<string>? GuestAgents = null, string? Phase = null, Duration? FailsAfter = null, DefectKind? Defect = null);

/// <summary>A fault of the simulated hosts.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Number">Another one with every change of its words: what has struck once does not strike again.</param>
/// <param name="Kind">What goes wrong.</param>
/// <param name="Target">What it strikes.</param>
/// <param name="From">When it begins, fabric time.</param>
/// <param name="Until">When it ends; null for as long as the resource is there.</param>
/// <param name="Parameters">Its figures.</param>
public sealed record Fault(
    string Name, long Number, FaultKind Kind, FaultTarget Target, Instant From, Instant? Until, FaultParameters Parameters)
{
    /// <summary>True from its beginning until just before its end.</summary>
    public bool IsActive(Instant now) => From <= now && !(Until <= now);

    /// <summary>What tells it from every other, and from itself with other words.</summary>
    public string Key => $"{Name}#{Number}@{From.ToUnixTimeTicks()}";
}
