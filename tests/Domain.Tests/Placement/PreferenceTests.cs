using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Tests.Placement;

public class PreferenceTests
{
    private static string After(string before, params GroupDemand[] demands)
    {
        var town = Towns.Of(before);
        town.Settle(town.Place(demands), demands);
        return Towns.Print(town);
    }

    [Fact, Trait("spec", "P2")]
    public void Instances_join_nodes_that_host_the_same_update_domain_index() => Assert.Equal(
        "rack1  n1 a.0/ud0 b.0/ud0  n2 a.1/ud1\nrack2  n3 a.2/ud0  n4 a.3/ud1 b.1/ud1",
        After("rack1  n1 a.0/ud0  n2 a.1/ud1\nrack2  n3 a.2/ud0  n4 a.3/ud1", Towns.Role("b", 2)));

    [Fact, Trait("spec", "P2")]
    public void An_update_domain_takes_an_empty_node_rather_than_mix() => Assert.Equal(
        "rack1  n1 a.0/ud0  n2 b.0/ud1", After("rack1  n1 a.0/ud0  n2 -", Towns.Want("b.0/ud1")));

    [Fact, Trait("spec", "P2")]
    public void A_lone_vm_goes_where_it_fits_tightest_and_leaves_empty_nodes_whole() => Assert.Equal(
        "rack1  n1 -  n2 a.0/ud0 a.1/ud0 vm.\nrack2  n3 a.2/ud1",
        After("rack1  n1 -  n2 a.0/ud0 a.1/ud0\nrack2  n3 a.2/ud1", Towns.Want("vm.")));

    [Fact, Trait("spec", "P2")]
    public void A_role_uses_every_fault_domain_that_is_free() => Assert.Equal(
        4, Towns.Of("r1  n1 -\nr2  n2 -\nr3  n3 -\nr4  n4 -").Place(Towns.Role("web", 4)).FaultDomains().Distinct().Count());

    [Fact, Trait("spec", "P2")]
    public void A_service_stays_in_neighbouring_racks() => Assert.Equal(
        [0, 1], Towns.Of("r1  n1 -\nr2  n2 -\nr3  n3 -\nr4  n4 -").Place(Towns.Role("web", 2)).FaultDomains());

    [Fact, Trait("spec", "P2")]
    public void Those_that_come_later_stay_near_the_first() => Assert.Equal(
        [2, 1], Towns.Of("r1  n1 -\nr2  n2 -\nr3  n3 a.0/ud0\nr4  n4 -").Place(Towns.Role("web", 2)).FaultDomains());

    [Fact, Trait("spec", "P2")]
    public void A_node_that_hosts_nobody_of_an_index_any_more_is_as_good_as_one_that_never_did()
    {
        var town = Towns.Of("r1  n1 a.0/ud1 vm.\nr2  n2 b.0/ud0 b.1/ud0");
        Assert.Equal(new NodeId("n2"), town.Place(Towns.Want("web.0/ud0")).Placement!.Instances[0].Node);
        town.Release(new("b.1"));
        town.Release(new("b.0"));
        town.Release(new("a.0"));
        string Points() => string.Join(' ', town.Place(Towns.Want("web.0/ud0")).Report.Groups[0].Best
            .Select(b => FormattableString.Invariant($"{b.Node} {b.Scores.SameUpdateDomainIndex:0} {b.Scores.KeepsNodesEmpty:0}")));
        Assert.Equal("n1 60 10 n2 60 0", Points());
    }

    [Fact, Trait("spec", "P4")]
    public void A_report_counts_nodes_by_constraint_and_scores_the_best()
    {
        var town = Towns.Of("r1  n1 a.0/ud0 a.1/ud0 a.2/ud0 a.3/ud0  n2 a.4/ud0\nr2  n3 -");
        var report = town.Place(Towns.Want("b.0/ud0")).Report.Groups[0];

        Assert.Equal([new ConstraintCount(Constraint.FitsNode, 1)], report.TurnedAway);
        Assert.Equal((3, 2), (report.Nodes, report.Eligible));
        Assert.Equal([new NodeId("n2"), new NodeId("n3")], report.Best.Select(b => b.Node));
        Assert.StartsWith("1", report.Best[0].Why, StringComparison.Ordinal);
        Assert.Empty(report.AllNodes);
    }

    [Fact, Trait("spec", "P4")]
    public void A_preview_lists_every_node_with_its_verdict()
    {
        var town = Towns.Of("r1  n1 a.0/ud0 a.1/ud0 a.2/ud0 a.3/ud0  n2 -");
        var request = new PlacementRequest("preview", [Towns.Want("b.0/ud0")]);
        var all = Allocator.Place(town, request, new PlacementSettings { AllNodes = true }).Report.Groups[0].AllNodes;

        Assert.Equal([Constraint.FitsNode, null], all.Select(v => v.TurnedAwayBy));
        Assert.Equal([false, true], all.Select(v => v.Scores is not null));
    }
}
