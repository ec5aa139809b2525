// The figures as plain records, always passed in, never looked up. Defaults stand in appsettings.json.
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Health;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Placement;
using Rdfe.Domain.Prediction;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.ServiceHealth;
using Rdfe.Domain.Topology;
using Rdfe.Domain.Windows;

namespace Rdfe.Domain.Fabric;

/// <summary>The figures that a controller decides by.</summary>
public sealed record FabricSettings
{
    /// <summary>Provisioning: steps, timeouts, tries (F3).</summary>
    public ProvisioningSettings Provisioning { get; init; } = new();

    /// <summary>Placement: weights of the preferences (P2).</summary>
    public PlacementSettings Placement { get; init; } = new();

    /// <summary>Health: timeouts, tries, brakes (H2, L1, L2).</summary>
    public HealthSettings Health { get; init; } = new();

    /// <summary>Pushes of bundles: the gate, tries, timeouts (L4).</summary>
    public BundleSettings Bundles { get; init; } = new();

    /// <summary>Maintenance of hosts: what technologies take, what counts as offline (M3, M4).</summary>
    public MaintenanceSettings Maintenance { get; init; } = new();

    /// <summary>Rollouts: stages, limits, the gate, phases (M5, W1).</summary>
    public RolloutSettings Rollouts { get; init; } = new();

    /// <summary>Windows: the platform's own (W5).</summary>
    public WindowSettings Windows { get; init; } = new();

    /// <summary>Notices: how long before (W3).</summary>
    public NoticeSettings Notices { get; init; } = new();

    /// <summary>Notices of service health (W4).</summary>
    public ServiceHealthSettings ServiceHealth { get; init; } = new();

    /// <summary>Failure prediction: the model, and how many nodes it may take out (H4).</summary>
    public PredictionSettings Prediction { get; init; } = new();

    /// <summary>Fewest fault domains of a role with two or more instances (P1).</summary>
    public int FewestFaultDomains { get; init; } = 2;
}
