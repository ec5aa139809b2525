// What is sent to a webhook (W3), and how its receiver knows that it is from here: an HMAC-SHA256 over the time and the body, as
// text with a dot between, so that a message that somebody kept can't be sent again a day later.
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using NodaTime;
using Rdfe.Api.Features.ScheduledEvents;
using Rdfe.Api.Http;
using Rdfe.Domain.Notices;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Webhooks;

namespace Rdfe.Api.Features.Webhooks;

/// <param name="Id">The same in every try: who gets it twice has had it.</param>
/// <param name="At">When it happened, in fabric time.</param>
/// <param name="ScheduledEvent">As <c>GET /scheduledEvents</c> gives it, at that moment; of scheduledEvent.*.</param>
/// <param name="Maintenance">Of maintenance.pending.</param>
public sealed record WebhookMessage(
    string Id, string Kind, Instant At, Guid Subscription, ScheduledEventView? ScheduledEvent, MaintenancePending? Maintenance)
{
    public const string SignatureHeader = "Rdfe-Signature";

    public static byte[] BodyOf(WebhookDeliveryRow d) => JsonSerializer.SerializeToUtf8Bytes(
        new WebhookMessage(
            d.DeliveryId, d.Kind, d.At, d.SubscriptionId.Value,
            d.Kind == WebhookKinds.MaintenancePending ? null : ScheduledEventView.Of(StoreJson.Read<Notice>(d.Json)),
            d.Kind == WebhookKinds.MaintenancePending ? StoreJson.Read<MaintenancePending>(d.Json) : null),
        Wire.Options);

    /// <summary>As <c>t=1332633600,v1=5257a8…</c>: seconds of real time, and the signature.</summary>
    public static string Sign(string secret, Instant now, ReadOnlySpan<byte> body)
    {
        var t = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hmac.AppendData(Encoding.UTF8.GetBytes(t + "."));
        hmac.AppendData(body);
        return $"t={t},v1={Convert.ToHexStringLower(hmac.GetHashAndReset())}";
    }

    public static HttpRequestMessage RequestTo(WebhookRow hook, WebhookDeliveryRow delivery, Instant now)
    {
        var body = BodyOf(delivery);
        var request = new HttpRequestMessage(HttpMethod.Post, hook.Url) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.Add("User-Agent", "rdfe-webhooks/1");
        request.Headers.Add("Rdfe-Delivery", delivery.DeliveryId);
        request.Headers.Add("Rdfe-Event", delivery.Kind);
        request.Headers.Add("Rdfe-Attempt", (delivery.Tries + 1).ToString(CultureInfo.InvariantCulture));
        request.Headers.Add(SignatureHeader, Sign(hook.Secret, now, body));
        return request;
    }
}
