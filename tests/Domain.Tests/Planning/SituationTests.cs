using NodaTime;
using Rdfe.Domain.Planning;

namespace Rdfe.Domain.Tests.Planning;

/// <summary>M1: what holds a node up now, and until when. The notation stands in <see cref="Hamlet"/>.</summary>
[Trait("spec", "M1")]
public sealed class SituationTests
{
    private static void Says(string town, string next, int most = int.MaxValue)
    {
        var inventory = Hamlet.Of(town, most);
        Assert.Equal(next, NextNodes.Of(MaintenancePlanner.Plan(inventory), inventory).Print(), ignoreLineEndingDifferences: true);
    }

    private static NodeWait WaitOf(string town, string node)
    {
        var inventory = Hamlet.Of(town);
        return NextNodes.Of(MaintenancePlanner.Plan(inventory), inventory).Waiting.Single(w => w.Node.Value == node).Wait;
    }

    [Fact]
    public void A_node_at_its_predicted_end_is_still_under_way() => Says(
        """
        n1 20 web.0/ud0 began-20
        n2 20 web.1/ud1
        """,
        """
        start: nobody
        n2 1 Promise web.1 web.0 n1

        """);

    [Fact]
    public void A_node_under_way_says_when_it_will_be_done_though_its_instance_is_told_to_be_down_for_good() => Says(
        """
        n1 20 web.0/ud0! began-5
        n2 20 web.1/ud1
        """,
        """
        start: nobody
        n2 15 Promise web.1 web.0 n1

        """);

    [Fact]
    public void An_instance_that_is_down_loses_nothing_by_its_nodes_going_down() => Says(
        """
        n1 20 web.0/ud0!
        n2 20 web.1/ud1!
        n3 20 web.2/ud2
        """,
        """
        start: n1
        n2 20 Promise web.1 web.0 n1
        n3 40 AlreadyDown web.2 web.0 n1

        """);

    [Fact]
    public void One_that_is_down_does_not_make_its_neighbour_on_the_node_lose_nothing() => Says(
        """
        n1 20 web.0/ud0! db.0/ud0
        n2 20 web.1/ud1! done
        n3 20 db.1/ud1!7 done
        """,
        """
        start: nobody
        n1 7 AlreadyDown db.0 db.1 n3

        """);

    [Fact]
    public void What_is_down_for_nobody_knows_how_long_is_guessed_at_and_not_promised()
    {
        const string town = "n1 20 web.0/ud0\nn2 20 web.1/ud1! done";
        Says(town, "start: nobody\nn1 15 AlreadyDown web.0 web.1 n2\n");
        Assert.Equal(new NodeWait(WaitKind.AlreadyDown, new("web.0"), new("web"), new("web.1"), 1, new("n2"), null), WaitOf(town, "n1"));
    }

    [Fact]
    public void What_was_down_until_now_holds_nobody() => Says(
        """
        n1 20 web.0/ud0 db.0/ud0
        n2 20 web.1/ud1!0 done
        n3 30 db.1/ud1
        """,
        """
        start: n3
        n1 30 Promise db.0 db.1 n3

        """);

    [Theory]
    [InlineData("n2 20 web.1/ud1!5 done\nn3 20 web.2/ud2!9 done", "web.2", 9)]
    [InlineData("n2 20 web.1/ud1!9 done\nn3 20 web.2/ud2!5 done", "web.1", 9)]
    [InlineData("n2 20 web.1/ud1!9 done\nn3 20 web.2/ud2!9 done", "web.1", 9)]
    [InlineData("n2 20 web.1/ud1! done\nn3 20 web.2/ud2!30 done", "web.1", null)]
    [InlineData("n2 20 web.1/ud1!30 done\nn3 20 web.2/ud2! done", "web.2", null)]
    [InlineData("n2 20 web.1/ud1! done\nn3 20 web.2/ud2! done", "web.1", null)]
    public void Of_all_that_is_down_the_one_that_lasts_longest_is_waited_for(string down, string instance, int? minutes)
    {
        var wait = WaitOf("n1 20 web.0/ud0\n" + down, "n1");
        Assert.Equal((new(instance), minutes is { } m ? Hamlet.Now + Duration.FromMinutes(m) : null), (wait.Instance!.Value, wait.Until));
    }

    [Fact]
    public void Two_instances_of_one_update_domain_go_together_and_so_do_strangers() => Says(
        """
        n1 20 web.0/ud0 web.1/ud0 lone.0/ud0 lone.1/ud1
        n2 20 db.0/ud1 web.2/ud0
        """,
        """
        start: n1 n2

        """);

    [Fact]
    public void Two_update_domains_behind_strangers_are_seen() => Says(
        """
        n1 20 lone.0/ud0 lone.1/ud1 web.0/ud0 db.0/ud1 web.1/ud1
        """,
        """
        start: nobody
        n1 never TwoUpdateDomains

        """);

    [Fact, Trait("spec", "M2")]
    public void Nodes_are_planned_the_same_in_whatever_order_they_are_told()
    {
        const string one = "n1 20 web.0/ud0\n", two = "n2 20 web.1/ud1 db.0/ud0\n", three = "n3 20 db.1/ud1\n";
        var plan = MaintenancePlanner.Plan(Hamlet.Of(one + two + three)).Print();
        Assert.Equal(plan, MaintenancePlanner.Plan(Hamlet.Of(three + one + two)).Print());
        Assert.Equal(plan, MaintenancePlanner.Plan(Hamlet.Of(two + three + one)).Print());
    }

    [Theory, Trait("spec", "P2")]
    [InlineData("-", 0)]
    [InlineData("lone.0/ud3", 0)]
    [InlineData("web.0/ud0 db.0/ud0", 0)]
    [InlineData("web.0/ud2 lone.0/ud1 db.0/ud2", 2)]
    [InlineData("web.0/ud0 db.0/ud1", -1)]
    [InlineData("web.0/ud2 db.0/ud1 db.1/ud1", -1)]
    public void A_node_is_at_home_in_the_one_update_domain_index_that_it_hosts(string instances, int home) =>
        Assert.Equal(home, Assert.Single(Situation.Of(Hamlet.Of("n1 20 " + instances), new PlanSettings(), []).SoleUpdateDomain));
}
