// "Why is it waiting?", asked of what is committed: what a blocker names is there, and is in the state that the blocker says, when
// it is said for the first time. Nothing here calls what it checks.
using Rdfe.Domain;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Notices;

namespace Rdfe.Simulation;

internal sealed class Truth(World world)
{
    private readonly Dictionary<string, (string Code, string Resource)> said = new(StringComparer.Ordinal);

    /// <summary>How many blockers were held against what they say: a checker that looks at nothing finds nothing.</summary>
    public int Looked { get; private set; }

    public void After(Turn turn)
    {
        foreach (var id in turn.Instances)
        {
            var i = world.Instances.GetValueOrDefault(id);
            Look($"act of {id}", i?.Planned?.Blocker, i, null);
        }

        foreach (var id in turn.Nodes)
        {
            Look($"maintenance of {id}", world.Nodes[id].Maintenance?.Blocker, null, world.Nodes[id]);
        }

        Look("rollout", world.InCluster?.Blocker, null, null);
    }

    private void Look(string what, Blocker? blocker, FabricInstance? waits, FabricNode? node)
    {
        if (blocker is null)
        {
            said.Remove(what);
            return;
        }

        if (said.TryGetValue(what, out var before) && before == (blocker.Code, blocker.Resource))
        {
            return;
        }

        said[what] = (blocker.Code, blocker.Resource);
        // Another turn has said it; what it says was so then.
        if (blocker.Since != world.Now)
        {
            return;
        }

        Looked++;
        if (!Holds(blocker, waits, node))
        {
            throw new Broken($"Blockers: {what} waits for {blocker.Code} of {blocker.Resource}: {blocker.Detail} That is not so: {world.Instances.GetValueOrDefault(new InstanceId(blocker.Resource))}");
        }
    }

    private bool Holds(Blocker b, FabricInstance? waits, FabricNode? node)
    {
        var named = world.Instances.GetValueOrDefault(new InstanceId(b.Resource));
        return b.Code switch
        {
            // Down itself, or leaving; or, where a whole node waits, one of two that would go down together, or another node that is maintained.
            BlockerCodes.Promise => world.Nodes.GetValueOrDefault(new NodeId(b.Resource)) is { Maintenance: not null } || named is not null && (waits is null || (named.Group == waits.Group && named.UpdateDomain != waits.UpdateDomain))
                && (IsDown(named) || waits is null),
            BlockerCodes.SafeMode => world.SafeMode,
            BlockerCodes.SelfService => named is { Kind: InstanceKind.VirtualMachine } && world.InCluster is { } r && world.Now < r.Part.SelfServiceUntil,
            BlockerCodes.Deferred => world.InCluster is { } r && r.Deferrals.Any(d => d.Instance.Value == b.Resource && d.Until > world.Now),
            BlockerCodes.Window => named is not null && WindowOf(named) is not null,
            BlockerCodes.ScheduledEvent => world.Boards.Values.Any(board => board.Live.Any(n =>
                n.Status == NoticeStatus.Scheduled && n.NotBefore > world.Now && n.Resources.Any(x => x.Instance.Value == b.Resource))),
            // It names whose load balancer it is.
            BlockerCodes.Draining => node is not null || (waits is { Planned.Stage: ActStage.Draining } && b.Resource == waits.Owner),
            _ => b.Resource.Length > 0 && b.Detail.Length > 0,
        };
    }

    private static bool IsDown(FabricInstance i) => i.Power == PowerGoal.Running
        && (i.Phase != InstancePhase.Ready || i.NodeDrain is not null || i.Planned is { Stage: ActStage.Draining } || i.ReportedBoot != i.BootGeneration
            || i.ReportedImage != i.ImageGeneration || i.ReportedRole != i.RoleGeneration || i.Health is not null || !i.IsHealthy);

    private GivenWindow? WindowOf(FabricInstance i) =>
        world.Machines.GetValueOrDefault(i.Owner) is { } m ? world.Windows.GetValueOrDefault($"virtualMachines/{m.Name}")
        : world.Deployments.GetValueOrDefault(i.Owner) is { } d ? world.Windows.GetValueOrDefault($"services/{d.Service}") : null;
}
