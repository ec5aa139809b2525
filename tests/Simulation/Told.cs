// W3, asked of what is committed and of what hosts are told: nobody feels anything of maintenance before the time that was announced
// to it, unless it or its owner let it begin. Nothing here calls what it checks.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Operations;
using Rdfe.Domain.VirtualMachines;

namespace Rdfe.Simulation;

internal sealed class Told(World world)
{
    private readonly Dictionary<string, (Notice Notice, bool Let)> seen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Incarnation, string Events)> documents = new(StringComparer.Ordinal);
    private readonly HashSet<(NodeId, int)> begun = [];
    private readonly HashSet<(string, OperationId)> deleting = [];
    private readonly HashSet<string> farewells = new(StringComparer.Ordinal);

    public void After(Turn turn, IReadOnlyDictionary<InstanceId, FabricInstance> before)
    {
        foreach (var change in turn.Notices)
        {
            seen[change.Notice.Id] = (change.Notice, change.Notice.Acknowledged is not null);
            Farewell(change.Notice, before.GetValueOrDefault(change.Notice.Resources[0].Instance));
        }

        foreach (var scope in turn.Boards)
        {
            if (world.Boards.TryGetValue(scope, out var board))
            {
                Document(board);
            }
            else
            {
                // Whoever is called so later begins anew.
                documents.Remove(scope);
            }
        }

        foreach (var id in turn.Nodes)
        {
            Node(world.Nodes[id]);
        }

        foreach (var go in turn.Effects().OfType<FabricEffect.MaintainNode>().Where(e => e.Go && IsFelt(e.Technology)))
        {
            if (!begun.Contains((go.Node, go.Generation)))
            {
                throw new Broken($"W3: {go.Node} was told to go on with {go.Technology}, and it was never said to begin.");
            }
        }

        foreach (var machine in turn.Machines.Keys.Select(key => world.Machines.GetValueOrDefault(key)).OfType<VirtualMachine>())
        {
            Deletion(turn, machine, before.GetValueOrDefault(machine.Instance));
        }

        foreach (var id in turn.Instances)
        {
            Stopped(before.GetValueOrDefault(id), world.Instances.GetValueOrDefault(id));
            if (before.GetValueOrDefault(id)?.Planned is { Kind: ActKind.Move, Origin: ActOrigin.Platform, Stage: ActStage.Waiting } asked
                && world.Instances.GetValueOrDefault(id) is { Planned: { Kind: ActKind.Move, Stage: ActStage.Draining } act } now && act.AskedAt == asked.AskedAt)
            {
                Ask(now, n => n.Cause.Act == id, "is moved away by the platform");
            }
        }
    }

    // The same number, the same content; and it never goes back.
    private void Document(NoticeBoard board)
    {
        var events = string.Join('|', board.Live.Select(n => $"{n.Id} {n.Type} {n.Status} {n.NotBefore} {string.Join(',', n.Resources.Select(r => r.Name))}"));
        if (documents.TryGetValue(board.Scope, out var old)
            && (board.Incarnation < old.Incarnation || (board.Incarnation == old.Incarnation && events != old.Events)))
        {
            throw new Broken($"W3: {board.Scope} had {old}, and has {(board.Incarnation, events)}.");
        }

        documents[board.Scope] = (board.Incarnation, events);
    }

    // It is drained, or worked on: from now on it is felt.
    private void Node(FabricNode node)
    {
        if (node.Maintenance is not { Stage: MaintenanceStage.Draining or MaintenanceStage.Working } m || !IsFelt(m.Choice.Technology)
            || !begun.Add((node.Id, m.Generation)))
        {
            return;
        }

        foreach (var i in world.Instances.Values.Where(i => i.Node == node.Id && i.Power == PowerGoal.Running))
        {
            Ask(i, n => n.Cause.Node == node.Id && n.Cause.Generation == m.Generation, $"feels {m.Update} on {node.Id}");
        }
    }

    // Its guest asked to be told before it is deleted: it is, in the turn that begins with it, and is not stopped before that time
    // unless it let it, or has stopped by itself.
    private void Deletion(Turn turn, VirtualMachine machine, FabricInstance? before)
    {
        var now = world.Instances.GetValueOrDefault(machine.Instance);
        if (machine is not { State: ProvisioningState.Deleting, Spec.TerminationNotice: { } lead } || !deleting.Add((machine.Key, machine.Operation))
            || world.Operations.GetValueOrDefault(machine.Operation)?.Kind != OperationKinds.DeleteVirtualMachine
            || !IsUp(before) || !IsUp(now) || before!.NodeDrain is not null || before.Planned is { Stage: ActStage.Draining })
        {
            return;
        }

        if (!turn.Notices.Any(n => n.Notice.Type == NoticeType.Terminate && n.Notice.NotBefore == world.Now + lead && n.Notice.Resources.Any(r => r.Instance == machine.Instance)))
        {
            throw new Broken($"W3: {machine.Key} is deleted, its guest wanted to know {lead} before, and was told nothing.");
        }
    }

    private void Farewell(Notice notice, FabricInstance? before)
    {
        var id = notice.Resources[0].Instance;
        if (notice is { Type: NoticeType.Terminate, Status: NoticeStatus.Started } && farewells.Add(notice.Id) && notice.Acknowledged is null
            && notice.NotBefore > world.Now && IsUp(before) && IsUp(world.Instances.GetValueOrDefault(id)))
        {
            throw new Broken($"W3: {id} was told that it is deleted not before {notice.NotBefore}, and is at {world.Now}.");
        }
    }

    private void Stopped(FabricInstance? before, FabricInstance? now)
    {
        if (before is { Power: not PowerGoal.Absent } && now is { Power: PowerGoal.Absent }
            && seen.Values.Any(s => s.Notice is { Type: NoticeType.Terminate, Status: NoticeStatus.Scheduled } && s.Notice.Resources[0].Instance == now.Id))
        {
            throw new Broken($"W3: {now.Id} is stopped at {world.Now}, and its guest is still being waited for.");
        }
    }

    private static bool IsUp(FabricInstance? i) => i is { Power: PowerGoal.Running, IsReady: true };

    private void Ask(FabricInstance i, Func<Notice, bool> about, string what)
    {
        var notices = seen.Values.Where(s => about(s.Notice) && s.Notice.Resources.Any(r => r.Instance == i.Id)).ToList();
        if (!notices.Exists(s => s.Let || s.Notice.NotBefore <= world.Now))
        {
            throw new Broken($"W3: {i.Id} {what} at {world.Now}, and {(notices.Count == 0 ? "was told nothing" : $"was told not before {notices.Max(s => s.Notice.NotBefore)}")}.");
        }
    }

    private static bool IsFelt(Technology t) => t is not (Technology.HotPatch or Technology.AgentRestart);
}
