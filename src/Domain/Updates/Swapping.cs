// R4: VIP swap. The two deployments of a service exchange slots and addresses in one commit; no instance notices, and no
// packet finds an address that leads nowhere: the load balancer is programmed with both from then on.
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;

namespace Rdfe.Domain.Updates;

/// <summary>Exchanges production and staging.</summary>
internal static class Swapping
{
    /// <summary>Exchanges them; where one slot is empty the other's deployment moves there.</summary>
    public static void Begin(Turn turn, FabricRequest.SwapDeployments request)
    {
        var operation = request.Operation with { Cluster = turn.State.Id };
        var both = turn.State.Deployments.Values
            .Where(d => d.SubscriptionId == request.Subscription && d.Service == request.Service)
            .OrderBy(d => d.Slot).ToList();
        if (both.Count == 0 || both.Any(d => d.State != ProvisioningState.Succeeded))
        {
            turn.Put(operation.Fail(
                new OperationError("deploymentNotReady", "A deployment of the service is gone or being changed."), turn.Now));
            return;
        }

        var vips = both.ConvertAll(d => d.Vip);
        for (var at = 0; at < both.Count; at++)
        {
            var d = both[at];
            // An address stays with its slot: what comes into production answers where production answered.
            var vip = both.Count == 2 && vips[0] is not null && vips[1] is not null ? vips[1 - at] : d.Vip;
            turn.Swap(d with
            {
                Slot = d.Slot == Slot.Production ? Slot.Staging : Slot.Production,
                Vip = vip,
                Operation = operation.Id,
            });
        }

        foreach (var d in both)
        {
            Networking.Change(turn, d.Key);
        }

        turn.Put(operation.Finish(StepNames.Swap, turn.Now).Reach(StepNames.ConfigureNetwork, turn.Now));
        turn.Say("deploymentsSwapped", operation.Resource, string.Join(", ", both.Select(d => d.Id)));
    }

    /// <summary>It ends when the load balancer has both.</summary>
    public static void TowardsProgrammed(Turn turn, Operation operation)
    {
        if (turn.State.Deployments.Values.Where(d => d.Operation == operation.Id).All(d => Networking.IsProgrammed(turn.State, d.Key)))
        {
            turn.Put(operation.Succeed(turn.Now));
        }
    }
}
