using NodaTime;
using Rdfe.Domain.Planning;

namespace Rdfe.Domain.Tests.Planning;

/// <summary>Plans as people would make them, in clusters small enough to see. The notation stands in <see cref="Hamlet"/>.</summary>
public class MaintenancePlannerTests
{
    private static void Plans(string town, string plan, int most = int.MaxValue, int moves = 0) => Assert.Equal(
        plan, MaintenancePlanner.Plan(Hamlet.Of(town, most), new PlanSettings { MostMoves = moves }).Print(), ignoreLineEndingDifferences: true);

    private static void Starts(string planned, string now, string next) => Assert.Equal(
        next, NextNodes.Of(MaintenancePlanner.Plan(Hamlet.Of(planned)), Hamlet.Of(now)).Print(), ignoreLineEndingDifferences: true);

    [Fact, Trait("spec", "M1")]
    public void Update_domains_of_a_role_go_one_after_the_other_and_whoever_minds_nobody_goes_at_once() => Plans(
        """
        n1 20 web.0/ud0
        n2 20 web.1/ud1
        n3 20 web.2/ud0
        n4 20 -
        n5 20 lone.0/ud0
        """,
        """
        round 1: n1 n3 n4 n5
        round 2: n2
        n1 0-20
        n3 0-20
        n4 0-20
        n5 0-20
        n2 20-40 Promise web.1 web.0 n1
        at least 2 rounds (n1 n2), 40 min (n1 n2)

        """);

    [Fact, Trait("spec", "M2")]
    public void The_stream_waits_for_no_round_to_end() => Plans(
        """
        n1 30 web.0/ud0
        n2 30 web.1/ud1
        n3 15 db.0/ud0
        n4 15 db.1/ud1
        """,
        """
        round 1: n1 n3
        round 2: n2 n4
        n1 0-30
        n3 0-15
        n4 15-30 Promise db.1 db.0 n3
        n2 30-60 Promise web.1 web.0 n1
        at least 2 rounds (n1 n2), 60 min (n1 n2)

        """);

    [Fact, Trait("spec", "M1")]
    public void What_is_down_already_counts_and_its_own_node_may_go() => Plans(
        """
        n1 20 web.0/ud0
        n2 20 web.1/ud1!5
        """,
        """
        round 1: n1
        round 2: n2
        n2 0-20
        n1 20-40 Promise web.0 web.1 n2
        at least 2 rounds (n1 n2), 40 min (n1 n2)

        """);

    [Fact, Trait("spec", "M3")]
    public void A_wait_of_unknown_end_holds_up_nobody_else() => Plans(
        """
        n1 20 web.0/ud0  db.0/ud0
        n2 40 db.1/ud1
        n3 20 web.1/ud1! done
        """,
        """
        round 1: n1
        round 2: n2
        n2 0-40
        n1 40-60 Promise db.0 db.1 n2
        at least 2 rounds (n1 n2), 60 min (n1 n2)

        """);

    [Fact, Trait("spec", "M1")]
    public void A_node_with_two_update_domains_of_a_role_is_left_and_says_why() => Plans(
        """
        n1 20 web.0/ud0 web.1/ud1
        n2 20 -
        """,
        """
        round 1: n2
        n2 0-20
        n1 never TwoUpdateDomains
        at least 1 rounds (n2), 20 min (n2)

        """);

    [Fact, Trait("spec", "M1")]
    public void It_goes_when_one_of_them_is_moved_away_first() => Plans(
        """
        n1 20 web.0/ud0 web.1/ud1
        n2 20 free1
        """,
        """
        move web.0 from n1 to n2
        round 1: n1
        round 2: n2
        n1 3-23 MovesFirst web.0 n1
        n2 23-43 Promise web.0 web.1 n1
        at least 2 rounds (n1 n2), 40 min (n1 n2)

        """, moves: 1);

    [Fact, Trait("spec", "P1")]
    public void A_move_does_not_crowd_a_fault_domain() => Plans(
        """
        n1 20 web.0/ud0 web.1/ud1 fd0
        n2 20 web.2/ud0 fd1
        n3 20 web.3/ud1 fd1
        n4 20 free1 fd1
        n5 20 free1 fd2
        """,
        """
        move web.0 from n1 to n5
        round 1: n1 n3
        round 2: n2 n4 n5
        n3 0-20
        n4 0-20
        n1 3-23 MovesFirst web.0 n1
        n2 23-43 Promise web.2 web.1 n1
        n5 23-43 Promise web.0 web.1 n1
        at least 2 rounds (n1 n2), 40 min (n1 n2)

        """, moves: 4);

    [Fact, Trait("spec", "M2")]
    public void No_more_nodes_are_under_way_than_may_be() => Plans(
        """
        n1 20 -
        n2 20 -
        n3 20 -
        """,
        """
        round 1: n1
        round 2: n2 n3
        n1 0-20
        n2 0-20
        n3 20-40 MostAtOnce
        at least 2 rounds (n1), 30 min (n1)

        """, most: 2);

    [Fact, Trait("spec", "M1")]
    public void A_node_that_is_late_is_waited_for() => Starts(
        """
        n1 20 web.0/ud0
        n2 20 web.1/ud1
        """,
        """
        n1 20 web.0/ud0 began-30
        n2 20 web.1/ud1
        """,
        """
        start: nobody
        n2 1 Promise web.1 web.0 n1

        """);

    [Fact, Trait("spec", "M2")]
    public void A_node_does_not_slip_in_before_one_that_it_would_hold_up() => Starts(
        """
        n1 30 web.0/ud0 db.0/ud0
        n2 30 db.1/ud1
        n3 40 web.1/ud1 api.0/ud0
        n4 20 api.1/ud1
        """,
        """
        n1 30 web.0/ud0 db.0/ud0 began-15
        n2 30 db.1/ud1
        n3 40 web.1/ud1 api.0/ud0
        n4 20 api.1/ud1
        """,
        """
        start: nobody
        n3 15 Promise web.1 web.0 n1
        n2 15 Promise db.1 db.0 n1
        n4 55 Yields n3

        """);

    [Fact, Trait("spec", "M2")]
    public void A_plan_tells_what_is_left_of_the_cluster_meanwhile()
    {
        var plan = MaintenancePlanner.Plan(Hamlet.Of(
            """
            n1 20 web.0/ud0 free3
            n2 20 web.1/ud1 free1
            """));
        Assert.Equal([100, 300, 400], plan.Steps.Select(s => s.FreeCores));
        Assert.Equal([1, 1, 0], plan.Steps.Select(s => s.InstancesDown));
        Assert.Equal(100 / 300.0, plan.Rounds[0].FreeNodes, 3);
    }

    [Fact, Trait("spec", "M1")]
    public void A_plan_says_what_has_changed_since_it_was_made()
    {
        var plan = MaintenancePlanner.Plan(Hamlet.Of(
            """
            n1 20 web.0/ud0
            n2 20 web.1/ud1
            n3 20 -
            """));
        var now = Hamlet.Of(
            """
            n1 20 -
            n2 20 web.1/ud1!
            n4 20 web.0/ud0
            """);
        var difference = PlanDifference.Since(plan, now);
        Assert.Equal(
            "1 nodes are gone (n3); 1 nodes have come (n4); 1 instances stand elsewhere (web.0).", difference.Detail);
        Assert.NotEqual(plan.Fingerprint, PlanDifference.FingerprintOf(now));
        Assert.True(PlanDifference.Since(plan, plan.Basis with { At = Hamlet.Now + Duration.FromHours(1) }).IsNone);
        Assert.Equal(plan.Fingerprint, PlanDifference.FingerprintOf(plan.Basis with { Nodes = [.. plan.Basis.Nodes.Reverse()] }));
    }

    [Fact, Trait("spec", "M2")]
    public void The_planner_is_warmed_up_where_there_is_something_to_plan()
    {
        var plan = MaintenancePlanner.Plan(WarmUp.Town());
        Assert.InRange(plan.Rounds.Length, 5, 30);
        Assert.NotEmpty(plan.RoundBound.Clique);
        Assert.Contains(plan.Nodes, n => n.Wait?.Kind == WaitKind.Promise);
        var instances = WarmUp.Town().Nodes.SelectMany(n => n.Instances).ToList();
        Assert.Equal((240, "0 1 2 3 4"), (instances.Count, string.Join(' ', instances.Select(i => i.UpdateDomain).Distinct().Order())));
        Assert.Equal(Enumerable.Range(15, 16), WarmUp.Town().Nodes.Select(n => (int)n.Duration.TotalMinutes).Distinct().Order());
    }

    [Fact, Trait("spec", "M2")]
    public void The_rest_is_planned_anew_from_where_the_cluster_stands()
    {
        var plan = MaintenancePlanner.Plan(Hamlet.Of(
            """
            n1 20 web.0/ud0
            n2 20 web.1/ud1
            n3 20 web.2/ud2
            """));
        Assert.Equal(
            """
            round 1: n3
            n2 -5-15
            n3 15-35 Promise web.2 web.1 n2
            at least 1 rounds (n3), 35 min (n3)

            """,
            MaintenancePlanner.Replan(plan.Order, Hamlet.Of(
                """
                n1 20 web.0/ud0 done
                n2 20 web.1/ud1 began-5
                n3 20 web.2/ud2
                """)).Print(), ignoreLineEndingDifferences: true);
    }
}
