// Power, host OS and network of simulated nodes (F3, H1): what provisioning, power cycles and faults make of them, and
// how they start again.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Topology;
using NodeState = Rdfe.Domain.Topology.NodeState;

namespace Rdfe.Infrastructure.Hosts;

internal sealed class SimulatedPower(
    SimulatedWorld world, SimulatedFaults faults, SimulatedBeats beats, SimulatedGuests guests, ProvisioningSettings provisioning)
{
    /// <summary>What a power controller says of a node that no power reaches.</summary>
    public const string NoPower = "no power";

    /// <summary>What is said of a node that no network reaches.</summary>
    public const string Unreachable = "unreachable";

    private readonly HashSet<string> jobs = new(StringComparer.Ordinal);

    /// <summary>Asked twice, done once: the first answer serves both.</summary>
    public void Once(string key, Instant due, Action<Instant> done)
    {
        if (jobs.Add(key))
        {
            world.At(due, when =>
            {
                jobs.Remove(key);
                done(when);
            });
        }
    }

    /// <summary>Faults that take in the node have begun or ended.</summary>
    public void Settle(SimulatedNode node, Instant now)
    {
        var (before, powered) = (node.Condition, !faults.On(node, FaultKind.PowerLoss));
        if (!powered && !before.Dark)
        {
            world.Change(node, before with { Dark = true, HostDown = true, StartsAt = null });
        }
        else if (powered && before.Dark)
        {
            world.Change(node, before with { Dark = false });
            if (!before.Bare)
            {
                var boots = Takes(node, world.Durations.PowerCycle, "start", before.Starts);
                StartAt(node, now + boots + world.Durations.HostAgentStart);
            }
        }

        var lied = node.Lies;
        node.Lies = faults.On(node, FaultKind.LyingAgent);
        beats.Settle(node, now);
        if (lied && !node.Lies)
        {
            guests.TruthAgain(node, now);
            beats.Settle(node, now);
        }
    }

    /// <summary>A host agent or a host OS crashes.</summary>
    public void Crash(Fault fault, SimulatedNode node)
    {
        if (fault.Kind == FaultKind.HostAgentCrash && node.Condition.AgentWorks)
        {
            world.Change(node, node.Condition with { AgentDown = true });
        }
        else if (fault.Kind == FaultKind.HostCrash && node.Condition is { Bare: false, Dark: false })
        {
            world.Change(node, node.Condition with { HostDown = true, StartsAt = null });
        }
    }

    /// <summary>The rack's power controller switches a node off and on (H1).</summary>
    public void Recover(SimulatedNode node, int attempt, Instant at)
    {
        var key = $"recover/{node.Id}/{attempt}";
        if (jobs.Contains(key))
        {
            return;
        }

        if (Obstacle(node) is not null)
        {
            // The controller of a rack without power, or behind a dead switch, is given up after a while.
            Once(key, at + Takes(node, world.Durations.PowerControl, "no cycle", attempt), when => Ended(when, Obstacle(node) ?? NoPower));
            return;
        }

        var takes = Takes(node, world.Durations.PowerCycle, "cycle", (node.Condition.Starts * 100L) + attempt);
        if (!node.Condition.Bare)
        {
            world.Change(node, node.Condition with { HostDown = true });
            beats.Settle(node, at);
            StartAt(node, at + takes + world.Durations.HostAgentStart);
        }

        Once(key, at + takes, when => Ended(when, Obstacle(node)));

        void Ended(Instant when, string? failure) =>
            world.Say(node.Cluster, new FabricEvent.NodeRecoveryEnded(when, node.Id, attempt, failure));
    }

    /// <summary>One step of provisioning (F3). Its first one ends all that ran on the node.</summary>
    public void Provision(SimulatedNode node, FabricEffect.Provision p, Instant at)
    {
        var key = $"{p.Node}/{p.Run}/{p.Step}/{p.Attempt}";
        if (faults.On(node, FaultKind.Partition))
        {
            Once(key, at + Takes(node, world.Durations.PowerControl, "no step", (p.Run * 10) + p.Attempt), when => Ended(when, Unreachable));
            return;
        }

        if (p.Step == NodeState.PoweringOn && !jobs.Contains(key))
        {
            world.Change(node, node.Condition with { Bare = true, HostDown = false, AgentDown = false, StartsAt = null });
            beats.Settle(node, at);
        }

        var typical = NodeProvisioning.StepOf(p.Step)!.Times(provisioning).Typical;
        Once(key, at + Takes(node, typical, p.Step.ToString(), (p.Run * 10) + p.Attempt), when =>
        {
            // A node without power says nothing at all: its controller waits in vain.
            if (!node.Condition.Dark)
            {
                Ended(when, faults.On(node, FaultKind.Partition) ? Unreachable : null);
            }
        });

        void Ended(Instant when, string? failure)
        {
            if (failure is null && p.Step == NodeState.FormattingDisk)
            {
                Format(node);
            }

            world.Say(node.Cluster, new FabricEvent.ProvisionStepEnded(when, p.Node, p.Run, p.Step, p.Attempt, failure));
            if (failure is null && p.Step == NodeState.ConnectingHostAgent)
            {
                Started(node, when);
            }
        }
    }

    /// <summary>A node that was starting when the program ended goes on starting.</summary>
    public void Resume(SimulatedNode node, Instant now)
    {
        if (node.Condition.StartsAt is { } due)
        {
            StartAt(node, Instant.Max(due, now));
        }
    }

    private string? Obstacle(SimulatedNode node) =>
        faults.On(node, FaultKind.Partition) ? Unreachable : node.Condition.Dark ? NoPower : null;

    private void StartAt(SimulatedNode node, Instant due)
    {
        world.Change(node, node.Condition with { StartsAt = due });
        world.At(due, when =>
        {
            // Another power cycle, a crash or a power cut has come between.
            if (node.Condition.StartsAt == due)
            {
                Started(node, when);
            }
        });
    }

    private void Started(SimulatedNode node, Instant now)
    {
        world.Change(node, new NodeCondition(Dark: node.Condition.Dark, Starts: node.Condition.Starts + 1));
        guests.NodeStarted(node, now);
        beats.Settle(node, now);
    }

    private void Format(SimulatedNode node)
    {
        foreach (var tracked in node.Guests.Values.ToList())
        {
            world.Remove(node, tracked);
        }

        (node.Generation, node.Accepting) = (0, null);
        world.Store.Write(node.Stored);
    }

    private Duration Takes(SimulatedNode node, Duration median, string purpose, long generation) =>
        world.Around(median, node.Id.Value, purpose, generation) * faults.SlownessOf(node);
}
