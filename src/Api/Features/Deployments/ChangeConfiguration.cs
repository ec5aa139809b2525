// Settings and instance counts of what runs (D4). Anything else needs an update of the deployment. What is added is
// taken from the quota here and allocated by the cluster, all or nothing; where it has no room, nothing has changed.
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
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Deployments;

/// <summary>Who moves a change on from one update domain to the next.</summary>
public enum ChangeMode
{
    /// <summary>The fabric.</summary>
    Auto,

    /// <summary>The tenant.</summary>
    Manual,
}

public static class ChangeConfiguration
{
    /// <param name="Configuration">The whole new service configuration (cscfg XML).</param>
    public sealed record Body(string Configuration, ChangeMode Mode = ChangeMode.Auto);

    public sealed record Command(SubscriptionId Subscription, string Service, Slot Slot, Body Body) : ICommand;

    private static readonly string[] XmlTypes = ["application/xml", "text/xml"];

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapMethods(ReadDeployments.Path + "/configuration", ["POST"], (Delegate)ReadAsync)
        .WithMetadata(new BodyOf(typeof(Body), "application/json", false))
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
        CommandUnit unit, DeploymentReader reader, DeploymentViews views, PlacementDesk desk, IReadStore reads,
        FabricClock clock, IdSource ids, Microsoft.Extensions.Options.IOptions<RdfeOptions> options)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public async Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken)
        {
            if (command.Body.Mode == ChangeMode.Manual)
            {
                return Refusals.Conflict("modeNotSupported",
                    "Walking from one update domain to the next by hand is not offered yet; use the mode 'auto'.");
            }

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

            var needsUpdate = OtherGuestOs(text, reading.Value.Service);
            return await unit.CommitAsync(
                work => Change(work, command, seen, reading.Value, needsUpdate), cancellationToken);
        }

        private Refusal? OtherGuestOs(string text, ServiceModel next)
        {
            var present = ServiceConfigurationXml.Read(text, options.Value.Packages);
            return !present.Refused && (present.Value.OsFamily, present.Value.OsVersion) != (next.OsFamily, next.OsVersion)
                ? Refusals.Conflict("useUpgrade",
                    $"The guest OS is family {present.Value.OsFamily}, version {present.Value.OsVersion}; another one needs an update.")
                : null;
        }

        private Outcome<Reply> Change(
            UnitOfWork work, Command command, Deployment seen, DeploymentReading reading, Refusal? needsUpdate)
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

            var etag = DeploymentReader.EtagOf(
                there.Package, there.PackageSha256, command.Body.Configuration, there.Label);
            if (NotReady(work, there, seen) is { } notReady)
            {
                return notReady;
            }

            if (there.Etag == etag)
            {
                return Reply.Ok(views.Of(work.Db, there, withText: true), etag);
            }

            return needsUpdate is not null ? needsUpdate : Post(work, there, there.Cluster!.Value, command, reading, etag);
        }

        private static Refusal? NotReady(UnitOfWork work, Deployment there, Deployment seen)
        {
            if (there.Cluster is not { } cluster)
            {
                return Refusals.Conflict("deploymentNotReady",
                    $"The deployment is {Wire.EnumName(there.State)}: nothing of it runs. Send it again with PUT.");
            }

            if (DeploymentRows.UnderWay(work, cluster, DeploymentRows.PathOf(there)) is { } other)
            {
                return DeploymentRows.InProgress(other.Id.Value, other.Kind);
            }

            return there.State != ProvisioningState.Succeeded || there.Id != seen.Id
                || there.ConfigGeneration != seen.ConfigGeneration || there.PackageSha256 != seen.PackageSha256
                ? DeploymentRows.InProgress(there.Operation.Value, "on the deployment")
                : SafeModes.Forbids(work, cluster);
        }

        private Outcome<Reply> Post(
            UnitOfWork work, Deployment there, ClusterId cluster, Command command, DeploymentReading reading, string etag)
        {
            var counts = reading.Service.Roles.ToDictionary(r => r.Name, r => r.InstanceCount, StringComparer.Ordinal);
            // Sizes stay as they were when it was deployed, whatever became of the catalogue.
            var model = there.Model with { Roles = [.. there.Model.Roles.Select(r => r with { Count = counts[r.Name] })] };
            var cores = there.Model.Roles.Sum(r => Math.Max(0, counts[r.Name] - r.Count) * r.Needs.Cores);
            if (work.TryTake(there.SubscriptionId, Quota.Cores, cores) is { } exceeded)
            {
                return exceeded;
            }

            PlacementDesk.Hold(work, cluster, cores, vips: 0);
            var generation = NextGeneration(work, there);
            work.Upsert(new ConfigurationRow
            {
                Deployment = there.Id,
                Generation = generation,
                Xml = command.Body.Configuration,
                AdviceJson = reading.AdviceJson,
            });
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

        // Numbers are never given twice; of the texts, only the one that applies and the one that is asked for are kept.
        private static int NextGeneration(UnitOfWork work, Deployment there)
        {
            var texts = work.Db.Set<ConfigurationRow>().AsNoTracking().Where(c => c.Deployment == there.Id)
                .Select(c => c.Generation).ToArray();
            foreach (var old in texts.Where(g => g != there.ConfigGeneration))
            {
                work.Delete<ConfigurationRow>(there.Id, old);
            }

            return Math.Max(there.ConfigGeneration, texts.DefaultIfEmpty().Max()) + 1;
        }
    }
}
