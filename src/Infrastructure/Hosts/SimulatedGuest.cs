// One instance on a simulated node, and the step it takes next towards its goal (D3). It is kept, with the time at which
// it became so, in the hosts' own store, so that a restart of the program goes on where the host was.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;

namespace Rdfe.Infrastructure.Hosts;

/// <summary>What is wrong with a guest (H1); a restart cures all but the last.</summary>
[Flags]
public enum GuestHurt
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Its machine has stopped.</summary>
    VmDown = 1,

    /// <summary>Its guest agent has stopped.</summary>
    AgentDown = 2,

    /// <summary>Its role's process has ended.</summary>
    RoleDown = 4,

    /// <summary>Its role answers nothing.</summary>
    RoleHung = 8,

    /// <summary>Its role was told of a new configuration and did not answer.</summary>
    RoleDeaf = 16,

    /// <summary>Its role is not going to be ready.</summary>
    RoleNeverReady = 32,

    /// <summary>Its guest agent is not going to connect (L1).</summary>
    NeverConnects = 64,

    /// <summary>The lease of its disks has moved on: it can't write, and has stopped (H3).</summary>
    Fenced = 128,
}

/// <summary>What is on a simulated node for one instance.</summary>
/// <param name="Id">The instance.</param>
/// <param name="Node">The node.</param>
/// <param name="Goal">What shall be; null when it shall go.</param>
/// <param name="Phase">What is.</param>
/// <param name="Boot">The boot generation that it has.</param>
/// <param name="Image">The image generation that it has.</param>
/// <param name="Config">The configuration that the guest has.</param>
/// <param name="Since">Since when it is so.</param>
/// <param name="Specialised">The image generation whose first boot is behind it.</param>
/// <param name="Role">The start of the role that it has.</param>
/// <param name="Lease">The lease that it holds its disks by.</param>
/// <param name="Hurt">What is wrong with it.</param>
public sealed record SimulatedGuest(
    InstanceId Id, NodeId Node, InstanceGoal? Goal, InstancePhase Phase, int Boot, int Image, int Config, Instant Since,
    int Specialised, int Role = 0, int Lease = 0, GuestHurt Hurt = GuestHurt.None)
{
    private const GuestHurt OfRole = GuestHurt.RoleDown | GuestHurt.RoleHung | GuestHurt.RoleDeaf | GuestHurt.RoleNeverReady;

    /// <summary>True for a virtual machine: no guest agent, no role (H2). Kept, since it outlives the goal.</summary>
    public bool IsVm { get; init; } = Goal?.Kind == InstanceKind.VirtualMachine;

    /// <summary>The guest agent that it has (F5); null for a virtual machine, and where nothing was said.</summary>
    public string? GuestAgent { get; init; }

    /// <summary>True while its machine is meant to be on, whether or not it is well.</summary>
    public bool IsUp => Phase is >= InstancePhase.Booting and <= InstancePhase.Ready;

    /// <summary>True when it can write to its disks: of all copies of an instance at most one may, ever (H3).</summary>
    public bool CanWrite => IsUp && (Hurt & (GuestHurt.Fenced | GuestHurt.VmDown)) == 0;

    /// <summary>True for steps that the host agent does; the others happen inside the guest.</summary>
    public bool NeedsHostAgent =>
        Phase is not (InstancePhase.Booting or InstancePhase.GuestConnected or InstancePhase.RoleStarting)
        || !IsOfGoal || Goal!.Power != PowerGoal.Running;

    /// <summary>True when any of these is wrong with it.</summary>
    public bool Has(GuestHurt hurt) => (Hurt & hurt) != 0;

    /// <summary>The guest after its node has started: what ran boots again, the same boot of the same image.</summary>
    public SimulatedGuest AfterNodeStart(Instant now) => this with
    {
        Phase = Phase == InstancePhase.Stopping || (IsUp && Goal is null) ? InstancePhase.Stopped
            : IsUp ? InstancePhase.VmCreated : Phase,
        Role = Goal?.Role ?? Role,
        Hurt = Hurt & GuestHurt.Fenced,
        Since = now,
    };

    /// <summary>The guest that has lost its disks.</summary>
    public SimulatedGuest Fenced(Instant now) => this with
    {
        Phase = IsUp || Phase == InstancePhase.Stopping ? InstancePhase.Stopped : Phase,
        Hurt = GuestHurt.Fenced,
        Since = now,
    };

    /// <summary>The next step: how long it takes and what the guest is after it; null when it is as it shall be.</summary>
    /// <remarks>A result with a null guest means that nothing is left of it.</remarks>
    public (Duration Takes, SimulatedGuest? After)? NextStep(SimulatedDurations d)
    {
        var shutdown = Has(GuestHurt.VmDown) ? Duration.Zero : d.Shutdown;
        if (Goal is null)
        {
            return Phase switch
            {
                InstancePhase.Stopping => Step(shutdown, "stop", At(InstancePhase.Stopped), d),
                _ when IsUp => Step(Duration.Zero, "stopping", At(InstancePhase.Stopping), d),
                _ => Step(d.DeleteVm, "delete", null, d),
            };
        }

        if (Has(GuestHurt.Fenced))
        {
            return null;
        }

        if (Phase == InstancePhase.Stopping)
        {
            return Step(shutdown, "stop", At(InstancePhase.Stopped), d);
        }

        if (Goal.Power == PowerGoal.Stopped && (IsUp || Phase is InstancePhase.Stopped or InstancePhase.VmCreated))
        {
            // A machine that has been made and is off, as after its node has started, is a stopped one.
            return Phase == InstancePhase.Stopped ? null
                : Step(Duration.Zero, "stopping", At(IsUp ? InstancePhase.Stopping : InstancePhase.Stopped), d);
        }

        if (!IsOfGoal)
        {
            return IsUp
                ? Step(Duration.Zero, "stopping", At(InstancePhase.Stopping), d)
                : Step(Duration.Zero, "again", Again(), d);
        }

        if (Phase is InstancePhase.RoleStarting or InstancePhase.Ready && Role != Goal.Role && !IsVm && !Has(GuestHurt.VmDown | GuestHurt.AgentDown))
        {
            return Step(Duration.Zero, "role again", At(InstancePhase.GuestConnected) with { Role = Goal.Role, Hurt = Hurt & ~OfRole }, d);
        }

        return Towards(d);
    }

    private bool IsOfGoal => Goal is not null && Image == Goal.ImageGeneration && Boot == Goal.Boot;

    // A new image means new files and disks; a new boot alone keeps them. Either cures what a restart cures.
    private SimulatedGuest Again() => this with
    {
        Image = Goal!.ImageGeneration,
        Boot = Goal.Boot,
        Role = Goal.Role,
        Hurt = GuestHurt.None,
        Phase = Image != Goal.ImageGeneration ? InstancePhase.Accepted
            : Phase is InstancePhase.Stopped ? InstancePhase.VmCreated : Phase,
    };

    private (Duration Takes, SimulatedGuest? After)? Towards(SimulatedDurations d) => Phase switch
    {
        InstancePhase.Accepted => Step(
            d.PushFiles + (d.PushFilesPer100Mib * (Goal!.ImageMib / 100)), "files", At(InstancePhase.FilesPlaced), d),
        InstancePhase.FilesPlaced => Step(d.CreateDisks, "disks", At(InstancePhase.DisksCreated), d),
        InstancePhase.DisksCreated => Step(d.CreateVm, "vm", At(InstancePhase.VmCreated), d),
        InstancePhase.VmCreated or InstancePhase.Stopped => Step(
            d.PowerOn, "power", At(InstancePhase.Booting) with { Hurt = GuestHurt.None, Role = Goal!.Role, GuestAgent = Goal.GuestAgent }, d),
        _ when Has(GuestHurt.VmDown | GuestHurt.AgentDown | GuestHurt.NeverConnects) => null,
        InstancePhase.Booting => Step(d.BootGuest, "boot", At(InstancePhase.GuestConnected), d),
        InstancePhase.GuestConnected when IsVm => Step(
            Specialised == Image ? Duration.Zero : d.Specialise, "specialise",
            At(InstancePhase.Ready) with { Specialised = Image, Config = Goal!.Config }, d),
        InstancePhase.GuestConnected => Step(d.StartRoleHost, "host", At(InstancePhase.RoleStarting) with { Role = Goal!.Role }, d),
        _ when Has(OfRole) => null,
        InstancePhase.Ready when GuestAgent != Goal!.GuestAgent => Step(
            d.ReplaceGuestAgent, $"agent {Goal.GuestAgent}", this with { GuestAgent = Goal.GuestAgent }, d),
        InstancePhase.RoleStarting => Step(d.RoleOnStart, "role", At(InstancePhase.Ready) with { Config = Goal!.Config }, d),
        InstancePhase.Ready when Config != Goal!.Config => Step(d.Configure, "config", this with { Config = Goal.Config }, d),
        _ => null,
    };

    private SimulatedGuest At(InstancePhase phase) => this with { Phase = phase };

    private (Duration Takes, SimulatedGuest? After)? Step(Duration median, string purpose, SimulatedGuest? after, SimulatedDurations d) =>
        (median == Duration.Zero ? median : Draw.Around(median, d.Seed, Id.Value, purpose, (Role * 1_000_000L) + (Image * 1000L) + Boot), after);
}
