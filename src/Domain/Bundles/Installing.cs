// F5, L4 on one node: drained where it has to boot, told what to install, waited for, and what follows for its guests.
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Notices;

namespace Rdfe.Domain.Bundles;

/// <summary>Installs versions on nodes.</summary>
internal static class Installing
{
    /// <summary>Begins on a node. Where it reboots, what runs there is told first, but for an operator's order (W3).</summary>
    public static void Begin(Turn turn, FabricNode node, VersionSet versions, bool outOfBand, PushOverride? order)
    {
        turn.Decides = true;
        var install = new NodeInstall(
            node.InstallGeneration + 1, (node.Versions ?? VersionSet.None).With(versions), outOfBand || versions.Reboots(node.Versions), outOfBand,
            InstallStage.Announced, Attempt: 1, turn.Now);
        turn.Put(node with { InstallGeneration = install.Generation, Install = install });
        if (order is not null || !install.Reboots || !InstallNotices.Announce(turn, turn.State.Nodes[node.Id]))
        {
            Drain(turn, turn.State.Nodes[node.Id], order);
        }
    }

    /// <summary>
    /// What runs there leaves the load balancer, and counts as down from now on; that the promise allows it has been asked
    /// before (M1), or an operator's order stands in its place.
    /// </summary>
    public static void Drain(Turn turn, FabricNode node, PushOverride? order)
    {
        turn.Decides = true;
        InstallNotices.Start(turn, node);
        if (node.Install!.Reboots && order is not null)
        {
            foreach (var i in turn.State.On(node.Id))
            {
                if (i.TakesTraffic && Promise.Forbids(turn.State, i, turn.Now, turn.Settings.Health) is { } promise)
                {
                    turn.Say("promiseForced", i.Id.Value, $"goes down with {node.Id} by order of {order.By}: {promise.Detail}");
                }
            }
        }

        var draining = node.Install.Reboots && DownWithNode.Drain(turn, node.Id);
        turn.Put(node with { Install = node.Install with { Stage = InstallStage.Draining, Since = turn.Now } });
        if (!draining)
        {
            Tell(turn, turn.State.Nodes[node.Id]);
        }
    }

    /// <summary>Tells a node whose instances have all left the load balancer; true when it was told.</summary>
    public static bool GoOn(Turn turn, FabricNode node)
    {
        var drained = DownWithNode.AreDrained(turn, node.Id);
        if (drained)
        {
            Tell(turn, node);
        }

        return drained;
    }

    /// <summary>Gives up what has not begun; what the node was told already goes on.</summary>
    public static void Withdraw(Turn turn, FabricNode node, string why)
    {
        if (node.Install is { Stage: InstallStage.Announced or InstallStage.Draining } or { Reboots: false })
        {
            InstallNotices.CallOff(turn, node, why);
            End(turn, Doubted(node));
        }
    }

    /// <summary>A node has answered.</summary>
    public static void Answered(Turn turn, FabricEvent.VersionsInstalled e)
    {
        if (!turn.State.Nodes.TryGetValue(e.Node, out var node) || e.Generation != node.InstallGeneration)
        {
            return;
        }

        if (e.Failure is { } why)
        {
            if (node.Install is not null)
            {
                AgainOrNever(turn, node, why, answered: true);
            }

            return;
        }

        Has(turn, node, e.Versions);
    }

    /// <summary>An agent that connects says what it has: an answer that was given into a dead line is not lost.</summary>
    public static void Connected(Turn turn, FabricEvent.HostAgentConnected e)
    {
        if (e.Versions is { } versions && turn.State.Nodes.TryGetValue(e.Node, out var node) && e.InstallGeneration >= node.InstallGeneration
            && (node.Install is not null || node.Versions != versions || e.InstallGeneration > node.InstallGeneration))
        {
            if (node.Maintenance is not null)
            {
                // It says what it has; that it is done with it, it says as well (Maintenance/Maintaining.cs).
                turn.Put(node with { Versions = versions });
                return;
            }

            Has(turn, node with { InstallGeneration = e.InstallGeneration }, versions);
        }
    }

    /// <summary>A node that was told has not answered in time.</summary>
    public static void DeadlinePassed(Turn turn, NodeId id)
    {
        if (turn.State.Nodes.TryGetValue(id, out var node) && node.Install is { Deadline: { } due } && due <= turn.Now)
        {
            AgainOrNever(turn, node, $"no answer within {turn.Settings.Bundles.InstallTimeout.TotalMinutes:0.#} min", answered: false);
        }
    }

    /// <summary>After a restart: what was told and not answered is told again.</summary>
    public static void Resume(Turn turn)
    {
        foreach (var node in turn.State.Nodes.Values.Where(n => n.Install is { Stage: InstallStage.Installing })
            .OrderBy(n => n.Id.Value, StringComparer.Ordinal))
        {
            turn.Ask(EffectOf(node));
        }
    }

    private static void Tell(Turn turn, FabricNode node)
    {
        var install = node.Install! with
        {
            Stage = InstallStage.Installing,
            Since = turn.Now,
            Deadline = turn.Now + turn.Settings.Bundles.InstallTimeout,
        };

        // Whoever waited for the node to answer by itself waits for the install now; two must not switch its power.
        var health = install.ExpectsSilence && node.Health is { Trouble: NodeTrouble.Silent or NodeTrouble.Recovering } h
            ? h with { Trouble = NodeTrouble.None, Deadline = null, Attempt = 0, Blocker = null }
            : node.Health;
        var next = node with { Install = install, Health = health };
        turn.Put(next);
        turn.Say("installBegun", node.Id.Value, install switch
        {
            { OutOfBand: true } => "by the rack's power controller; the node reboots",
            { Reboots: true } => "the node reboots",
            _ => "as it runs",
        });
        turn.Ask(EffectOf(next));
    }

    private static FabricEffect.InstallVersions EffectOf(FabricNode node) =>
        new(node.Id, node.Install!.Generation, node.Install.Versions, node.Install.Reboots, node.Install.OutOfBand);

    private static void Has(Turn turn, FabricNode node, VersionSet versions)
    {
        var before = node.Versions;
        turn.Say("versionsInstalled", node.Id.Value, string.Join(", ", VersionSet.Components
            .Where(c => before?[c] != versions[c]).Select(c => $"{Words.Of(c)} {before?[c] ?? "unknown"} -> {versions[c]}")));
        End(turn, node with { Versions = versions });
        if (before?.GuestAgent != versions.GuestAgent)
        {
            turn.ChangeGoalOf(node.Id);
            foreach (var i in turn.State.On(node.Id).Where(IsStuck).ToList())
            {
                StartAnew(turn, i);
            }
        }
    }

    private static void End(Turn turn, FabricNode node)
    {
        turn.Put(node with { Install = null });
        DownWithNode.Release(turn, node.Id);
    }

    private static void AgainOrNever(Turn turn, FabricNode node, string why, bool answered)
    {
        var install = node.Install!;
        // One that was superseded since is not told again: it shall have something else.
        var push = turn.State.Bundles.Push is { } p && p.Versions.IsIn(install.Versions) ? p : null;
        if (push is not null && install.Attempt < turn.Settings.Bundles.InstallTries && !turn.SafeMode)
        {
            var again = node with
            {
                InstallGeneration = node.InstallGeneration + 1,
                Install = install with { Generation = node.InstallGeneration + 1, Attempt = install.Attempt + 1 },
            };
            turn.Say("installTriedAgain", node.Id.Value, why);
            Tell(turn, again);
            return;
        }

        turn.Say("installFailed", node.Id.Value, why);
        if (push is not null)
        {
            turn.Put(turn.State.Bundles with { Push = push with { Failed = push.Failed.Add(new FailedInstall(node.Id, why)) } });
        }

        // Its silence was expected as long as the install lasted; from here on it is a silent node like any other (H1).
        var health = node.Health is { Trouble: NodeTrouble.None, SilentSince: not null } h
            ? h with { Trouble = NodeTrouble.Silent, Since = turn.Now, Deadline = turn.Now + turn.Settings.Health.HostAgentTimeout }
            : node.Health;
        End(turn, (answered ? node : Doubted(node)) with { Health = health });
    }

    // It was told and did not answer: it may have what it was told, or what it had. A plug-in that cuts its node off answers
    // nobody, and yet it is there. Until the node says so itself, what would differ is not known.
    private static FabricNode Doubted(FabricNode node) => node.Install is { Stage: InstallStage.Installing } install && node.Versions is { } believed
        ? node with
        {
            Versions = VersionSet.Components.Where(c => believed[c] != install.Versions[c]).Aggregate(believed, (v, c) => v.With(c, null)),
        }
        : node;

    // It is down already, and waits for an agent that can't connect: to start it with the new one takes nothing away (M1).
    private static bool IsStuck(FabricInstance i) =>
        i.Kind != InstanceKind.VirtualMachine && i is { Power: PowerGoal.Running, IsReady: false, Phase: InstancePhase.Booting }
        && i.Health is { ConnectFailures: > 0 } or { Condemned: true } or { Healing: not null };

    // A new agent is a new start: what the instance did to nodes before counts no more, as after an update of its own.
    private static void StartAnew(Turn turn, FabricInstance i)
    {
        turn.Say("guestAgentReplaced", i.Id.Value, "its agent could not connect; it starts anew with the one that its node has now");
        InstanceWatch.RestartVm(turn, i with
        {
            Health = i.Health! with { ConnectFailures = 0, Condemned = false, NodesTaken = [], Healing = null },
        });
    }
}
