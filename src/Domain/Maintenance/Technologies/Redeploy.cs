// M7: the node goes for good, and guests that can't be moved as they run are placed elsewhere anew: a boot, on another node,
// with a new temporary disk.
namespace Rdfe.Domain.Maintenance.Technologies;

/// <summary>Placing guests elsewhere anew.</summary>
public static class Redeploy
{
    /// <summary>Evacuated; what is left to do on the node is nothing.</summary>
    public static Procedure Of(MaintenanceSettings settings) => new(
        Technology.Redeploy, [new(MaintenancePhase.Evacuating, settings.RedeployPause, Guests: GuestsAre.Down, ByController: true)]);
}
