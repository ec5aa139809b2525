using NodaTime;
using Rdfe.Domain.Planning;

namespace Rdfe.Domain.Tests.Planning;

/// <summary>M1, P1: what is moved first, and where to. A case is a cluster and its moves with their minutes; the notation stands in <see cref="Hamlet"/>.</summary>
[Trait("spec", "M1")]
public sealed class MovesThatPayTests
{
    private static string Moves(string town, int most, bool reversed = false)
    {
        var inventory = Hamlet.Of(town);
        inventory = reversed ? inventory with { Nodes = [.. inventory.Nodes.Reverse()] } : inventory;
        return string.Join(", ", MaintenancePlanner.Plan(inventory, new PlanSettings { MostMoves = most }).Moves.Select(m =>
            $"{m.Instance} {m.From}-{m.To} {(m.Starts - Hamlet.Now).TotalMinutes}-{(m.Ends - Hamlet.Now).TotalMinutes}"));
    }

    private static void Moves(string town, string moves, int most = 9) => Assert.Equal(moves, Moves(town, most));

    [Fact]
    public void The_update_domain_with_fewer_instances_leaves() => Moves("n1 20 web.0/ud0 web.1/ud0 web.2/ud1\nn2 20 free3", "web.2 n1-n2 0-3");

    [Fact]
    public void Of_equally_many_the_lower_update_domain_leaves() => Moves("n1 20 web.0/ud1 web.1/ud0\nn2 20 free3", "web.1 n1-n2 0-3");

    [Fact]
    public void All_of_the_update_domain_leave_one_after_the_other() =>
        Moves("n1 20 web.0/ud0 web.1/ud0 web.2/ud1 web.3/ud1\nn2 20 free3", "web.0 n1-n2 0-3, web.1 n1-n2 3-6");

    [Fact]
    public void Three_update_domains_become_one() =>
        Moves("n1 20 web.0/ud0 web.1/ud1 web.2/ud2\nn2 20 free1\nn3 20 free1", "web.0 n1-n2 0-3, web.1 n1-n3 3-6");

    [Fact]
    public void No_more_are_moved_than_may_be() =>
        Moves("n1 20 web.0/ud0 web.1/ud1\nn2 20 db.0/ud0 db.1/ud1\nn3 20 free2", "web.0 n1-n3 0-3", most: 1);

    [Fact]
    public void Moves_between_different_nodes_are_made_at_the_same_time_and_a_node_has_one_at_a_time() => Moves(
        "n1 20 web.0/ud0 web.1/ud1\nn2 20 db.0/ud0 db.1/ud1\nn3 20 api.0/ud0 api.1/ud1\nn4 20 free1\nn5 20 free2",
        "web.0 n1-n4 0-3, db.0 n2-n5 0-3, api.0 n3-n5 3-6");

    [Fact]
    public void What_may_not_be_moved_stays_and_so_does_its_node() => Moves("n1 20 fixed.web.0/ud0 web.1/ud1\nn2 20 free3", "");

    [Fact]
    public void A_group_that_is_stuck_does_not_keep_another_node_from_being_freed() =>
        Moves("n1 20 fixed.web.0/ud0 web.1/ud1\nn2 20 db.0/ud0 db.1/ud1\nn3 20 free3", "db.0 n2-n3 0-3");

    [Fact]
    public void Room_that_has_been_taken_is_gone_and_room_that_was_left_is_there() => Moves(
        "n1 20 web.0/ud0 web.1/ud1\nn2 20 db.0/ud0 db.1/ud1\nn3 20 free1", "web.0 n1-n3 0-3, db.0 n2-n1 3-6");

    [Theory]
    [InlineData("n2 20 -", "")]
    [InlineData("n2 20 free1 shut", "")]
    [InlineData("n2 20 free1 began-5", "")]
    [InlineData("n2 20 free1 web.2/ud2", "")]
    [InlineData("n2 20 free1 web.2/ud0", "web.0 n1-n2 0-3")]
    [InlineData("n2 20 free1 db.0/ud1", "web.0 n1-n2 0-3")]
    public void A_node_takes_an_instance_where_it_has_room_is_open_and_the_promise_holds(string taker, string moves) =>
        Moves("n1 20 web.0/ud0 web.1/ud1\n" + taker, moves);

    [Theory]
    [InlineData("n2 20 free1\nn3 20 free1", "n2")]
    [InlineData("n2 20 free2\nn3 20 free1", "n3")]
    [InlineData("n2 20 free1\nn3 20 free2", "n2")]
    [InlineData("n2 20 free1\nn3 20 free5 done", "n3")]
    [InlineData("n2 20 free5 done\nn3 20 free1 done", "n3")]
    [InlineData("n2 20 free1 db.0/ud1\nn3 20 free5 db.1/ud0", "n3")]
    [InlineData("n2 20 free1 db.0/ud1\nn3 20 free5 lone.0/ud1", "n3")]
    [InlineData("n2 20 free1 db.0/ud0 api.0/ud1\nn3 20 free5", "n3")]
    [InlineData("n2 20 free1\nn3 20 free5 db.1/ud0", "n2")]
    [InlineData("n2 20 free1 db.0/ud0\nn3 20 free2 db.1/ud1 done", "n3")]
    public void It_goes_to_a_node_that_is_done_then_to_one_of_its_index_then_to_the_tightest(string takers, string to) =>
        Assert.Equal($"web.0 n1-{to} 0-3", Moves("n1 20 web.0/ud0 web.1/ud1\n" + takers, 9));

    [Fact]
    public void Nodes_are_asked_in_order_of_id_however_they_are_told() =>
        Assert.Equal("web.0 n1-n2 0-3", Moves("n1 20 web.0/ud0 web.1/ud1\nn2 20 free1\nn3 20 free1", 9, reversed: true));

    // Fault domain 0 has three of web, and one leaves; fault domain 1 has two, and may take as many as the fullest has.
    [Theory, Trait("spec", "P1")]
    [InlineData("n4 20 free1 fd1", "web.0 n1-n4 0-3")]
    [InlineData("n4 20 free1 fd0\nn5 20 web.5/ud0 free1 fd1", "web.0 n1-n4 0-3")]
    [InlineData("n4 20 web.5/ud0 free1 fd1", "")]
    [InlineData("n4 20 web.5/ud0 fd1\nn5 20 free1 fd1\nn6 20 free1 fd2", "web.0 n1-n6 0-3")]
    public void No_fault_domain_gets_more_of_a_group_than_the_fullest_has(string takers, string moves) =>
        Moves("n1 20 web.0/ud0 web.1/ud1 fd0\nn2 20 web.2/ud0 fd0\nn3 20 web.3/ud0 web.4/ud0 fd1\n" + takers, moves);

    [Fact, Trait("spec", "P1")]
    public void The_count_of_a_fault_domain_follows_the_moves() => Moves(
        "n1 20 web.0/ud0 web.1/ud1 fd0\nn2 20 web.2/ud0 web.3/ud1 fd1\nn3 20 free1 fd2\nn4 20 free2 fd2\nn5 20 free3 fd3",
        "web.0 n1-n3 0-3, web.2 n2-n4 0-3");

    [Fact, Trait("spec", "M2")]
    public void Instances_that_are_strewn_move_home_where_the_rollout_gets_shorter_by_more_than_that_takes()
    {
        // Two update domains, and yet a ring of five takes three rounds: one instance that goes home opens it.
        const string ring = """
            n1 60 a.0/ud0 e.1/ud1 free1
            n2 60 a.1/ud1 b.0/ud0 free1
            n3 60 b.1/ud1 c.0/ud0 free1
            n4 60 c.1/ud1 d.0/ud0 free1
            n5 60 d.1/ud1 e.0/ud0 free1
            """;
        var inventory = Hamlet.Of(ring);
        var with = MaintenancePlanner.Plan(inventory, new PlanSettings { MostMoves = 9 });
        var without = MaintenancePlanner.Plan(inventory);
        Assert.NotEmpty(with.Moves);
        Assert.True(without.Takes - with.Takes > Duration.FromMinutes(3 * with.Moves.Length));
        Assert.Equal((3, 2), (without.Rounds.Length, with.Rounds.Length));
        Assert.Empty(MaintenancePlanner.Plan(inventory, new PlanSettings { MostMoves = 9, MoveTakes = Duration.FromMinutes(60) }).Moves);
    }

    [Fact]
    public void Where_one_of_an_update_domain_is_stuck_the_others_stay_with_it() =>
        Moves("n1 20 fixed.web.0/ud0 web.1/ud0 web.2/ud1 web.3/ud1\nn2 20 free3", "");

    [Fact, Trait("spec", "P1")]
    public void A_fault_domain_that_was_left_counts_one_fewer_and_one_that_was_gone_to_one_more() => Moves(
        "n1 20 web.0/ud0 web.1/ud1 web.2/ud2 fd0\nn2 20 web.3/ud0 fd1\nn3 20 free1 fd1\nn4 20 free1 fd1", "web.0 n1-n3 0-3");

    // A ring of five, which two rounds would do for if any of it were opened; five nodes that are mixed and mind nobody; and room.
    private static string OfRing(int minutes, string more = "") => string.Join(' ', MaintenancePlanner.Plan(Hamlet.Of(
        """
        n1 60 x.0/ud0 y.0/ud0 z.0/ud1 z.1/ud1 z.2/ud1
        n2 60 p.0/ud0 q.0/ud0 r.0/ud1 r.1/ud1 r.2/ud1
        n3 60 s.0/ud1 t.0/ud1 u.0/ud0 u.1/ud0 u.2/ud0
        n5 60 a.0/ud0 e.1/ud1
        n6 60 a.1/ud1 b.0/ud0
        n7 60 b.1/ud1 c.0/ud0
        n8 60 c.1/ud1 d.0/ud0
        n9 60 d.1/ud1 e.0/ud0
        o1 60 free40 done
        o2 60 free9
        """ + more), new PlanSettings { MostMoves = 30, MoveTakes = Duration.FromMinutes(minutes) }).Moves.Select(m => m.Instance.Value).Order(StringComparer.Ordinal));

    [Theory, Trait("spec", "M2")]
    [InlineData(1, "a.1 b.1 c.1 d.1 e.1 p.0 q.0 s.0 t.0 x.0 y.0")]
    [InlineData(6, "a.1 b.1 c.1 e.1")]
    [InlineData(15, "")]
    [InlineData(60, "")]
    public void As_many_strewn_instances_move_as_pay_from_the_least_mixed_nodes(int minutes, string moves) => Assert.Equal(moves, OfRing(minutes));

    [Fact]
    public void What_moves_to_make_a_rollout_shorter_comes_on_top_of_what_has_to_move() =>
        Assert.Equal("a.1 b.1 c.1 d.1 e.1 k.0 p.0 q.0 s.0 t.0 x.0 y.0", OfRing(1, "\no3 60 k.0/ud0 k.1/ud1"));

    [Fact, Trait("spec", "M2")]
    public void Where_there_are_no_more_rounds_than_update_domains_nothing_strewn_is_moved() => Moves(
        """
        n1 60 a.0/ud0 b.0/ud0 c.0/ud1 lone.0/ud4
        n2 60 c.1/ud0
        n3 10 a.1/ud1
        n4 10 free3 done
        """, "");
}
