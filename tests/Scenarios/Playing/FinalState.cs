// What a scenario left behind, so that two runs can be compared; and in which phase an update is (U1).
using Rdfe.Domain;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Updates;

namespace Rdfe.Scenarios.Playing;

internal static class FinalState
{
    /// <summary>Every service with its last operation, and every instance: where it is and what it runs. No times: a killed controller costs some.</summary>
    public static IEnumerable<string> Of(Stage stage) => stage.Services.SelectMany(service =>
    {
        var (d, last) = (stage.DeploymentOf(service), stage.OperationOf(service));
        return stage.InstancesOf(service)
            .Select(i => $"{Telling.Short(i.Id.Value),-18} UD {i.UpdateDomain}  {i.Node?.Value,-18} {Words.Of(i.CurrentPhase),-8} {i.Image,-6} "
                + $"boot {i.BootGeneration}  image {i.ImageGeneration}  config {i.ConfigGeneration}  lease {i.Lease}{(i.IsHealthy ? "" : "  NOT HEALTHY")}")
            .Prepend($"{service,-18} {Words.Of(d.State)}, package {d.Package}, {Reporting.UpdateOf(d)}; {last.Kind} {Words.Of(last.Status)}");
    });

    /// <summary>True while an update of the service is in a phase of this name.</summary>
    public static bool IsIn(ClusterState state, string service, string phase)
    {
        if (state.Deployments.GetValueOrDefault(service)?.Update is not { } update)
        {
            return false;
        }

        var instances = state.InstancesOf(service).ToList();
        return phase switch
        {
            "images" => update.Stage == UpdateStage.CreatingImages,
            "allocated" => update.Stage == UpdateStage.Walking && instances.Exists(i => i.Operation == update.Operation && i.Phase == InstancePhase.Placed),
            "draining" => instances.Exists(i => i.Planned is { Stage: ActStage.Draining }),
            "updating" => instances.Exists(i => Updated(i) && i.Phase is > InstancePhase.Placed and < InstancePhase.Booting),
            "awaitingHealth" => update.DomainChangedAt is not null && instances.Exists(i => Updated(i) && i.IsCurrent && i.Phase is >= InstancePhase.Booting and < InstancePhase.Ready),
            "removing" => update.Stage == UpdateStage.Removing,
            _ => throw new ArgumentException($"An update has no phase {phase}."),
        };

        // Those that were there before, and have the new image by now.
        bool Updated(FabricInstance i) => i.Operation != update.Operation && Updating(i, update);
    }

    private static bool Updating(FabricInstance i, DeploymentUpdate update) => i.Image == update.To.PackageSha256 && i.ImageGeneration > 1;
}
