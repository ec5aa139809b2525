// M4, plan D: a guest's memory is copied to another node while it runs; what it writes meanwhile is copied again, round by
// round; for the rest it is paused, 5 s or less. A guest that writes faster than the network carries never gets there.
using System.Collections.Immutable;
using NodaTime;

namespace Rdfe.Domain.Maintenance.Technologies;

/// <summary>How the copying of one guest goes.</summary>
/// <param name="RoundMib">What each round copies, MiB, the whole memory first.</param>
/// <param name="LeftMib">What is left for the pause, MiB.</param>
/// <param name="PreCopy">How long the rounds take.</param>
/// <param name="Pause">How long the guest stands for the rest.</param>
/// <param name="Converges">True when the pause is short enough.</param>
public sealed record PreCopyPlan(ImmutableArray<double> RoundMib, double LeftMib, Duration PreCopy, Duration Pause, bool Converges);

/// <summary>Live migration.</summary>
public static class LiveMigration
{
    /// <summary>The rounds that a guest takes, computed from its memory, what it writes, and the network.</summary>
    /// <param name="memoryMib">Its memory, MiB.</param>
    /// <param name="dirtyMibPerSecond">What it writes, MiB/s.</param>
    /// <param name="networkMbps">What the node's network carries, Mbit/s.</param>
    /// <param name="settings">The figures.</param>
    public static PreCopyPlan Plan(long memoryMib, double dirtyMibPerSecond, long networkMbps, MaintenanceSettings settings)
    {
        var s = settings.LiveMigration;
        var carries = networkMbps * s.BandwidthShare * 1_000_000 / 8 / (1 << 20);
        if (carries <= 0)
        {
            return new PreCopyPlan([], memoryMib, Duration.Zero, Duration.MaxValue, false);
        }

        var rounds = ImmutableArray.CreateBuilder<double>();
        var (left, seconds) = ((double)memoryMib, 0.0);
        // Enough is enough: further rounds cost the network more than they save the guest.
        while (rounds.Count < s.MaxRounds && left / carries > s.StopTarget.TotalSeconds)
        {
            var takes = left / carries;
            rounds.Add(left);
            seconds += takes;
            var written = Math.Min(memoryMib, dirtyMibPerSecond * takes);
            if (written >= left)
            {
                // It writes as fast as it is copied: this will not become less.
                left = written;
                break;
            }

            left = written;
        }

        var pause = Duration.FromSeconds(left / carries) + s.SwitchOver;
        return new PreCopyPlan(rounds.ToImmutable(), left, Duration.FromSeconds(seconds), pause, pause <= s.LongestPause);
    }

    /// <summary>The phases of one guest: pre-copy rounds → stop and copy → it goes on elsewhere.</summary>
    public static Procedure OfGuest(PreCopyPlan plan, MaintenanceSettings settings) => new(
        Technology.LiveMigration,
        [
            new(MaintenancePhase.PreCopying, plan.PreCopy),
            new(MaintenancePhase.StopAndCopy, plan.Pause - settings.LiveMigration.SwitchOver, settings.LiveMigration.LongestPause, GuestsAre.Paused),
            new(MaintenancePhase.ResumingElsewhere, settings.LiveMigration.SwitchOver, Guests: GuestsAre.Paused),
        ]);

    /// <summary>What the node does: it stages, waits until nobody who runs is on it, and boots into what was staged.</summary>
    public static Procedure OfEmptyNode(MaintenanceSettings settings) => new(
        Technology.LiveMigration,
        [
            new(MaintenancePhase.Staging, settings.Reboot.Stage),
            new(MaintenancePhase.Evacuating, Duration.Zero, ByController: true),
            new(MaintenancePhase.BootingHost, settings.Reboot.Boot, AgentSilent: true),
        ]);
}
