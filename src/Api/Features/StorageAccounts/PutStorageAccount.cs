// Creates a storage account (R4): a name that is unique in the cloud, placed on a cluster, and nothing more.
using FluentValidation;
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

namespace Rdfe.Api.Features.StorageAccounts;

public sealed record StorageAccountView(
    string Name, string Region, string? AffinityGroup, string Cluster, Instant CreatedAt, string Etag)
{
    public static StorageAccountView Of(StorageAccountRow row) =>
        new(row.Name, row.Region.Value, row.AffinityGroup, row.Cluster.Value, row.CreatedAt, row.ETag);
}

public static class PutStorageAccount
{
    public sealed record Body(string? Region = null, string? AffinityGroup = null) : IPlaced;

    public sealed record Command(SubscriptionId Subscription, string Name, Body Body) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<Body>("PUT", "/subscriptions/{subscriptionId}/storageAccounts/{name}",
            (call, body) => new Command(call.Subscription, call.Name("name"), body))
        .Needs(Access.Contributor)
        .Answers<StorageAccountView>(200, 201)
        .Named(nameof(PutStorageAccount), Tags.StorageAccounts, "Create a storage account");

    public sealed class Validator : AbstractValidator<Body>
    {
        public Validator(IFabricDirectory fabric) => this.NamesOnePlace(fabric);
    }

    internal sealed class Handler(
        CommandUnit unit, IFabricDirectory fabric, IClusterPicker clusters, FabricClock clock)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Put(work, command), cancellationToken);

        private Outcome<Reply> Put(UnitOfWork work, Command command)
        {
            var (subscription, key) = (command.Subscription, Names.KeyOf(command.Name));
            var row = work.Find<StorageAccountRow>(subscription, key);
            if (unit.Precondition(row?.ETag) is { } refusal)
            {
                return refusal;
            }

            var place = Place.Of(work, subscription, command.Body, fabric);
            if (place.Refused)
            {
                return place.Refusal;
            }

            if (row is not null)
            {
                // What is stored cannot follow to another region by itself.
                return place.Value == new Place(row.Region, row.AffinityGroup)
                    ? Reply.Put(existed: true, StorageAccountView.Of(row), row.ETag)
                    : Refusals.Conflict("cannotMove", "A storage account stays where it was created.");
            }

            if (work.Db.Set<StorageAccountRow>().Any(a => a.NameKey == key))
            {
                return Refusals.NameNotAvailable("storage account name", command.Name);
            }

            if (work.TryTake(subscription, Quota.StorageAccounts) is { } exceeded)
            {
                return exceeded;
            }

            var cluster = clusters.Pick(work, place.Value.Region);
            return cluster.Refused ? cluster.Refusal : Create(work, command, place.Value, cluster.Value);
        }

        private Outcome<Reply> Create(UnitOfWork work, Command command, Place place, ClusterId cluster)
        {
            var row = new StorageAccountRow
            {
                SubscriptionId = command.Subscription,
                NameKey = Names.KeyOf(command.Name),
                Name = command.Name,
                Region = place.Region,
                AffinityGroup = place.AffinityGroup,
                Cluster = cluster,
                ETag = ETags.Of(command.Body),
                CreatedAt = clock.Now,
            };
            work.Insert(row);
            return Reply.Put(existed: false, StorageAccountView.Of(row), row.ETag);
        }
    }
}
