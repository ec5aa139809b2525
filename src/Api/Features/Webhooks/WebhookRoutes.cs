// Webhooks in one list, and what sends to them.
using Microsoft.Extensions.Options;
using Rdfe.Infrastructure.Settings;

namespace Rdfe.Api.Features.Webhooks;

internal static class WebhookRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        PutWebhook.Map(routes);
        DeleteWebhook.Map(routes);
        ReadWebhooks.Map(routes);
    }

    public static void AddWebhooks(this IServiceCollection services)
    {
        // The client's own log would have every address, and an address may hold its owner's secret: how deliveries go is in the store.
        services.AddHttpClient(WebhookSender.ClientName).RemoveAllLoggers().ConfigurePrimaryHttpMessageHandler(p =>
            WebhookSender.HandlerFor(p.GetRequiredService<IOptions<RdfeOptions>>().Value.Webhooks));
        services.AddWhilePrimary<WebhookSender>();
    }
}
