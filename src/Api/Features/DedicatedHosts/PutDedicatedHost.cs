// Takes a whole node for one customer (P6). All its cores count against the quota; machines on it then count none.
using FluentValidation;
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.DedicatedHosts;

public static class PutDedicatedHost
{
    public sealed record Command(SubscriptionId Subscription, string Name, DedicatedHostBody Body) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<DedicatedHostBody>("PUT", "/subscriptions/{subscriptionId}/dedicatedHosts/{name}",
            (call, body) => new Command(call.Subscription, call.Name("name"), body))
        .Needs(Access.Contributor)
        .Answers<DedicatedHostView>(200, 202)
        .Named(nameof(PutDedicatedHost), Tags.DedicatedHosts, "Take a dedicated host, or retry one that failed");

    public sealed class Validator : AbstractValidator<DedicatedHostBody>
    {
        public Validator(IFabricDirectory fabric, FabricCatalogue catalogue)
        {
            RuleFor(b => b.Region)
                .Must(r => fabric.Find(r) is not null)
                .WithMessage(b => $"There is no region '{b.Region}'; known are {string.Join(", ", fabric.Regions)}.");
            RuleFor(b => b.Family)
                .Must(f => catalogue.Topology.Hardware.Any(h => h.Family == f))
                .WithMessage(b => $"There is no hardware family '{b.Family}'; known are "
                    + $"{string.Join(", ", catalogue.Topology.Hardware.Select(h => h.Family).Distinct())}.");
        }
    }

    internal sealed class Handler(
        CommandUnit unit, Call call, IFabricDirectory fabric, FabricCatalogue catalogue, PlacementDesk desk, FabricClock clock, IdSource ids)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Put(work, command), cancellationToken);

        private Outcome<Reply> Put(UnitOfWork work, Command command)
        {
            var subscription = command.Subscription;
            var region = fabric.Find(command.Body.Region)!.Value;
            var etag = ETags.Of(new DedicatedHostBody(region.Value, command.Body.Family));
            var found = work.Find<DedicatedHost>(subscription, Names.KeyOf(command.Name));
            if (unit.Precondition(found?.Etag) is { } refusal)
            {
                return refusal;
            }

            if (found is { Cluster: not null } && found.Etag == etag)
            {
                return work.Leaving(HostPaths.Of(found), OperationKinds.DeleteDedicatedHost) is { } leaving
                    ? leaving
                    : Reply.Put(existed: true, DedicatedHostView.Of(call, found, ReadDedicatedHosts.MachinesOn(work.Db, found.Key)), etag);
            }

            if (found is not null && work.Busy(HostPaths.Of(found)) is { } busy)
            {
                return busy;
            }

            return found is { Cluster: not null }
                ? Refusals.Conflict("conflict", "A dedicated host stays what it is; delete it first.")
                : Create(work, command, region, etag);
        }

        private Outcome<Reply> Create(UnitOfWork work, Command command, RegionId region, string etag)
        {
            var (subscription, now) = (command.Subscription, clock.Now);
            var cores = NodeCores.Of(catalogue.Topology, region, command.Body.Family);
            if (work.TryTake(subscription, Quota.Cores, cores) is { } exceeded)
            {
                return exceeded;
            }

            var id = new OperationId(ids.NextShort("op"));
            var host = new DedicatedHost
            {
                SubscriptionId = subscription,
                Name = command.Name,
                Region = region.Value,
                Family = command.Body.Family,
                Cores = cores,
                Etag = etag,
                Operation = id,
                CreatedAt = now,
            };
            var operation = Operation.Accept(
                id, subscription, OperationKinds.CreateDedicatedHost, HostPaths.Of(host), null, StepNames.CreateDedicatedHost, 1, now);
            var scope = new PlacementScope(region, [], [host.Family], cores, 0, 0, Pin: null, MayMove: true);
            var opened = desk.Open(work, new FabricRequest.PlaceDedicatedHost(host, operation, scope, new QuotaTaken(cores, 0, 0)), now);
            return opened.Refused
                ? opened.Refusal
                : Reply.Accepted(
                    DedicatedHostView.Of(call, opened.Value.Host, []), subscription, id, etag);
        }
    }
}
