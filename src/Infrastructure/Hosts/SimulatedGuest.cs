// One simulated instance on one simulated node: what is there, what shall be there, and the next step from one to the
// other. The step is a pure function of both, so that a restart of the program goes on where the host was.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;

namespace Rdfe.Infrastructure.Hosts;

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
public sealed record SimulatedGuest(
    InstanceId Id, NodeId Node, InstanceGoal? Goal, InstancePhase Phase, int Boot, int Image, int Config, Instant Since,
    int Specialised)
{
    /// <summary>The next step: how long it takes and what the guest is after it; null when it is as it shall be.</summary>
    /// <remarks>A result with a null guest means that nothing is left of it.</remarks>
    public (Duration Takes, SimulatedGuest? After)? NextStep(SimulatedDurations d)
    {
        if (Goal is null)
        {
            return Phase switch
            {
                InstancePhase.Stopping => Step(d.Shutdown, "stop", this with { Phase = InstancePhase.Stopped }, d),
                _ when IsUp => Step(Duration.Zero, "stopping", this with { Phase = InstancePhase.Stopping }, d),
                _ => Step(d.DeleteVm, "delete", null, d),
            };
        }

        if (Phase == InstancePhase.Stopping)
        {
            return Step(d.Shutdown, "stop", this with { Phase = InstancePhase.Stopped }, d);
        }

        if (Goal.Power == PowerGoal.Stopped)
        {
            return IsUp ? Step(Duration.Zero, "stopping", this with { Phase = InstancePhase.Stopping }, d) : null;
        }

        if (Image != Goal.ImageGeneration || Boot != Goal.Boot)
        {
            return IsUp
                ? Step(Duration.Zero, "stopping", this with { Phase = InstancePhase.Stopping }, d)
                : Step(Duration.Zero, "again", Again(), d);
        }

        return Towards(d);
    }

    private bool IsUp => Phase is >= InstancePhase.Booting and <= InstancePhase.Ready;

    // A new image means new files and disks; a new boot alone keeps them.
    private SimulatedGuest Again() => Image != Goal!.ImageGeneration
        ? this with { Image = Goal.ImageGeneration, Boot = Goal.Boot, Phase = InstancePhase.Accepted }
        : this with
        {
            Boot = Goal.Boot,
            Phase = Phase is InstancePhase.Stopped ? InstancePhase.VmCreated : Phase,
        };

    private (Duration Takes, SimulatedGuest? After)? Towards(SimulatedDurations d)
    {
        var isVm = Goal!.Kind == InstanceKind.VirtualMachine;
        return Phase switch
        {
            InstancePhase.Accepted => Step(
                d.PushFiles + (d.PushFilesPer100Mib * (Goal.ImageMib / 100)), "files", At(InstancePhase.FilesPlaced), d),
            InstancePhase.FilesPlaced => Step(d.CreateDisks, "disks", At(InstancePhase.DisksCreated), d),
            InstancePhase.DisksCreated => Step(d.CreateVm, "vm", At(InstancePhase.VmCreated), d),
            InstancePhase.VmCreated or InstancePhase.Stopped => Step(d.PowerOn, "power", At(InstancePhase.Booting), d),
            InstancePhase.Booting => Step(d.BootGuest, "boot", At(InstancePhase.GuestConnected), d),
            InstancePhase.GuestConnected when isVm => Step(
                Specialised == Image ? Duration.Zero : d.Specialise, "specialise",
                At(InstancePhase.Ready) with { Specialised = Image, Config = Goal.Config }, d),
            InstancePhase.GuestConnected => Step(d.StartRoleHost, "host", At(InstancePhase.RoleStarting), d),
            InstancePhase.RoleStarting => Step(d.RoleOnStart, "role", At(InstancePhase.Ready) with { Config = Goal.Config }, d),
            InstancePhase.Ready when Config != Goal.Config => Step(d.Configure, "config", this with { Config = Goal.Config }, d),
            _ => null,
        };
    }

    private SimulatedGuest At(InstancePhase phase) => this with { Phase = phase };

    private (Duration Takes, SimulatedGuest? After)? Step(Duration median, string purpose, SimulatedGuest? after, SimulatedDurations d) =>
        (median == Duration.Zero ? median : Draw.Around(median, d.Seed, Id.Value, purpose, (Image * 1000L) + Boot), after);
}
