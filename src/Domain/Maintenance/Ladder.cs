// M4: "picks per node the least impact that the update, the hardware and every VM on it allow, and says why the better ones
// were ruled out". Rungs are ordered by predicted pause, then by what they cost the platform. Ceilings that no rung can keep
// are escalated with a deadline, never overlooked.
using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using Rdfe.Domain.Maintenance.Technologies;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Maintenance;

/// <summary>Climbs the ladder for one node. Pure: no clock, no chance, no I/O.</summary>
public static class Ladder
{
    private static readonly Technology[] All = Enum.GetValues<Technology>();

    /// <summary>What to do on a node, and why nothing better.</summary>
    /// <param name="update">The update.</param>
    /// <param name="node">The node.</param>
    /// <param name="guests">What is on it.</param>
    /// <param name="settings">The figures.</param>
    /// <param name="now">Fabric time: lead times count from it.</param>
    /// <param name="deadline">When the node shall be done; null for no hurry. It rules out live migration that takes longer.</param>
    public static LadderReport Climb(
        HostUpdate update, LadderNode node, IReadOnlyList<LadderGuest> guests, MaintenanceSettings settings, Instant now,
        Instant? deadline = null)
    {
        var running = guests.Where(g => g.Runs).ToList();
        var rungs = All.Select(t => RungOf(t, update, node, running, settings, now, deadline))
            .OrderBy(r => r.WorstPause).ThenBy(r => r.Technology).ToImmutableArray();
        var chosen = rungs.FirstOrDefault(r => r.RuledOut.IsEmpty);
        if (chosen is not null)
        {
            return new LadderReport(node.Id, update.Name, rungs, ChoiceOf(chosen, update, node, rungs), []);
        }

        // Somebody's ceiling stands in the way of all that is possible: the least of it, when they have had their time.
        var least = rungs.FirstOrDefault(r => r.IsPossible);
        var escalations = least is null ? [] : least.RuledOut
            .Select(r => new Escalation(
                r.Instance!.Value, r.Ceiling!.Value, least.Technology, now + (LeadTimeOf(guests, r.Instance.Value) ?? settings.LeadTime), r.Sentence))
            .ToImmutableArray();
        return new LadderReport(node.Id, update.Name, rungs, least is null ? null : ChoiceOf(least, update, node, rungs), escalations);
    }

    private static Rung RungOf(
        Technology technology, HostUpdate update, LadderNode node, List<LadderGuest> running, MaintenanceSettings settings,
        Instant now, Instant? deadline)
    {
        var no = ImmutableArray.CreateBuilder<RuledOut>();
        WhyNotUpdate(technology, update, no);
        WhyNotHardware(technology, node, no);
        var plans = technology == Technology.LiveMigration
            ? running.ToDictionary(g => g.Id, g => LiveMigration.Plan(g.MemoryMib, g.DirtyMibPerSecond, node.Hardware.Total.NetworkMbps, settings))
            : [];
        var procedure = Procedures.Of(technology, settings);
        var pauses = running.Select(g => new PredictedPause(
            g.Id, plans.TryGetValue(g.Id, out var plan) ? Bounded(plan.Pause) : procedure.Pause)).ToImmutableArray();
        var takes = plans.Values.Aggregate(procedure.Duration - (node.IsStaged ? procedure.Fetch : Duration.Zero), (sum, p) => sum + Bounded(p.PreCopy) + Bounded(p.Pause));
        if (technology is Technology.LiveMigration or Technology.Redeploy)
        {
            WhyNotRoom(running, no);
        }

        if (technology == Technology.LiveMigration)
        {
            WhyNotMigration(running, plans, settings, takes, now, deadline, no);
        }

        foreach (var (guest, pause) in running.Zip(pauses))
        {
            WhyNotCeilings(technology, guest, pause.Pause, settings, no);
        }

        var worst = pauses.IsEmpty ? procedure.Pause : pauses.Max(p => p.Pause);
        return new Rung(technology, pauses, worst, takes, no.ToImmutable());
    }

    private static void WhyNotUpdate(Technology technology, HostUpdate update, ImmutableArray<RuledOut>.Builder no)
    {
        var goes = update.Component == MaintainedComponent.Hardware;
        var why = technology switch
        {
            Technology.HotPatch => update.HotPatchable ? null : "notHotPatchable",
            Technology.AgentRestart => !update.IsOfAgent ? "noAgent"
                : update.NeedsHostReboot ? "needsHostReboot"
                : update.MemoryPreserving != MemoryPreserving.None ? "needsPausedGuests" : null,
            Technology.HypervisorHotRestart => update.HypervisorReplaceable ? null : "hypervisorNotReplaceable",
            Technology.MemoryPreservingLight => update.MemoryPreserving == MemoryPreserving.Light ? null : "notMemoryPreservingLight",
            Technology.MemoryPreservingHeavy => update.MemoryPreserving != MemoryPreserving.None ? null : "notMemoryPreserving",
            Technology.LiveMigration => update.LiveMigratable ? null : "notLiveMigratable",
            Technology.Reboot => goes ? "hardwareGoes" : null,
            Technology.Redeploy => goes ? null : "nodeStays",
            _ => throw new System.Diagnostics.UnreachableException(technology.ToString()),
        };
        if (why is not null)
        {
            no.Add(new RuledOut(RuledOutBy.Update, why, why switch
            {
                "notHotPatchable" => $"{update.Name} changes more than functions can be redirected for.",
                "noAgent" => $"{update.Name} is of {Words.Of(update.Component)}, which is no agent.",
                "needsHostReboot" => $"{update.Name} takes effect only with a boot of the host.",
                "needsPausedGuests" => $"{update.Name} is replaced under paused guests only.",
                "hypervisorNotReplaceable" => $"{update.Name} does not replace a running hypervisor.",
                "notMemoryPreservingLight" => $"{update.Name} can't be brought on while the host OS stays up.",
                "notMemoryPreserving" => $"{update.Name} does not allow guests to keep their memory.",
                "notLiveMigratable" => $"{update.Name} does not allow guests to be moved as they run.",
                "hardwareGoes" => "The node goes for good; to boot it changes nothing.",
                _ => "The node stays; nobody has to be placed elsewhere for good.",
            }));
        }
    }

    private static void WhyNotHardware(Technology technology, LadderNode node, ImmutableArray<RuledOut>.Builder no)
    {
        var can = node.Hardware.Maintenance;
        var allowed = technology switch
        {
            Technology.HypervisorHotRestart => can.HypervisorHotRestart,
            Technology.MemoryPreservingLight => can.MemoryPreserving is HardwareMemoryPreserving.Any or HardwareMemoryPreserving.Light,
            Technology.MemoryPreservingHeavy => can.MemoryPreserving == HardwareMemoryPreserving.Any,
            Technology.LiveMigration => can.LiveMigration,
            _ => true,
        };
        if (!allowed)
        {
            no.Add(new RuledOut(RuledOutBy.Hardware, "hardwareCannot",
                $"{node.Hardware.Name} (family {node.Hardware.Family}) cannot do {Words.Of(technology)}."));
        }
    }

    private static void WhyNotRoom(List<LadderGuest> running, ImmutableArray<RuledOut>.Builder no)
    {
        foreach (var guest in running.Where(g => !g.Room.Has))
        {
            no.Add(new RuledOut(RuledOutBy.Room, "noRoomElsewhere", $"No other node takes {guest.Name}: {guest.Room.Why}", guest.Id));
        }
    }

    private static void WhyNotMigration(
        List<LadderGuest> running, Dictionary<InstanceId, PreCopyPlan> plans, MaintenanceSettings settings, Duration takes, Instant now,
        Instant? deadline, ImmutableArray<RuledOut>.Builder no)
    {
        if (!settings.LiveMigration.Enabled)
        {
            no.Add(new RuledOut(RuledOutBy.Platform, "noLiveMigrationHere", "This fabric moves nobody as it runs."));
        }

        if (running.Count == 0)
        {
            no.Add(new RuledOut(RuledOutBy.Instance, "nobodyToMove", "Nobody runs there."));
        }

        foreach (var guest in running.Where(g => !plans[g.Id].Converges))
        {
            no.Add(new RuledOut(RuledOutBy.Instance, "doesNotConverge", Told(
                $"{guest.Name} writes {guest.DirtyMibPerSecond:0} MiB/s: after {plans[guest.Id].RoundMib.Length} rounds {plans[guest.Id].LeftMib:0} MiB are left."),
                guest.Id));
        }

        foreach (var guest in running.Where(g => g.NotMoved is not null && plans[g.Id].Converges))
        {
            no.Add(new RuledOut(RuledOutBy.Instance, guest.NotMoved!.Code, guest.NotMoved.Sentence, guest.Id));
        }

        if (deadline is { } end && now + takes > end)
        {
            no.Add(new RuledOut(RuledOutBy.Deadline, "tooSlow", Told(
                $"It takes {takes.TotalMinutes:0.#} min, and {Math.Max(0, (end - now).TotalMinutes):0.#} min are left.")));
        }
    }

    private static void WhyNotCeilings(
        Technology technology, LadderGuest guest, Duration pause, MaintenanceSettings settings, ImmutableArray<RuledOut>.Builder no)
    {
        var c = guest.Ceilings;
        if (c.AllowReboot == false && technology == Technology.Reboot)
        {
            Add(Ceiling.AllowReboot, "rebootNotAllowed", $"{guest.Name} is not to be rebooted.");
        }

        if (c.AllowRedeploy == false && technology == Technology.Redeploy)
        {
            Add(Ceiling.AllowRedeploy, "redeployNotAllowed", $"{guest.Name} is not to be placed elsewhere anew.");
        }

        if (c.MaxPause is { } most && pause > most && pause > settings.InvisiblePause)
        {
            Add(Ceiling.MaxPause, "pauseTooLong", Told($"{guest.Name} bears {most.TotalSeconds:0.###} s; this takes {pause.TotalSeconds:0.###} s."));
        }

        void Add(Ceiling ceiling, string code, string sentence) =>
            no.Add(new RuledOut(RuledOutBy.Ceiling, code, sentence, guest.Id, ceiling));
    }

    private static MaintenanceChoice ChoiceOf(Rung rung, HostUpdate update, LadderNode node, ImmutableArray<Rung> rungs) => new(
        update, rung.Technology, rung.Pauses, rung.NodeTakes,
        [.. rungs.TakeWhile(r => r != rung).Where(r => !r.RuledOut.IsEmpty).Select(r => r with { Pauses = [] })])
    {
        IsStaged = node.IsStaged,
    };

    private static Duration? LeadTimeOf(IReadOnlyList<LadderGuest> guests, InstanceId id) =>
        guests.First(g => g.Id == id).Ceilings.LeadTime;

    // A guest that can't be copied at all would never be done; a year says so as well, and can be added up.
    private static Duration Bounded(Duration d) => d > Duration.FromDays(366) ? Duration.FromDays(366) : d;

    private static string Told(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
