using NodaTime;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Infrastructure.Hosts;

namespace Rdfe.Infrastructure.Tests.Hosts;

[Trait("spec", "H1")]
public sealed class GuestFaultTests
{
    private const string N = "north-c1-r1-n02";
    private const string W = "d-1.Web_0.op-1";

    [Fact]
    public void A_crashed_machine_is_silent_in_every_way_until_it_is_restarted()
    {
        using var town = HostTown.WithGuests();
        town.Break(FaultKind.VmCrash, FaultScope.Instance, W);
        Assert.Equal([$"{W}: no guestAgent", $"{W}: no probe", $"{W}: no role"], town.After(3600).Order());

        town.Push(HostTown.Web, g => g with { Boot = 2 });
        var said = town.After(600);
        Assert.Equal($"{W}: ready b2 r0 c1", said.Last(l => l.Contains(" b2 ", StringComparison.Ordinal)));
        Assert.Equal([$"{W}: guestAgent again", $"{W}: probe again", $"{W}: role again"],
            said.Where(l => l.EndsWith("again", StringComparison.Ordinal)).Order());
    }

    [Fact]
    public void A_virtual_machine_has_no_role_that_could_be_missed()
    {
        using var town = HostTown.WithGuests();
        town.Break(FaultKind.VmCrash, FaultScope.Instance, "vm-1");
        Assert.Equal(["vm-1: no guestAgent", "vm-1: no probe"], town.After(3600).Order());
    }

    [Fact, Trait("spec", "H2")]
    public void A_virtual_machine_that_crashes_while_it_boots_is_missed_like_one_that_was_ready()
    {
        using var town = HostTown.WithGuests();
        town.Push(HostTown.Vm, g => g with { Boot = 2 });
        for (var waited = 0; waited < 600 && town.Copy(HostTown.Vm) is not { Phase: InstancePhase.Booting, Boot: 2 }; waited++)
        {
            town.After(1);
        }

        town.Break(FaultKind.VmCrash, FaultScope.Instance, "vm-1");
        Assert.Equal(["vm-1: no guestAgent"], town.After(3600));
    }

    [Fact]
    public void The_role_of_a_crashed_guest_agent_goes_on_answering_the_load_balancer()
    {
        using var town = HostTown.WithGuests();
        town.Break(FaultKind.GuestAgentCrash, FaultScope.Deployment, "d-1");
        Assert.Equal([$"{W}: no guestAgent", $"{W}: no role"], town.After(3600).Order());
        town.Push(HostTown.Web, g => g with { Role = 1 });
        Assert.Equal([$"{N}: accepted 2"], town.After(600));
        town.Push(HostTown.Web, g => g with { Boot = 2 });
        Assert.Contains($"{W}: ready b2 r1 c1", town.After(600));
    }

    [Fact]
    public void A_crashed_role_is_told_within_a_second_and_starts_again_without_a_boot()
    {
        using var town = HostTown.WithGuests();
        town.Break(FaultKind.RoleCrash, FaultScope.Instance, W);
        Assert.Equal([$"{W}: role ended b1 r0"], town.After(1));
        town.After(60);

        town.Push(HostTown.Web, g => g with { Role = 1 });
        Assert.Equal(
            [$"{W}: guestConnected b1 r1 c1", $"{W}: roleStarting b1 r1 c1", $"{W}: ready b1 r1 c1"],
            town.After(600).Where(l => l.Contains(" r1 ", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_hanging_role_comes_back_when_the_fault_ends()
    {
        using var town = HostTown.WithGuests();
        town.Break(FaultKind.RoleHang, FaultScope.Instance, W, lasts: 300);
        Assert.Equal([$"{W}: no probe", $"{W}: no role"], town.After(299).Order());
        Assert.Equal([$"{W}: probe again", $"{W}: role again"], town.After(10).Order());
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void A_hanging_role_is_cured_by_a_start_of_it_or_of_its_machine(int boots, int roles)
    {
        using var town = HostTown.WithGuests();
        town.Break(FaultKind.RoleHang, FaultScope.Instance, W);
        town.After(60);
        town.Push(HostTown.Web, g => g with { Boot = g.Boot + boots, Role = roles });
        Assert.Contains($"{W}: probe again", town.After(600));
        Assert.Empty(town.After(3600));
    }

    [Theory, Trait("spec", "L1")]
    [InlineData(FaultScope.Instance, W)]
    [InlineData(FaultScope.Deployment, "d-1")]
    [InlineData(FaultScope.Package, "feed")]
    [InlineData(FaultScope.Node, N)]
    [InlineData(FaultScope.Rack, "north-c1-r1")]
    [InlineData(FaultScope.Cluster, "north-c1")]
    [InlineData(FaultScope.Fabric, "")]
    public void A_guest_agent_that_never_connects_stays_so_until_a_restart_after_the_fault(FaultScope scope, string id)
    {
        using var town = new HostTown();
        var fault = town.Break(FaultKind.GuestAgentNeverConnects, scope, id);
        town.Push(HostTown.Node, HostTown.Goal(HostTown.Web), HostTown.Goal(HostTown.Vm, InstanceKind.VirtualMachine));
        var said = town.After(7200);
        Assert.Equal($"{W}: booting b1 r0 c0", said.Last(l => l.StartsWith(W, StringComparison.Ordinal)));
        Assert.Contains("vm-1: ready b1 r0 c1", said);

        town.Push(HostTown.Web, g => g with { Boot = 2 });
        Assert.Equal(InstancePhase.Booting, After(town, 7200));
        town.Mend(fault);
        Assert.Equal(InstancePhase.Booting, After(town, 7200));
        town.Push(HostTown.Web, g => g with { Boot = 3 });
        Assert.Equal(InstancePhase.Ready, After(town, 600));
    }

    [Fact, Trait("spec", "L5")]
    public void The_leap_day_bug_strikes_guests_that_boot_on_29_February_by_the_wall_clock()
    {
        using var town = new HostTown();
        town.Break(FaultKind.LeapDayBug, FaultScope.Cluster, "north-c1");
        town.Push(HostTown.Node, HostTown.Goal(HostTown.Web));
        Assert.Equal(InstancePhase.Ready, After(town, 3600));

        var jump = town.Break(FaultKind.ClockJump, FaultScope.Fabric, "", parameters: new(By: Duration.FromHours(12)));
        town.Push(HostTown.Web, g => g with { Boot = 2 });
        Assert.Equal(InstancePhase.Booting, After(town, 3600));
        town.Mend(jump);
        town.Push(HostTown.Web, g => g with { Boot = 3 });
        Assert.Equal(InstancePhase.Ready, After(town, 3600));

        // Without a jump: the day itself, and the one after it.
        town.After(Duration.FromHours(12).TotalSeconds);
        town.Push(HostTown.Web, g => g with { Boot = 4 });
        Assert.Equal(InstancePhase.Booting, After(town, 3600));
        town.After(Duration.FromHours(24).TotalSeconds);
        town.Push(HostTown.Web, g => g with { Boot = 5 });
        Assert.Equal(InstancePhase.Ready, After(town, 3600));
    }

    [Fact]
    public void Roles_of_a_bad_package_end_after_every_start_and_others_do_not()
    {
        using var town = new HostTown();
        var fault = town.Break(FaultKind.BadPackage, FaultScope.Package, "bad");
        var good = new Domain.InstanceId("d-2.Web_0.op-1");
        town.Push(HostTown.Node, HostTown.Goal(HostTown.Web, image: "bad"), HostTown.Goal(good));
        var said = town.After(900);
        Assert.Contains($"{W}: role ended b1 r0", said);
        Assert.DoesNotContain($"{W}: ready b1 r0 c1", said);
        Assert.Contains("d-2.Web_0.op-1: ready b1 r0 c1", said);

        town.Push(HostTown.Web, g => g with { Role = 1 });
        Assert.Contains($"{W}: role ended b1 r1", town.After(300));
        town.Mend(fault);
        town.Push(HostTown.Web, g => g with { Role = 2 });
        Assert.Contains($"{W}: ready b1 r2 c1", town.After(300));
    }

    [Fact]
    public void A_role_that_is_never_ready_stays_starting_until_it_is_started_again()
    {
        using var town = new HostTown();
        var fault = town.Break(FaultKind.RoleNeverReady, FaultScope.Package, "feed");
        town.Push(HostTown.Node, HostTown.Goal(HostTown.Web));
        Assert.Equal(InstancePhase.RoleStarting, After(town, 7200));
        town.Mend(fault);
        Assert.Equal(InstancePhase.RoleStarting, After(town, 7200));
        town.Push(HostTown.Web, g => g with { Role = 1 });
        Assert.Equal(InstancePhase.Ready, After(town, 600));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 0)]
    public void A_role_that_ignores_its_configuration_has_it_after_a_start(int boots, int roles)
    {
        using var town = HostTown.WithGuests();
        town.Break(FaultKind.IgnoresConfiguration, FaultScope.Instance, W);
        town.Push(HostTown.Web, g => g with { Config = 2 });
        Assert.Equal([$"{N}: accepted 2"], town.After(3600));
        Assert.Equal(1, town.Copy(HostTown.Web).Config);

        town.Push(HostTown.Web, g => g with { Boot = g.Boot + boots, Role = roles });
        town.After(600);
        Assert.Equal((InstancePhase.Ready, 2), (town.Copy(HostTown.Web).Phase, town.Copy(HostTown.Web).Config));
    }

    [Fact, Trait("spec", "H2")]
    public void A_controller_that_attaches_hears_of_everything_that_is_silent_and_of_what_is_not()
    {
        using var town = HostTown.WithGuests();
        town.Break(FaultKind.VmCrash, FaultScope.Instance, "vm-1");
        town.Break(FaultKind.RoleCrash, FaultScope.Instance, W);
        town.After(60);
        using var again = town.Reopen();

        Assert.Equal(
            [
                $"{N}: connected 1", $"{W}: ready b1 r0 c1", "vm-1: ready b1 r0 c1", $"{W}: role ended b1 r0",
                $"{W}: no role", $"{W}: no probe", "vm-1: no guestAgent", "vm-1: no probe",
                $"{W}: guestAgent again",
            ],
            again.Attach());
        Assert.Empty(again.After(3600));
    }

    private static InstancePhase After(HostTown town, double seconds)
    {
        town.After(seconds);
        return town.Copy(HostTown.Web).Phase;
    }

    [Theory, Trait("spec", "R6")]
    [InlineData(InstancePhase.VmCreated)]
    [InlineData(InstancePhase.DisksCreated)]
    [InlineData(InstancePhase.Accepted)]
    public void A_machine_that_was_not_up_yet_when_it_was_powered_off_comes_to_be_stopped(InstancePhase from)
    {
        var goal = HostTown.Goal(HostTown.Web) with { Power = PowerGoal.Stopped };
        SimulatedGuest? guest = new(HostTown.Web, HostTown.Node, goal, from, 1, 1, 1, HostTown.Start, 1);
        for (var steps = 0; steps < 10 && guest!.NextStep(new SimulatedDurations()) is { } step; steps++)
        {
            guest = step.After;
        }

        Assert.Equal(InstancePhase.Stopped, guest!.Phase);
    }
}
