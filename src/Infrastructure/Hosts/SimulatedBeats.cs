// Heartbeats without messages (H2, N2): none is sent while all is well. What is put on the agenda is the moment at which
// silence is noticed, one beat after the last one that came; and agents that come back say all that is on their node.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;

namespace Rdfe.Infrastructure.Hosts;

internal sealed class SimulatedBeats(SimulatedWorld world, SimulatedFaults faults)
{
    private static readonly Heartbeat[] OfGuests = [Heartbeat.GuestAgent, Heartbeat.Role, Heartbeat.Probe];

    /// <summary>Something about the node has changed: who is heard now, and who no longer?</summary>
    public void Settle(SimulatedNode node, Instant now)
    {
        var heard = node.Condition.AgentWorks && HasNetwork(node) && !faults.IsFlappedOff(node, now);
        var (back, gone) = (heard && !node.IsHeard, !heard && node.IsHeard);
        node.IsHeard = heard;
        if (gone && !node.Condition.Bare)
        {
            Begin(node, null, Heartbeat.HostAgent, node.Silence, now);
        }
        else if (back)
        {
            (node.Silence.LastBeat, node.Silence.Told) = (null, false);
            world.Say(node.Cluster, Connected(node, now));
        }

        foreach (var tracked in node.Guests.Values)
        {
            Settle(node, tracked, now);
        }

        if (back)
        {
            Restate(node, now, lastBeat: null).ForEach(e => world.Say(node.Cluster, e));
        }
        else
        {
            Complain(node, now);
        }
    }

    /// <summary>Something about the guest has changed.</summary>
    public void Settle(SimulatedNode node, TrackedGuest tracked, Instant now)
    {
        foreach (var of in OfGuests)
        {
            var silence = tracked.Silences.GetValueOrDefault(of);
            var expected = IsExpected(node, tracked.Guest, of);
            var beats = Beats(node, tracked.Guest, of);
            if (expected && !beats)
            {
                if (silence?.LastBeat is null)
                {
                    Begin(node, tracked, of, tracked.Silences[of] = silence ?? new Silence(), now);
                }
            }
            else if (silence is not null)
            {
                silence.LastBeat = null;
                if (expected && silence.Told && CanBeTold(node, of))
                {
                    silence.Told = false;
                    world.Say(node.Cluster, new FabricEvent.BeatsBack(now, of, node.Id, tracked.Guest.Id));
                }
            }
        }
    }

    /// <summary>What a controller that attaches is told of a node.</summary>
    public IEnumerable<FabricEvent> Attach(SimulatedNode node, Instant now)
    {
        if (node.Condition.Bare)
        {
            return [];
        }

        var events = new List<FabricEvent>();
        if (node.IsHeard)
        {
            events.Add(Connected(node, now));
        }
        else
        {
            node.Silence.Told = true;
            events.Add(new FabricEvent.BeatsMissed(now, Heartbeat.HostAgent, node.Id, null, now));
        }

        events.AddRange(Restate(node, now, lastBeat: now));
        foreach (var tracked in node.Guests.Values)
        {
            // That they come again may have been said to a controller that died before it was written down.
            events.AddRange(OfGuests
                .Where(of => CanBeTold(node, of) && IsExpected(node, tracked.Guest, of) && Beats(node, tracked.Guest, of))
                .Select(of => new FabricEvent.BeatsBack(now, of, node.Id, tracked.Guest.Id)));
        }

        return events;
    }

    private static FabricEvent.HostAgentConnected Connected(SimulatedNode node, Instant now) =>
        new(now, node.Id, node.Generation, [.. node.Guests.Values.Select(t => SimulatedWorld.Report(node, t.Guest, now))],
            node.Condition.Versions, node.Condition.InstallGeneration, node.Condition.Staging?.Held);

    // What is wrong on a node, said again: it may have been said into a dead line before.
    private List<FabricEvent> Restate(SimulatedNode node, Instant now, Instant? lastBeat)
    {
        var events = new List<FabricEvent>();
        foreach (var tracked in node.Guests.Values)
        {
            var guest = tracked.Guest;
            if (node.IsHeard && !node.Lies && guest.Has(GuestHurt.RoleDown) && !guest.Has(GuestHurt.VmDown | GuestHurt.AgentDown))
            {
                events.Add(new FabricEvent.RoleTerminated(now, node.Id, guest.Id, guest.Boot, guest.Role));
            }

            foreach (var of in OfGuests)
            {
                if (tracked.Silences.GetValueOrDefault(of) is { LastBeat: { } last } silence && CanBeTold(node, of)
                    && (lastBeat is not null || (of != Heartbeat.Probe && last + world.Intervals.Of(of) <= now)))
                {
                    silence.Told = true;
                    events.Add(new FabricEvent.BeatsMissed(now, of, node.Id, guest.Id, lastBeat ?? last));
                }
            }
        }

        if (node.IsHeard && SimulatedMaintenance.Restated(node, now) is { } maintained)
        {
            events.Add(maintained);
        }

        if (node.IsHeard && !node.Lies)
        {
            events.AddRange(SimulatedMigrations.Restated(node, now));
        }

        if (node.IsHeard)
        {
            node.Complaints.Clear();
            foreach (var what in faults.HardwareOf(node))
            {
                node.Complaints.Add(what);
                events.Add(new FabricEvent.HardwareFaulted(now, node.Id, what));
            }
        }

        return events;
    }

    private void Complain(SimulatedNode node, Instant now)
    {
        foreach (var what in node.IsHeard ? faults.HardwareOf(node) : [])
        {
            if (node.Complaints.Add(what))
            {
                world.Say(node.Cluster, new FabricEvent.HardwareFaulted(now, node.Id, what));
            }
        }
    }

    // Where in its interval the last beat came is drawn; the first one that is missing is due an interval after it.
    private void Begin(SimulatedNode node, TrackedGuest? tracked, Heartbeat of, Silence silence, Instant now)
    {
        var (interval, instance) = (world.Intervals.Of(of), tracked?.Guest.Id);
        var last = now - (interval * Draw.Unit(
            world.Durations.Seed, instance?.Value ?? node.Id.Value, $"last beat of {of}", now.ToUnixTimeTicks()));
        silence.LastBeat = last;
        world.At(last + interval, when =>
        {
            if (silence.LastBeat == last && !silence.Told && CanBeTold(node, of))
            {
                silence.Told = true;
                world.Say(node.Cluster, new FabricEvent.BeatsMissed(when, of, node.Id, instance, last));
            }
        });
    }

    private bool HasNetwork(SimulatedNode node) => !node.Condition.LostNetwork && !faults.On(node, FaultKind.Partition);

    // Guest agents are heard through their host agent; the load balancer asks by itself.
    private static bool CanBeTold(SimulatedNode node, Heartbeat of) =>
        of is Heartbeat.Probe or Heartbeat.HostAgent || node.IsHeard;

    // A host agent that lies vouches for its guests; the load balancer probes whatever is said to be ready. A virtual machine
    // has no agent that would have to connect first: the hypervisor sees from its first moment whether it is alive (H2).
    private static bool IsExpected(SimulatedNode node, SimulatedGuest guest, Heartbeat of) => of switch
    {
        Heartbeat.GuestAgent => !node.Lies && guest.Phase <= InstancePhase.Ready
            && guest.Phase >= (guest.IsVm ? InstancePhase.Booting : InstancePhase.GuestConnected),
        Heartbeat.Role => !node.Lies && !guest.IsVm && guest.Phase == InstancePhase.Ready,
        _ => guest.Has(GuestHurt.Fenced) || (node.Lies ? guest.Goal?.Power == PowerGoal.Running : guest.Phase == InstancePhase.Ready),
    };

    private bool Beats(SimulatedNode node, SimulatedGuest guest, Heartbeat of) => node.Condition is { Runs: true, GuestsPaused: false } && of switch
    {
        Heartbeat.GuestAgent => !guest.Has(GuestHurt.VmDown | GuestHurt.AgentDown),
        Heartbeat.Role => !guest.Has(GuestHurt.VmDown | GuestHurt.AgentDown | GuestHurt.RoleDown | GuestHurt.RoleHung),
        _ => guest.Phase == InstancePhase.Ready && HasNetwork(node)
            && !guest.Has(GuestHurt.VmDown | GuestHurt.RoleDown | GuestHurt.RoleHung | GuestHurt.Fenced),
    };
}
