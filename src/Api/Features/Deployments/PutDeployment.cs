// Accepts a deployment into a slot (D1, D2). The model is read before the unit; inside it, what only the commit can know
// is decided: whether the slot is free, the quota, the cluster that is asked. The fabric places it later.
using System.Collections.Immutable;
using FluentValidation;
using MediatR;
using Rdfe.Api.Features.HostedServices;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Packages;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Deployments;

public static class PutDeployment
{
    /// <param name="Package">Name of an uploaded package.</param>
    /// <param name="Configuration">The service configuration (cscfg XML).</param>
    public sealed record Body(string Package, string Configuration, string? Label = null);

    public sealed record Command(SubscriptionId Subscription, string Service, Slot Slot, Body Body) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<Body>("PUT", "/subscriptions/{subscriptionId}/services/{service}/deployments/{slot}",
            (call, body) => new Command(call.Subscription, call.Name("service"), DeploymentRows.SlotOf(call), body))
        .Needs(Access.Contributor)
        .Answers<DeploymentView>(200, 202)
        .Named(nameof(PutDeployment), Tags.Deployments, "Deploy a package into a slot");

    public sealed class Validator : AbstractValidator<Body>
    {
        public Validator()
        {
            RuleFor(b => b.Package).Must(Names.IsName).WithMessage(Names.Rule);
            RuleFor(b => b.Configuration).NotEmpty();
            RuleFor(b => b.Label).MaximumLength(200);
        }
    }

    internal static Refusal NoPackage(string name) =>
        BodyBinder.Invalid([("$.package", $"There is no package '{name}'.")]);

    internal static Refusal PackageChanged(string name) => Refusals.Conflict("packageChanged",
        $"The package {name} got other content while the deployment was being read; send it again.");

    internal sealed class Handler(
        CommandUnit unit, DeploymentReader reader, DeploymentViews views, PlacementDesk desk, IReadStore reads,
        FabricClock clock, IdSource ids, PackageGarbage garbage) : IRequestHandler<Command, Outcome<Reply>>
    {
        public async Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken)
        {
            var (subscription, body) = (command.Subscription, command.Body);
            string sha256, dnsName;
            await using (var db = await reads.OpenAsync(cancellationToken))
            {
                if (await db.Set<HostedServiceRow>().FindAsync([subscription, Names.KeyOf(command.Service)], cancellationToken)
                    is not { } service)
                {
                    return NoService;
                }

                if (await db.Set<PackageRow>().FindAsync([subscription, Names.KeyOf(body.Package)], cancellationToken)
                    is not { } package)
                {
                    return NoPackage(body.Package);
                }

                (sha256, dnsName) = (package.Sha256, HostedServiceView.Of(service).DnsName);
            }

            var reading = reader.Read(sha256, body.Configuration, dnsName);
            if (reading.Refused)
            {
                return reading.Refusal;
            }

            var replaced = (string?)null;
            var outcome = await unit.CommitAsync(
                work => Put(work, command, sha256, reading.Value, out replaced), cancellationToken);
            if (replaced is not null && !outcome.Refused)
            {
                await garbage.CollectAsync(replaced);
            }

            return outcome;
        }

        private static Refusal NoService { get; } = Refusals.NotFound("such hosted service");

        private Outcome<Reply> Put(
            UnitOfWork work, Command command, string sha256, DeploymentReading reading, out string? replaced)
        {
            replaced = null;
            var (subscription, body) = (command.Subscription, command.Body);
            if (work.Find<HostedServiceRow>(subscription, Names.KeyOf(command.Service)) is not { } service)
            {
                return NoService;
            }

            if (SafeModes.Forbids(work, service.Region) is { } readOnly)
            {
                return readOnly;
            }

            var there = DeploymentRows.Of(work.Db, subscription, service.NameKey, command.Slot);
            if (unit.Precondition(there?.Etag) is { } refusal)
            {
                return refusal;
            }

            if (work.Find<PackageRow>(subscription, Names.KeyOf(body.Package)) is not { } package)
            {
                return NoPackage(body.Package);
            }

            var etag = DeploymentReader.EtagOf(package.Name, sha256, body.Configuration, body.Label);
            if (there is not null && !there.HoldsNothing())
            {
                return Present(work, there, etag);
            }

            if (work.Busy(DeploymentRows.ServicePathOf(subscription, service.NameKey)) is { } swapping)
            {
                // What comes into the slot would stand where the other one is about to.
                return swapping;
            }

            // The configuration was read with content that the name no longer has: it may not fit the new one.
            if (package.Sha256 != sha256)
            {
                return PackageChanged(package.Name);
            }

            // Only a new deployment needs the guest OS: what runs keeps its image, whatever became of its version.
            var model = reader.Model(reading);
            if (model.Refused)
            {
                return model.Refusal;
            }

            if (there is not null)
            {
                replaced = there.PackageSha256;
                work.Delete<Deployment>(there.Id);
                ClusterStore.DropConfigurations(work, there.Id);
            }

            return Open(work, service, New(service, command, package, model.Value, etag), body.Configuration, reading);
        }

        private Outcome<Reply> Present(UnitOfWork work, Deployment there, string etag)
        {
            if (there.State == ProvisioningState.Deleting)
            {
                return DeploymentRows.InProgress(there.Operation.Value, OperationKinds.DeleteDeployment);
            }

            if (work.Leaving(DeploymentRows.PathOf(there), OperationKinds.DeleteDeployment) is { } leaving)
            {
                return leaving;
            }

            return there.Etag == etag
                ? Reply.Ok(views.Of(work.Db, there, withText: true), etag)
                : Refusals.Conflict("useUpgrade",
                    $"The slot holds the deployment {there.Id} with other content: change its configuration, or update it.");
        }

        private Outcome<Reply> Open(
            UnitOfWork work, HostedServiceRow service, Deployment deployment, string xml, DeploymentReading reading)
        {
            var model = deployment.Model;
            var taken = new QuotaTaken(model.TotalNeeds.Cores, model.NeedsVip ? 1 : 0, 0);
            if ((work.TryTake(service.SubscriptionId, Quota.Cores, taken.Cores)
                ?? work.TryTake(service.SubscriptionId, Quota.Vips, taken.Vips)) is { } exceeded)
            {
                return exceeded;
            }

            work.Upsert(new ConfigurationRow
            {
                Deployment = deployment.Id,
                Generation = deployment.ConfigGeneration,
                Xml = xml,
                AdviceJson = reading.AdviceJson,
            });
            var opened = desk.Open(
                work,
                new FabricRequest.PlaceDeployment(
                    deployment,
                    Operation.Accept(
                        deployment.Operation, service.SubscriptionId, OperationKinds.CreateDeployment,
                        DeploymentRows.PathOf(deployment), null, StepNames.CreateDeployment, done: 2, clock.Now),
                    new PlacementScope(
                        service.Region, ClustersOf(work, service),
                        [.. model.Roles.Select(r => r.Family).Distinct().Order(StringComparer.Ordinal)],
                        taken.Cores, taken.Vips, VipsHeld: 0, Pins.OfService(service.SubscriptionId, service.NameKey), MayMove: true),
                    taken),
                clock.Now);
            if (opened.Refused)
            {
                return opened.Refusal;
            }

            return SafeModes.Forbids(work, opened.Value.Deployment.Cluster!.Value) is { } readOnly
                ? readOnly
                : Reply.Accepted(
                    views.Of(work.Db, opened.Value.Deployment),
                    service.SubscriptionId, deployment.Operation, deployment.Etag);
        }

        // A service in an affinity group goes where the group's clusters are.
        private static ImmutableArray<ClusterId> ClustersOf(UnitOfWork work, HostedServiceRow service) =>
            AffinityClusters.Of(work, service.SubscriptionId, service.AffinityGroup);

        private Deployment New(
            HostedServiceRow service, Command command, PackageRow package, DeploymentModel model, string etag) => new()
            {
                Id = new DeploymentId(ids.NextShort("d")),
                SubscriptionId = service.SubscriptionId,
                Service = service.NameKey,
                Slot = command.Slot,
                Label = command.Body.Label,
                Package = package.Name,
                PackageSha256 = package.Sha256,
                Model = model,
                Etag = etag,
                Operation = new OperationId(ids.NextShort("op")),
                CreatedAt = clock.Now,
            };
    }
}
