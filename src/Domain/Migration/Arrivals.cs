// P1, M4: who is on its way to which node. A place on the target is taken from the first moment, and counts with all that
// counts there; so the book has the instance twice, once where it runs and once where it is to run.
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Migration;

/// <summary>The places that are kept for instances under way.</summary>
internal static class Arrivals
{
    /// <summary>Gives the place back that was kept for an instance which goes there no more, or is there now.</summary>
    public static void Release(ClusterCapacity book, FabricInstance? before, FabricInstance? now)
    {
        if (before?.Migration is { } m && m.Target != now?.Migration?.Target)
        {
            book.Release(PlaceOf(before.Id));
        }
    }

    /// <summary>Takes a place for an instance that is to go there.</summary>
    public static void Reserve(ClusterCapacity book, FabricInstance? before, FabricInstance now)
    {
        if (now.Migration is { } m && m.Target != before?.Migration?.Target)
        {
            book.Occupy(m.Target, new Occupant(
                PlaceOf(now.Id), now.Group, now.UpdateDomain, now.Needs, now.HostOwner, now.Isolated, IsArrival: true));
        }
    }

    // No instance has such a name.
    private static InstanceId PlaceOf(InstanceId id) => new(id.Value + " arrives");
}
