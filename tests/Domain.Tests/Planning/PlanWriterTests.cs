using NodaTime;
using Rdfe.Domain.Planning;

namespace Rdfe.Domain.Tests.Planning;

/// <summary>M2: what a plan tells: rounds, what each node waits for, and what is left of the cluster from moment to moment.</summary>
[Trait("spec", "M2")]
public sealed class PlanWriterTests
{
    [Fact]
    public void What_is_left_is_told_for_each_round_and_each_moment() => Assert.Equal(
        """
        round 1: 30 min, 1 free, 0.56 nodes
        round 2: 20 min, 4 free, 2.22 nodes
        0: +n5 +n1 +n3; 3 nodes and 3 instances down, 1 free, 0.56 nodes, 0 empty
        5: -n5; 2 nodes and 2 instances down, 1 free, 0.56 nodes, 0 empty
        10: -n3; 1 nodes and 2 instances down, 3 free, 1.67 nodes, 1 empty
        30: -n1 +n2; 1 nodes and 1 instances down, 4 free, 2.22 nodes, 1 empty
        50: -n2; 0 nodes and 0 instances down, 4 free, 2.22 nodes, 1 empty

        """,
        MaintenancePlanner.Plan(Hamlet.Of(
            """
            n1 30 web.0/ud0 db.0/ud0 free1
            n2 20 web.1/ud1
            n3 10 - free2
            n4 20 api.0/ud0 free1 done
            n5 15 api.1/ud0 began-10
            """)).PrintRoom(), ignoreLineEndingDifferences: true);

    [Fact]
    public void Every_node_has_the_round_that_it_is_listed_in_and_one_under_way_has_none()
    {
        var plan = MaintenancePlanner.Plan(Hamlet.Of(
            """
            n1 20 web.0/ud0
            n2 20 web.1/ud1
            n3 20 api.1/ud0 began-10
            """));
        Assert.Equal(["n3 0", "n1 1", "n2 2"], plan.Nodes.Select(n => $"{n.Node} {n.Round}"));
        Assert.All(plan.Nodes.Where(n => n.Round > 0), n => Assert.Contains(n.Node, plan.Rounds[n.Round - 1].Nodes));
    }

    [Fact]
    public void Of_two_that_end_when_a_node_begins_the_one_that_comes_first_in_the_plan_is_named()
    {
        var plan = MaintenancePlanner.Plan(Hamlet.Of(
            """
            n1 10 web.0/ud0 api.0/ud0
            n2 20 db.0/ud0
            n3 20 web.1/ud1 db.1/ud1
            n4 20 api.1/ud1!10 done
            """));
        Assert.Equal("n2", plan.Order[0].Value);
        Assert.Equal(
            new NodeWait(WaitKind.Promise, new("db.1"), new("db"), new("db.0"), 0, new("n2"), Hamlet.Now + Duration.FromMinutes(20)),
            plan.Nodes.Single(n => n.Node.Value == "n3").Wait);
    }

    [Fact]
    public void A_node_that_begins_later_than_what_held_it_waits_for_a_place() => Assert.Equal(
        [null, WaitKind.AlreadyDown, WaitKind.MostAtOnce, WaitKind.MostAtOnce],
        MaintenancePlanner.Plan(Hamlet.Of(
            """
            n1 30 -
            n2 20 web.0/ud0
            n3 10 db.0/ud0
            n4 20 web.1/ud1!5 db.1/ud1!5 done
            n5 10 -
            """, most: 2)).Nodes.OrderBy(n => n.Starts).ThenBy(n => n.Wait?.Kind ?? 0).Select(n => n.Wait?.Kind).Take(4).Order());

    [Fact]
    public void Nodes_without_cores_count_for_no_node() => Assert.Equal(
        "round 1: 20 min, 0 free, 0 nodes\n0: +n1; 1 nodes and 0 instances down, 0 free, 0 nodes, 0 empty\n20: -n1; 0 nodes and 0 instances down, 0 free, 0 nodes, 1 empty\n",
        MaintenancePlanner.Plan(Hamlet.Of("n1 20 -")).PrintRoom());
}
