// M6: what maintenance of a node did to each who was on it, beside what was predicted.
using NodaTime;
using Rdfe.Domain.Fabric;

namespace Rdfe.Domain.Maintenance;

/// <summary>Writes down what was felt.</summary>
internal static class MaintenanceRecords
{
    /// <summary>A node has answered with what it measured; the last few are kept of each instance.</summary>
    public static void Keep(Turn turn, NodeMaintenance m, FabricEvent.NodeMaintained e)
    {
        foreach (var pause in e.Pauses)
        {
            if (!turn.State.Instances.TryGetValue(pause.Instance, out var i))
            {
                continue;
            }

            var past = new PastMaintenance(
                m.Update, e.Technology, m.Choice.Predicted.FirstOrDefault(p => p.Instance == i.Id)?.Pause,
                Duration.FromMilliseconds(pause.Milliseconds), e.At);
            turn.Put(i with { LastMaintenance = [past, .. i.LastMaintenance.Take(turn.Settings.Maintenance.KeptPerInstance - 1)] });
        }
    }
}
