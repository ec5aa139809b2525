// W3: a machine that is about to be deleted is told, where its owner has asked for that: it says goodbye, hands over its work, and
// lets the deletion begin, or its time is over.
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Domain.VirtualMachines;

namespace Rdfe.Domain.Notices;

/// <summary>Notices of deletions.</summary>
public static class TerminationNotices
{
    /// <summary>The shortest notice that can be asked for (Azure's figure).</summary>
    public static Duration Shortest { get; } = Duration.FromMinutes(5);

    /// <summary>The longest notice that can be asked for (Azure's figure).</summary>
    public static Duration Longest { get; } = Duration.FromMinutes(15);

    /// <summary>True where a guest is told, so that the deletion has to wait for it. Who does not run has nothing to be told.</summary>
    internal static bool Announce(Turn turn, VirtualMachine machine, Operation operation)
    {
        if (machine.Spec.TerminationNotice is not { } lead || turn.State.Instances.GetValueOrDefault(machine.Instance) is not { } i || !IsUp(i)
            || i.IsTakenDown)
        {
            return false;
        }

        ActNotices.Withdraw(turn, i, "the machine is deleted");
        // What its owner wanted of it before is superseded; what the platform wants of its node is not.
        i = turn.State.Instances[i.Id];
        turn.Put(i with { Operation = null, Planned = i.Planned is { Origin: ActOrigin.User } ? null : i.Planned });
        turn.Put(operation.Reach(StepNames.Drain, turn.Now));
        Noticing.Publish(turn, [i], NoticeType.Terminate, new NoticeCause(Act: i.Id, AskedAt: turn.Now, Deletes: operation.Id), n => n with
        {
            Source = NoticeSource.User,
            NotBefore = turn.Now + lead,
            Description = "The owner deletes the machine.",
        });
        return true;
    }

    /// <summary>True while the deletion of this owner waits for its guest.</summary>
    internal static bool Holds(Turn turn, OperationId deletion, string owner) =>
        turn.State.Machines.TryGetValue(owner, out var machine) && turn.State.Instances.TryGetValue(machine.Instance, out var i)
        && turn.State.Notices.Find(NoticeBoard.ScopeOf(i)) is { } board
        && Waiting(board, deletion) is not null;

    /// <summary>What a deletion waits for; null where its guest lets it begin, or has no more time.</summary>
    public static Blocker? BlockerOf(NoticeBoard board, OperationId deletion) =>
        Waiting(board, deletion) is { } notice
            ? new Blocker(
                BlockerCodes.ScheduledEvent, notice.PublishedAt, notice.Resources[0].Instance.Value,
                $"{notice.Resources[0].Name} has been told that it is deleted, and may get ready.",
                "It is acknowledged, or its time has come.", notice.NotBefore)
            : null;

    /// <summary>May it begin? A guest that does not run any more is not waited for.</summary>
    internal static void See(Turn turn, NoticeBoard board, Notice notice)
    {
        var i = turn.State.Instances[notice.Cause.Act!.Value];
        if (notice.Status == NoticeStatus.Scheduled && !turn.State.Operations.ContainsKey(notice.Cause.Deletes!.Value))
        {
            Noticing.End(turn, board, notice, "a later request deletes it");
            return;
        }

        if (notice.Status != NoticeStatus.Scheduled || (notice.Holds(turn.Now) && IsUp(i)))
        {
            return;
        }

        Noticing.Start(turn, board, notice);
        Teardown.GoOn(turn, turn.State.Machines[i.Owner], turn.State.Operations[notice.Cause.Deletes!.Value]);
    }

    private static Notice? Waiting(NoticeBoard board, OperationId deletion) =>
        board.Live.FirstOrDefault(n => n.Cause.Deletes == deletion && n.Status == NoticeStatus.Scheduled);

    private static bool IsUp(FabricInstance i) => i is { Power: PowerGoal.Running, IsReady: true };
}
