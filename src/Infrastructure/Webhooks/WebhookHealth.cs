// How deliveries to a webhook go, for its owner to read (W3).
using NodaTime;

namespace Rdfe.Infrastructure.Webhooks;

/// <summary>In real time, as deliveries are.</summary>
/// <param name="DeliveredAt">When something last was taken.</param>
/// <param name="TriedAt">When something was last sent.</param>
/// <param name="Status">What was last answered; null where nothing was.</param>
/// <param name="Error">Why the last try failed; null where it did not.</param>
/// <param name="Failures">Tries that have failed since the last that did not.</param>
/// <param name="GivenUp">Deliveries that were given up.</param>
/// <param name="GivenUpBecause">Why the last of those was.</param>
public sealed record WebhookHealth(
    Instant? DeliveredAt = null, Instant? TriedAt = null, int? Status = null, string? Error = null, int Failures = 0, long GivenUp = 0,
    string? GivenUpBecause = null);

/// <summary>What webhooks are told of: part of the contract.</summary>
public static class WebhookKinds
{
    /// <summary>A rollout has come to a cluster in which the owner has something.</summary>
    public const string MaintenancePending = "maintenance.pending";

    /// <summary>All that can be asked for.</summary>
    public static IReadOnlyList<string> All { get; } =
        [MaintenancePending, .. Enum.GetValues<Rdfe.Domain.Notices.NoticeStep>().Select(Of)];

    /// <summary>A step of a scheduled event.</summary>
    public static string Of(Rdfe.Domain.Notices.NoticeStep step) => "scheduledEvent." + Rdfe.Domain.Words.Of(step);
}
