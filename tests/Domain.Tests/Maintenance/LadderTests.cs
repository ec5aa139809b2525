// M4: which rung a node gets, what it predicts, and why the better ones were ruled out.
using NodaTime;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Maintenance.Technologies;

namespace Rdfe.Domain.Tests.Maintenance;

[Trait("spec", "M4")]
public sealed class LadderTests
{
    // update, family, guests, what is chosen
    [Theory]
    [InlineData("hostOs hotPatchable heavy reboots", "general", "a", Technology.HotPatch)]
    [InlineData("hostOs heavy reboots", "general", "a", Technology.LiveMigration)]
    [InlineData("hostOs heavy reboots", "general", "a noroom", Technology.MemoryPreservingHeavy)]
    [InlineData("hostOs heavy reboots stays", "general", "a", Technology.MemoryPreservingHeavy)]
    [InlineData("hostOs heavy reboots stays", "M", "a", Technology.Reboot)]
    [InlineData("hostOs heavy reboots", "N", "a", Technology.Reboot)]
    [InlineData("hostOs reboots stays", "general", "a", Technology.Reboot)]
    [InlineData("hypervisor replaceable heavy reboots", "general", "a", Technology.HypervisorHotRestart)]
    [InlineData("hypervisor replaceable heavy reboots", "N", "a", Technology.Reboot)]
    [InlineData("hostAgent", "N", "a pause:PT0S reboot:no", Technology.AgentRestart)]
    [InlineData("virtualDiskDriver light", "M", "a noroom", Technology.MemoryPreservingLight)]
    [InlineData("virtualDiskDriver light stays", "N", "a", Technology.Reboot)]
    [InlineData("firmware reboots", "general", "a", Technology.LiveMigration)]
    [InlineData("firmware reboots", "general", "a 32G 2000M/s", Technology.Reboot)]
    [InlineData("hardware", "general", "a", Technology.LiveMigration)]
    [InlineData("hardware", "N", "a", Technology.Redeploy)]
    public void The_least_impact_that_update_hardware_and_instances_allow_is_taken(
        string update, string family, string guests, Technology chosen)
    {
        var report = Ladders.Climb(update, guests, family);
        Assert.True(chosen == report.Choice?.Technology, report.ToString());
        Assert.Empty(report.Escalations);
    }

    [Fact]
    public void Every_rung_says_what_it_costs_and_why_it_is_not_taken()
    {
        var report = Ladders.Climb("hypervisor heavy reboots", """
            a 8G 50M/s
            b 16G 900M/s pause:PT2M
            c noroom stopped
            """);

        Assert.Equal("""
            x agentRestart              0 ms    1.5 min  noAgent
            x hotPatch                 10 ms     60 s    notHotPatchable
            x hypervisorHotRestart    450 ms    2.5 min  hypervisorNotReplaceable
            x memoryPreservingLight      8 s     70 s    notMemoryPreservingLight
            > memoryPreservingHeavy     30 s    3.6 min
            x liveMigration          28.0 s    20 min  doesNotConverge b
            x redeploy                5 min      5 min  nodeStays
            x reboot               17.5 min   20.6 min  pauseTooLong b
            """.Split('\n').Length, report.ToString().Split('\n').Length);
        Assert.Contains("> memoryPreservingHeavy", report.ToString(), StringComparison.Ordinal);
        Assert.Contains("hypervisorNotReplaceable", report.ToString(), StringComparison.Ordinal);
        Assert.Contains("doesNotConverge b", report.ToString(), StringComparison.Ordinal);
        Assert.Contains("pauseTooLong b", report.ToString(), StringComparison.Ordinal);
        Assert.Equal(["a", "b"], report.Choice!.Predicted.Select(p => p.Instance.Value));
    }

    [Fact]
    public void A_ceiling_that_a_costlier_rung_keeps_makes_the_platform_pay()
    {
        // Half a minute is too long for it, so it is moved as it runs; a hurry of ten minutes takes that away again.
        Assert.Equal(Technology.LiveMigration, Ladders.Climb("hostOs heavy reboots", "a pause:PT5S").Choice!.Technology);
        var hurried = Ladders.Climb("hostOs heavy reboots", "a pause:PT5S", within: Duration.FromMinutes(10));
        Assert.Contains(hurried.Rungs.Single(r => r.Technology == Technology.LiveMigration).RuledOut, r => r.Code == "tooSlow");
        Assert.Equal(Ceiling.MaxPause, Assert.Single(hurried.Escalations).Ceiling);
    }

    [Fact]
    public void What_no_rung_can_keep_is_escalated_with_its_deadline_and_never_overlooked()
    {
        var report = Ladders.Climb("hostOs heavy reboots stays", """
            a pause:PT1S lead:P2D
            b pause:PT10S
            c
            """);

        Assert.Equal(Technology.MemoryPreservingHeavy, report.Choice!.Technology);
        Assert.Equal(
            [("a", Ceiling.MaxPause, Ladders.Now + Duration.FromDays(2)), ("b", Ceiling.MaxPause, Ladders.Now + Duration.FromDays(35))],
            report.Escalations.Select(e => (e.Instance.Value, e.Ceiling, e.Deadline)));
        Assert.Equal(Ladders.Now + Duration.FromDays(35), report.NotBefore);

        var reboot = Ladders.Climb("firmware reboots stays", "a reboot:no lead:PT1H");
        Assert.Equal((Ceiling.AllowReboot, Technology.Reboot), (reboot.Escalations[0].Ceiling, reboot.Escalations[0].Technology));
    }

    [Fact]
    public void One_that_is_stopped_feels_nothing_and_bounds_nothing()
    {
        var report = Ladders.Climb("firmware reboots stays", "a stopped reboot:no pause:PT0S");
        Assert.Equal(Technology.Reboot, report.Choice!.Technology);
        Assert.Empty(report.Choice.Predicted);
        Assert.Empty(report.Escalations);
    }

    [Fact]
    public void Where_nobody_runs_nobody_is_moved()
    {
        var report = Ladders.Climb("hypervisor replaceable reboots", "a stopped");
        Assert.Equal(Technology.HypervisorHotRestart, report.Choice!.Technology);
        Assert.Contains(report.Rungs.Single(r => r.Technology == Technology.LiveMigration).RuledOut, r => r.Code == "nobodyToMove");
    }

    [Fact]
    public void A_fabric_that_moves_nobody_says_so()
    {
        var report = Ladders.Climb("hostOs heavy reboots", "a", settings: new MaintenanceSettings { LiveMigration = new() { Enabled = false } });
        Assert.Equal(Technology.MemoryPreservingHeavy, report.Choice!.Technology);
        Assert.Contains(report.Choice.Better.SelectMany(r => r.RuledOut), r => r.Code == "noLiveMigrationHere");
    }

    [Fact]
    public void Copying_converges_when_the_network_outruns_what_is_written()
    {
        var s = Ladders.Moving;
        var calm = LiveMigration.Plan(16384, 50, 10_000, s);
        Assert.True(calm.Converges);
        // 10 Gbit/s, half of it: 596 MiB/s. 16 GiB, then 1.4 GiB, then 115 MiB, of which a fifth of a second is left.
        Assert.Equal(2, calm.RoundMib.Length);
        Assert.InRange(calm.Pause.TotalSeconds, 0.6, 0.8);
        var wild = LiveMigration.Plan(16384, 700, 10_000, s);
        Assert.False(wild.Converges);
        Assert.Single(wild.RoundMib);
        Assert.False(LiveMigration.Plan(4096, 1, 0, s).Converges);
    }

    [Fact]
    public void Whatever_the_node_the_choice_is_the_first_rung_that_nothing_rules_out()
    {
        string[] updates = ["hostOs heavy reboots", "hypervisor replaceable reboots", "hostAgent", "virtualDiskDriver light", "firmware reboots", "hardware", "hostOs hotPatchable"];
        string[] ceilings = ["", "pause:PT0S", "pause:PT5S", "pause:PT1M", "reboot:no", "redeploy:no", "reboot:no pause:PT1S", "noroom", "stopped"];
        for (var seed = 0; seed < 2000; seed++)
        {
            int Pick(string what, int of) => (int)(Draw.Unit(7, what, "ladder", seed) * of);
            var guests = string.Join('\n', Enumerable.Range(0, Pick("n", 5)).Select(i =>
                $"g{i} {1 << Pick($"m{i}", 8)}G {Pick($"d{i}", 900)}M/s {ceilings[Pick($"c{i}", ceilings.Length)]}"));
            var update = updates[Pick("u", updates.Length)];
            var report = Ladders.Climb(update, guests, new[] { "general", "M", "N" }[Pick("f", 3)], Pick("s", 2) == 0 ? Ladders.Moving : new());
            var told = $"seed {seed}: {update}\n{guests}\n{report}";

            Assert.True(report.Rungs.Length == Enum.GetValues<Technology>().Length, told);
            Assert.True(report.Rungs.Zip(report.Rungs.Skip(1)).All(p => p.First.WorstPause <= p.Second.WorstPause), told);
            var open = report.Rungs.FirstOrDefault(r => r.RuledOut.IsEmpty);
            Assert.True(open is null ? report.Escalations.Length > 0 || report.Choice is null : report.Choice!.Technology == open.Technology && report.Escalations.IsEmpty, told);
            // Whoever's ceiling the choice breaks is told, and nobody else.
            var broken = report.Choice is null ? [] : Broken(report, Ladders.Guests(guests));
            Assert.True(broken.Order().SequenceEqual(report.Escalations.Select(e => e.Instance.Value).Distinct().Order()), told);
        }
    }

    private static IEnumerable<string> Broken(LadderReport report, List<LadderGuest> guests) => report.Choice!.Predicted
        .Where(p => guests.Single(g => g.Id == p.Instance).Ceilings is var c
            && ((c.MaxPause < p.Pause && p.Pause > Duration.FromMilliseconds(20))
                || (c.AllowReboot == false && report.Choice.Technology == Technology.Reboot)
                || (c.AllowRedeploy == false && report.Choice.Technology == Technology.Redeploy)))
        .Select(p => p.Instance.Value);
}
