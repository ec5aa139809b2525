// M5: is the cluster as well as it was before? What is down because the rollout itself has just taken its node down says nothing
// against it yet, and for as long as an instance may take to be healthy after that (M3); nor does what its owner is changing.
using NodaTime;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;

namespace Rdfe.Domain.Rollouts;

/// <summary>How many instances are well.</summary>
/// <param name="Wanted">Instances that shall run.</param>
/// <param name="Healthy">Those that are healthy.</param>
/// <param name="Expected">Those that are being changed by their owner, or down with a node that is being maintained, or was until a moment ago.</param>
internal readonly record struct HealthGate(int Wanted, int Healthy, int Expected)
{
    /// <summary>The cluster as it is now.</summary>
    public static HealthGate Of(ClusterState state, Instant now, FabricSettings settings)
    {
        var expected = state.Unwell.Explained;
        foreach (var i in state.Unwell.Unexplained)
        {
            if (i.Node is { } id && now - state.Nodes[id].LastMaintenance?.EndedAt < settings.Health.HoldLimit)
            {
                expected++;
            }
        }

        return new(state.Running.Wanted, state.Running.Healthy, expected);
    }

    /// <summary>True where nobody has to be asked why who is down is down: enough are well without them.</summary>
    public static bool IsEnoughAtOnce(ClusterState state, int before, double share) =>
        new HealthGate(state.Running.Wanted, state.Running.Healthy, 0).IsEnough(before, share);

    /// <summary>True when as many are well as were before, or would be but for what their owners stopped since.</summary>
    public bool IsEnough(int before, double share) => Healthy + Expected >= Math.Ceiling(Math.Min(before, Wanted) * share);
}
