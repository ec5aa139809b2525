// Power, host OS and network of simulated nodes (F3, H1): what provisioning, power cycles and faults make of them, and
// how they start again.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Topology;
using NodeState = Rdfe.Domain.Topology.NodeState;

namespace Rdfe.Infrastructure.Hosts;

internal sealed class SimulatedPower(
    SimulatedWorld world, SimulatedFaults faults, SimulatedBeats beats, SimulatedGuests guests, SimulatedMaintenance maintenance,
    SimulatedStaging staging, SimulatedSignals signals, ProvisioningSettings provisioning)
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
        var (before, powered) = (node.Condition, !faults.On(node, FaultKind.PowerLoss) && !node.Condition.Broken && !faults.IsBroken(node, now));
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
            world.Change(node, node.Condition with { Bare = true, HostDown = false, AgentDown = false, StartsAt = null, Maintenance = null });
            signals.Repaired(node, at);
            Settle(node, at);
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

            if (failure is null && p.Step == NodeState.ConnectingHostAgent)
            {
                world.Change(node, node.Condition with { Versions = p.Versions ?? node.Condition.Versions });
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

    /// <summary>
    /// Versions are installed (F5). By the agent: it fetches them, and replaces what it can as it runs, or boots the node. Out of
    /// band: the node is switched off and boots over the network, whatever its agent does.
    /// </summary>
    public void Install(SimulatedNode node, FabricEffect.InstallVersions i, Instant at)
    {
        var key = $"install/{node.Id}/{i.Generation}";
        if (jobs.Contains(key))
        {
            return;
        }

        if (i.Generation <= node.Condition.InstallGeneration)
        {
            // It has it already; one that is booting for it says so when it connects.
            world.Say(node, new FabricEvent.VersionsInstalled(at, node.Id, node.Condition.InstallGeneration, node.Condition.Versions!, null));
            return;
        }

        var takes = Takes(node, world.Durations.InstallVersions, "install", i.Generation);
        if (!i.OutOfBand)
        {
            Once(key, at + takes, when =>
            {
                if (node.Condition.AgentWorks && i.Generation > node.Condition.InstallGeneration)
                {
                    Installed(node, i, when, i.Reboot ? Takes(node, world.Durations.PowerCycle, "boot", i.Generation) : null);
                }
            });
        }
        else if (Obstacle(node) is { } obstacle)
        {
            Once(key, at + Takes(node, world.Durations.PowerControl, "no install", i.Generation), when =>
                world.Say(node.Cluster, new FabricEvent.VersionsInstalled(when, node.Id, i.Generation, i.Versions, obstacle)));
        }
        else if (!node.Condition.Bare)
        {
            Installed(node, i, at, takes + Takes(node, world.Durations.PowerCycle, "boot", i.Generation));
        }
    }

    // What boots, boots with the new versions: an agent that dies meanwhile has them when it is back.
    private void Installed(SimulatedNode node, FabricEffect.InstallVersions i, Instant now, Duration? boots)
    {
        world.Change(node, node.Condition with
        {
            Versions = (node.Condition.Versions ?? VersionSet.None).With(i.Versions),
            InstallGeneration = i.Generation,
            HostDown = node.Condition.HostDown || boots is not null,
        });
        beats.Settle(node, now);
        if (boots is { } takes)
        {
            StartAt(node, now + takes + world.Durations.HostAgentStart);
        }
        else
        {
            world.Say(node, new FabricEvent.VersionsInstalled(now, node.Id, i.Generation, node.Condition.Versions!, null));
        }
    }

    private string? Obstacle(SimulatedNode node) =>
        faults.On(node, FaultKind.Partition) ? Unreachable : node.Condition.Dark ? NoPower : null;

    /// <summary>The node boots until then.</summary>
    public void StartAt(SimulatedNode node, Instant due)
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
        world.Change(node, node.Condition with
        {
            HostDown = false,
            AgentDown = false,
            Bare = false,
            StartsAt = null,
            Starts = node.Condition.Starts + 1,
        });
        guests.NodeStarted(node, now);
        staging.NodeStarted(node);
        maintenance.NodeStarted(node, now);
        beats.Settle(node, now);
        maintenance.GoOn(node, now);
    }

    private void Format(SimulatedNode node)
    {
        foreach (var tracked in node.Guests.Values.ToList())
        {
            world.Remove(node, tracked);
        }

        (node.Generation, node.Accepting) = (0, null);
        world.Change(node, node.Condition with { Staging = node.Condition.Staging?.Gone });
    }

    private Duration Takes(SimulatedNode node, Duration median, string purpose, long generation) =>
        world.Around(median, node.Id.Value, purpose, generation) * faults.SlownessOf(node);
}
