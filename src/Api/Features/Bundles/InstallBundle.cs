// A bundle is pushed to a cluster (L4): refused whole where it would leave what does not go together (F5), unless an operator
// orders it and says why.
using System.Collections.Immutable;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Rdfe.Api.Features.Operations;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Bundles;

/// <param name="Reason">Why it shall go on regardless; it is recorded with who said so.</param>
public sealed record OverrideBody(string Reason);

public static class InstallBundle
{
    /// <param name="Bundle">Its name.</param>
    /// <param name="Components">Only these of it; all of them where absent.</param>
    /// <param name="MaxConcurrentNodes">The most nodes under way at a time.</param>
    /// <param name="Override">Push it whatever forbids it: the matrix, the promise, the gate, the brakes; nodes that do not answer are reached by power controller.</param>
    public sealed record Body(
        string Bundle, IReadOnlyList<Component>? Components = null, int? MaxConcurrentNodes = null, OverrideBody? Override = null);

    public sealed record Command(ClusterId Cluster, Body Body) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<Body>("POST", "/fabric/clusters/{cluster}/bundle",
            (call, body) => new Command(new ClusterId(call.Segment("cluster").ToLowerInvariant()), body))
        .Needs(Access.Operator)
        .Answers<OperationView>(202)
        .Named(nameof(InstallBundle), Tags.Fabric, "Push a bundle to a cluster's nodes; takes the place of one under way");

    public sealed class Validator : AbstractValidator<Body>
    {
        public Validator(IOptions<RdfeOptions> options)
        {
            var most = options.Value.Fabric.Bundles.MostConcurrentNodes;
            RuleFor(b => b.MaxConcurrentNodes).Must(n => n is null || (n >= 1 && n <= most))
                .WithMessage($"maxConcurrentNodes is 1 to {most}.");
            RuleFor(b => b.Components).Must(c => c is null || (c.Count > 0 && c.Distinct().Count() == c.Count))
                .WithMessage("components names at least one, and each once.");
            RuleFor(b => b.Override).Must(o => o is null || BundleUnderWay.IsReason(o.Reason)).WithMessage(BundleUnderWay.ReasonRule);
        }
    }

    internal sealed class Handler(
        CommandUnit unit, FabricCatalogue catalogue, PlacementDesk desk, FabricClock clock, IdSource ids, Call call, IOptions<RdfeOptions> options)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Push(work, command.Cluster, command.Body), cancellationToken);

        private Outcome<Reply> Push(UnitOfWork work, ClusterId cluster, Body body)
        {
            if (catalogue.Topology.Find(cluster) is null || work.Find<ClusterLoadRow>(cluster) is null)
            {
                return Refusals.NotFound("such cluster");
            }

            if (SafeModes.Forbids(work, cluster) is { } readOnly)
            {
                return readOnly;
            }

            var shelf = FabricStartup.BundlesOf(work.Db);
            if (shelf.Find(body.Bundle) is not { } bundle)
            {
                return BodyBinder.Invalid([("$.bundle", "There is no such bundle.")]);
            }

            var missing = (body.Components ?? []).Where(c => bundle.Versions[c] is null).ToList();
            if (missing.Count > 0)
            {
                return BodyBinder.Invalid([("$.components", $"{bundle.Name} has no version of {string.Join(", ", missing.Select(c => Words.Of(c)))}.")]);
            }

            var versions = body.Components is { } only ? bundle.Versions.Only([.. only]) : bundle.Versions;
            var matrix = CompatibilityMatrix.Of(shelf.Bundles);
            if (body.Override is null && WhyNot(work, cluster, matrix, bundle, versions) is { } refusal)
            {
                return refusal;
            }

            var now = clock.Now;
            var operation = Operation.Accept(new OperationId(ids.NextShort("op")), null, OperationKinds.InstallBundle,
                $"/fabric/clusters/{cluster}/bundle", cluster, StepNames.InstallBundle, 1, now);
            var row = operation.ToRow();
            work.Insert(row);
            var rules = matrix.Rules.Where(r => versions[r.Of] is not null || versions[r.With] is not null);
            desk.Post(work, cluster, new FabricRequest.InstallBundle(
                bundle.Name, versions, [.. rules], body.MaxConcurrentNodes ?? options.Value.Fabric.Bundles.ConcurrentNodes,
                body.Override is { } order ? new PushOverride(call.Caller.Name, order.Reason, now) : null, operation), now);
            return Reply.AcceptedByFabric(OperationView.Of(row), operation.Id);
        }

        // Every pair that would not go together, with how many nodes would have it.
        private Refusal? WhyNot(UnitOfWork work, ClusterId cluster, CompatibilityMatrix matrix, Bundle bundle, VersionSet versions)
        {
            var guests = work.Db.Set<FabricInstance>().AsNoTracking().Where(i => i.Cluster == cluster && i.GuestAgent != null && i.Node != null)
                .Select(i => new { i.Node, i.GuestAgent }).Distinct().AsEnumerable().ToLookup(i => i.Node!.Value, i => i.GuestAgent!);
            var nodes = work.Db.Set<FabricNode>().AsNoTracking().Where(n => n.Cluster == cluster).AsEnumerable()
                .Where(n => n.Versions is not null && catalogue.Topology.Find(n.Id) is { FcReserved: false })
                .Select(n => new NodeVersions(n.Versions!, [.. guests[n.Id]]));
            var pairs = matrix.Check(nodes, versions);
            return pairs.IsEmpty
                ? null
                : Refusals.Invalid("incompatibleVersions",
                    $"{bundle.Name} would leave {pairs.Length} pair{(pairs.Length == 1 ? "" : "s")} of versions that do not go together on nodes of {cluster}.",
                    pairs.Select(p => ($"{Words.Of(p.Of)} {p.OfVersion}, {Words.Of(p.With)} {p.WithVersion}", p.Sentence))) with
                { Kind = RefusalKind.Conflict };
        }
    }
}
