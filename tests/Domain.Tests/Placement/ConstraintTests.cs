using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Tests.Placement;

public class ConstraintTests
{
    [Fact, Trait("spec", "P1")]
    public void An_instance_goes_to_no_node_that_has_too_few_cores_free()
    {
        var noRoom = Towns.Of("""
            rack1  n1 a.0/ud0 a.1/ud0
            rack2  n2 a.2/ud1 a.3/ud1 a.4/ud1
            """).Place(Towns.Want("vm.", cores: 3)).NoRoom!;

        Assert.Equal(Constraint.FitsNode, noRoom.Bound);
        Assert.Equal("vm (A3) found too little cores: needed 3 cores, best node 2 free, in 2 fault domains.", noRoom.Detail);
    }

    [Fact, Trait("spec", "P1")]
    public void Memory_binds_when_cores_do_not()
    {
        var size = new VmSize("M1", "any", new(1_00, 5_000, 0, 0));
        var noRoom = Towns.Of("rack1  n1 -").Place(Towns.Want("vm.") with { Size = size }).NoRoom!;

        Assert.Equal(Constraint.FitsNode, noRoom.Bound);
        Assert.Contains("needed 5000 MiB, best node 4096 free", noRoom.Detail, StringComparison.Ordinal);
    }

    [Fact, Trait("spec", "P1")]
    public void A_size_needs_its_hardware_family()
    {
        var size = Towns.Cores(1) with { Family = "gpu" };
        var noRoom = Towns.Of("rack1  n1 -").Place(Towns.Want("vm.") with { Size = size }).NoRoom!;

        Assert.Equal(Constraint.SameHardware, noRoom.Bound);
    }

    [Fact, Trait("spec", "P1")]
    public void A_node_that_is_not_schedulable_takes_nothing()
    {
        var town = Towns.Of("rack1  n1 -");
        town.SetSchedulable(new NodeId("n1"), false);

        Assert.Equal(Constraint.NodeIsSchedulable, town.Place(Towns.Want("vm.")).NoRoom!.Bound);
        Assert.Equal(0, town.CoresAllocatable);
    }

    [Fact, Trait("spec", "P1")]
    public void Two_instances_of_a_role_never_share_their_only_fault_domain()
    {
        var noRoom = Towns.Of("rack1  n1 -  n2 -  n3 -").Place(Towns.Role("web", 2)).NoRoom!;

        Assert.Equal(Constraint.SpreadsFaultDomains, noRoom.Bound);
    }

    [Fact, Trait("spec", "P1")]
    public void A_role_loses_at_most_half_to_one_rack_even_when_the_other_rack_is_nearly_full()
    {
        var town = """
            rack1  n1 -  n2 -  n3 -
            rack2  n4 a.0/ud0 a.1/ud0 a.2/ud0  n5 a.3/ud0 a.4/ud0 a.5/ud0
            """;

        Assert.True(Towns.Of(town).Place(Towns.Role("web", 5)).Placed);
        Assert.Equal(Constraint.SpreadsFaultDomains, Towns.Of(town).Place(Towns.Role("web", 6)).NoRoom!.Bound);
    }

    [Fact, Trait("spec", "P1")]
    public void Vms_that_join_an_availability_set_one_by_one_keep_the_half_rule_each_time()
    {
        var town = Towns.Of("rack1  n1 -  n2 -  n3 -\nrack2  n4 -  n5 -  n6 -");
        for (var i = 0; i < 8; i++)
        {
            var ud = UpdateDomains.Deal(town.CountsPerUpdateDomain(new("set"), 3), 1)[0];
            var demand = Towns.Want($"set.{i}/ud{ud}");
            town.Settle(town.Place(demand), demand);

            Assert.All(town.CountsPerFaultDomain(new("set")).Values, n => Assert.True(i == 0 || n <= (i + 2) / 2));
        }
    }

    [Fact, Trait("spec", "P1")]
    public void More_fault_domains_are_used_when_more_are_asked_for()
    {
        var town = "rack1  n1 -  n2 -\nrack2  n3 -  n4 -\nrack3  n5 -";
        var demand = Towns.Role("web", 6) with { MinFaultDomains = 3 };

        Assert.All(Towns.Of(town).Place(demand).FaultDomains().CountBy(fd => fd), c => Assert.Equal(2, c.Value));
        Assert.False(Towns.Of("rack1  n1 -  n2 -\nrack2  n3 -  n4 -").Place(demand).Placed);
    }

    [Fact, Trait("spec", "P1")]
    public void A_node_never_hosts_two_update_domains_of_one_role()
    {
        var noRoom = Towns.Of("rack1  n1 web.0/ud0\nrack2  n2 web.1/ud1").Place(Towns.Want("web.2/ud2")).NoRoom!;

        Assert.Equal(Constraint.OneUpdateDomainPerNode, noRoom.Bound);
        Assert.Equal(2, noRoom.FaultDomains);
    }

    [Fact, Trait("spec", "P6")]
    public void A_dedicated_host_takes_its_owners_instances_only_and_they_go_nowhere_else()
    {
        var town = Towns.Of("rack1  n1 -  n2 -");
        town.SetOwner(new NodeId("n1"), "contoso");
        var theirs = Towns.Want("vm.") with { Owner = "contoso" };

        Assert.Equal(new NodeId("n1"), town.Place(theirs).Placement!.Instances[0].Node);
        Assert.Equal(new NodeId("n2"), town.Place(Towns.Want("vm.")).Placement!.Instances[0].Node);
        Assert.Equal(Constraint.DedicatedTo, town.Place(theirs with { Owner = "fabrikam" }).NoRoom!.Bound);
        Assert.Equal(Towns.Node.Cores, town.CoresUsed);
        Assert.Throws<InvalidOperationException>(() => town.Occupy(new("n1"), Towns.Member("vm.", default)));
    }

    [Fact, Trait("spec", "P6")]
    public void A_vm_with_a_host_of_its_choice_goes_there_or_nowhere()
    {
        var town = Towns.Of("rack1  n1 -  n2 -");
        town.SetOwner(new NodeId("n1"), "contoso");
        town.SetOwner(new NodeId("n2"), "contoso");
        var theirs = Towns.Want("vm.", cores: 4) with { Owner = "contoso", OnlyNode = new NodeId("n2") };
        town.Settle(town.Place(theirs), theirs);

        Assert.Equal(new NodeId("n2"), town.NodeOf(new("vm")));
        Assert.Equal(Constraint.FitsNode, town.Place(theirs with { Seats = [new(new("other"), 0)] }).NoRoom!.Bound);
    }

    [Fact, Trait("spec", "P6")]
    public void An_isolated_vm_needs_an_empty_node_and_takes_all_of_it()
    {
        var town = Towns.Of("rack1  n1 a.0/ud0  n2 -");
        var isolated = Towns.Want("vm.") with { Isolated = true };
        town.Settle(town.Place(isolated), isolated);

        Assert.Equal(new NodeId("n2"), town.NodeOf(new("vm")));
        Assert.Equal(Resources.None, town.FreeOf(new("n2")));
        Assert.Equal(Towns.Node.Cores + 100, town.CoresUsed);
        Assert.Equal(Constraint.DedicatedTo, town.Place(isolated with { Seats = [new(new("more"), 0)] }).NoRoom!.Bound);
        town.Release(new("vm"));
        Assert.Equal(Towns.Node, town.FreeOf(new("n2")));
        Assert.Equal(100, town.CoresUsed);
    }

    [Fact, Trait("spec", "P1")]
    public void Two_sizes_of_one_set_are_spread_as_one_group()
    {
        GroupDemand[] set = [Towns.Want("set.0/ud0 set.1/ud1"), Towns.Want("set.2/ud0 set.3/ud1", cores: 2)];
        string Place(string town) => Towns.Of(town).Place(set) is { Placed: true } result
            ? string.Join(' ', result.FaultDomains().CountBy(fd => fd).OrderBy(c => c.Key).Select(c => $"{c.Key}:{c.Value}"))
            : "no room";

        Assert.Equal("0:2 1:2", Place("rack1  n1 -  n2 -\nrack2  n3 -  n4 -"));
        Assert.Equal("no room", Place("rack1  n1 -  n2 -  n3 -  n4 -"));
        // Two nodes have room for six cores, but not for two update domains each.
        Assert.Equal("no room", Place("rack1  n1 x.0/ud0 x.1/ud0\nrack2  n2 x.2/ud0 x.3/ud0"));
    }

    [Fact, Trait("spec", "P1")]
    public void The_widest_spread_that_one_of_its_sizes_asks_for_holds_for_the_whole_set()
    {
        GroupDemand[] set = [Towns.Want("set.0/ud0 set.1/ud0") with { MinFaultDomains = 3 }, Towns.Want("set.2/ud0", cores: 2)];
        Assert.Equal([0, 1, 2], Towns.Of("r1  n1 -\nr2  n2 -\nr3  n3 -").Place(set).FaultDomains().Order());
        Assert.False(Towns.Of("r1  n1 -\nr2  n2 -").Place(set).Placed);
    }

    [Fact, Trait("spec", "M4")]
    public void A_place_that_is_kept_for_an_arrival_counts_where_it_is_and_not_as_a_member()
    {
        // web.0 moves from rack 1 to rack 2; with web.1 the role has two instances, of which a rack may host one.
        ClusterCapacity Town(string text)
        {
            var town = Towns.Of(text);
            town.Occupy(new("n2"), Towns.Member("web.0-arrives/ud0", Towns.Cores(1).Needs) with { IsArrival = true });
            return town;
        }

        Assert.Equal(Constraint.SpreadsFaultDomains, Town("rack1  n1 web.0/ud0\nrack2  n2 -").Place(Towns.Want("web.1/ud0")).NoRoom!.Bound);
        Assert.Equal([2], Town("rack1  n1 web.0/ud0\nrack2  n2 -\nrack3  n3 -").Place(Towns.Want("web.1/ud0")).FaultDomains());
    }

    [Fact, Trait("spec", "M1")]
    public void A_node_takes_more_of_the_update_domain_that_it_has()
    {
        // The node hosts two update domains, of two roles: what counts is the role's own.
        var town = Towns.Of("rack1  n1 web.0/ud0 api.0/ud1\nrack2  n2 web.1/ud0 api.1/ud1");
        Assert.True(town.Place(Towns.Want("web.2/ud0")).Placed);
        Assert.Equal(Constraint.OneUpdateDomainPerNode, town.Place(Towns.Want("web.2/ud1")).NoRoom!.Bound);
        Assert.Equal(Constraint.OneUpdateDomainPerNode, town.Place(Towns.Want("api.2/ud0")).NoRoom!.Bound);
    }

    [Fact, Trait("spec", "P6")]
    public void A_host_is_its_owners_from_the_moment_that_it_is_given_to_the_moment_that_it_is_taken_back()
    {
        var town = Towns.Of("rack1  n1 -  n2 -");
        town.SetOwner(new NodeId("n1"), "contoso");
        Assert.Equal(new NodeId("n2"), town.Place(Towns.Want("vm.")).Placement!.Instances[0].Node);
        town.SetOwner(new NodeId("n1"), null);
        Assert.Equal(new NodeId("n1"), town.Place(Towns.Want("vm.")).Placement!.Instances[0].Node);
    }

    [Fact, Trait("spec", "P6")]
    public void A_node_that_others_have_left_can_be_had_whole()
    {
        var town = Towns.Of("rack1  n1 a.0/ud0 vm.");
        town.Release(new("a.0"));
        town.Release(new("vm"));
        town.Occupy(new("n1"), Towns.Member("alone.", Towns.Cores(1).Needs) with { Isolated = true });
        Assert.Equal(Resources.None, town.FreeOf(new("n1")));
    }
}
