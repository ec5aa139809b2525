using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Tests.Placement;

/// <summary>P4: what is said where there is no room, and which attempt gave the answer.</summary>
[Trait("spec", "P4")]
public sealed class ExplanationTests
{
    private static GroupDemand Vm(long cores = 0, long memory = 0, long disk = 0, long network = 0) =>
        Towns.Want("vm.") with { Size = new("Odd", "any", new(cores, memory, disk, network)) };

    [Theory]
    // n1 has 3 cores, 3072 MiB, 90 GiB, 900 Mbit/s free, n2 all of 4, 4096, 100, 1000.
    [InlineData(5_00, 0, 0, 0, "cores: needed 5 cores, best node 4 free, in 2 fault domains.")]
    [InlineData(4_01, 9_999, 999, 9_999, "cores: needed 4.01 cores, best node 4 free, in 2 fault domains.")]
    [InlineData(4_00, 4_097, 999, 9_999, "memory: needed 4097 MiB, best node 4096 free, in 2 fault domains.")]
    [InlineData(4_00, 4_096, 101, 9_999, "local disk: needed 101 GiB, best node 100 free, in 2 fault domains.")]
    [InlineData(4_00, 4_096, 100, 1_001, "network: needed 1001 Mbit/s, best node 1000 free, in 2 fault domains.")]
    [InlineData(3_00, 4_097, 0, 0, "memory: needed 4097 MiB, best node 4096 free, in 2 fault domains.")]
    [InlineData(3_00, 0, 101, 0, "local disk: needed 101 GiB, best node 100 free, in 2 fault domains.")]
    [InlineData(3_00, 0, 0, 1_001, "network: needed 1001 Mbit/s, best node 1000 free, in 2 fault domains.")]
    public void The_first_resource_that_no_node_has_enough_of_is_named(long cores, long memory, long disk, long network, string tooLittle)
    {
        var town = Towns.Of("rack1  n1 a.0/ud0\nrack2  n2 -");
        town.Release(new("a.0"));
        town.Occupy(new("n1"), Towns.Member("a.", new(1_00, 1_024, 10, 100)));
        var noRoom = town.Place(Vm(cores, memory, disk, network)).NoRoom!;
        Assert.Equal((Constraint.FitsNode, 4_00L), (noRoom.Bound, noRoom.BestFree));
        Assert.Equal($"vm (Odd) found too little {tooLittle}", noRoom.Detail);
    }

    [Fact]
    public void Where_each_is_enough_somewhere_but_not_together_that_is_said()
    {
        var town = Towns.Of("rack1  n1 -  n2 -");
        town.Occupy(new("n1"), Towns.Member("a.", new(1_00, 0, 0, 0)));
        town.Occupy(new("n2"), Towns.Member("b.", new(0, 1_000, 50, 500)));
        town.Occupy(new("n1"), Towns.Member("c.", new(0, 0, 60, 600)));
        Assert.Equal(
            "vm (Odd) found too little cores, memory, disk and network together: needed 3 cores, best node 4 free, in 1 fault domains.",
            town.Place(Vm(3_00, 4_096, 50, 500)).NoRoom!.Detail);
    }

    [Fact]
    public void Where_there_is_no_node_at_all_none_is_the_best()
    {
        var noRoom = new ClusterCapacity(new("c1")).Place(Towns.Want("vm.")).NoRoom!;
        Assert.Equal((Constraint.SameHardware, null, 0), (noRoom.Bound, noRoom.BestFree, noRoom.FaultDomains));
    }

    [Fact]
    public void Each_constraint_has_its_sentence()
    {
        var town = Towns.Of("rack1  n1 -  n2 a.0/ud0\nrack2  n3 -");
        string Why(GroupDemand demand) => town.Place(demand).NoRoom!.Detail;

        Assert.Equal("vm (A1) needs hardware family gpu; none of the 3 nodes has it.",
            Why(Towns.Want("vm.") with { Size = Towns.Cores(1) with { Family = "gpu" } }));
        Assert.Equal("vm (A1) runs on contoso; the 3 nodes in 2 fault domains are dedicated to others or shared.",
            Why(Towns.Want("vm.") with { Owner = "contoso" }));
        Assert.Equal("vm (A1) may only go to node n2, which is not its owner's or not empty.",
            Why(Towns.Want("vm.") with { OnlyNode = new("n2"), Isolated = true }));
        Assert.Equal("vm.1 (A1) needs a whole node; none of the 1 node in 1 fault domains is empty.",
            WhyIsolated());
        town.Occupy(new("n1"), Towns.Member("web.0/ud0", default));
        town.Occupy(new("n3"), Towns.Member("web.1/ud1", default));
        town.Occupy(new("n2"), Towns.Member("web.2/ud2", default));
        Assert.Equal("web.3 (A1) would fit on 1 node in 1 fault domains that host another update domain of its group.",
            Why(Towns.Want("web.3/ud3")));
        town.SetOwner(new("n3"), null);
        foreach (var node in town.Nodes.Select(n => n.Id).ToList())
        {
            town.SetSchedulable(node, false);
        }

        Assert.Equal("vm (A1) found 3 nodes in 2 fault domains of family any, none of them open for placements.", Why(Towns.Want("vm.")));

        static string WhyIsolated()
        {
            var one = Towns.Of("rack1  n1 a.0/ud0");
            return one.Place(Towns.Want("vm.1/ud0") with { Group = null, Isolated = true }).NoRoom!.Detail;
        }
    }

    [Fact]
    public void A_rack_that_has_its_share_of_a_group_is_named_with_that_share() => Assert.Equal(
        "web.1 (A1) would fit on 3 nodes in 1 fault domains, each with 1 of its group already, the most that one fault domain may host.",
        Towns.Of("rack1  n1 -  n2 -  n3 -").Place(Towns.Role("web", 2)).NoRoom!.Detail);

    [Theory]
    [InlineData("rack1  n1 -  n2 -\nrack2  n3 -", 3, 1, "seat by seat", true)]
    [InlineData("rack1  n1 -\nrack2  n2 -", 3, 1, "backtracking", false)]
    [InlineData("rack1  n1 -\nrack2  n2 -", 2, 4, "seat by seat", true)]
    [InlineData("rack1  n1 -\nrack2  n2 -", 2, 5, "seat by seat", false)]
    public void The_report_says_which_attempt_gave_the_answer(string town, int count, int cores, string attempt, bool placed)
    {
        var result = Towns.Of(town).Place(Towns.Role("web", count, cores));
        Assert.Equal((attempt, placed, "test"), (result.Report.Attempt, result.Placed, result.Report.Subject));
    }

    [Fact]
    public void What_fits_only_compactly_is_placed_compactly()
    {
        // Three update domains on three nodes: evenly spread, two of them would take a node each in rack 2, which has one.
        var town = "rack1  n1 -  n2 -\nrack2  n3 -";
        var result = Towns.Of(town).Place(Towns.Want("web.0/ud0 web.1/ud1 web.2/ud2 web.3/ud2 web.4/ud0"));
        Assert.Equal("compactly", result.Report.Attempt);
    }

    [Fact]
    public void An_instance_that_has_a_node_is_not_placed_again()
    {
        var town = Towns.Of("rack1  n1 a.0/ud0\nrack2  n2 -");
        var e = Assert.Throws<InvalidOperationException>(() => town.Place(Towns.Want("b.0/ud0"), Towns.Want("a.1/ud1 a.0/ud0")));
        Assert.Equal("a.0 has a node already.", e.Message);
        Assert.Throws<InvalidOperationException>(() => town.Place(Towns.Want("b.0/ud20")));
        Assert.Throws<InvalidOperationException>(() => town.Place(Towns.Want("b.0/ud-1")));
        Assert.True(town.Place(Towns.Want("b.0/ud19")).Placed);
    }

    [Fact]
    public void Only_the_first_of_a_group_and_the_one_without_a_node_are_explained()
    {
        var town = Towns.Of("rack1  n1 -  n2 -\nrack2  n3 -  n4 -");
        var report = town.Place(Towns.Role("web", 4), Towns.Role("api", 2)).Report;
        Assert.Equal(["web.0", "api.0"], report.Groups.Select(g => g.Instance.Value));
        var stuck = town.Place(Towns.Role("web", 2, cores: 4), Towns.Role("api", 3, cores: 4)).Report;
        Assert.Equal(["web.0", "api.0", "api.2"], stuck.Groups.Select(g => g.Instance.Value));
        Assert.Empty(stuck.Groups[2].Best);
    }

    // Best fit puts 1.5 cores on n2, which then has room for nothing else; only 1.5 + 1.5 on n1 and 1 + 1 on the two others will do.
    private static (ClusterCapacity Town, PlacementRequest Request) Puzzle()
    {
        var town = Towns.Of("rack1  n1 a.0/ud0  n2 b.0/ud0 b.1/ud0  n3 c.0/ud0 c.1/ud0");
        var large = Towns.Want("l.0 l.1") with { Group = null, Size = new("Large", "any", new(1_50, 0, 0, 0)) };
        var small = Towns.Want("s.0 s.1 s.2 s.3") with { Group = null, Size = new("Small", "any", new(1_00, 0, 0, 0)) };
        return (town, new PlacementRequest("puzzle", [small, large]));
    }

    [Fact]
    public void What_only_another_order_can_place_is_placed_by_trying_all()
    {
        var (town, request) = Puzzle();
        var result = Allocator.Place(town, request, PlacementSettings.Default);
        Assert.Equal("backtracking", result.Report.Attempt);
        Assert.Equal("s.0 n2, s.1 n2, s.2 n3, s.3 n3, l.0 n1, l.1 n1", string.Join(", ", result.Placement!.Instances.Select(p => $"{p.Instance} {p.Node}")));
        Assert.Equal(["l.0", "s.0"], result.Report.Groups.Take(2).Select(g => g.Instance.Value));
    }

    [Fact]
    public void Trying_all_ends_when_its_looks_are_used_up()
    {
        var (town, request) = Puzzle();
        var before = Towns.Print(town);
        var result = Allocator.Place(town, request, new PlacementSettings { BacktrackingLooks = 4 });
        Assert.Equal(("backtracking", false, Constraint.FitsNode), (result.Report.Attempt, result.Placed, result.NoRoom!.Bound));
        Assert.Equal(before, Towns.Print(town));
    }

    [Theory]
    // What is counted before anything is tried: places, for each fault domain no more than the group may have there.
    [InlineData("web", 9, 1, false)]
    [InlineData("web", 4, 2, true)]
    [InlineData(null, 8, 1, true)]
    [InlineData(null, 9, 1, false)]
    [InlineData(null, 2, 4, true)]
    [InlineData(null, 3, 4, false)]
    public void What_can_not_fit_is_refused_without_being_tried(string? group, int count, int cores, bool placed)
    {
        var demand = Towns.Role("web", count, cores, updateDomains: 1) with { Group = group is null ? null : new(group) };
        var result = Towns.Of("rack1  n1 -\nrack2  n2 -").Place(demand);
        Assert.Equal((placed, "seat by seat"), (result.Placed, result.Report.Attempt));
    }

    [Theory]
    // Of three, each node takes one: by memory, by disk, by network.
    [InlineData(4_096, 0, 0)]
    [InlineData(0, 100, 0)]
    [InlineData(0, 0, 1_000)]
    public void Every_resource_is_counted(long memory, long disk, long network)
    {
        var demand = Towns.Role("web", 3) with { Group = null, Size = new("Odd", "any", new(1_00, memory, disk, network)) };
        var result = Towns.Of("rack1  n1 -\nrack2  n2 -").Place(demand);
        Assert.Equal((false, "seat by seat"), (result.Placed, result.Report.Attempt));
        Assert.True(Towns.Of("rack1  n1 -\nrack2  n2 -  n3 -").Place(demand).Placed);
    }

    [Fact]
    public void Nodes_without_any_memory_or_cores_are_compared_by_what_they_have()
    {
        foreach (var (total, needs) in new[] { (new Resources(4_00, 0, 0, 0), new Resources(1_00, 0, 0, 0)), (new(0, 4_096, 0, 0), new(0, 1_024, 0, 0)) })
        {
            var town = new ClusterCapacity(new("c1"));
            town.AddNode(new(new("n1"), new("rack1"), 0, "any", total), schedulable: true);
            var result = town.Place(Towns.Want("vm.") with { Size = new("Odd", "any", needs) });
            Assert.Equal((true, "seat by seat"), (result.Placed, result.Report.Attempt));
        }
    }

    [Fact, Trait("spec", "P6")]
    public void A_host_of_the_right_owner_and_the_wrong_hardware_will_not_do()
    {
        var town = Towns.Of("rack1  n1 -");
        town.SetOwner(new("n1"), "contoso");
        var theirs = Towns.Want("vm.") with { Owner = "contoso", Size = Towns.Cores(1) with { Family = "gpu" } };
        Assert.Equal(Constraint.SameHardware, town.Place(theirs).NoRoom!.Bound);
    }

    [Fact]
    public void A_node_that_some_update_domain_may_go_to_is_counted()
    {
        // n1 is for update domain 0 alone, and n2 for one of the two others: three places, and yet no room.
        var result = Towns.Of("rack1  n1 web.0/ud0\nrack2  n2 -").Place(Towns.Want("web.1/ud0 web.2/ud1 web.3/ud2"));
        Assert.Equal((false, "backtracking"), (result.Placed, result.Report.Attempt));
    }

    [Fact]
    public void What_a_fault_domain_hosts_already_is_no_place_any_more()
    {
        // Five of a group take three of a fault domain at most; the first has all of them, so one place is missing.
        var result = Towns.Of("rack1  n1 web.0/ud0 web.1/ud0  n2 web.2/ud0\nrack2  n3 a.0/ud0 a.1/ud0 a.2/ud0").Place(Towns.Want("web.3/ud0 web.4/ud0"));
        Assert.Equal((false, "seat by seat", Constraint.SpreadsFaultDomains), (result.Placed, result.Report.Attempt, result.NoRoom!.Bound));
    }

    [Fact, Trait("spec", "P6")]
    public void Isolated_ones_need_a_node_each_however_small_they_are()
    {
        var demand = Towns.Role("web", 3) with { Group = null, Isolated = true };
        Assert.Equal((false, "seat by seat"), (Towns.Of("rack1  n1 -\nrack2  n2 -").Place(demand).Placed, Towns.Of("rack1  n1 -\nrack2  n2 -").Place(demand).Report.Attempt));
        Assert.True(Towns.Of("rack1  n1 -  n3 -\nrack2  n2 -").Place(demand).Placed);
    }

    [Fact, Trait("spec", "P2")]
    public void Every_node_has_its_points()
    {
        var town = Towns.Of(
            """
            rack1  n1 a.0/ud0  n2 -
            rack2  n3 a.2/ud0 b.0/ud1  n4 b.1/ud1  n5 b.2/ud1 c.0/ud2  n6 vm.
            rack3  n7 x.9/ud0
            """);
        var request = new PlacementRequest("preview", [Towns.Want("x.0/ud0 x.1/ud0")]);
        var report = Allocator.Place(town, request, new PlacementSettings { AllNodes = true }).Report.Groups[0];
        Assert.Equal(
            """
            n1 121.7 = update domain index 100.0, spread 0.0, tight fit 10.0, in use 10.0, near 1.7
            n2 68.0 = update domain index 60.0, spread 0.0, tight fit 6.3, in use 0.0, near 1.7
            n3 56.2 = update domain index 30.0, spread 0.0, tight fit 13.7, in use 10.0, near 2.5
            n4 22.5 = update domain index 0.0, spread 0.0, tight fit 10.0, in use 10.0, near 2.5
            n5 36.2 = update domain index 10.0, spread 0.0, tight fit 13.7, in use 10.0, near 2.5
            n6 82.5 = update domain index 60.0, spread 0.0, tight fit 10.0, in use 10.0, near 2.5
            n7 65.0 = update domain index 100.0, spread -60.0, tight fit 10.0, in use 10.0, near 5.0
            """,
            string.Join('\n', report.AllNodes.Select(v => new NodeScore(v.Node, v.FaultDomain, v.Scores!.Value)).Select(s => $"{s.Node} {s.Why}")),
            ignoreLineEndingDifferences: true);
    }
}
