// A subscription as it leaves the system, and its quotas on the way in and out.
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Settings;

namespace Rdfe.Api.Features.Subscriptions;

public enum SubscriptionState
{
    Enabled,
    Disabled,
}

/// <summary>Limits as a tenant reads them; one that is left out in a PUT takes the default of the settings.</summary>
public sealed record QuotaLimits(
    decimal? Cores = null,
    int? Services = null,
    int? Vips = null,
    int? Vms = null,
    int? AffinityGroups = null,
    int? VirtualNetworks = null,
    int? StorageAccounts = null,
    int? Keys = null)
{
    public QuotaLimits WithDefaults(QuotaOptions d) => new(
        Cores ?? d.Cores, Services ?? d.Services, Vips ?? d.Vips, Vms ?? d.Vms, AffinityGroups ?? d.AffinityGroups,
        VirtualNetworks ?? d.VirtualNetworks, StorageAccounts ?? d.StorageAccounts, Keys ?? d.Keys);

    /// <summary>As the quota book counts them: cores in hundredths.</summary>
    public IEnumerable<(string Resource, long Limit)> Lines() =>
    [
        (Quota.Cores, (long)((Cores ?? 0) * 100)),
        (Quota.Services, Services ?? 0),
        (Quota.Vips, Vips ?? 0),
        (Quota.Vms, Vms ?? 0),
        (Quota.AffinityGroups, AffinityGroups ?? 0),
        (Quota.VirtualNetworks, VirtualNetworks ?? 0),
        (Quota.StorageAccounts, StorageAccounts ?? 0),
        (Quota.Keys, Keys ?? 0),
    ];
}

/// <summary>What was set, and what the etag is over.</summary>
/// <param name="State">As it is, when it is sent back at all: it is changed by <c>/disable</c> and <c>/enable</c>.</param>
public sealed record SubscriptionBody(string DisplayName, QuotaLimits? Quotas = null, SubscriptionState? State = null);

public sealed record SubscriptionView(
    string Id, string DisplayName, SubscriptionState State, QuotaLimits Quotas, Instant CreatedAt, string Etag)
{
    public static SubscriptionView Of(SubscriptionRow row) => new(
        row.Id.ToString(),
        row.DisplayName,
        StateOf(row),
        StoreJson.Read<QuotaLimits>(row.QuotasJson),
        row.CreatedAt,
        row.ETag);

    public static SubscriptionState StateOf(SubscriptionRow row) =>
        row.Disabled ? SubscriptionState.Disabled : SubscriptionState.Enabled;

    public static Outcome<Reply> Put(bool existed, SubscriptionRow row) => Reply.Put(existed, Of(row), row.ETag);
}
