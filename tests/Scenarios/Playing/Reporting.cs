// Tables of a scenario's log: what runs where, and how a cluster is, one line at a time.
using System.Globalization;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Topology;
using Rdfe.Domain.Updates;
using NodeState = Rdfe.Domain.Topology.NodeState;

namespace Rdfe.Scenarios.Playing;

internal static class Reporting
{
    /// <summary>Above the rows of a report.</summary>
    public static string Header(Stage stage) =>
        $"{"time",9}  {"investigated",12} {"for repair",10} {"waiting",8} {"no more",8} {"moved",6} {"taken down",12}   "
        + string.Join(' ', Tenants(stage).Select(t => $"{t,9}"));

    /// <summary>How the cluster is now: nodes, instances that wait, moves so far, healthy instances of each tenant.</summary>
    public static string Row(Stage stage, Played played)
    {
        var (investigated, repair, waiting, condemned) = stage.See(s => (
            s.Nodes.Values.Count(n => n.State == NodeState.HumanInvestigate),
            s.Nodes.Values.Count(n => n.State == NodeState.OutForRepair),
            s.Instances.Values.Count(i => i.Health?.Healing is not null),
            s.Instances.Values.Count(i => i.Health?.Condemned == true)));
        var last = new Availability();
        stage.See(s =>
        {
            last.Take(stage.Elapsed, s);
            return true;
        });
        return $"{Telling.Clock(stage.Elapsed),9}  {investigated,12} {repair,10} {waiting,8} {condemned,8} {played.Moves,6} {played.RunningLost.Values.Sum(),12}   "
            + string.Join(' ', Tenants(stage).Select(t => Availability.Of(last.Samples[0], t) is { } share
                ? share.ToString("0.0", CultureInfo.InvariantCulture).PadLeft(7) + " %"
                : "        -"));
    }

    /// <summary>The figures of the whole.</summary>
    public static IEnumerable<string> Totals(Stage stage, Played played)
    {
        var lost = played.RunningLost;
        var (nodes, instances) = stage.See(s => (s.Nodes.Count, s.Instances.Values.Count(i => i.Power == PowerGoal.Running)));
        yield return $"{nodes,6} nodes, {instances} instances";
        yield return $"{played.MostInvestigated,6} nodes in Human Investigate, at the most; the brake is at {played.Threshold} and is {(played.BrakesEnabled ? "on guard" : "switched off")}";
        yield return $"{played.Kinds.GetValueOrDefault("guestAgentNeverConnected"),6} starts in which the guest agent never connected";
        yield return $"{played.Moves,6} moves of instances by healing, of which {lost.Values.Sum()} took down instances that ran well"
            + (lost.Values.Sum() > 0 ? ": " + string.Join(", ", lost.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => $"{t.Key} {t.Value}")) : "");
        yield return $"{played.Kinds.GetValueOrDefault("instanceCondemned"),6} instances that were placed no more after they had taken two nodes";
    }

    /// <summary>A service and each of its instances.</summary>
    public static IEnumerable<string> Status(Stage stage, string service)
    {
        var d = stage.See(s => s.Deployments.GetValueOrDefault(service));
        if (d is null)
        {
            yield return Telling.Entry(stage.Elapsed, "status", service, "is not there");
            yield break;
        }

        var all = stage.InstancesOf(service);
        yield return Telling.Entry(stage.Elapsed, "status", service,
            $"{all.Count(i => i.IsHealthy)} of {all.Count} healthy, package {d.Package}, {UpdateOf(d)}");
        foreach (var i in all)
        {
            var node = i.Node is { } n ? stage.Town.Catalogue.Topology.Find(n) : null;
            yield return $"{"",13}{Telling.Short(i.Id.Value),-22}  UD {i.UpdateDomain}  FD {node?.FaultDomain.ToString() ?? "-",-3} {i.Node?.Value ?? "-",-20} {Words.Of(i.CurrentPhase),-14} {i.Image,-10} {TroubleOf(i)}".TrimEnd();
        }
    }

    /// <summary>What an update does now, in words.</summary>
    public static string UpdateOf(Deployment d) => d.Update is not { } u ? "no update"
        : $"{(u.IsRollback ? "rollback" : "update")} to {u.To.Package} {Words.Of(u.Stage)}"
            + (u.Stage is UpdateStage.Walking or UpdateStage.Unhealthy or UpdateStage.AwaitingWalk && !u.Domains.IsEmpty ? $" at UD {u.Domains[0]}" : "")
            + (u.Blocker is { } b ? $": {Telling.Short(b.Detail)}" : "");

    private static string TroubleOf(FabricInstance i) =>
        i.Health?.Condemned == true ? "placed no more"
        : i.Health?.Healing is { } h ? $"waits for a node ({h.Why}): {(h.Blocker is { } b ? b.Code : "")}"
        : i.IsHealthy ? "" : "not healthy";

    private static IEnumerable<string> Tenants(Stage stage) => stage.Services.Select(Stage.TenantOf).Distinct();
}
