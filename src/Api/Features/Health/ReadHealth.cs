// Whether this program lives, and whether it serves: ready means that a request would be answered.
using Rdfe.Api.Http;
using Rdfe.Infrastructure.Takeover;

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

        routes.MapMethods("/health/ready", Door.ReadMethods, async (
                IReadStore store, Primacy primacy, CancellationToken cancel) =>
            {
                if (!primacy.MayServe())
                {
                    return new Answer(new Rdfe.Domain.Refusal(Rdfe.Domain.RefusalKind.Unavailable, "standby",
                        "This process is a standby: it takes over when the primary is gone, and serves nothing until then."));
                }

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
