// M4: the whole hypervisor is replaced on a running system. The new one is initialised beside the old, mirrors its state, and
// takes the machine over in a blackout of under a second; no packet is dropped, the longest delay of one is 600 ms.
namespace Rdfe.Domain.Maintenance.Technologies;

/// <summary>Hypervisor hot restart.</summary>
public static class HypervisorHotRestart
{
    /// <summary>Service partition → mirroring → blackout → handover → memory of the old one reclaimed, so that it can be repeated.</summary>
    public static Procedure Of(MaintenanceSettings settings)
    {
        var s = settings.HotRestart;
        return new(
            Technology.HypervisorHotRestart,
            [
                new(MaintenancePhase.Staging, s.Stage),
                new(MaintenancePhase.ServicePartition, s.ServicePartition),
                new(MaintenancePhase.Mirroring, s.Mirroring),
                // Once the partitions are suspended there is one hypervisor or the other, and no way to neither.
                new(MaintenancePhase.Blackout, s.Blackout, s.LongestBlackout, GuestsAre.Paused, OnFailure: FailureComesTo.Reboot),
                new(MaintenancePhase.Handover, s.Handover, s.LongestHandover, GuestsAre.Paused, OnFailure: FailureComesTo.Reboot),
                new(MaintenancePhase.ReclaimingMemory, s.ReclaimMemory),
            ]);
    }
}
