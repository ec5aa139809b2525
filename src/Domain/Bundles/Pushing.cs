// L4: the normal path by which versions come onto nodes, forward or back: node by node, under the promise, as long as
// enough instances are healthy. What stops it is said; an operator's order to go on regardless is on record.
using System.Globalization;
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Bundles;

/// <summary>Pushes bundles.</summary>
internal static class Pushing
{
    /// <summary>Begins, and takes the place of a push that has not ended (L4: roll forward or back).</summary>
    public static void Begin(Turn turn, FabricRequest.InstallBundle request)
    {
        var operation = request.Operation with { Cluster = turn.State.Id };
        if (turn.State.Bundles.Push is not null)
        {
            Stop(turn, new OperationError("superseded", $"{operation.Id} pushes {request.Bundle} in its place."));
        }

        var health = HealthOf(turn.State);
        var before = turn.State.Bundles.HealthyBefore;
        // Measured by what was before the one that left the cluster unwell, but never by what its tenants stopped since.
        var least = Math.Min(before, health.Wanted);
        turn.Put(operation.Reach(StepNames.InstallOnNodes, turn.Now));
        turn.Say("bundlePushed", turn.State.Id.Value, request.Override is { } order
            ? $"{request.Bundle}, whatever forbids it, by order of {order.By}: {order.Reason}"
            : request.Bundle);
        turn.Put(turn.State.Bundles with
        {
            HealthyBefore = IsEnough(turn, health, least) ? health.Healthy + health.ExpectedDown : least,
            Push = new BundlePush
            {
                Bundle = request.Bundle,
                Versions = request.Versions,
                Operation = operation.Id,
                MaxConcurrentNodes = request.MaxConcurrentNodes,
                BeganAt = turn.Now,
                Rules = request.Rules,
                Override = request.Override,
            },
        });
    }

    /// <summary>Lets the push under way go on regardless (L4).</summary>
    public static void Override(Turn turn, FabricRequest.OverrideBundle request)
    {
        if (turn.State.Bundles.Push is { } push && push.Operation == request.Target)
        {
            turn.Say("bundleOverridden", turn.State.Id.Value, $"{push.Bundle} by {request.Order.By}: {request.Order.Reason}");
            turn.Put(turn.State.Bundles with { Push = push with { Override = request.Order } });
        }
    }

    /// <summary>Ends the push under way; nodes that were told already finish.</summary>
    public static void Cancel(Turn turn, FabricRequest.CancelBundle request)
    {
        if (turn.State.Bundles.Push is { } push && push.Operation == request.Target)
        {
            Stop(turn, new OperationError("canceled", "By an operator. Nodes that are done keep what they have."));
        }
    }

    /// <summary>Takes the push as far as it can go now.</summary>
    public static void Step(Turn turn)
    {
        var told = (Blocker?)null;
        foreach (var node in turn.State.Installing)
        {
            if (node.State.IsProvisioning() || node.State is NodeState.PoweredOff or NodeState.Decommissioned)
            {
                // It gets all its versions anew, or none any more.
                InstallNotices.CallOff(turn, node, "the node is made anew");
                turn.Put(node with { Install = null });
                DownWithNode.Release(turn, node.Id);
            }
            else if (node.Install!.Stage == InstallStage.Draining && !turn.SafeMode)
            {
                Installing.GoOn(turn, node);
            }
            else if (node.Install.Stage == InstallStage.Announced && turn.State.Bundles.Push is { } of)
            {
                told = GoOnTold(turn, of, node) ?? told;
            }
        }

        if (turn.State.Bundles.Push is { } push)
        {
            var waits = NextNodes(turn, push) ?? (turn.State.Installing.All(n => n.Install!.Stage == InstallStage.Announced) ? told : null);
            if (turn.State.Bundles.Push is { } now && (waits is { Code: BlockerCodes.NotEnoughHealthy } || !Ended(turn, now)))
            {
                Block(turn, now, waits);
            }
        }
    }

    /// <summary>Nodes that a push has still to go to, in the order in which it goes: those without instances first.</summary>
    public static IEnumerable<FabricNode> Remaining(ClusterState state, BundlePush push) => state.Nodes.Values
        .Where(n => IsRemaining(state, n, push))
        .OrderBy(n => state.On(n.Id).Any()).ThenBy(n => n.Id.Value, StringComparer.Ordinal);

    private static bool IsRemaining(ClusterState state, FabricNode node, BundlePush push) =>
        node.Install is null && node.Maintenance is null && !push.Versions.IsIn(node.Versions) && !push.HasFailedOn(node.Id) && MayTouch(state, node, push);

    // What it waits for; null where it goes on.
    private static Blocker? NextNodes(Turn turn, BundlePush push)
    {
        if (Holds(turn, push) is { } holds)
        {
            return holds;
        }

        var free = push.MaxConcurrentNodes - turn.State.Installing.Count;
        var first = (Blocker?)null;
        foreach (var node in free > 0 ? Remaining(turn.State, push).ToList() : [])
        {
            if (WhyNot(turn, push, node) is { } why)
            {
                Fail(turn, node, why);
            }
            else if (push.Override is null && Forbids(turn, push, node) is { } blocker)
            {
                first ??= blocker;
            }
            else
            {
                Installing.Begin(turn, node, push.Versions, outOfBand: !IsHeard(node), push.Override);
                if (--free == 0)
                {
                    break;
                }
            }
        }

        return turn.State.Installing.Count > 0 ? null : first;
    }

    // Its guests have been told. What was so when they were may be so no longer: everything is asked again.
    private static Blocker? GoOnTold(Turn turn, BundlePush push, FabricNode node)
    {
        if (!MayTouch(turn.State, node, push))
        {
            Installing.Withdraw(turn, node, "the node is not well");
            return null;
        }

        var waits = Holds(turn, push) ?? (push.Override is not null ? null : InstallNotices.Holds(turn, node) ?? Forbids(turn, push, node));
        if (waits is null)
        {
            Installing.Drain(turn, turn.State.Nodes[node.Id], push.Override);
        }

        return waits;
    }

    // Safe mode is nobody's to override but its own. Too few healthy instances are named before a brake: both hold on a bad day,
    // and it is they that say how bad it is.
    private static Blocker? Holds(Turn turn, BundlePush push)
    {
        if (turn.SafeMode)
        {
            return Brake.Holds(turn);
        }

        if (push.Override is not null)
        {
            return null;
        }

        var (health, before) = (HealthOf(turn.State), turn.State.Bundles.HealthyBefore);
        return IsEnough(turn, health, before)
            ? Brake.Holds(turn)
            : new Blocker(
                BlockerCodes.NotEnoughHealthy, turn.Now, turn.State.Id.Value,
                string.Create(CultureInfo.InvariantCulture,
                    $"{health.Healthy} instances are healthy; before, {before} were, and {turn.Settings.Bundles.HealthyShare * 100:0.#} % of them are needed."),
                "Instances become healthy, an operator overrides it, or another bundle is pushed.");
    }

    // A node that boots takes everything on it down at once.
    private static Blocker? Forbids(Turn turn, BundlePush push, FabricNode node)
    {
        if (!push.Versions.Reboots(node.Versions))
        {
            return null;
        }

        var running = turn.State.On(node.Id).Where(i => i.Power == PowerGoal.Running).ToList();
        return running.Find(i => i.Planned is not null) is { } busy
            ? new Blocker(
                BlockerCodes.Busy, turn.Now, busy.Id.Value, $"{busy.Name} on {node.Id} is about to be changed ({busy.Planned!.Why}).", "It is done.")
            : Promise.ForbidsAll(turn.State, running, turn.Now, turn.Settings.Health);
    }

    // What was so when the push was accepted may be so no longer: guests have moved, nodes have come back.
    private static string? WhyNot(Turn turn, BundlePush push, FabricNode node)
    {
        if (push.Override is not null || push.Rules.IsEmpty)
        {
            return null;
        }

        var guests = turn.State.On(node.Id).Select(i => i.GuestAgent).OfType<string>().Distinct();
        return new CompatibilityMatrix(push.Rules).Check([new NodeVersions(node.Versions ?? VersionSet.None, [.. guests])], push.Versions)
            is [{ } pair, ..] ? $"{pair.Sentence}" : null;
    }

    private static bool MayTouch(ClusterState state, FabricNode node, BundlePush push)
    {
        // A controller does not reboot the machines that it runs on; they are updated with it.
        if (state.Hardware(node.Id).FcReserved)
        {
            return false;
        }

        return (node.State == NodeState.Ready && node.IsWell)
            || (push.Override is not null && node.State is NodeState.Ready or NodeState.HumanInvestigate or NodeState.OutForRepair);
    }

    private static bool IsHeard(FabricNode node) => node.Health is null or { SilentSince: null };

    // The last node is held to the same as those before it: a push that has done harm does not end as if it had not.
    private static bool Ended(Turn turn, BundlePush push)
    {
        if (turn.State.Installing.Count > 0 || turn.State.Nodes.Values.Any(n => IsRemaining(turn.State, n, push)) || turn.SafeMode)
        {
            return false;
        }

        var all = turn.State.Nodes.Values.Where(n => !turn.State.Hardware(n.Id).FcReserved).ToList();
        var done = all.Count(n => push.Versions.IsIn(n.Versions));
        var left = all.Count - done - push.Failed.Length;
        var told = string.Create(CultureInfo.InvariantCulture,
            $"{push.Bundle}: {done} nodes have it, {push.Failed.Length} failed, {left} were not ready");
        turn.Say("bundleEnded", turn.State.Id.Value, told);
        turn.Put(turn.State.Bundles with
        {
            Push = null,
            HealthyBefore = IsEnough(turn, HealthOf(turn.State), turn.State.Bundles.HealthyBefore) ? 0 : turn.State.Bundles.HealthyBefore,
            Installed = push.Failed.IsEmpty ? turn.State.Bundles.Installed.With(push.Versions) : turn.State.Bundles.Installed,
        });
        if (turn.State.Operations.TryGetValue(push.Operation, out var operation))
        {
            turn.Put(push.Failed.IsEmpty
                ? operation.Succeed(turn.Now)
                : operation.Fail(new OperationError("installFailed", $"{told}. {push.Failed[0].Node}: {push.Failed[0].Why}"), turn.Now));
        }

        return true;
    }

    private static void Stop(Turn turn, OperationError why)
    {
        var push = turn.State.Bundles.Push!;
        turn.Say("bundleStopped", turn.State.Id.Value, $"{push.Bundle}: {why.Message}");
        var unwell = !IsEnough(turn, HealthOf(turn.State), turn.State.Bundles.HealthyBefore);
        turn.Put(turn.State.Bundles with { Push = null, HealthyBefore = unwell ? turn.State.Bundles.HealthyBefore : 0 });
        foreach (var node in turn.State.Installing)
        {
            Installing.Withdraw(turn, node, why.Message);
        }

        turn.State.Agenda.Set(Item(turn.State), null);
        if (turn.State.Operations.TryGetValue(push.Operation, out var operation))
        {
            turn.Put(operation.Cancel(why, turn.Now));
        }
    }

    private static void Fail(Turn turn, FabricNode node, string why)
    {
        var push = turn.State.Bundles.Push!;
        turn.Say("installFailed", node.Id.Value, why);
        turn.Put(turn.State.Bundles with { Push = push with { Failed = push.Failed.Add(new FailedInstall(node.Id, why)) } });
    }

    private static void Block(Turn turn, BundlePush push, Blocker? blocker)
    {
        var seen = blocker?.Continuing(push.Blocker);
        turn.State.Agenda.Set(Item(turn.State), seen?.ForcedAt);
        if (!Blocker.AreSame(seen, push.Blocker))
        {
            if (seen is not null)
            {
                turn.Say("bundleBlocked", turn.State.Id.Value, $"{seen.Code}: {seen.Detail}");
            }

            turn.Put(turn.State.Bundles with { Push = push with { Blocker = seen } });
        }
    }

    /// <summary>The push's item on the cluster's agenda.</summary>
    private static AgendaItem Item(ClusterState state) => new(AgendaKind.Push, state.Id.Value);

    private static bool IsEnough(Turn turn, PushHealth health, int before) =>
        health.Healthy + health.ExpectedDown >= Math.Ceiling(before * turn.Settings.Bundles.HealthyShare);

    // Those that are down because the push itself has just taken their node down say nothing against it yet.
    private static PushHealth HealthOf(ClusterState state)
    {
        var (wanted, healthy, expected) = (0, 0, 0);
        foreach (var i in state.Instances.Values.Where(i => i.Power == PowerGoal.Running))
        {
            wanted++;
            if (i.IsHealthy)
            {
                healthy++;
            }
            else if (i.Node is { } node && state.Nodes[node].Install is { Reboots: true, OutOfBand: false })
            {
                expected++;
            }
        }

        return new PushHealth(wanted, healthy, expected);
    }

    private readonly record struct PushHealth(int Wanted, int Healthy, int ExpectedDown);
}
