// H1, H2 for instances: role restart before VM restart before node. What an agent or the load balancer says is recorded
// at once; whether it is a failure is decided when the timeout has passed.
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Windows;

namespace Rdfe.Domain.Health;

/// <summary>Watches instances.</summary>
public static class InstanceWatch
{
    /// <summary>When an instance is next to be looked at; null when nothing is awaited of it.</summary>
    public static Instant? DeadlineOf(FabricInstance i, HealthSettings s)
    {
        if (i.Planned is null && i.Health is null && i.Migration is null && i.Phase != InstancePhase.Booting)
        {
            return null;
        }

        Instant? next = null;
        void Or(Instant? at) => next = at is { } a && (next is not { } n || a < n) ? a : next;
        if (i.Planned is { Stage: ActStage.Waiting } act)
        {
            // Force is against the promise alone: it makes no room, and it lets no brake go.
            Or(act.Blocker is null or { Code: BlockerCodes.Promise } ? act.ForceAt : null);
            Or(act.Blocker?.ForcedAt);
        }

        Or(i.Migration?.Deadline);

        if (i.Power != PowerGoal.Running || i.Node is null)
        {
            return next;
        }

        Or(ConnectDeadline(i, s));
        if (i.Health is { } h)
        {
            Or(h.StableAt);
            Or(h.RestartRoleAt);
            Or(h.LetGoAt is null ? h.RestartedAt + s.HoldLimit : null);
            // A silent node says nothing of its guests: their timers rest until it is heard again.
            Or(h.NodeSilent || !i.IsCurrent ? null : h.GuestSilentSince + s.GuestAgentTimeout);
            Or(h.Unresponsive ? null : h.RoleSilentSince + s.RoleTimeout);
            Or(h.ProbeLost ? null : h.ProbeSilentSince + s.ProbeTimeout);
        }

        return next;
    }

    /// <summary>Heartbeats of an instance are missed.</summary>
    public static void Missed(Turn turn, FabricEvent.BeatsMissed e)
    {
        if (Find(turn, e.Node, e.Instance!.Value) is not { } i)
        {
            return;
        }

        if (turn.State.Nodes[e.Node].Maintenance is { PausesGuests: true, Deadline: { } until })
        {
            // It is paused or boots with its node: its silence counts from when that should be over (M4).
            e = e with { LastBeat = Instant.Max(e.LastBeat, until) };
        }

        var h = i.Health ?? InstanceHealth.Nothing;
        turn.Put(i with
        {
            Health = e.Of switch
            {
                Heartbeat.GuestAgent => h with { GuestSilentSince = h.GuestSilentSince ?? e.LastBeat },
                Heartbeat.Role => h with { RoleSilentSince = h.RoleSilentSince ?? e.LastBeat },
                _ => h with { ProbeSilentSince = h.ProbeSilentSince ?? e.LastBeat },
            },
        });
    }

    /// <summary>They come again.</summary>
    public static void Back(Turn turn, FabricEvent.BeatsBack e)
    {
        if (Find(turn, e.Node, e.Instance) is not { Health: { } h } i)
        {
            return;
        }

        Change(turn, i, i with
        {
            Health = e.Of switch
            {
                Heartbeat.GuestAgent => h with { GuestSilentSince = null },
                Heartbeat.Role => h with { RoleSilentSince = null, Unresponsive = false },
                _ => h with { ProbeSilentSince = null, ProbeLost = false },
            },
        });
    }

    /// <summary>The role's process has ended: it is started again, at once or, where it goes on crashing, a little later.</summary>
    public static void RoleTerminated(Turn turn, FabricEvent.RoleTerminated e)
    {
        if (Find(turn, e.Node, e.Instance) is not { Power: PowerGoal.Running } i || e.Boot != i.BootGeneration
            || !i.IsCurrent || e.Role != i.RoleGeneration)
        {
            return;
        }

        var h = i.Health ?? InstanceHealth.Nothing;
        var crashes = h.RoleCrashes + 1;
        var s = turn.Settings.Health;
        var wait = crashes <= s.RoleRestartsAtOnce
            ? Duration.Zero
            : Duration.Min(s.RoleRestartBackoff * Math.Pow(2, Math.Min(crashes - s.RoleRestartsAtOnce - 1, 20)), s.RoleRestartBackoffMost);
        turn.Say("roleTerminated", i.Id.Value, wait == Duration.Zero
            ? $"crash {crashes}; restarted"
            : $"crash {crashes}; restarted in {wait.TotalSeconds:0} s");
        var down = i with
        {
            Phase = InstancePhase.GuestConnected,
            PhaseSince = e.At,
            ReportedRole = e.Role,
            Health = h with { RoleCrashes = crashes, RestartRoleAt = wait == Duration.Zero ? null : turn.Now + wait, RoleSilentSince = null, Unresponsive = false },
        };
        Change(turn, i, down);
        if (wait == Duration.Zero)
        {
            RestartRole(turn, turn.State.Instances[i.Id]);
        }
    }

    /// <summary>A deadline of an instance has come: whatever is due at it is done.</summary>
    public static void DeadlinePassed(Turn turn, InstanceId id)
    {
        if (!turn.State.Instances.TryGetValue(id, out var i))
        {
            return;
        }

        turn.Touched.Add(i.Owner);
        // Several things may be due at once. Waits are looked at at the end of the turn, by the arbiter.
        for (FabricInstance? seen = null; !ReferenceEquals(seen, i) && i is { Power: PowerGoal.Running, Node: not null };)
        {
            seen = i;
            Due(turn, i);
            if (!turn.State.Instances.TryGetValue(id, out i!))
            {
                return;
            }
        }

        // Taking it off the agenda was the agenda's doing: what is awaited later goes back on it.
        var next = DeadlineOf(i, turn.Settings.Health);
        turn.State.Agenda.Set(new AgendaItem(AgendaKind.Instance, id.Value), next > turn.Now ? next : null);
    }

    private static void Due(Turn turn, FabricInstance i)
    {
        var (s, now) = (turn.Settings.Health, turn.Now);
        if (ConnectDeadline(i, s) <= now)
        {
            NeverConnected(turn, i);
            return;
        }

        if (i.Health is not { } h)
        {
            return;
        }

        if (h.StableAt <= now)
        {
            turn.Put(i with { Health = h with { RoleCrashes = 0, VmRestarts = 0, ConnectFailures = 0, StableAt = null } });
            return;
        }

        if (h.LetGoAt is null && h.RestartedAt + s.HoldLimit <= now)
        {
            // "One instance doesn't indefinitely stall": from here on maintenance goes past it, and its owner can read so.
            turn.Say("instanceLetGo", i.Id.Value, $"not healthy {s.HoldLimit.TotalMinutes:0.#} min after its restart; it holds planned work no more");
            WindowLedger.NoteUnresponsive(turn, i, s.HoldLimit);
            turn.Put(i with { Health = h with { LetGoAt = now } });
            return;
        }

        if (!h.NodeSilent && i.IsCurrent && h.GuestSilentSince + s.GuestAgentTimeout <= now)
        {
            turn.Say("guestAgentSilent", i.Id.Value, $"{s.GuestAgentTimeout.TotalMinutes:0.#} min; the VM and its role are restarted");
            RestartVm(turn, i with { Health = h with { VmRestarts = h.VmRestarts + 1 } });
            return;
        }

        if (h.RestartRoleAt <= now)
        {
            RestartRole(turn, i with { Health = h with { RestartRoleAt = null } });
            return;
        }

        var next = i;
        if (!h.Unresponsive && h.RoleSilentSince + s.RoleTimeout <= now)
        {
            turn.Say("roleUnresponsive", i.Id.Value, $"silent for {s.RoleTimeout.TotalSeconds:0} s");
            next = next with { Health = next.Health! with { Unresponsive = true } };
        }

        if (!h.ProbeLost && h.ProbeSilentSince + s.ProbeTimeout <= now)
        {
            turn.Say("outOfRotation", i.Id.Value, $"no answer to the probe for {s.ProbeTimeout.TotalSeconds:0} s");
            next = next with { Health = next.Health! with { ProbeLost = true } };
        }

        if (!ReferenceEquals(next, i))
        {
            Change(turn, i, next);
        }
    }

    // L1: three tries in all. The node is suspected then, and not the instance: a guest agent that can't connect looks the
    // same as a node that can't be connected to. What the instance has done to other nodes is remembered.
    private static void NeverConnected(Turn turn, FabricInstance i)
    {
        var (s, h) = (turn.Settings.Health, i.Health ?? InstanceHealth.Nothing);
        var failures = h.ConnectFailures + 1;
        if (failures < s.GuestAgentConnectTries)
        {
            turn.Say("guestAgentNeverConnected", i.Id.Value, $"try {failures} of {s.GuestAgentConnectTries}; the VM is restarted");
            RestartVm(turn, i with { Health = h with { ConnectFailures = failures, RestartedAt = h.RestartedAt } });
            return;
        }

        turn.Say("guestAgentNeverConnected", i.Id.Value, $"try {failures} of {s.GuestAgentConnectTries}; its node {i.Node} goes to Human Investigate");
        turn.Put(i with { Health = h with { ConnectFailures = failures } });
        NodeWatch.Suspect(turn, i.Node!.Value, i.Id, failures);
    }

    /// <summary>Restarts the guest and its role in place. It is down already: the promise has nothing to say (M1).</summary>
    internal static void RestartVm(Turn turn, FabricInstance i)
    {
        Change(turn, turn.State.Instances[i.Id], i with
        {
            BootGeneration = i.BootGeneration + 1,
            Health = (i.Health ?? InstanceHealth.Nothing) with
            {
                GuestSilentSince = null,
                RoleSilentSince = null,
                ProbeSilentSince = null,
                Unresponsive = false,
                ProbeLost = false,
                RestartRoleAt = null,
            },
        });
        turn.ChangeGoalOf(i.Node!.Value);
    }

    /// <summary>Restarts the role alone.</summary>
    internal static void RestartRole(Turn turn, FabricInstance i)
    {
        Change(turn, turn.State.Instances[i.Id], i with { RoleGeneration = i.RoleGeneration + 1 });
        turn.ChangeGoalOf(i.Node!.Value);
    }

    /// <summary>Puts an instance, and tells the load balancer where that changes what it is sent.</summary>
    internal static void Change(Turn turn, FabricInstance old, FabricInstance next)
    {
        turn.Put(next);
        if (old.TakesTraffic != next.TakesTraffic)
        {
            Networking.Change(turn, next.Owner);
        }
    }

    // Only roles have a guest agent (H2); while the node is silent nobody could say that it has connected.
    private static Instant? ConnectDeadline(FabricInstance i, HealthSettings s) =>
        i.Kind != InstanceKind.VirtualMachine && i.Phase == InstancePhase.Booting && i.IsCurrent
        && i.Health is null or { NodeSilent: false, Healing: null, Condemned: false }
            ? i.PhaseSince + s.GuestAgentConnectTimeout
            : null;

    private static FabricInstance? Find(Turn turn, NodeId node, InstanceId id) =>
        turn.State.Instances.TryGetValue(id, out var i) && i.Node == node ? i : null;
}
