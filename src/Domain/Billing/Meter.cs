// R2: the meter of one resource: what it has now, since when. Each change turns what was into a part of the history.
using NodaTime;

namespace Rdfe.Domain.Billing;

/// <summary>What a resource has now (R2).</summary>
/// <param name="Resource">Its key.</param>
/// <param name="Tenant">Who pays.</param>
/// <param name="Has">What it has.</param>
/// <param name="Since">Since when (fabric time).</param>
public sealed record Meter(string Resource, SubscriptionId Tenant, Metered Has, Instant Since)
{
    /// <summary>What has lasted up to now, as a part of the history that has not ended.</summary>
    public UsageInterval Open => new(Tenant, Resource, Has, Since, null);

    /// <summary>Applies a change to the meter that was, if there was one.</summary>
    /// <param name="before">The meter; null where the resource had nothing.</param>
    /// <param name="change">The change.</param>
    /// <param name="notBefore">
    /// What lies before it is settled for good. A change that says it happened earlier, because it came late or because a
    /// clock was set back, counts from there: nothing is lost, and nothing that was billed changes.
    /// </param>
    /// <returns>The part of the history that ended, and the meter as it is now; null for nothing.</returns>
    public static (UsageInterval? Ended, Meter? Now) Turn(Meter? before, UsageChange change, Instant notBefore)
    {
        if (before is not null && before.Has == change.Has && before.Tenant == change.Tenant)
        {
            return (null, before);
        }

        var at = Instant.Max(change.At, notBefore);
        if (before is not null)
        {
            at = Instant.Max(at, before.Since);
        }

        var ended = before is null || at == before.Since ? null : before.Open with { To = at };
        return (ended, change.Has == Metered.Nothing ? null : new Meter(change.Resource, change.Tenant, change.Has, at));
    }
}
