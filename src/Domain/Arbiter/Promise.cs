// M1, the one promise: no planned act takes instances of two update domains of one role or availability set down at the
// same time. It is asked by everything that takes an instance down, and answers yes, or no and because of whom.
using System.Globalization;
using NodaTime;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;

namespace Rdfe.Domain.Arbiter;

/// <summary>May these go down now?</summary>
public static class Promise
{
    /// <summary>
    /// Null when <paramref name="instance"/> may be taken down at <paramref name="now"/>; else what forbids it. One that
    /// serves nobody may always be: nothing more is lost.
    /// </summary>
    public static Blocker? Forbids(ClusterState state, FabricInstance instance, Instant now, HealthSettings settings)
    {
        if (instance.Group is not { } group || ServesNobody(instance))
        {
            return null;
        }

        foreach (var other in state.DownIn(group))
        {
            // A node that is already down still counts: M1 promises the tenant one update domain at a time, not one
            // *planned* update domain at a time.
            if (other.UpdateDomain != instance.UpdateDomain && Holds(other, now, settings))
            {
                return new Blocker(
                    BlockerCodes.Promise, now, other.Id.Value,
                    string.Create(CultureInfo.InvariantCulture,
                        $"{other.Role} has update domain {other.UpdateDomain} down ({other.Name}{(other.Node is { } n ? $" on {n}" : "")})."),
                    $"{other.Name} is healthy, or down for {settings.HoldLimit.TotalMinutes:0.#} min after its restart.",
                    HoldsUntil(other, settings));
            }
        }

        return null;
    }

    /// <summary>The same for several at once, as a node's maintenance takes them.</summary>
    public static Blocker? ForbidsAll(ClusterState state, IReadOnlyList<FabricInstance> instances, Instant now, HealthSettings settings) =>
        instances.Select(i => Forbids(state, i, now, settings)).FirstOrDefault(b => b is not null)
        ?? instances.Where(i => i.Group is not null && !ServesNobody(i)).GroupBy(i => i.Group!.Value)
            .Where(g => g.Select(i => i.UpdateDomain).Distinct().Count() > 1)
            .Select(g => new Blocker(
                BlockerCodes.Promise, now, g.First().Id.Value, $"Two update domains of {g.First().Role} would go down together.",
                "One of them is moved away."))
            .FirstOrDefault();

    /// <summary>
    /// True when an instance that shall run is not there for its users, or is about to be taken away. One that its owner
    /// has stopped is not down: it is where its owner wants it.
    /// </summary>
    public static bool IsDown(FabricInstance i) =>
        i.Power == PowerGoal.Running && (!i.IsHealthy || i.IsTakenDown);

    /// <summary>
    /// True when nothing is lost by taking it down. Stricter than <see cref="IsDown"/>: one that is merely not heard, as when
    /// its node's agent misses a beat, may well be serving.
    /// </summary>
    private static bool ServesNobody(FabricInstance i) =>
        !i.IsReady || i.IsTakenDown || i.Health is { Unresponsive: true } or { ProbeLost: true };

    /// <summary>True while a down instance holds planned work: at most 15 min after its restart (M1).</summary>
    public static bool Holds(FabricInstance down, Instant now, HealthSettings settings) =>
        HoldsUntil(down, settings) is not { } until || now < until;

    /// <summary>Until when; null while it has not been started again.</summary>
    public static Instant? HoldsUntil(FabricInstance down, HealthSettings settings) =>
        down.IsTakenDown ? null : down.Health?.RestartedAt + settings.HoldLimit;
}
