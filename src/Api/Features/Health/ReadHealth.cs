// Whether this program lives, and whether it serves: ready means that a request would be answered.
using Rdfe.Api.Http;

namespace Rdfe.Api.Features.Health;

public sealed record HealthView(string Status);

public static class ReadHealth
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapMethods("/health/live", Door.ReadMethods, () => new HealthView("live"))
            .Needs(Access.Anonymous)
            .WithMetadata(new StaysOpen())
            .Answers<HealthView>()
            .Named("GetLiveness", Tags.Health, "The process lives");

        routes.MapMethods("/health/ready", Door.ReadMethods, async (HttpContext http, IReadStore store, CancellationToken cancel) =>
            {
                await using var db = await store.OpenAsync(cancel);
                return await db.Database.CanConnectAsync(cancel)
                    ? Results.Ok(new HealthView("ready"))
                    : new Answer(new Rdfe.Domain.Refusal(Rdfe.Domain.RefusalKind.Unavailable, "storeUnavailable",
                        "The store does not answer."));
            })
            .Needs(Access.Anonymous)
            .Answers<HealthView>()
            .Named("GetReadiness", Tags.Health, "Requests are served");
    }
}
