// A host update goes over the fabric (M5): the whole of what is asked is checked at once, and what is accepted runs by itself.
using System.Collections.Immutable;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using NodaTime;
using Rdfe.Api.Features.Fabric;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Rollouts;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Rollouts;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Rollouts;

public static class PutRollout
{
    /// <param name="HostUpdate">The update's name.</param>
    /// <param name="Regions">Regions that it goes over; all where absent.</param>
    /// <param name="Clusters">Clusters that it goes over; all of the regions where absent.</param>
    /// <param name="Stages">Its stages, in order; canary, pilot and broad where absent.</param>
    /// <param name="MaxConcurrentNodes">The most nodes of a cluster under way at a time.</param>
    /// <param name="MaxFailures">Nodes of a cluster that may fail before it stops.</param>
    /// <param name="SelfService">How long owners of virtual machines choose their own moment; P30D where absent, PT0S for not at all.</param>
    /// <param name="Scheduled">How long tenants' windows are kept to after that; P35D where absent.</param>
    /// <param name="Plan">Id of a preview with the same words: exactly that plan is done, or the rollout is refused.</param>
    public sealed record Body(
        string HostUpdate, IReadOnlyList<string>? Regions = null, IReadOnlyList<string>? Clusters = null,
        IReadOnlyList<StageView>? Stages = null, int? MaxConcurrentNodes = null, int? MaxFailures = null,
        Duration? SelfService = null, Duration? Scheduled = null, string? Plan = null);

    public sealed record Command(string Name, Body Body) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<Body>("PUT", "/fabric/rollouts/{name}", (call, body) => new Command(call.Name("name"), body))
        .Needs(Access.Operator)
        .Answers<RolloutView>(200, 202)
        .Named(nameof(PutRollout), Tags.Fabric, "Roll a host update out, in stages; the same again is no other rollout");

    public sealed class Validator : AbstractValidator<Body>
    {
        private const int MostStages = 20;
        private static readonly Duration Longest = Duration.FromDays(366);

        public Validator(FabricCatalogue catalogue, IOptions<RdfeOptions> options)
        {
            var most = options.Value.Rollouts.MostConcurrentNodes;
            RuleForEach(b => b.Regions).Must(r => catalogue.Topology.Find(new RegionId(r.ToLowerInvariant())) is not null)
                .WithMessage("There is no such region.");
            RuleForEach(b => b.Clusters).Must(c => catalogue.Topology.Find(new ClusterId(c.ToLowerInvariant())) is not null)
                .WithMessage("There is no such cluster.");
            RuleFor(b => b.MaxConcurrentNodes).Must(n => n is null || (n >= 1 && n <= most)).WithMessage($"maxConcurrentNodes is 1 to {most}.");
            RuleFor(b => b.MaxFailures).Must(n => n is null or >= 0).WithMessage("maxFailures is 0 or more.");
            RuleFor(b => b.SelfService).Must(IsSpan).WithMessage("A phase lasts from nothing to P366D.");
            RuleFor(b => b.Scheduled).Must(IsSpan).WithMessage("A phase lasts from nothing to P366D.");
            RuleFor(b => b.Stages).Must(s => s is null || s.Count is >= 1 and <= MostStages).WithMessage($"There are 1 to {MostStages} stages.");
            RuleFor(b => b.Stages).Must(s => s is null || s.Count == 0 || s[^1] is { Clusters: null, Share: null or 1 })
                .WithMessage("The last stage is for all nodes of all clusters.");
            RuleForEach(b => b.Stages).ChildRules(stage =>
            {
                stage.RuleFor(s => s.Name).Must(n => n.Length is >= 1 and <= 63).WithMessage("A name has 1 to 63 characters.");
                stage.RuleFor(s => s.Clusters).Must(n => n is null or >= 1).WithMessage("A stage is for one cluster at least.");
                stage.RuleFor(s => s.Share).Must(n => n is null or (> 0 and <= 1)).WithMessage("A share is above 0 and at most 1.");
                stage.RuleFor(s => s.Bake).Must(IsSpan).WithMessage("A bake lasts from nothing to P366D.");
            });
            RuleFor(b => b.Stages).Must(s => s is null || s.Select(x => x.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count() == s.Count)
                .WithMessage("Each stage has a name of its own.");
        }

        private static bool IsSpan(Duration? d) => d is null || (d >= Duration.Zero && d <= Longest);
    }

    internal static RolloutSpec SpecOf(Body body, RolloutSettings s) => new()
    {
        HostUpdate = body.HostUpdate.ToLowerInvariant(),
        Regions = [.. (body.Regions ?? []).Select(r => new RegionId(r.ToLowerInvariant())).Distinct().OrderBy(r => r.Value, StringComparer.Ordinal)],
        Clusters = [.. (body.Clusters ?? []).Select(c => new ClusterId(c.ToLowerInvariant())).Distinct().OrderBy(c => c.Value, StringComparer.Ordinal)],
        Stages = body.Stages is null ? s.Stages : [.. body.Stages.Select(x => new RolloutStage(x.Name, x.Clusters, x.Share ?? 1, x.Bake ?? Duration.Zero))],
        MaxConcurrentNodes = body.MaxConcurrentNodes ?? s.ConcurrentNodes,
        MaxFailures = body.MaxFailures ?? s.Failures,
        SelfService = body.SelfService ?? s.SelfService,
        Scheduled = body.Scheduled ?? s.Scheduled,
    };

    internal static readonly Refusal EmptyScope = Refusals.Conflict("emptyScope", "No cluster is in all that is named.");

    internal static Outcome<HostUpdate> UpdateOf(UnitOfWork work, FabricCatalogue catalogue, string name)
    {
        if (FabricDocuments.Find(work, FabricDocuments.HostUpdate, name) is not { } document)
        {
            return BodyBinder.Invalid([("$.hostUpdate", "There is no such update of hosts.")]);
        }

        var update = HostUpdateDocument.Read(document.NameKey, document.Json, catalogue.Images);
        return !update.Refused && update.Value.Component == MaintainedComponent.Hardware
            ? Refusals.Conflict("decommissionNodes", "Hardware goes node by node: POST /fabric/nodes/{node}/decommission.")
            : update;
    }

    internal sealed class Handler(
        CommandUnit unit, Committer committer, RolloutForecasts forecasts, FabricCatalogue catalogue, PlacementDesk desk, FabricClock clock, IdSource ids, Call call, IOptions<RdfeOptions> options)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public async Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken)
        {
            var plan = (ApprovedPlan?)null;
            if (command.Body.Plan is { } id)
            {
                plan = await committer.CommitAsync(
                    work => work.Find<RolloutPlanRow>(id) is { } row ? StoreJson.Read<ApprovedPlan>(row.Json) : null, cancellationToken);
                if (plan is null)
                {
                    return BodyBinder.Invalid([("$.plan", "There is no such plan.")]);
                }

                var since = await forecasts.Since(plan);
                if (since.Refused)
                {
                    return since.Refusal;
                }

                if (!since.Value.IsEmpty)
                {
                    return Refusals.Invalid("planStale", "The fabric has moved on since the plan was made: preview again.",
                        since.Value.Select(d => (d.Cluster.Value, d.Difference.Detail))) with
                    { Kind = RefusalKind.Conflict };
                }
            }

            return await unit.CommitAsync(work => Put(work, command.Name, command.Body, plan), cancellationToken);
        }

        private Outcome<Reply> Put(UnitOfWork work, string name, Body body, ApprovedPlan? plan)
        {
            var spec = SpecOf(body, options.Value.Rollouts.ToSettings());
            var existing = RolloutDesk.Find(work, name);
            if (unit.Precondition(existing is null ? null : RolloutView.ETagOf(existing)) is { } refusal)
            {
                return refusal;
            }

            if (existing is not null)
            {
                return RolloutView.ETagOf(existing) == ETags.Of(spec)
                    ? Reply.Put(true, ReadRollouts.View(call, work.Db, existing), RolloutView.ETagOf(existing))
                    : Refusals.Conflict("rolloutExists", $"{existing.Name} was begun with other words. A rollout is not changed: give the new one a name of its own.");
            }

            var update = UpdateOf(work, catalogue, spec.HostUpdate);
            if (update.Refused)
            {
                return update.Refusal;
            }

            if (plan is not null && (ETags.Of(plan.Spec) != ETags.Of(spec) || StoreJson.Write(plan.Update) != StoreJson.Write(update.Value)))
            {
                return Refusals.Conflict("otherPlan", "The plan was made for a rollout of other words, or the update has been published anew since.");
            }

            var waves = RolloutWave.Of(spec, catalogue.Topology);
            return waves.IsEmpty ? EmptyScope : WhyNot(work, spec) is { } no ? no : Begin(work, name, spec, update.Value, waves, plan);
        }

        private Outcome<Reply> Begin(
            UnitOfWork work, string name, RolloutSpec spec, HostUpdate update, ImmutableArray<RolloutWave> waves, ApprovedPlan? plan)
        {
            var now = clock.Now;
            var operation = Operation.Accept(
                new OperationId(ids.NextShort("op")), null, OperationKinds.RollOut, $"/fabric/rollouts/{name}", null,
                waves.Select(w => w.Stage).Distinct(), 0, now);
            work.Insert(operation.ToRow());
            var begun = Conducting.Begin(new Rollout
            {
                Name = name,
                Spec = spec,
                Update = update,
                ImageMib = update.Image is { } image ? catalogue.Images.Find(image)?.SizeMib ?? 0 : 0,
                Waves = waves,
                Operation = operation.Id,
                CreatedAt = now,
                Orders = plan is null ? [] : [.. plan.Clusters.Select(c => new ApprovedOrder(c.Cluster, c.Order, c.Moves.IsDefault ? [] : c.Moves))],
            });
            RolloutDesk.Save(work, desk, begun, now);
            return Reply.AcceptedByFabric(ReadRollouts.View(call, work.Db, begun.Rollout), operation.Id);
        }

        // A cluster has one rollout at a time, and none while nothing may change there.
        private Refusal? WhyNot(UnitOfWork work, RolloutSpec spec)
        {
            var clusters = RolloutWave.ScopeOf(spec, catalogue.Topology).Select(c => c.Id).ToList();
            foreach (var cluster in clusters)
            {
                if (SafeModes.Forbids(work, cluster) is { } readOnly)
                {
                    return readOnly;
                }
            }

            var busy = work.Db.Set<RolloutRow>().AsNoTracking().Where(r => r.EndedAt == null).AsEnumerable()
                .Select(r => StoreJson.Read<Rollout>(r.Json)).FirstOrDefault(r => r.Clusters.Any(c => clusters.Contains(c.Cluster)));
            return busy is null ? null : Refusals.Conflict(
                "rolloutUnderWay", $"{busy.Name} is under way in {busy.Clusters.First(c => clusters.Contains(c.Cluster)).Cluster}: a cluster has one rollout at a time.");
        }
    }
}
