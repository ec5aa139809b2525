// M4: agents of the host and their plug-ins are replaced as the node runs: no pause. Guests do not depend on them from
// moment to moment; what they would say is said a little later.
namespace Rdfe.Domain.Maintenance.Technologies;

/// <summary>Replacing an agent without a reboot.</summary>
public static class AgentRestart
{
    /// <summary>Fetched → replaced.</summary>
    public static Procedure Of(MaintenanceSettings settings) => new(
        Technology.AgentRestart,
        [
            new(MaintenancePhase.Staging, settings.AgentRestart.Stage),
            new(MaintenancePhase.Replacing, settings.AgentRestart.Replace),
        ]);
}
