// R2: what of a resource is counted while it lasts. Whole numbers throughout, so that figures that are computed again are
// the same to the second.
using NodaTime;

namespace Rdfe.Domain.Billing;

/// <summary>What a resource has, from one moment on (R2).</summary>
/// <param name="Instances">Role instances or virtual machines on a node: 1, or 0 where it has none.</param>
/// <param name="Cores">Cores, hundredths.</param>
/// <param name="Vips">Public addresses.</param>
public readonly record struct Metered(int Instances, long Cores, int Vips)
{
    /// <summary>Nothing: it costs nothing.</summary>
    public static Metered Nothing { get; }
}

/// <summary>From <paramref name="At"/> on, a resource has something else: written in the commit that makes it so (R2).</summary>
/// <param name="At">Fabric time.</param>
/// <param name="Resource">Key of the resource: an instance, a deployment or a dedicated host.</param>
/// <param name="Tenant">Who pays.</param>
/// <param name="Has">What it has from then on; <see cref="Metered.Nothing"/> ends it.</param>
public sealed record UsageChange(Instant At, string Resource, SubscriptionId Tenant, Metered Has);

/// <summary>A part of the history: a resource had this much from one moment up to another (R2).</summary>
/// <param name="Tenant">Who pays.</param>
/// <param name="Resource">Key of the resource.</param>
/// <param name="Had">What it had.</param>
/// <param name="From">From here on (fabric time).</param>
/// <param name="To">Up to here; null while it lasts.</param>
public sealed record UsageInterval(SubscriptionId Tenant, string Resource, Metered Had, Instant From, Instant? To);

/// <summary>What was used in a span of time (R2). Seconds times quantity: no rounding, so days add up exactly.</summary>
/// <param name="InstanceSeconds">Seconds of instances.</param>
/// <param name="CoreSeconds">Seconds of cores, hundredths.</param>
/// <param name="VipSeconds">Seconds of public addresses.</param>
public readonly record struct Used(long InstanceSeconds, long CoreSeconds, long VipSeconds)
{
    /// <summary>So many seconds of what a resource has.</summary>
    public static Used Of(Metered had, long seconds) =>
        new(had.Instances * seconds, had.Cores * seconds, had.Vips * seconds);

    /// <summary>Both together.</summary>
    public static Used operator +(Used a, Used b) =>
        new(a.InstanceSeconds + b.InstanceSeconds, a.CoreSeconds + b.CoreSeconds, a.VipSeconds + b.VipSeconds);
}
