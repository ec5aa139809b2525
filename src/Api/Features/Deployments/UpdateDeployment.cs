// Updates what runs in a slot by update domain: new package, settings, guest OS, counts (U1, U2). The path says "upgrade",
// the classic API's word.
using FluentValidation;
using MediatR;
using Rdfe.Api.Features.HostedServices;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Updates;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.Deployments;

public static class UpdateDeployment
{
    /// <param name="Package">Name of an uploaded package; the present one, where only settings change.</param>
    /// <param name="Configuration">The whole service configuration (cscfg XML).</param>
    /// <param name="Mode">Who orders each update domain: the fabric, or the tenant.</param>
    /// <param name="Label">A new label; left out, it stays.</param>
    public sealed record Body(string Package, string Configuration, UpdateMode Mode = UpdateMode.Auto, string? Label = null);

    public sealed record Command(SubscriptionId Subscription, string Service, Slot Slot, Body Body) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<Body>("POST", ReadDeployments.Path + "/upgrade",
            (call, body) => new Command(call.Subscription, call.Name("service"), DeploymentRows.SlotOf(call), body))
        .Needs(Access.Contributor)
        .Answers<DeploymentView>(200, 202)
        .Named(nameof(UpdateDeployment), Tags.Deployments, "Update a deployment by update domain");

    public sealed class Validator : AbstractValidator<Body>
    {
        public Validator()
        {
            RuleFor(b => b.Package).Must(Names.IsName).WithMessage(Names.Rule);
            RuleFor(b => b.Configuration).NotEmpty();
            RuleFor(b => b.Label).MaximumLength(200);
        }
    }

    internal sealed class Handler(
        CommandUnit unit, DeploymentReader reader, DeploymentViews views, DeploymentUpdates updates, IReadStore reads)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public async Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken)
        {
            var (subscription, body) = (command.Subscription, command.Body);
            string sha256, dnsName;
            await using (var db = await reads.OpenAsync(cancellationToken))
            {
                if (await db.Set<HostedServiceRow>().FindAsync([subscription, Names.KeyOf(command.Service)], cancellationToken)
                        is not { } service
                    || DeploymentRows.Of(db, subscription, command.Service, command.Slot) is null)
                {
                    return DeploymentRows.NotFound;
                }

                if (await db.Set<PackageRow>().FindAsync([subscription, Names.KeyOf(body.Package)], cancellationToken)
                    is not { } package)
                {
                    return PutDeployment.NoPackage(body.Package);
                }

                (sha256, dnsName) = (package.Sha256, HostedServiceView.Of(service).DnsName);
            }

            var reading = reader.Read(sha256, body.Configuration, dnsName);
            return reading.Refused
                ? reading.Refusal
                : await unit.CommitAsync(work => Change(work, command, sha256, reading.Value), cancellationToken);
        }

        private Outcome<Reply> Change(UnitOfWork work, Command command, string sha256, DeploymentReading reading)
        {
            var (subscription, body) = (command.Subscription, command.Body);
            var there = DeploymentRows.Of(work.Db, subscription, command.Service, command.Slot);
            if (unit.Precondition(there?.Etag) is { } refusal)
            {
                return refusal;
            }

            if (there is null)
            {
                return DeploymentRows.NotFound;
            }

            if (there.Cluster is null)
            {
                return DeploymentUpdates.NothingRuns(there);
            }

            if (work.Find<PackageRow>(subscription, Names.KeyOf(body.Package)) is not { } package)
            {
                return PutDeployment.NoPackage(body.Package);
            }

            var label = body.Label ?? there.Label;
            var etag = DeploymentReader.EtagOf(package.Name, sha256, body.Configuration, label);
            if (DeploymentUpdates.Already(there, etag) is { } already)
            {
                return already.Refused ? already.Refusal : Reply.Ok(views.Of(work.Db, there, withText: true), etag);
            }

            if (DeploymentUpdates.NotReady(work, there) is { } notReady)
            {
                return notReady;
            }

            // The configuration was read with content that the name no longer has: it may not fit the new one.
            if (package.Sha256 != sha256)
            {
                return PutDeployment.PackageChanged(package.Name);
            }

            var model = reader.Model(reading);
            if (model.Refused)
            {
                return model.Refusal;
            }

            return DeploymentDifferences.Forbid(there.Model, model.Value) is { } needsNew
                ? needsNew
                : updates.Post(
                    work, there,
                    new UpdateTarget(
                        package.Name, sha256, 0, DeploymentDifferences.KeepSizes(there.Model, model.Value), label, etag),
                    body.Mode, body.Configuration, reading.AdviceJson);
        }
    }
}
