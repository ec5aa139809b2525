// Creates or replaces an availability set (D5): machines that name it are dealt over its update and fault domains.
using FluentValidation;
using MediatR;
using Microsoft.Extensions.Options;
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.AvailabilitySets;

/// <param name="Region">Where it is; or name an affinity group.</param>
/// <param name="AffinityGroup">Near what else is in the group.</param>
/// <param name="UpdateDomainCount">Over how many update domains its machines are dealt.</param>
/// <param name="FaultDomainCount">Over how many racks they spread at least.</param>
/// <param name="Maintenance">What its machines bear of the platform's maintenance, where they do not say themselves.</param>
public sealed record AvailabilitySetBody(
    string? Region = null, string? AffinityGroup = null, int? UpdateDomainCount = null, int? FaultDomainCount = null,
    MaintenanceCeilings? Maintenance = null) : IPlaced;

public static class PutAvailabilitySet
{
    public sealed record Command(SubscriptionId Subscription, string Name, AvailabilitySetBody Body) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<AvailabilitySetBody>("PUT", "/subscriptions/{subscriptionId}/availabilitySets/{name}",
            (call, body) => new Command(call.Subscription, call.Name("name"), body))
        .Needs(Access.Contributor)
        .Answers<AvailabilitySetView>(200, 201)
        .Named(nameof(PutAvailabilitySet), Tags.AvailabilitySets, "Create or replace an availability set");

    public sealed class Validator : AbstractValidator<AvailabilitySetBody>
    {
        // As many racks as nobody has in one cluster: what does not fit is the outcome of a placement, not an error here.
        private const int MostFaultDomains = 100;

        public Validator(IFabricDirectory fabric, IOptions<RdfeOptions> options)
        {
            this.NamesOnePlace(fabric);
            RuleFor(b => b.UpdateDomainCount).InclusiveBetween(1, options.Value.Fabric.MaxUpdateDomainCount);
            RuleFor(b => b.FaultDomainCount).InclusiveBetween(1, MostFaultDomains);
            RuleFor(b => b.Maintenance).Custom((said, context) =>
            {
                foreach (var (member, message) in said?.Errors() ?? [])
                {
                    context.AddFailure($"Maintenance.{member}", message);
                }
            });
        }
    }

    internal sealed class Handler(
        CommandUnit unit, IFabricDirectory fabric, FabricCatalogue catalogue, PlacementDesk desk, IOptions<RdfeOptions> options, FabricClock clock)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Put(work, command), cancellationToken);

        private Outcome<Reply> Put(UnitOfWork work, Command command)
        {
            var (subscription, key) = (command.Subscription, Names.KeyOf(command.Name));
            var row = work.Find<AvailabilitySetRow>(subscription, key);
            if (unit.Precondition(row?.ETag) is { } refusal)
            {
                return refusal;
            }

            var place = Place.Of(work, subscription, command.Body, fabric);
            if (place.Refused)
            {
                return place.Refusal;
            }

            var existed = row is not null;
            var next = New(command, place.Value, row?.CreatedAt ?? clock.Now, row?.Name);
            var pin = work.Find<PinRow>(Pins.OfSet(subscription, key));
            if (existed && pin is not null && ETagOf(next, ceilings: false) != ETagOf(row!, ceilings: false))
            {
                return Refusals.Conflict("inUse", $"Place and counts cannot change while {pin.Members} machines are in the set.");
            }

            work.Upsert(next);
            if (pin is not null && next.Maintenance != row?.Maintenance)
            {
                // Its machines are their cluster's to change, wherever they are by then.
                desk.Post(work, pin.Cluster, new FabricRequest.ChangeSetCeilings(subscription, key, next.Maintenance), clock.Now, pin.Key);
            }

            return Reply.Put(existed, AvailabilitySetView.Of(next, pin, pin is null ? [] : AvailabilitySetView.MembersOf(work, next, catalogue.Topology)), next.ETag);
        }

        private AvailabilitySetRow New(Command command, Place place, Instant createdAt, string? name)
        {
            var row = new AvailabilitySetRow
            {
                SubscriptionId = command.Subscription,
                NameKey = Names.KeyOf(command.Name),
                Name = name ?? command.Name,
                Region = place.Region,
                AffinityGroup = place.AffinityGroup,
                UpdateDomainCount = command.Body.UpdateDomainCount ?? options.Value.Fabric.UpdateDomainCount,
                FaultDomainCount = command.Body.FaultDomainCount ?? options.Value.Fabric.FewestFaultDomains,
                Maintenance = command.Body.Maintenance is { SaysNothing: false } said ? said : null,
                ETag = "",
                CreatedAt = createdAt,
            };
            row.ETag = ETagOf(row, ceilings: true);
            return row;
        }

        // Place and counts are where machines stand already; what they bear of maintenance may change at any time.
        private static string ETagOf(AvailabilitySetRow row, bool ceilings) => ETags.Of(new AvailabilitySetBody(
            row.AffinityGroup is null ? row.Region.Value : null, row.AffinityGroup, row.UpdateDomainCount, row.FaultDomainCount,
            ceilings ? row.Maintenance : null));
    }
}
