// P1, M4: who is on its way to which node. A place on the target is taken from the first moment, and counts with all that
// counts there; so the book has the instance twice, once where it runs and once where it is to run.
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Migration;

/// <summary>Instances under way, and the places that are kept for them.</summary>
internal sealed class Arrivals
{
    private readonly InstanceIndex<NodeId> byTarget = new(null);
    private readonly SortedSet<InstanceId> moving = new(InstanceIndex<string>.ById);

    /// <summary>Everybody who is under way, in order of id.</summary>
    public IEnumerable<InstanceId> Moving => moving;

    /// <summary>How many are under way.</summary>
    public int Count => moving.Count;

    /// <summary>Who is on the way to a node, in order of id.</summary>
    public IReadOnlyList<InstanceId> At(NodeId node) => byTarget[node];

    /// <summary>Gives the place back that was kept for an instance which goes there no more, or is there now.</summary>
    public void Release(ClusterCapacity book, FabricInstance? before, FabricInstance? now)
    {
        if (before?.Migration is { } m && m.Target != now?.Migration?.Target)
        {
            book.Release(PlaceOf(before.Id));
            byTarget.Remove(m.Target, before.Id);
            moving.Remove(before.Id);
        }
    }

    /// <summary>Takes a place for an instance that is to go there.</summary>
    public void Reserve(ClusterCapacity book, FabricInstance? before, FabricInstance now)
    {
        if (now.Migration is { } m && m.Target != before?.Migration?.Target)
        {
            book.Occupy(m.Target, new Occupant(
                PlaceOf(now.Id), now.Group, now.UpdateDomain, now.Needs, now.HostOwner, now.Isolated, IsArrival: true));
            byTarget.Add(m.Target, now.Id);
            moving.Add(now.Id);
        }
    }

    // No instance has such a name.
    private static InstanceId PlaceOf(InstanceId id) => new(id.Value + " arrives");
}
