// M3, M4: the phases of each technology, in the order in which the documents tell them, and what a failure in them comes to.
using NodaTime;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Maintenance.Technologies;

namespace Rdfe.Domain.Tests.Maintenance;

[Trait("spec", "M4")]
public sealed class TechnologyTests
{
    private static readonly MaintenanceSettings Settings = new();

    [Theory]
    [InlineData(Technology.HotPatch, "Staging Applying")]
    [InlineData(Technology.AgentRestart, "Staging Replacing")]
    [InlineData(Technology.HypervisorHotRestart, "Staging ServicePartition Mirroring Blackout Handover ReclaimingMemory")]
    [InlineData(Technology.MemoryPreservingLight, "Staging Draining PausingGuests ReplacingUnderGuests ResumingGuests SynchronisingClocks")]
    [InlineData(Technology.MemoryPreservingHeavy, "Staging Draining PausingGuests BootingHost ResumingGuests SynchronisingClocks")]
    [InlineData(Technology.Reboot, "Staging Draining ShuttingDown BootingHost StartingGuests")]
    public void A_run_goes_through_its_phases_in_order_and_ends_once(Technology technology, string phases)
    {
        var run = TechnologyRun.Begin(Procedures.Of(technology, Settings), Ladders.Now);
        var seen = new List<string>();
        for (; !run.Ended; run = run.Next(run.Since + run.Step!.Typical))
        {
            seen.Add(run.Phase.ToString());
        }

        Assert.Equal(phases, string.Join(' ', seen));
        Assert.Equal(MaintenancePhase.Done, run.Phase);
        Assert.Equal(run, run.Next(Ladders.Now));
        Assert.Equal(run.Procedure.Duration, run.Since - Ladders.Now);
    }

    // What the documents say of pauses, in milliseconds.
    [Theory]
    [InlineData(Technology.HotPatch, 0, 20)]
    [InlineData(Technology.AgentRestart, 0, 0)]
    [InlineData(Technology.HypervisorHotRestart, 100, 600)]
    [InlineData(Technology.MemoryPreservingLight, 1_000, 10_000)]
    [InlineData(Technology.MemoryPreservingHeavy, 25_000, 35_000)]
    [InlineData(Technology.Reboot, 15 * 60_000, 30 * 60_000)]
    public void Pauses_are_those_of_the_documents(Technology technology, int least, int most) =>
        Assert.InRange(Procedures.Of(technology, Settings).Pause.TotalMilliseconds, least, most);

    [Theory]
    [InlineData(Technology.HotPatch, false, true)]
    [InlineData(Technology.HypervisorHotRestart, false, true)]
    [InlineData(Technology.MemoryPreservingHeavy, true, true)]
    [InlineData(Technology.Reboot, true, false)]
    public void Only_what_counts_as_offline_is_drained_and_only_a_boot_loses_memory(Technology technology, bool drains, bool keeps)
    {
        var procedure = Procedures.Of(technology, Settings);
        Assert.Equal((drains, keeps), (procedure.Drains, procedure.KeepsMemory));
        Assert.Equal(drains, procedure.Pause > Settings.OfflinePause);
    }

    [Fact]
    public void A_failure_before_guests_are_touched_comes_to_nothing_and_one_after_it_to_a_reboot()
    {
        var run = TechnologyRun.Begin(Procedures.Of(Technology.MemoryPreservingHeavy, Settings), Ladders.Now);
        var early = run.Fail("no disk", Ladders.Now, Settings);
        Assert.Equal((MaintenancePhase.Failed, "no disk"), (early.Phase, early.Failure));
        Assert.Equal(early, early.Fail("again", Ladders.Now, Settings));

        var booting = run.Next(Ladders.Now).Next(Ladders.Now).Next(Ladders.Now);
        Assert.Equal(MaintenancePhase.BootingHost, booting.Phase);
        var late = booting.Fail("no boot", Ladders.Now, Settings);
        Assert.Equal((Technology.Reboot, MaintenancePhase.BootingHost, GuestsAre.Down), (late.Procedure.Technology, late.Phase, late.Step!.Guests));
    }

    [Fact, Trait("spec", "M3")]
    public void Nobody_holds_a_reboot_for_longer_than_shutdown_and_start_may_take()
    {
        var procedure = Procedures.Of(Technology.Reboot, Settings);
        Assert.Equal(Duration.FromMinutes(5), procedure.StepOf(MaintenancePhase.ShuttingDown)!.Most);
        Assert.Equal(Duration.FromMinutes(15), procedure.StepOf(MaintenancePhase.StartingGuests)!.Most);
    }

    [Fact]
    public void The_shipped_figures_are_sound_and_others_are_told_what_is_wrong()
    {
        Assert.Empty(Settings.Errors());
        var wrong = Settings with
        {
            Drain = Duration.FromSeconds(-1),
            HotRestart = new() { LongestBlackout = Duration.FromSeconds(2) },
            LiveMigration = new() { BandwidthShare = 0, LongestPause = Duration.FromMinutes(1) },
            Tries = 0,
        };
        Assert.Equal(5, wrong.Errors().Count());
    }
}
