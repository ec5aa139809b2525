// M3, F4: the node boots into the image that was staged on it, and all that runs there with it: shut down in at most 5 min,
// healthy in at most 15 min after the start, 15 to 30 min in all. What is not well by then holds nobody up any longer.
namespace Rdfe.Domain.Maintenance.Technologies;

/// <summary>Reboot into the staged image.</summary>
public static class Reboot
{
    /// <summary>Staged → drained → shut down → booted → guests started.</summary>
    public static Procedure Of(MaintenanceSettings settings) => new(
        Technology.Reboot,
        [
            new(MaintenancePhase.Staging, settings.Reboot.Stage),
            new(MaintenancePhase.Draining, settings.Drain, ByController: true),
            new(MaintenancePhase.ShuttingDown, settings.Reboot.Shutdown, settings.Reboot.LongestShutdown, GuestsAre.Down),
            .. FromBoot(settings),
        ]);

    /// <summary>What is left when another technology has lost what it kept in memory: the node boots, and guests start anew.</summary>
    public static Procedure AfterFailure(MaintenanceSettings settings) => new(Technology.Reboot, FromBoot(settings));

    private static System.Collections.Immutable.ImmutableArray<PhaseStep> FromBoot(MaintenanceSettings settings) =>
    [
        new(MaintenancePhase.BootingHost, settings.Reboot.Boot, Guests: GuestsAre.Down, AgentSilent: true),
        new(MaintenancePhase.StartingGuests, settings.Reboot.GuestsStart, settings.Reboot.LongestGuestsStart, GuestsAre.Down),
    ];
}
