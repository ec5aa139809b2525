// M4, plan B: the variant with less impact, for components that are serviced without a reboot of the host: guests are paused
// while the component is replaced, the host OS and its agent stay up.
namespace Rdfe.Domain.Maintenance.Technologies;

/// <summary>Memory-preserving maintenance without a reboot of the host.</summary>
public static class MemoryPreservingLight
{
    /// <summary>Staged → drained → guests paused, component replaced, guests resumed → clocks synchronised.</summary>
    public static Procedure Of(MaintenanceSettings settings)
    {
        var s = settings.Light;
        return new(
            Technology.MemoryPreservingLight,
            [
                new(MaintenancePhase.Staging, s.Stage),
                new(MaintenancePhase.Draining, settings.Drain, ByController: true),
                new(MaintenancePhase.PausingGuests, s.Pausing, Guests: GuestsAre.Paused),
                new(MaintenancePhase.ReplacingUnderGuests, s.Replacing, Guests: GuestsAre.Paused, OnFailure: FailureComesTo.Reboot),
                new(MaintenancePhase.ResumingGuests, s.Resuming, Guests: GuestsAre.Paused, OnFailure: FailureComesTo.Reboot),
                new(MaintenancePhase.SynchronisingClocks, s.SynchroniseClocks),
            ]);
    }
}
