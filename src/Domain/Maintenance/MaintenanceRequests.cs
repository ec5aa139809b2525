// M4: one node is to be maintained now. What a rollout does node after node is done here for one, as for a canary by hand.
using Rdfe.Domain.Fabric;

namespace Rdfe.Domain.Maintenance;

/// <summary>Answers requests for one node.</summary>
internal static class MaintenanceRequests
{
    /// <summary>Climbs the ladder and begins, or says what stands against it.</summary>
    public static void Maintain(Turn turn, FabricRequest.MaintainNode request)
    {
        if (!turn.State.Nodes.TryGetValue(request.Node, out var node))
        {
            return;
        }

        var report = MaintenanceGate.Climb(turn, node, request.Update);
        if (report.Choice is not { } choice)
        {
            turn.Say("maintenanceRefused", node.Id.Value, $"{request.Update.Name}: {string.Join(" ", report.Rungs.SelectMany(r => r.RuledOut).Select(r => r.Sentence))}");
        }
        else if (report.NotBefore > turn.Now && request.Override is null)
        {
            // A tenant's ceiling is told first, and broken when its time has come; by an operator's order sooner, on record.
            turn.Say("maintenanceEscalated", node.Id.Value,
                $"{request.Update.Name}, not before {report.NotBefore}: {string.Join(" ", report.Escalations.Select(e => e.Sentence))}");
        }
        else if (MaintenanceGate.Forbids(turn, node, choice with { RoomComesBack = false }, []) is { } blocker)
        {
            turn.Say("maintenanceRefused", node.Id.Value, $"{request.Update.Name}: {blocker.Code}: {blocker.Detail}");
        }
        else
        {
            foreach (var broken in report.Escalations)
            {
                turn.Say("ceilingBroken", broken.Instance.Value, request.Override is { } order ? $"{broken.Sentence} By order of {order.By}: {order.Reason}" : broken.Sentence);
            }

            Maintaining.Begin(turn, node, choice);
        }
    }
}
