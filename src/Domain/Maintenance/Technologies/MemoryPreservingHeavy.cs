// M4, VM-PHU: guests are paused with their memory kept in RAM, the host boots into the staged OS, guests go on and are told
// the time. About 30 s typically, whatever the size of the guests.
namespace Rdfe.Domain.Maintenance.Technologies;

/// <summary>Memory-preserving update of the whole host OS.</summary>
public static class MemoryPreservingHeavy
{
    /// <summary>Staged → drained → guests paused → host boots over their memory → guests resumed → clocks synchronised.</summary>
    public static Procedure Of(MaintenanceSettings settings)
    {
        var s = settings.Heavy;
        return new(
            Technology.MemoryPreservingHeavy,
            [
                new(MaintenancePhase.Staging, s.Stage),
                new(MaintenancePhase.Draining, settings.Drain, ByController: true),
                new(MaintenancePhase.PausingGuests, s.Pausing, Guests: GuestsAre.Paused),
                new(MaintenancePhase.BootingHost, s.Boot, Guests: GuestsAre.Paused, AgentSilent: true, OnFailure: FailureComesTo.Reboot),
                new(MaintenancePhase.ResumingGuests, s.Resuming, Guests: GuestsAre.Paused, AgentSilent: true, OnFailure: FailureComesTo.Reboot),
                new(MaintenancePhase.SynchronisingClocks, s.SynchroniseClocks),
            ]);
    }
}
