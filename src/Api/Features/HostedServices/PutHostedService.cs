// Creates a hosted service (R4): its name becomes a DNS name, so it is unique in the whole cloud.
using MediatR;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.HostedServices;

public static class PutHostedService
{
    public sealed record Command(SubscriptionId Subscription, string Service, HostedServiceBody Body) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<HostedServiceBody>("PUT", "/subscriptions/{subscriptionId}/services/{service}",
            (call, body) => new Command(call.Subscription, ServiceName(call), body))
        .Needs(Access.Contributor)
        .Answers<HostedServiceView>(200, 201)
        .Named(nameof(PutHostedService), Tags.HostedServices, "Create or replace a hosted service");

    private static string ServiceName(Call call)
    {
        var name = call.Name("service");
        if (Names.IsName(name) && HostedServiceView.WhyNotAName(name) is { } why)
        {
            call.Error("service", why);
        }

        return name;
    }

    internal sealed class Handler(CommandUnit unit, HostedServiceWrites writes, FabricClock clock)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Put(work, command), cancellationToken);

        private Outcome<Reply> Put(UnitOfWork work, Command command)
        {
            var (subscription, key) = (command.Subscription, Names.KeyOf(command.Service));
            var row = work.Find<HostedServiceRow>(subscription, key);
            if (unit.Precondition(row?.ETag) is { } refusal)
            {
                return refusal;
            }

            if (row is not null)
            {
                return writes.Apply(work, row, command.Body, existed: true);
            }

            if (work.Db.Set<HostedServiceRow>().Any(s => s.DnsName == key))
            {
                return Refusals.NameNotAvailable("service name", command.Service);
            }

            return work.TryTake(subscription, Quota.Services) is { } exceeded
                ? exceeded
                : writes.Apply(work, New(subscription, key, command.Service), command.Body, existed: false);
        }

        private HostedServiceRow New(SubscriptionId subscription, string key, string name) => new()
        {
            SubscriptionId = subscription,
            NameKey = key,
            Name = name,
            DnsName = key,
            Region = default,
            Label = "",
            ETag = "",
            CreatedAt = clock.Now,
        };
    }
}

/// <summary>What PUT and PATCH write alike.</summary>
internal sealed class HostedServiceWrites(IFabricDirectory fabric, IEnumerable<IResourceUse> uses)
{
    public Outcome<Reply> Apply(UnitOfWork work, HostedServiceRow row, HostedServiceBody body, bool existed)
    {
        var place = Place.Of(work, row.SubscriptionId, body, fabric);
        if (place.Refused)
        {
            return place.Refusal;
        }

        var moves = existed && place.Value != new Place(row.Region, row.AffinityGroup);
        if (moves && uses.WhoUses(work, row.SubscriptionId, "services", row.NameKey) is { } user)
        {
            return Refusals.Conflict("inUse", $"The service cannot move while it has {user}.");
        }

        (row.Region, row.AffinityGroup, row.Label) = (place.Value.Region, place.Value.AffinityGroup, body.Label);
        row.ETag = ETags.Of(HostedServiceBody.Of(row));
        work.Upsert(row);
        return Reply.Put(existed, HostedServiceView.Of(row), row.ETag);
    }
}
