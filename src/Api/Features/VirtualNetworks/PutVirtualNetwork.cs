// Creates a virtual network: a named set of services whose instances may talk to each other (N1).
using FluentValidation;
using MediatR;
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.VirtualNetworks;

public sealed record VirtualNetworkView(string Name, IReadOnlyList<string> Services, Instant CreatedAt, string Etag)
{
    public static VirtualNetworkView Of(VirtualNetworkRow row) =>
        new(row.Name, StoreJson.Read<string[]>(row.ServicesJson), row.CreatedAt, row.ETag);
}

public static class PutVirtualNetwork
{
    // Bounds the packet filters that each instance's node has to hold.
    private const int MaxServices = 100;

    public sealed record Body(IReadOnlyList<string> Services);

    public sealed record Command(SubscriptionId Subscription, string Name, Body Body) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<Body>("PUT", "/subscriptions/{subscriptionId}/virtualNetworks/{name}",
            (call, body) => new Command(call.Subscription, call.Name("name"), body))
        .Needs(Access.Contributor)
        .Answers<VirtualNetworkView>(200, 201)
        .Named(nameof(PutVirtualNetwork), Tags.VirtualNetworks, "Create or replace a virtual network");

    public sealed class Validator : AbstractValidator<Body>
    {
        public Validator()
        {
            RuleFor(b => b.Services).Must(s => s.Count <= MaxServices).WithMessage($"At most {MaxServices} services.");
            RuleForEach(b => b.Services).Must(Names.IsName).WithMessage(Names.Rule);
        }
    }

    internal sealed class Handler(CommandUnit unit, FabricClock clock) : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Put(work, command), cancellationToken);

        private Outcome<Reply> Put(UnitOfWork work, Command command)
        {
            var (subscription, key) = (command.Subscription, Names.KeyOf(command.Name));
            var row = work.Find<VirtualNetworkRow>(subscription, key);
            if (unit.Precondition(row?.ETag) is { } refusal)
            {
                return refusal;
            }

            var missing = command.Body.Services
                .Select((name, i) => (Name: name, Path: $"$.services[{i}]"))
                .Where(s => work.Find<HostedServiceRow>(subscription, Names.KeyOf(s.Name)) is null)
                .Select(s => (s.Path, $"There is no hosted service '{s.Name}'.")).ToArray();
            if (missing.Length > 0)
            {
                return BodyBinder.Invalid(missing);
            }

            if (row is null && work.TryTake(subscription, Quota.VirtualNetworks) is { } exceeded)
            {
                return exceeded;
            }

            // A set: the order and the case in which services were named make no difference.
            var services = command.Body.Services.Select(Names.KeyOf).Distinct().Order(StringComparer.Ordinal).ToArray();
            var existed = row is not null;
            row ??= new VirtualNetworkRow
            {
                SubscriptionId = subscription,
                NameKey = key,
                Name = command.Name,
                ServicesJson = "[]",
                ETag = "",
                CreatedAt = clock.Now,
            };
            row.ServicesJson = StoreJson.Write(services);
            row.ETag = ETags.Of(new Body(services));
            work.Upsert(row);
            return Reply.Put(existed, VirtualNetworkView.Of(row), row.ETag);
        }
    }
}

/// <summary>A service stays while a virtual network names it.</summary>
internal sealed class VirtualNetworkUse : Rdfe.Infrastructure.IResourceUse
{
    public string? WhoUses(UnitOfWork unit, SubscriptionId subscription, string kind, string nameKey) =>
        kind != "services" ? null : unit.Db.Set<VirtualNetworkRow>()
            .Where(n => n.SubscriptionId == subscription).ToArray()
            .Where(n => StoreJson.Read<string[]>(n.ServicesJson).Contains(nameKey, StringComparer.Ordinal))
            .Select(n => "the virtual network " + n.Name).FirstOrDefault();
}
