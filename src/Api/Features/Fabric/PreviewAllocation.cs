// What-if: where would this request go, and why; nothing is kept. The same ranking, the same fall-through and the same
// allocator as the real thing, on a consistent view of each cluster that is asked.
using System.Collections.Immutable;
using FluentValidation;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Placement;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Settings;

namespace Rdfe.Api.Features.Fabric;

/// <param name="Score">Its points; absent where a constraint turns it away.</param>
public sealed record PreviewNode(string Node, int FaultDomain, string? TurnedAwayBy, double? Score, PreferenceScores? Scores);

/// <param name="TurnedAway">How many nodes each constraint turned away; each node counts for the first that does.</param>
/// <param name="Best">The best nodes for the first instance of the group, best first.</param>
/// <param name="AllNodes">Every node with its verdict.</param>
public sealed record PreviewGroupView(
    string? Group, int Nodes, int Eligible, IReadOnlyDictionary<string, int> TurnedAway, IReadOnlyList<string> Best,
    IReadOnlyList<PreviewNode> AllNodes);

/// <param name="Bound">The constraint that bound; absent where it was placed.</param>
/// <param name="Attempt">Which way of searching gave the answer.</param>
public sealed record PreviewTryView(
    string Cluster, bool Placed, string? Bound, string Detail, string? Attempt, IReadOnlyList<PreviewGroupView> Groups);

public sealed record PreviewInstanceView(string Name, string Role, int UpdateDomain, string Node, int FaultDomain);

/// <param name="Candidates">The clusters of the region with their figures (R5).</param>
/// <param name="Tries">The clusters that were asked, in order; the last one has room where <paramref name="Placed"/> is true.</param>
public sealed record PreviewView(
    bool Placed, string? Cluster, IReadOnlyList<CandidateView> Candidates, IReadOnlyList<PreviewTryView> Tries,
    IReadOnlyList<PreviewInstanceView> Instances);

public static class PreviewAllocation
{
    // The engine searches while every cluster waits.
    private const int MostInstances = 1000;

    public sealed record Role(string Name, string Size, int Count, IReadOnlyList<ServiceEndpoint>? Endpoints = null);

    /// <summary>Either a service, with <c>roles</c>, or machines, with <c>size</c> and <c>count</c>.</summary>
    public sealed record Body(
        string Region, IReadOnlyList<Role>? Roles = null, string? Size = null, int? Count = null,
        int? UpdateDomainCount = null, int? FaultDomainCount = null, bool Isolated = false);

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapMethods("/fabric/allocations/preview", ["POST"], (Delegate)(async Task<IResult> (
            Call call, BodyReader reader, BodyBinder binder, Handler handler, CancellationToken cancel) =>
        {
            var document = await reader.ReadObjectAsync(call);
            if (document.Refused || document.Value is null)
            {
                return new Answer(document.Refusal ?? BodyReader.Invalid("A body is needed."));
            }

            var body = binder.Bind<Body>(document.Value, call.Error);
            return new Answer(call.Errors.Count > 0 ? BodyBinder.Invalid(call.Errors) : await handler.PreviewAsync(body, cancel));
        }))
        .WithMetadata(new BodyOf(typeof(Body), "application/json", false))
        .Needs(Access.Operator)
        .Answers<PreviewView>()
        .Named(nameof(PreviewAllocation), Tags.Fabric, "Where would this go, and why? Nothing is kept");

    public sealed class Validator : AbstractValidator<Body>
    {
        public Validator(FabricCatalogue catalogue, IOptions<RdfeOptions> options)
        {
            var most = options.Value.Fabric.MaxUpdateDomainCount;
            RuleFor(b => b.Region).Must(r => catalogue.Topology.FindRegion(r) is not null)
                .WithMessage(b => $"There is no region '{b.Region}'.");
            RuleFor(b => b.UpdateDomainCount).InclusiveBetween(1, most);
            RuleFor(b => b.FaultDomainCount).InclusiveBetween(1, 20);
            RuleFor(b => b.Size).Must((b, s) => s is null != b.Roles is null)
                .WithMessage("Ask either for roles, or for a size and a count.");
            RuleFor(b => b.Size).Must(s => s is null || catalogue.Sizes.Find(s) is not null)
                .WithMessage(b => $"There is no size '{b.Size}'.");
            RuleFor(b => b.Count).Must((b, c) => b.Size is null ? c is null : c is >= 1 and <= MostInstances)
                .WithMessage($"A count goes with a size, and is 1 to {MostInstances}.");
            RuleFor(b => b.Roles).Must(r => r is null or { Count: > 0 and <= 25 }).WithMessage("A service has 1 to 25 roles.");
            RuleFor(b => b.Roles).Must(r => r is null || r.Sum(x => (long)x.Count) <= MostInstances)
                .WithMessage($"At most {MostInstances} instances in all.");
            RuleFor(b => b.Roles).Must(r => r is null || r.Select(x => x.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count() == r.Count)
                .WithMessage("Roles have different names.");
            RuleForEach(b => b.Roles).ChildRules(role =>
            {
                role.RuleFor(r => r.Count).InclusiveBetween(1, MostInstances);
                role.RuleFor(r => r.Size).Must(s => catalogue.Sizes.Find(s) is not null).WithMessage(r => $"There is no size '{r.Size}'.");
            });
        }
    }

    /// <summary>Not a command: it changes nothing, so nothing of it is logged or kept.</summary>
    public sealed class Handler(
        FabricCatalogue catalogue, FabricEngine engine, FabricSettings settings, IReadStore store, IOptions<RdfeOptions> options)
    {
        public async Task<Outcome<Reply>> PreviewAsync(Body body, CancellationToken cancel)
        {
            var (ask, scope) = Read(body);
            await using var db = await store.OpenAsync(cancel);
            var rows = await db.Set<ClusterLoadRow>().Where(r => r.Region == scope.Region).ToListAsync(cancel);
            var loads = catalogue.LoadsOf(rows.Where(r => catalogue.Topology.Find(r.Cluster) is not null));
            if (!loads.Any(l => PlacementDesk.MayTake(l, scope)))
            {
                return Refusals.Conflict("noClusterForFamily",
                    $"No cluster of {scope.Region} has hardware of {string.Join(", ", scope.Families)}.");
            }

            var (choice, next) = PlacementDesk.NextOf(loads, scope, []);
            var candidates = choice.Candidates.Select(c => CandidateView.Of(PlacementStories.Verdict(c))).ToList();
            var tries = new List<PreviewTryView>();
            var tried = ImmutableArray<ClusterId>.Empty;
            while (next is { } cluster)
            {
                var load = loads.First(l => l.Cluster == cluster);
                var held = (int)Math.Clamp(load.VipsAllocatable - load.VipsUsed, 0, scope.Vips);
                var answer = await engine.Ask(cluster, state => PlacementPreview.Of(state, settings, ask, scope with { VipsHeld = held }));
                if (answer.Refused)
                {
                    return answer.Refusal;
                }

                tries.Add(View(answer.Value));
                if (answer.Value.Try.Placed)
                {
                    return Reply.Ok(new PreviewView(true, cluster.Value, candidates, tries,
                        [.. answer.Value.Instances.Select(i => new PreviewInstanceView(
                            i.Name, i.Group, i.UpdateDomain, i.Node.Value, i.FaultDomain))]));
                }

                tried = tried.Add(cluster);
                (_, next) = PlacementDesk.NextOf(loads, scope, tried);
            }

            return Reply.Ok(new PreviewView(false, null, candidates, tries, []));
        }

        private (PreviewAsk Ask, PlacementScope Scope) Read(Body body)
        {
            var groups = body.Roles is { } roles
                ? roles.Select(r => new PreviewGroup(r.Name, catalogue.Sizes.Find(r.Size)!, r.Count)).ToImmutableArray()
                : [new PreviewGroup("machine", catalogue.Sizes.Find(body.Size!)!, body.Count!.Value)];
            var set = body.Roles is not null || body.UpdateDomainCount > 1 || body.FaultDomainCount > 1;
            var ask = new PreviewAsk(
                groups, body.UpdateDomainCount ?? (set ? options.Value.Fabric.UpdateDomainCount : 1),
                body.FaultDomainCount ?? settings.FewestFaultDomains, body.Isolated, Apart: set);
            var vips = body.Roles?.Any(r => r.Endpoints?.Any(e => e.PublicPort is not null) == true) == true ? 1 : 0;
            return (ask, new PlacementScope(
                catalogue.Topology.FindRegion(body.Region)!.Id, [],
                [.. groups.Select(g => g.Size.Family).Distinct(StringComparer.Ordinal)],
                groups.Sum(g => g.Size.Needs.Cores * g.Count), vips, 0, Pin: null, MayMove: true));
        }

        private static PreviewTryView View(PreviewAnswer answer) => new(
            answer.Try.Cluster.Value, answer.Try.Placed, answer.Try.Bound, answer.Try.Detail, answer.Report?.Attempt,
            [.. (answer.Report?.Groups ?? []).Select(g => new PreviewGroupView(
                g.Group?.Value["preview/".Length..], g.Nodes, g.Eligible,
                g.TurnedAway.ToDictionary(t => Wire.EnumName(t.Constraint), t => t.Nodes, StringComparer.Ordinal),
                [.. g.Best.Select(b => $"{b.Node}: {b.Why}")],
                [.. g.AllNodes.Select(n => new PreviewNode(
                    n.Node.Value, n.FaultDomain, n.TurnedAwayBy is { } c ? Wire.EnumName(c) : null, n.Scores?.Total, n.Scores))]))]);
    }
}
