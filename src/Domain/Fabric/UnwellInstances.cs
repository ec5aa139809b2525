// Who shall run and is not healthy, and of whom is it known why (M5)? Hundreds are down with their nodes while a rollout goes over
// a cluster, and after every event it asks whether that is all: so who is down for a known reason is counted, not gone over.
using Rdfe.Domain.Deployments;

namespace Rdfe.Domain.Fabric;

/// <summary>Instances that shall run and are not healthy. Kept in step with instances and nodes, one change at a time.</summary>
internal sealed class UnwellInstances
{
    private readonly HashSet<InstanceSlot> unexplained = [];

    /// <summary>How many are being changed by their owner, or are on a node that is being maintained.</summary>
    public int Explained { get; private set; }

    /// <summary>The others, in no order.</summary>
    public IEnumerable<FabricInstance> Unexplained => unexplained.Select(s => s.Now);

    /// <summary>An instance was one of them, or is from now on.</summary>
    /// <param name="slot">Where the instance is.</param>
    /// <param name="was">True where it was one of them.</param>
    /// <param name="isUnwell">True where it is one.</param>
    /// <param name="isExplained">True where it is known why.</param>
    public void Change(InstanceSlot slot, bool was, bool isUnwell, bool isExplained)
    {
        if (was && !unexplained.Remove(slot))
        {
            Explained--;
        }

        if (isUnwell && isExplained)
        {
            Explained++;
        }
        else if (isUnwell)
        {
            unexplained.Add(slot);
        }
    }
}
