// What-if (M2, M4): what a rollout would do to each node and how, in which order, how long it would take and why no order is
// shorter. The plan has an id: a rollout that names it does exactly that, or is refused because the fabric has moved on.
using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using NodaTime;
using Rdfe.Api.Features.HostUpdates;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Planning;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.Staging;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Rollouts;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Rollouts;

/// <param name="Instances">What runs there.</param>
/// <param name="Technology">How it would be done; absent where nothing can be done.</param>
/// <param name="WorstPause">The longest pause of an instance, as predicted.</param>
/// <param name="Round">Its round, from 1; absent for a node that no moment will do for.</param>
/// <param name="Wait">Why it does not begin at once; absent where it does.</param>
/// <param name="RuledOut">Technologies with less impact, and what ruled each of them out.</param>
/// <param name="Escalations">Tenants' ceilings that it would break, and from when on.</param>
public sealed record ForecastNodeView(
    string Node, int Instances, Technology? Technology, Duration? WorstPause, int? Round, Instant? Starts, Instant? Ends, string? Wait,
    IReadOnlyList<RuledOutView> RuledOut, IReadOnlyList<string> Escalations);

/// <param name="Least">The fewest that any plan has.</param>
/// <param name="Clique">Nodes that all exclude each other, and so prove it.</param>
public sealed record RoundsView(int Rounds, int Least, IReadOnlyList<string> Clique);

/// <param name="Least">The least time that any plan takes.</param>
/// <param name="Clique">Nodes that have to go one after the other, and so prove it.</param>
public sealed record MakespanView(Duration Takes, Duration Least, IReadOnlyList<string> Clique);

/// <param name="Instance">The instance, by its id in the fabric.</param>
/// <param name="Why">What it is good for.</param>
public sealed record PlannedMoveView(string Instance, string From, string To, Instant Starts, Instant Ends, string Why);

/// <param name="Moves">Instances that are moved live first: only where all of it is over sooner with them than without.</param>
/// <param name="Staging">What it takes to bring the image to all nodes, before their turn; absent where the update has none.</param>
/// <param name="FreeNodes">How many nodes' worth of cores are free at the worst moment.</param>
public sealed record ForecastView(
    string Cluster, int Nodes, int InstancesAffected, RoundsView Rounds, MakespanView Makespan,
    IReadOnlyList<PlannedMoveView> Moves, StagingForecastView? Staging, double FreeNodes,
    IReadOnlyList<ForecastNodeView> Forecast);

/// <param name="Plan">Its id, for the rollout that shall do exactly this.</param>
public sealed record RolloutPreviewView(
    string Plan, string HostUpdate, IReadOnlyList<WaveView> Waves, IReadOnlyList<ForecastView> Clusters);

public static class PreviewRollout
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapMethods("/fabric/rollouts/preview", ["POST"], (Delegate)(async Task<IResult> (
            Call call, BodyReader reader, BodyBinder binder, Handler handler, CancellationToken cancel) =>
        {
            var document = await reader.ReadObjectAsync(call);
            if (document.Refused || document.Value is null)
            {
                return new Answer(document.Refusal ?? BodyReader.Invalid("A body is needed."));
            }

            var body = binder.Bind<PutRollout.Body>(document.Value, call.Error);
            return new Answer(call.Errors.Count > 0 ? BodyBinder.Invalid(call.Errors) : await handler.PreviewAsync(body, cancel));
        }))
        .WithMetadata(new BodyOf(typeof(PutRollout.Body), "application/json", false))
        .Needs(Access.Operator)
        .Answers<RolloutPreviewView>()
        .WithMetadata(new Heavy())
        .Named(nameof(PreviewRollout), Tags.Fabric, "What would a rollout do, in which order, and why not faster?");

    public sealed class Handler(
        RolloutForecasts forecasts, FabricCatalogue catalogue, Committer committer, FabricClock clock, TimeProvider time, IdSource ids,
        IOptions<RdfeOptions> options)
    {
        public async Task<Outcome<Reply>> PreviewAsync(PutRollout.Body body, CancellationToken cancel)
        {
            var spec = PutRollout.SpecOf(body, options.Value.Rollouts.ToSettings());
            var update = await committer.CommitAsync(work => PutRollout.UpdateOf(work, catalogue, spec.HostUpdate), cancel);
            if (update.Refused)
            {
                return update.Refusal;
            }

            var waves = RolloutWave.Of(spec, catalogue.Topology);
            if (waves.IsEmpty)
            {
                return PutRollout.EmptyScope;
            }

            var views = new List<ForecastView>();
            var approved = ImmutableArray.CreateBuilder<ApprovedCluster>();
            foreach (var cluster in RolloutWave.ScopeOf(spec, catalogue.Topology))
            {
                var forecast = await forecasts.Of(cluster.Id, update.Value, spec.MaxConcurrentNodes);
                if (forecast.Refused)
                {
                    return forecast.Refusal;
                }

                var plan = Planned(forecast.Value.Inventory);
                approved.Add(new(cluster.Id, forecast.Value.Inventory, RolloutPlans.OrderOf(plan), plan.Moves));
                views.Add(View(cluster.Id, forecast.Value, plan, StagingOf(cluster, update.Value, forecast.Value)));
            }

            var id = ids.NextShort("plan");
            var json = StoreJson.Write(new ApprovedPlan(spec, update.Value, approved.ToImmutable()));
            await committer.CommitAsync(work => work.Insert(new RolloutPlanRow { Id = id, Json = json, CreatedAt = clock.Now }), cancel);
            return Reply.Ok(new RolloutPreviewView(
                id, spec.HostUpdate, [.. waves.Select((w, i) => new WaveView(i + 1, w.Stage, [.. w.Targets.Select(t => t.Cluster.Value)]))], views));
        }

        // Bettered for as long as the setting allows: here nobody waits but who asked.
        private MaintenancePlan Planned(MaintenanceInventory inventory)
        {
            var plan = MaintenancePlanner.Plan(inventory, RolloutPlans.Settings(options.Value.Rollouts.ToSettings()));
            var began = time.GetTimestamp();
            return MaintenancePlanner.Improve(plan, () => time.GetElapsedTime(began) < options.Value.Rollouts.PlanBudget);
        }

        private StagingForecastView? StagingOf(Cluster cluster, HostUpdate update, RolloutForecast forecast)
        {
            var settings = options.Value.Maintenance.ToSettings().Staging;
            return settings.Ahead && update.Image is { } name && catalogue.Images.Find(name) is { } image
                ? StagingForecastView.Of(StagingPipe.Forecast(
                    cluster.Network, forecast.Nodes.Count(n => n.Report.Choice is not { IsStaged: true }), image.SizeMib, settings))
                : null;
        }

        private static ForecastView View(ClusterId cluster, RolloutForecast forecast, MaintenancePlan plan, StagingForecastView? staging)
        {
            var planned = plan.Nodes.ToDictionary(n => n.Node);
            var left = plan.Left.ToDictionary(l => l.Node);
            var on = forecast.Inventory.Nodes.ToDictionary(n => n.Id, n => n.Instances.Length);
            return new ForecastView(
                cluster.Value, forecast.Nodes.Length, plan.Nodes.Sum(n => n.Instances.Length),
                new RoundsView(plan.Rounds.Length, plan.RoundBound.Rounds, [.. plan.RoundBound.Clique.Select(n => n.Value)]),
                new MakespanView(plan.Takes, plan.TimeBound.Time, [.. plan.TimeBound.Clique.Select(n => n.Value)]),
                [.. plan.Moves.Select(m => new PlannedMoveView(m.Instance.Value, m.From.Value, m.To.Value, m.Starts, m.Ends, m.Why))],
                staging,
                plan.Steps.IsEmpty ? 0 : Math.Round(plan.Steps.Min(s => s.FreeNodes), 1),
                [.. forecast.Nodes.OrderBy(n => planned.GetValueOrDefault(n.Node)?.Starts ?? Instant.MaxValue).ThenBy(n => n.Node.Value, StringComparer.Ordinal)
                    .Select(n => NodeView(n, planned.GetValueOrDefault(n.Node), left.GetValueOrDefault(n.Node), on.GetValueOrDefault(n.Node)))]);
        }

        private static ForecastNodeView NodeView(NodeForecast node, PlannedNode? planned, NodeLeft? left, int instances)
        {
            var choice = node.Report.Choice;
            var better = node.Report.Rungs.TakeWhile(r => choice is null || r.Technology != choice.Technology);
            return new ForecastNodeView(
                node.Node.Value, instances, choice?.Technology,
                choice is { Predicted.IsEmpty: false } ? choice.Predicted.Max(p => p.Pause) : null,
                planned?.Round, planned?.Starts, planned?.Ends, planned?.Wait?.Detail ?? left?.Wait.Detail,
                [.. better.SelectMany(r => r.RuledOut.Select(o => new RuledOutView(r.Technology, o.By, o.Code, o.Sentence)))],
                [.. node.Report.Escalations.Select(e => $"{e.Sentence} From {e.Deadline} on it is done regardless.")]);
        }
    }
}
