// Creates an affinity group (R4): services that name it go to the same region, near each other.
using System.Collections.Immutable;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Placement;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.AffinityGroups;

public sealed record AffinityGroupView(
    string Name, string Region, IReadOnlyList<string> Clusters, Instant CreatedAt, string Etag)
{
    public static AffinityGroupView Of(AffinityGroupRow row) =>
        new(row.Name, row.Region.Value, row.Clusters, row.CreatedAt, row.ETag);
}

public static class PutAffinityGroup
{
    public sealed record Body(string Region);

    public sealed record Command(SubscriptionId Subscription, string Name, Body Body) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<Body>("PUT", "/subscriptions/{subscriptionId}/affinityGroups/{name}",
            (call, body) => new Command(call.Subscription, call.Name("name"), body))
        .Needs(Access.Contributor)
        .Answers<AffinityGroupView>(200, 201)
        .Named(nameof(PutAffinityGroup), Tags.AffinityGroups, "Create or replace an affinity group");

    public sealed class Validator : AbstractValidator<Body>
    {
        public Validator(IFabricDirectory fabric) => RuleFor(b => b.Region)
            .Must(r => fabric.Find(r) is not null)
            .WithMessage(b => $"There is no region '{b.Region}'; known are {string.Join(", ", fabric.Regions)}.");
    }

    internal sealed class Handler(
        CommandUnit unit, IFabricDirectory fabric, IEnumerable<IResourceUse> uses, PlacementDesk desk,
        IOptions<RdfeOptions> options, FabricClock clock)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Put(work, command), cancellationToken);

        private Outcome<Reply> Put(UnitOfWork work, Command command)
        {
            var (subscription, key) = (command.Subscription, Names.KeyOf(command.Name));
            var region = fabric.Find(command.Body.Region)!.Value;
            var row = work.Find<AffinityGroupRow>(subscription, key);
            if (unit.Precondition(row?.ETag) is { } refusal)
            {
                return refusal;
            }

            if (row is not null && row.Region != region
                && uses.WhoUses(work, subscription, Quota.AffinityGroups, key) is { } user)
            {
                return Refusals.Conflict("inUse", $"The region cannot change while {user} is in the affinity group.");
            }

            if (row is null && work.TryTake(subscription, Quota.AffinityGroups) is { } exceeded)
            {
                return exceeded;
            }

            var existed = row is not null;
            row ??= new AffinityGroupRow
            {
                SubscriptionId = subscription,
                NameKey = key,
                Name = command.Name,
                Region = region,
                ETag = "",
                CreatedAt = clock.Now,
            };
            row.Clusters = existed && row.Region == region ? row.Clusters : Clusters(work, region);
            row.Region = region;
            row.ETag = ETags.Of(new Body(region.Value));
            work.Upsert(row);
            return Reply.Put(existed, AffinityGroupView.Of(row), row.ETag);
        }

        // Chosen once, by the selection of services with nothing asked: the least loaded ones (R4, R5).
        private ImmutableArray<string> Clusters(UnitOfWork work, RegionId region) =>
        [
            .. ClusterSelector.Rank(desk.LoadsOf(work, region), new ClusterAsk(region, null, 0, 0, [], []))
                .Ranked.Take(options.Value.Fabric.AffinityGroupClusterCount).Select(c => c.Value),
        ];
    }
}
