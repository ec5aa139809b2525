// M4, plan A: a function's new invocations are redirected to its new version. Staged, then applied; milliseconds, invisible.
namespace Rdfe.Domain.Maintenance.Technologies;

/// <summary>Function-level hot patching.</summary>
public static class HotPatch
{
    /// <summary>Staged → applied.</summary>
    public static Procedure Of(MaintenanceSettings settings) => new(
        Technology.HotPatch,
        [
            new(MaintenancePhase.Staging, settings.HotPatch.Stage),
            new(MaintenancePhase.Applying, settings.HotPatch.Apply, settings.InvisiblePause, GuestsAre.Paused),
        ]);
}
