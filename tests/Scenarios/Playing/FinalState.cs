// What a scenario left behind, so that two runs can be compared; and in which phase an update is (U1).
using Rdfe.Domain;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.Updates;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;

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

    /// <summary>
    /// All of it: services, machines, every node with what it runs, the rollout, each operation with its end, and whatever is under
    /// way or waits. Comparing this says whether a crash has left anything behind.
    /// </summary>
    public static IReadOnlyList<string> Whole(Stage stage) =>
    [
        .. Of(stage),
        .. stage.See(s => s.Machines.Values.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => s.Instances[m.Instance]).Select(i =>
            $"{i.Name} on {i.Node}: {Words.Of(i.CurrentPhase)}, boot {i.BootGeneration}, image {i.ImageGeneration}, lease {i.Lease}, healthy {i.IsHealthy}").ToList()),
        .. stage.See(s => s.Nodes.Values.OrderBy(n => n.Id.Value, StringComparer.Ordinal).Select(n =>
            $"{n.Id}: {Words.Of(n.State)}, {n.Versions}, trouble {n.Health?.Trouble}, ghosts {n.Ghosts.Length}, install {n.Install is not null}, maintenance {n.Maintenance is not null}").ToList()),
        .. stage.See(s => s.Instances.Values.Where(i => i.Planned is not null || i.Migration is not null || i.Health?.Healing is not null)
            .OrderBy(i => i.Id.Value, StringComparer.Ordinal).Select(i => $"{Telling.Short(i.Id.Value)} waits: {i.Planned?.Kind} {i.Migration?.Target} {i.Health?.Healing}").ToList()),
        stage.See(s => $"push {s.Bundles.Push is not null}, rollout {s.Rollout?.Stage}, notices {s.Instances.Values.Select(NoticeBoard.ScopeOf).Distinct().Sum(n => s.Notices.Find(n)?.Live.Length ?? 0)}"),
        .. stage.Town.All<OperationRow>().OrderBy(o => o.Id.Value, StringComparer.Ordinal).Select(o => o.ToOperation())
            .Select(o => $"{o.Id} {o.Kind} {o.Resource} {Words.Of(o.Status)} {o.Error?.Code}"),
        .. stage.Town.All<RolloutRow>().OrderBy(r => r.NameKey, StringComparer.Ordinal).Select(r => StoreJson.Read<Rollout>(r.Json))
            .Select(r => $"{r.Name} {Words.Of(r.Status)}"),
    ];

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
            "draining" => instances.Exists(i => i.IsTakenDown),
            "updating" => instances.Exists(i => Updated(i) && i.Phase is > InstancePhase.Placed and < InstancePhase.Booting),
            "awaitingHealth" => update.DomainChangedAt is not null && instances.Exists(i => Updated(i) && i.IsCurrent && i.Phase is >= InstancePhase.Booting and < InstancePhase.Ready),
            "removing" => update.Stage == UpdateStage.Removing,
            _ => throw new ArgumentException($"An update has no phase {phase}."),
        };

        // Those that were there before, and have the new image by now.
        bool Updated(FabricInstance i) => i.Operation != update.Operation && Updating(i, update);
    }

    /// <summary>True where an update is in a later phase than this one.</summary>
    public static bool IsPast(ClusterState state, string service, string phase)
    {
        string[] phases = ["images", "allocated", "draining", "updating", "awaitingHealth", "removing"];
        return phases[(Array.IndexOf(phases, phase) + 1)..].Any(later => IsIn(state, service, later));
    }

    private static bool Updating(FabricInstance i, DeploymentUpdate update) => i.Image == update.To.PackageSha256 && i.ImageGeneration > 1;
}
