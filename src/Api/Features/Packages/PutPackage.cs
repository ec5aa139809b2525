// Uploads a package under a name (D1): streamed to disk and checked there, never held in memory. The upload holds the
// content until the name is durable, so that a deletion of the same content meanwhile cannot take it away.
using System.Text;
using MediatR;
using Microsoft.Net.Http.Headers;
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure.Packages;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Packages;

public static class PutPackage
{
    public const string MediaType = "application/zip";

    public sealed record Command(SubscriptionId Subscription, string Name, StoredPackage Package) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapMethods("/subscriptions/{subscriptionId}/packages/{name}", ["PUT"], (Delegate)UploadAsync)
        .WithMetadata(new BodyOf(typeof(Stream), MediaType, false))
        .Needs(Access.Contributor)
        .Answers<PackageView>(200, 201)
        .WithMetadata(new Heavy())
        .Named(nameof(PutPackage), Tags.Packages, "Upload a service package");

    private static async Task<IResult> UploadAsync(
        Call call, PackageStore store, PackageGarbage garbage, IMediator mediator, CancellationToken cancel)
    {
        var request = call.Http.Request;
        var name = call.Name("name");
        // What can be said without the body is said before it: nobody sends 600 MiB to learn of a bad name.
        if (call.Errors.Count > 0)
        {
            return new Answer(BodyBinder.Invalid(call.Errors));
        }

        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !type.MediaType.Equals(MediaType, StringComparison.OrdinalIgnoreCase))
        {
            return new Answer(new Refusal(RefusalKind.UnsupportedMediaType, "unsupportedMediaType",
                $"The body must be {MediaType}."));
        }

        var stored = await store.PutAsync(request.Body, request.ContentLength, cancel);
        if (stored.Refused)
        {
            return new Answer(stored.Refusal);
        }

        var sha256 = stored.Value.Sha256;
        try
        {
            call.HashBody(Encoding.ASCII.GetBytes(sha256));
            return new Answer(await mediator.Send(new Command(call.Subscription, name, stored.Value), cancel));
        }
        finally
        {
            // Where the name was refused, or replayed after it was deleted, nothing refers to the content.
            store.Release(sha256);
            await garbage.CollectAsync(sha256);
        }
    }

    internal sealed class Handler(CommandUnit unit, PackageGarbage garbage, FabricClock clock)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public async Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken)
        {
            string? before = null;
            var outcome = await unit.CommitAsync(work => Put(work, command, out before), cancellationToken);
            if (!outcome.Refused && before is not null && before != command.Package.Sha256)
            {
                await garbage.CollectAsync(before);
            }

            return outcome;
        }

        private Outcome<Reply> Put(UnitOfWork work, Command command, out string? before)
        {
            var (subscription, key, package) = (command.Subscription, Names.KeyOf(command.Name), command.Package);
            var row = work.Find<PackageRow>(subscription, key);
            before = row?.Sha256;
            if (unit.Precondition(row?.ETag) is { } refusal)
            {
                return refusal;
            }

            var existed = row is not null;
            row ??= new PackageRow
            {
                SubscriptionId = subscription,
                NameKey = key,
                Name = command.Name,
                Sha256 = "",
                SizeBytes = 0,
                DescriptionJson = "",
                ETag = "",
                CreatedAt = clock.Now,
            };
            (row.Sha256, row.SizeBytes) = (package.Sha256, package.SizeBytes);
            row.DescriptionJson = StoreJson.Write(PackageDescription.Of(package));
            row.ETag = ETags.Of(package.Sha256);
            work.Upsert(row);
            return Reply.Put(existed, PackageView.Of(row), row.ETag);
        }
    }
}
