using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Topology;
using NodeState = Rdfe.Domain.Topology.NodeState;

namespace Rdfe.Infrastructure.Tests.Hosts;

[Trait("spec", "H1")]
public sealed class NodeFaultTests
{
    private const string N = "north-c1-r1-n02";
    private const string W = "d-1.Web_0.op-1";

    [Fact]
    public void While_all_is_well_nothing_is_said_and_nothing_is_due()
    {
        using var town = HostTown.WithGuests();
        Assert.Null(town.Hosts.NextDue);
        Assert.Empty(town.After(1_000_000));
    }

    [Fact, Trait("spec", "H2")]
    public void A_crashed_host_agent_falls_silent_and_its_guests_go_on_serving()
    {
        using var town = HostTown.WithGuests();
        town.Break(FaultKind.HostAgentCrash, FaultScope.Node, N);

        var missed = Assert.IsType<FabricEvent.BeatsMissed>(Assert.Single(town.EventsAfter(3600)));
        Assert.Equal(Heartbeat.HostAgent, missed.Of);
        Assert.Equal(Duration.FromSeconds(5), missed.At - missed.LastBeat);
        Assert.Equal(1, town.Hosts.WritersOf(HostTown.Web));
    }

    [Fact]
    public void What_is_pushed_to_a_crashed_agent_is_lost_and_it_says_so_when_it_connects()
    {
        using var town = HostTown.WithGuests();
        town.Break(FaultKind.HostAgentCrash, FaultScope.Node, N);
        town.After(60);
        town.Push(HostTown.Web, g => g with { Config = 2 });
        Assert.Empty(town.After(60));

        town.Send(new FabricEffect.RecoverNode(HostTown.Node, 1));
        var said = town.After(900);

        Assert.Equal([$"{N}: recovery 1 done", $"{N}: connected 1", $"{W}: vmCreated b1 r0 c1", "vm-1: vmCreated b1 r0 c1"],
            said.Where(l => !l.Contains("probe", StringComparison.Ordinal)).Take(4));
        Assert.Contains($"{W}: ready b1 r0 c1", said);
        town.PushAgain(HostTown.Node);
        Assert.Contains($"{W}: ready b1 r0 c2", town.After(60));
    }

    [Fact]
    public void Guests_of_a_crashed_host_are_dead_and_boot_again_after_a_power_cycle()
    {
        using var town = HostTown.WithGuests();
        town.Break(FaultKind.HostCrash, FaultScope.Node, N);

        Assert.Equal([$"{W}: no probe", $"{N}: no hostAgent", "vm-1: no probe"], town.After(3600).Order());
        Assert.Equal(0, town.Hosts.WritersOf(HostTown.Web));

        town.Send(new FabricEffect.RecoverNode(HostTown.Node, 1));
        town.Send(new FabricEffect.RecoverNode(HostTown.Node, 1));
        var said = town.After(1200);
        Assert.Single(said, $"{N}: recovery 1 done");
        Assert.Single(said, $"{N}: connected 1");
        Assert.Contains($"{W}: booting b1 r0 c1", said);
        Assert.Contains($"{W}: ready b1 r0 c1", said);
        Assert.Contains($"{W}: probe again", said);
        Assert.Contains("vm-1: probe again", said);
    }

    [Theory]
    [InlineData(FaultScope.Node, N)]
    [InlineData(FaultScope.Rack, "north-c1-r1")]
    [InlineData(FaultScope.Cluster, "north-c1")]
    public void Without_power_nothing_helps_and_when_it_comes_nodes_start_by_themselves(FaultScope scope, string id)
    {
        using var town = HostTown.WithGuests();
        var fault = town.Break(FaultKind.PowerLoss, scope, id);
        var nodes = town.After(60).Count(l => l.EndsWith("no hostAgent", StringComparison.Ordinal));
        Assert.Equal(scope switch { FaultScope.Node => 1, FaultScope.Rack => 6, _ => 24 }, nodes);

        town.Send(new FabricEffect.RecoverNode(HostTown.Node, 1));
        town.Send(new FabricEffect.Provision(HostTown.Other, 1, NodeState.PoweringOn, 1, "host"));
        var recovery = town.After(7200);
        Assert.Contains($"{N}: recovery 1 no power", recovery);
        Assert.Equal(scope == FaultScope.Cluster ? 0 : 1, recovery.Count(l => l.Contains("poweringOn", StringComparison.Ordinal)));

        town.Mend(fault);
        var said = town.After(1200);
        Assert.Contains($"{N}: connected 1", said);
        Assert.Contains($"{W}: ready b1 r0 c1", said);
        Assert.True(said.IndexOf($"{N}: connected 1") < said.IndexOf($"{W}: booting b1 r0 c1"));
    }

    [Fact]
    public void A_partition_hides_what_goes_on_and_ends_with_all_of_it_being_said()
    {
        using var town = HostTown.WithGuests();
        town.Push(HostTown.Web, g => g with { Boot = 2 });
        town.After(2);
        town.Break(FaultKind.Partition, FaultScope.Rack, "north-c1-r1", lasts: 1800);
        Assert.DoesNotContain(town.After(600), l => l.StartsWith(W, StringComparison.Ordinal) && l.Contains(" b2 ", StringComparison.Ordinal));
        Assert.Equal((InstancePhase.Ready, 2), (town.Copy(HostTown.Web).Phase, town.Copy(HostTown.Web).Boot));

        town.Send(new FabricEffect.RecoverNode(HostTown.Node, 1));
        Assert.Equal([$"{N}: recovery 1 unreachable"], town.After(600));

        var said = town.After(700);
        Assert.Contains($"{N}: connected 2", said);
        Assert.Contains($"{W}: ready b2 r0 c1", said);
        Assert.DoesNotContain(said, l => l.Contains("booting", StringComparison.Ordinal));
        Assert.Contains("vm-1: probe again", said);
    }

    [Fact, Trait("spec", "H3")]
    public void A_copy_whose_lease_has_moved_stops_across_a_partition_and_never_writes_again()
    {
        using var town = HostTown.WithGuests();
        var fault = town.Break(FaultKind.Partition, FaultScope.Node, N);
        town.After(600);
        Assert.Equal(1, town.Hosts.WritersOf(HostTown.Web));

        town.Send(new FabricEffect.MoveLease(HostTown.Cluster, HostTown.Web, 2));
        Assert.Equal(0, town.Hosts.WritersOf(HostTown.Web));
        town.Push(HostTown.Other, HostTown.Goal(HostTown.Web) with { ImageGeneration = 2, Lease = 2 });
        Assert.Contains($"{W}: ready b1 r0 c1", town.After(600));
        Assert.Equal(2, town.Hosts.CopiesOf(HostTown.Web).Count);
        Assert.Equal(1, town.Hosts.WritersOf(HostTown.Web));

        town.Mend(fault);
        var said = town.After(600);
        Assert.Contains($"{W}: stopped b1 r0 c1", said);
        Assert.DoesNotContain($"{W}: probe again", said);
        Assert.Equal(1, town.Hosts.WritersOf(HostTown.Web));
        town.Push(HostTown.Node, HostTown.Goal(HostTown.Vm, InstanceKind.VirtualMachine));
        Assert.Contains($"{W}: gone", town.After(60));
        Assert.Single(town.Hosts.CopiesOf(HostTown.Web));
    }

    [Fact]
    public void An_older_lease_is_fenced_after_a_restart_and_when_its_goal_comes_late()
    {
        using var first = HostTown.WithGuests();
        first.Send(new FabricEffect.MoveLease(HostTown.Cluster, HostTown.Web, 5));
        using var town = first.Reopen();
        town.Push(HostTown.Other, HostTown.Goal(HostTown.Web) with { Lease = 4 });
        town.After(900);
        Assert.Equal(0, town.Hosts.WritersOf(HostTown.Web));
        town.Push(HostTown.Other, HostTown.Goal(HostTown.Web) with { Lease = 5 });
        town.After(900);
        Assert.Equal(1, town.Hosts.WritersOf(HostTown.Web));
    }

    [Fact, Trait("spec", "H3")]
    public void Instances_that_are_nowhere_any_more_were_remembered_for_ever()
    {
        using var first = HostTown.WithGuests();
        first.Send(new FabricEffect.MoveLease(HostTown.Cluster, HostTown.Web, 2));
        first.Push(HostTown.Web, g => g with { Lease = 2 });
        first.After(900);
        Assert.Equal((2, 1), first.Hosts.Remembered);
        first.Push(HostTown.Node);
        Assert.Contains($"{W}: gone", first.After(900));
        Assert.Equal((0, 0), first.Hosts.Remembered);
        using var again = first.Reopen();
        Assert.Equal((0, 0), again.Hosts.Remembered);
    }

    [Fact, Trait("spec", "H3")]
    public void A_lease_is_remembered_while_an_older_goal_may_still_make_a_copy()
    {
        using var town = HostTown.WithGuests();
        town.Push(HostTown.Other, HostTown.Goal(HostTown.Web) with { Lease = 4 });
        var fault = town.Break(FaultKind.PowerLoss, FaultScope.Node, HostTown.Other.Value);
        town.Send(new FabricEffect.MoveLease(HostTown.Cluster, HostTown.Web, 5));
        town.Push(HostTown.Node);
        Assert.Contains($"{W}: gone", town.After(900));
        Assert.Equal((0, 1), town.Hosts.Remembered);

        town.Mend(fault);
        town.After(3600);
        Assert.Single(town.Hosts.CopiesOf(HostTown.Web));
        Assert.Equal(0, town.Hosts.WritersOf(HostTown.Web));
    }

    [Fact]
    public void Broken_hardware_is_told_once_and_the_node_goes_on()
    {
        using var town = HostTown.WithGuests();
        town.Break(FaultKind.HardwareFault, FaultScope.Node, N, parameters: new(What: "fan 2"));
        Assert.Equal([$"{N}: broken fan 2"], town.After(3600));
        Assert.Equal(1, town.Hosts.WritersOf(HostTown.Web));
    }

    [Fact]
    public void Slow_agents_take_their_factor_longer()
    {
        var seconds = new List<double>();
        foreach (var factor in (double[])[1, 10])
        {
            using var town = new HostTown();
            town.Break(FaultKind.SlowAgent, FaultScope.Rack, "north-c1-r1", parameters: new(Factor: factor));
            town.Push(HostTown.Node, HostTown.Goal(HostTown.Web));
            var ready = town.EventsAfter(36_000).OfType<FabricEvent.InstanceReported>().Single(r => r.Phase == InstancePhase.Ready);
            seconds.Add((ready.At - HostTown.Start).TotalSeconds);
        }

        Assert.Equal(10, seconds[1] / seconds[0], precision: 3);
    }

    [Fact]
    public void A_flapping_agent_is_lost_and_comes_back_until_the_fault_ends()
    {
        using var town = HostTown.WithGuests();
        town.Break(FaultKind.FlappingAgent, FaultScope.Node, N, lasts: 600, parameters: new(Period: Duration.FromSeconds(120)));
        var said = town.After(1200);
        Assert.Equal(5, said.Count(l => l == $"{N}: no hostAgent"));
        Assert.Equal(5, said.Count(l => l == $"{N}: connected 1"));
        Assert.DoesNotContain(said, l => l.Contains("probe", StringComparison.Ordinal));
        Assert.Null(town.Hosts.NextDue);
    }

    [Fact, Trait("spec", "N2")]
    public void A_lying_agent_says_ready_at_once_and_the_probe_finds_out()
    {
        using var town = new HostTown();
        var fault = town.Break(FaultKind.LyingAgent, FaultScope.Node, N);
        town.Push(HostTown.Node, HostTown.Goal(HostTown.Web));

        Assert.Equal([$"{N}: accepted 1", $"{W}: ready b1 r0 c1", $"{W}: no probe"], town.After(600));
        Assert.Equal(InstancePhase.Accepted, town.Copy(HostTown.Web).Phase);

        town.Mend(fault);
        var said = town.After(600);
        Assert.Equal($"{W}: accepted b1 r0 c0", said[0]);
        Assert.Equal([$"{W}: ready b1 r0 c1", $"{W}: probe again"], said[^2..]);
    }

    [Fact]
    public void Faults_that_overlap_add_up()
    {
        using var town = HostTown.WithGuests();
        town.Break(FaultKind.Partition, FaultScope.Node, N, lasts: 3600);
        town.Break(FaultKind.PowerLoss, FaultScope.Rack, "north-c1-r1", lasts: 60);
        var said = town.After(3599);
        Assert.DoesNotContain(said, l => l == $"{N}: connected 1");
        Assert.Equal(InstancePhase.Ready, town.Copy(HostTown.Web).Phase);
        Assert.Contains($"{N}: connected 1", town.After(10));
    }

    [Fact]
    public void A_fault_begins_and_ends_at_its_times_and_they_are_due_moments()
    {
        using var town = HostTown.WithGuests();
        town.Break(FaultKind.Partition, FaultScope.Node, N, lasts: 600, after: 300);
        Assert.Empty(town.After(0));
        Assert.Equal(town.Now + Duration.FromSeconds(300), town.Hosts.NextDue);
        Assert.Empty(town.After(299));
        Assert.Contains($"{N}: no hostAgent", town.After(10));
        Assert.Contains($"{N}: connected 1", town.After(600));
    }

    [Fact]
    public void A_crash_is_not_undone_when_its_fault_is_removed_and_does_not_fall_twice()
    {
        using var town = HostTown.WithGuests();
        var fault = town.Break(FaultKind.HostAgentCrash, FaultScope.Node, N);
        town.After(60);
        town.Break(FaultKind.HardwareFault, FaultScope.Node, "north-c1-r1-n03");
        town.Send(new FabricEffect.RecoverNode(HostTown.Node, 1));
        Assert.Contains($"{N}: connected 1", town.After(1200));

        using var again = town.Reopen();
        Assert.Contains($"{N}: connected 1", again.Attach());
        Assert.DoesNotContain(again.After(60), l => l.StartsWith(N, StringComparison.Ordinal));
        again.Mend(fault);
        Assert.Empty(again.After(60));
    }

    [Fact]
    public void A_restart_of_the_program_in_the_middle_of_a_recovery_changes_nothing_for_the_node()
    {
        using var town = HostTown.WithGuests();
        town.Break(FaultKind.HostCrash, FaultScope.Node, N);
        town.After(60);
        town.Send(new FabricEffect.RecoverNode(HostTown.Node, 1));
        town.After(5);

        using var again = town.Reopen();
        Assert.Contains($"{N}: no hostAgent", again.Attach());
        var said = again.After(1200);
        Assert.Contains($"{N}: connected 1", said);
        Assert.Contains($"{W}: ready b1 r0 c1", said);
    }

    [Fact, Trait("spec", "F3")]
    public void Provisioning_takes_a_node_down_wipes_it_and_ends_with_an_agent_that_has_nothing()
    {
        using var town = HostTown.WithGuests();
        foreach (var step in NodeProvisioning.Steps)
        {
            town.Send(new FabricEffect.Provision(HostTown.Node, 1, step.State, 1, "host"));
            Assert.Equal(0, town.Hosts.WritersOf(HostTown.Web));
            var said = town.After(3600).Where(l => l.StartsWith(N, StringComparison.Ordinal)).ToList();
            Assert.Equal(step.Next == NodeState.Ready
                ? [$"{N}: {Words.Of(step.State)} done", $"{N}: connected 0"]
                : [$"{N}: {Words.Of(step.State)} done"], said);
        }

        Assert.Empty(town.Hosts.CopiesOf(HostTown.Web));
        town.PushAgain(HostTown.Node);
        Assert.Contains($"{W}: ready b1 r0 c1", town.After(600));
    }
}
