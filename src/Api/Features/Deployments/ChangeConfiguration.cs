// Settings and instance counts of what runs (D4). Settings walk by update domain (U2); counts alone change at once, also
// while an update walks. What is added is taken from the quota here and allocated by the cluster, all or nothing.
using System.Text;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Net.Http.Headers;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Packages;
using Rdfe.Domain.Updates;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Deployments;

public static class ChangeConfiguration
{
    /// <param name="Configuration">The whole new service configuration (cscfg XML).</param>
    public sealed record Body(string Configuration, UpdateMode Mode = UpdateMode.Auto);

    public sealed record Command(SubscriptionId Subscription, string Service, Slot Slot, Body Body) : ICommand;

    private static readonly string[] XmlTypes = ["application/xml", "text/xml"];

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapMethods(ReadDeployments.Path + "/configuration", ["POST"], (Delegate)ReadAsync)
        .WithMetadata(new BodyOf(typeof(Body), "application/json", false, OrText: XmlTypes[0]))
        .Needs(Access.Contributor)
        .Answers<DeploymentView>(200, 202)
        .Named(nameof(ChangeConfiguration), Tags.Deployments, "Change settings and instance counts");

    // JSON, or the configuration alone as XML, which a script can send as the file that it is.
    private static async Task<IResult> ReadAsync(
        Call call, BodyReader reader, BodyBinder binder, IMediator mediator, CancellationToken cancel)
    {
        Body body;
        if (MediaTypeHeaderValue.TryParse(call.Http.Request.ContentType, out var type)
            && XmlTypes.Contains(type.MediaType.Value, StringComparer.OrdinalIgnoreCase))
        {
            var bytes = await reader.ReadAsync(call, XmlTypes);
            if (bytes.Refused)
            {
                return new Answer(bytes.Refusal);
            }

            if (TextOf(bytes.Value) is not { } text)
            {
                return new Answer(BodyReader.Invalid("The configuration is not UTF-8."));
            }

            body = new Body(text);
        }
        else
        {
            var document = await reader.ReadObjectAsync(call);
            if (document.Refused)
            {
                return new Answer(document.Refusal);
            }

            if (document.Value is null)
            {
                return new Answer(BodyReader.Invalid("A body is needed."));
            }

            body = binder.Bind<Body>(document.Value, call.Error);
        }

        return new Answer(await mediator.Send(
            new Command(call.Subscription, call.Name("service"), DeploymentRows.SlotOf(call), body), cancel));
    }

    private static string? TextOf(byte[] bytes)
    {
        try
        {
            return new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }

    public sealed class Validator : AbstractValidator<Body>
    {
        public Validator() => RuleFor(b => b.Configuration).NotEmpty();
    }

    internal sealed class Handler(
        CommandUnit unit, DeploymentReader reader, DeploymentViews views, DeploymentUpdates updates, PlacementDesk desk,
        IReadStore reads, FabricClock clock, IdSource ids, Microsoft.Extensions.Options.IOptions<RdfeOptions> options)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public async Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken)
        {
            Deployment? seen;
            string? text;
            await using (var db = await reads.OpenAsync(cancellationToken))
            {
                seen = DeploymentRows.Of(db, command.Subscription, command.Service, command.Slot);
                text = seen is null ? null : await db.Set<ConfigurationRow>()
                    .Where(c => c.Deployment == seen.Id && c.Generation == seen.ConfigGeneration)
                    .Select(c => c.Xml).FirstOrDefaultAsync(cancellationToken);
            }

            if (seen is null || text is null)
            {
                return DeploymentRows.NotFound;
            }

            var reading = reader.Read(seen.PackageSha256, command.Body.Configuration, command.Service.ToLowerInvariant() + ".cloudapp.net");
            if (reading.Refused)
            {
                return reading.Refusal;
            }

            var (present, next) = (Parse(text), Parse(command.Body.Configuration));
            return await unit.CommitAsync(work => Change(work, command, seen, reading.Value, present, next), cancellationToken);
        }

        // Null where limits have become narrower since it was accepted: then every difference counts.
        private ServiceConfiguration? Parse(string text) =>
            ServiceConfigurationXml.Read(text, options.Value.Packages) is { Refused: false } read ? read.Value : null;

        private Outcome<Reply> Change(
            UnitOfWork work, Command command, Deployment seen, DeploymentReading reading,
            ServiceConfiguration? present, ServiceConfiguration? next)
        {
            var there = DeploymentRows.Of(work.Db, command.Subscription, command.Service, command.Slot);
            if (unit.Precondition(there?.Etag) is { } refusal)
            {
                return refusal;
            }

            if (there is null)
            {
                return DeploymentRows.NotFound;
            }

            if (there.Cluster is not { } cluster)
            {
                return DeploymentUpdates.NothingRuns(there);
            }

            var etag = DeploymentReader.EtagOf(
                there.Package, there.PackageSha256, command.Body.Configuration, there.Label);
            var settings = !SameSettings(present, next);
            if ((settings ? DeploymentUpdates.NotReady(work, there) : NotScalable(work, there, cluster)) is { } notReady)
            {
                return notReady;
            }

            if (there.Id != seen.Id || there.ConfigGeneration != seen.ConfigGeneration || there.PackageSha256 != seen.PackageSha256)
            {
                return DeploymentRows.InProgress(there.Operation.Value, "on the deployment");
            }

            if (DeploymentUpdates.Already(there, etag) is { } already)
            {
                return already.Refused ? already.Refusal : Reply.Ok(views.Of(work.Db, there, withText: true), etag);
            }

            if (present is not null && (present.OsFamily, present.OsVersion) != (reading.Service.OsFamily, reading.Service.OsVersion))
            {
                return Refusals.Conflict("useUpgrade",
                    $"The guest OS is family {present.OsFamily}, version {present.OsVersion}; another one needs an update.");
            }

            var counts = reading.Service.Roles.ToDictionary(r => r.Name, r => r.InstanceCount, StringComparer.Ordinal);
            // Sizes stay as they were when it was deployed, whatever became of the catalogue.
            var model = there.Model with { Roles = [.. there.Model.Roles.Select(r => r with { Count = counts[r.Name] })] };
            return settings
                ? updates.Post(
                    work, there, UpdateTarget.Of(there) with { Model = model, Etag = etag }, command.Body.Mode,
                    command.Body.Configuration, reading.AdviceJson)
                : Scale(work, there, cluster, model, command.Body.Configuration, reading.AdviceJson, etag);
        }

        private static bool SameSettings(ServiceConfiguration? a, ServiceConfiguration? b) =>
            a is not null && b is not null && SettingsOf(a).SetEquals(SettingsOf(b));

        private static HashSet<(string Role, string Name, string Value)> SettingsOf(ServiceConfiguration c) =>
            [.. c.Roles.SelectMany(r => r.Settings.Select(s => (r.Name, s.Name, s.Value)))];

        // Counts may change while an update walks (P3): its end changes, its beginning does not.
        private static Refusal? NotScalable(UnitOfWork work, Deployment there, ClusterId cluster)
        {
            var update = there.Update;
            if (update is { IsRollback: true } or { Stage: UpdateStage.CreatingImages or UpdateStage.Removing })
            {
                return DeploymentRows.InProgress(update.Operation.Value, DeploymentUpdates.OperationKindOf(update));
            }

            if (DeploymentRows.UnderWay(work, cluster, DeploymentRows.PathOf(there), but: update) is { } other)
            {
                return DeploymentRows.InProgress(other.Id.Value, other.Kind);
            }

            return there.State == ProvisioningState.Succeeded || (update is not null && there.State == ProvisioningState.Running)
                ? SafeModes.Forbids(work, cluster)
                : DeploymentRows.InProgress(there.Operation.Value, "on the deployment");
        }

        private Outcome<Reply> Scale(
            UnitOfWork work, Deployment there, ClusterId cluster, DeploymentModel model, string xml, string adviceJson, string etag)
        {
            var cores = model.Roles.Sum(r =>
                Math.Max(0, r.Count - there.Model.Roles.Single(old => old.Name == r.Name).Count) * r.Needs.Cores);
            if (work.TryTake(there.SubscriptionId, Quota.Cores, cores) is { } exceeded)
            {
                return exceeded;
            }

            PlacementDesk.Hold(work, cluster, cores, vips: 0);
            var generation = ConfigurationTexts.Keep(work, there, xml, adviceJson);
            var operation = Operation.Accept(
                new OperationId(ids.NextShort("op")), there.SubscriptionId, OperationKinds.ChangeConfiguration,
                DeploymentRows.PathOf(there), cluster, StepNames.ChangeConfiguration, done: 2, clock.Now);
            work.Upsert(operation.ToRow());
            desk.Post(
                work, cluster,
                new FabricRequest.ChangeConfiguration(
                    there.Id, model, generation, etag, operation, new QuotaTaken(cores, 0, 0), cores),
                clock.Now, Pins.OfService(there.SubscriptionId, there.Service));
            var view = views.Of(work.Db, there) with { ProvisioningState = ProvisioningState.Accepted, Etag = etag };
            return Reply.Accepted(view, there.SubscriptionId, operation.Id, etag);
        }
    }
}
