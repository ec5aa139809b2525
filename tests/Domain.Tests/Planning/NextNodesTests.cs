using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Planning;

namespace Rdfe.Domain.Tests.Planning;

/// <summary>
/// M1, M2: what may begin now, and why all else waits. A case is the cluster as it was planned, as it is now, and what comes of it;
/// the notation stands in <see cref="Hamlet"/>.
/// </summary>
[Trait("spec", "M1")]
public sealed class NextNodesTests
{
    private static NextNodes Next(string now, int most = int.MaxValue, string? order = null)
    {
        var inventory = Hamlet.Of(now, most);
        var plan = MaintenancePlanner.Plan(inventory);
        return NextNodes.Of(order is null ? plan : plan with { Order = [.. order.Split(' ').Select(n => new NodeId(n))] }, inventory);
    }

    private static void Says(string now, string next, int most = int.MaxValue, string? order = null) =>
        Assert.Equal(next, Next(now, most, order).Print(), ignoreLineEndingDifferences: true);

    private static NodeWait WaitOf(NextNodes next, string node) => next.Waiting.Single(w => w.Node.Value == node).Wait;

    private static Instant In(int minutes) => Hamlet.Now + Duration.FromMinutes(minutes);

    [Fact]
    public void A_node_that_waits_for_one_that_begins_now_says_whose_instances_clash_and_until_when()
    {
        var next = Next(
            """
            n1 25 web.0/ud0
            n2 20 api.0/ud2 web.1/ud1
            """, order: "n1 n2");
        Assert.Equal(["n1"], next.MayStart.Select(n => n.Value));
        Assert.Equal(new NodeWait(WaitKind.Promise, new("web.1"), new("web"), new("web.0"), 0, new("n1"), In(25)), WaitOf(next, "n2"));
        Assert.Equal(In(25), next.Waiting[0].Predicted);
    }

    [Fact]
    public void Of_several_in_its_way_the_one_that_begins_first_is_named() => Says(
        """
        n1 20 web.0/ud0 api.0/ud0
        n2 20 db.0/ud0
        n3 30 web.1/ud1 db.1/ud1
        n4 20 api.1/ud1!10 done
        """,
        """
        start: n2
        n1 10 AlreadyDown api.0 api.1 n4
        n3 30 Promise db.1 db.0 n2

        """, order: "n1 n2 n3");

    [Fact]
    public void Of_several_that_begin_at_once_the_first_by_id_is_named() => Says(
        """
        n1 20 web.0/ud0
        n2 20 db.0/ud0
        n3 20 web.1/ud1 db.1/ud1
        """,
        """
        start: n2 n1
        n3 20 Promise web.1 web.0 n1

        """, order: "n2 n1 n3");

    [Fact]
    public void A_node_that_would_be_done_before_the_next_one_begins_goes() => Says(
        """
        n1 20 web.0/ud0
        n2 30 web.1/ud1 db.0/ud0
        n3 10 db.1/ud1!20 done
        """,
        """
        start: n1
        n2 20 AlreadyDown db.0 db.1 n3

        """, order: "n2 n1");

    [Fact]
    public void With_all_places_taken_a_node_waits_for_a_place_and_the_one_before_it_does_not() => Says(
        """
        n1 20 - began-5
        n2 20 -
        n3 20 -
        """,
        """
        start: n2
        n3 15 MostAtOnce

        """, most: 2);

    [Fact]
    public void A_place_that_is_free_is_no_reason_to_wait() => Says(
        """
        n1 20 web.0/ud0 began-5
        n2 30 web.1/ud1 api.0/ud0
        n3 20 api.1/ud1
        """,
        """
        start: nobody
        n2 15 Promise web.1 web.0 n1
        n3 45 Yields n2

        """, most: 2, order: "n2 n3");

    [Fact]
    public void Where_no_place_is_free_that_is_said_rather_than_whom_it_would_yield_to()
    {
        var next = Next(
            """
            n1 20 web.0/ud0 began-5
            n2 30 web.1/ud1 api.0/ud0
            n3 20 api.1/ud1
            n4 10 -
            """, most: 2, order: "n2 n4 n3");
        Assert.Equal(["n4"], next.MayStart.Select(n => n.Value));
        Assert.Equal(new NodeWait(WaitKind.MostAtOnce, Until: In(45)), WaitOf(next, "n3"));
    }

    [Fact]
    public void A_node_without_neighbours_waits_for_a_place_that_others_will_need_before_it_is_done() => Says(
        """
        n1 20 web.0/ud0
        n2 20 -
        n3 10 web.1/ud1!5 done
        """,
        """
        start: nobody
        n1 5 AlreadyDown web.0 web.1 n3
        n2 25 MostAtOnce

        """, most: 1, order: "n1 n2");

    [Fact]
    public void Nobody_yields_to_a_node_that_begins_when_it_would_be_done() => Says(
        """
        n1 15 web.0/ud0
        n2 15 api.0/ud0
        n3 20 db.0/ud0
        n4 20 db.1/ud1
        n5 10 web.1/ud1!5 api.1/ud1!5 done
        n6 10 db.2/ud1!20 done
        """,
        """
        start: nobody
        n1 5 AlreadyDown web.0 web.1 n5
        n2 5 AlreadyDown api.0 api.1 n5
        n3 20 AlreadyDown db.0 db.2 n6
        n4 40 MostAtOnce

        """, most: 2, order: "n1 n2 n3 n4");

    [Fact]
    public void A_yielding_node_says_until_when()
    {
        var next = Next(
            """
            n1 20 web.0/ud0 began-5
            n2 30 web.1/ud1 api.0/ud0
            n3 20 api.1/ud1
            """, order: "n2 n3");
        Assert.Equal(new NodeWait(WaitKind.Yields, Node: new("n2"), Until: In(45)), WaitOf(next, "n3"));
    }

    [Fact]
    public void What_no_moment_will_do_for_comes_last() => Says(
        """
        n1 20 web.0/ud0 web.1/ud1
        n2 20 db.0/ud0
        n3 20 db.1/ud1
        """,
        """
        start: n3
        n2 20 Promise db.0 db.1 n3
        n1 never TwoUpdateDomains

        """, order: "n3 n2");

    [Fact]
    public void Nodes_that_the_plan_does_not_know_come_after_it_and_those_that_are_gone_are_passed_over() => Says(
        """
        n1 20 web.0/ud0
        n2 20 web.1/ud1
        n3 20 web.2/ud2
        """,
        """
        start: n3
        n1 20 Promise web.0 web.2 n3
        n2 40 Promise web.1 web.2 n3

        """, order: "n9 n3");

    // A plan with a move of web.1 from n1 to n3, from minute 0 to 3, held against the cluster as the text tells it.
    private static NextNodes WithMove(string now, int at, int takes = 3)
    {
        var planned = Hamlet.Of("n1 20 web.0/ud0 web.1/ud1\nn2 20 web.2/ud2\nn3 20 free1");
        var plan = MaintenancePlanner.Plan(planned) with
        {
            Moves = [new(new("web.1"), new("n1"), new("n3"), Hamlet.Now, In(3), "")],
            Order = [new("n1"), new("n3"), new("n2")],
        };
        return NextNodes.Of(plan, Hamlet.Of(now) with { At = In(at) }, new PlanSettings { MoveTakes = Duration.FromMinutes(takes) });
    }

    [Fact]
    public void A_move_that_is_still_to_be_made_holds_both_its_nodes()
    {
        var next = WithMove("n1 20 web.0/ud0 web.1/ud1\nn2 20 -\nn3 20 free1", at: 0);
        Assert.Equal("start: n2\nn1 3 MovesFirst web.1 n1\nn3 23 MovesFirst web.1 n1\n", next.Print());
        Assert.Equal(In(3), Assert.Single(next.Moves).Ends);
        Assert.Equal(In(3), WaitOf(next, "n1").Until);
    }

    [Theory]
    [InlineData(0, 3, 3)]
    [InlineData(0, 2, 3)]
    [InlineData(0, 5, 5)]
    [InlineData(1, 3, 4)]
    [InlineData(9, 3, 12)]
    public void A_move_that_is_late_is_made_from_now_on(int at, int takes, int ends) =>
        Assert.Equal(In(ends), Assert.Single(WithMove("n1 20 web.0/ud0 web.1/ud1\nn2 20 -\nn3 20 free1", at, takes).Moves).Ends);

    [Theory]
    [InlineData("n1 20 web.0/ud0\nn2 20 -\nn3 20 web.1/ud1", "n1 n2")]
    [InlineData("n1 20 web.0/ud0 web.1/ud1\nn2 20 -", "n2")]
    [InlineData("n2 20 -\nn3 20 -", "n3 n2")]
    [InlineData("n1 20 web.0/ud0 web.1/ud1 began-1\nn2 20 -\nn3 20 free1", "n3 n2")]
    public void A_move_that_was_made_or_can_be_made_no_more_is_not_waited_for(string now, string start)
    {
        var next = WithMove(now, at: 0);
        Assert.Empty(next.Moves);
        Assert.Equal(start, string.Join(' ', next.MayStart));
    }

    [Fact]
    public void Moves_of_several_plans_are_told_apart_by_their_instance()
    {
        var next = WithMove("n1 20 web.0/ud0 web.9/ud0\nn2 20 -\nn3 20 free1", at: 0);
        Assert.Equal(ImmutableArray<PlannedMove>.Empty, next.Moves);
    }

    [Fact]
    public void Without_moves_there_are_none_to_be_made() => Assert.Empty(Next("n1 20 -").Moves);
}
