using FsCheck;
using FsCheck.Fluent;
using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Tests.Placement;

/// <summary>What holds for any town and any requests. A failing case prints its seed.</summary>
public class AllocatorProperties
{
    private const int Cases = 60;

    private static void ForAnySeed(Func<ulong, bool> holds, int cases = Cases) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(cases),
        Prop.ForAll<PositiveInt>(seed => holds((ulong)seed.Get)));

    private static int Pick(ulong seed, string what, int n, int below) => (int)(below * Draw.Unit(seed, what, "test", n));

    private static List<NodeCapacity> Nodes(ulong seed, int most = 24)
    {
        var racks = 2 + Pick(seed, "racks", 0, 4);
        return [.. Enumerable.Range(0, racks + Pick(seed, "nodes", 0, most - racks))
            .Select(i => new NodeCapacity(new($"n{i}"), new($"r{i % racks}"), i % racks, "any", Towns.Node))];
    }

    private static ClusterCapacity Book(IEnumerable<NodeCapacity> nodes)
    {
        var book = new ClusterCapacity(new("c"));
        foreach (var node in nodes)
        {
            book.AddNode(node, schedulable: true);
        }

        return book;
    }

    private static GroupDemand Demand(ulong seed, int n, int mostSeats = 8)
    {
        var role = Towns.Role($"s{n}", 1 + Pick(seed, "seats", n, mostSeats), 1 + Pick(seed, "cores", n, 3), 1 + Pick(seed, "uds", n, 5));
        return Pick(seed, "lone", n, 5) == 0 ? role with { Group = null } : role;
    }

    /// <summary>Services come and go; returns those that stayed.</summary>
    private static List<GroupDemand> Live(ClusterCapacity book, ulong seed, int turns)
    {
        var alive = new List<GroupDemand>();
        for (var turn = 0; turn < turns; turn++)
        {
            if (alive.Count > 0 && Pick(seed, "goes", turn, 3) == 0)
            {
                var goes = alive[Pick(seed, "who", turn, alive.Count)];
                Array.ForEach([.. goes.Seats], s => book.Release(s.Instance));
                alive.Remove(goes);
                continue;
            }

            var demand = Demand(seed, turn);
            if (book.Place(demand) is { Placed: true } result)
            {
                book.Settle(result, demand);
                alive.Add(demand);
            }
        }

        return alive;
    }

    [Fact, Trait("spec", "P1")]
    public void No_node_is_ever_over_committed_and_the_figures_add_up() => ForAnySeed(seed =>
    {
        var book = Book(Nodes(seed));
        Live(book, seed, 40);
        return book.Nodes.All(n => book.FreeOf(n.Id) == book.On(n.Id).Aggregate(n.Total, (f, o) => f - o.Needs)
                && Resources.None.FitsIn(book.FreeOf(n.Id)))
            && book.CoresUsed == book.Nodes.Sum(n => n.Total.Cores - book.FreeOf(n.Id).Cores);
    });

    [Fact, Trait("spec", "P1")]
    public void No_fault_domain_hosts_more_than_half_of_a_role_and_no_node_two_of_its_update_domains() => ForAnySeed(seed =>
    {
        var book = Book(Nodes(seed));
        return Live(book, seed, 40).Where(d => d.Group is not null).All(d =>
            (d.Seats.Length < 2 || book.CountsPerFaultDomain(d.Group!.Value).Values.Max() <= (d.Seats.Length + 1) / 2)
            && book.MembersOf(d.Group!.Value).GroupBy(m => m.Node)
                .All(g => g.Select(m => m.Occupant.UpdateDomain).Distinct().Count() == 1));
    });

    [Fact, Trait("spec", "P4")]
    public void A_deployment_is_placed_whole_or_not_at_all_and_placing_changes_nothing() => ForAnySeed(seed =>
    {
        var book = Book(Nodes(seed));
        Live(book, seed, 30);
        var before = (Towns.Print(book), book.CoresUsed);
        GroupDemand[] demands = [Demand(seed, 1_000), Demand(seed, 1_001, mostSeats: 30)];
        var result = book.Place(demands);
        return before == (Towns.Print(book), book.CoresUsed)
            && result.Placed == result.NoRoom is null
            && (!result.Placed || result.Placement!.Instances.Select(p => p.Instance)
                .SequenceEqual(demands.SelectMany(d => d.Seats).Select(s => s.Instance)));
    });

    [Fact, Trait("spec", "P4")]
    public void Deleting_what_was_created_leaves_the_book_as_it_was() => ForAnySeed(seed =>
    {
        var book = Book(Nodes(seed));
        var free = book.Nodes.Select(n => book.FreeOf(n.Id)).ToList();
        var alive = Live(book, seed, 30);
        alive.ForEach(d => Array.ForEach([.. d.Seats], s => book.Release(s.Instance)));
        return book.CoresUsed == 0 && book.InstanceCount == 0 && !book.Release(new("nobody"))
            && book.Nodes.Select(n => book.FreeOf(n.Id)).SequenceEqual(free);
    });

    [Fact, Trait("spec", "P2")]
    public void The_index_finds_what_a_full_scan_finds() => ForAnySeed(seed =>
    {
        var book = Book(Nodes(seed, most: 60));
        Live(book, seed, 60);
        foreach (var demand in Enumerable.Range(2_000, 8).Select(n => Demand(seed, n)))
        {
            var request = new PlacementRequest("scan", [demand with { Seats = [demand.Seats[0]] }]);
            var report = Allocator.Place(book, request, new PlacementSettings { AllNodes = true }).Report.Groups[0];
            var scanned = report.AllNodes.Where(v => v.Scores is not null)
                .Select(v => v.Scores!.Value.Total).OrderDescending().Take(8);
            if (!scanned.SequenceEqual(report.Best.Select(b => b.Scores.Total))
                || report.Eligible + report.TurnedAway.Sum(t => t.Nodes) != report.Nodes
                || report.Eligible != report.AllNodes.Count(v => v.TurnedAwayBy is null))
            {
                return false;
            }
        }

        return true;
    });

    /// <summary>The same where nothing is as usual: nodes of all shapes that come and go, update domains mixed, any weights.</summary>
    [Fact, Trait("spec", "P2")]
    public void The_index_finds_what_a_full_scan_finds_whatever_the_nodes_and_the_weights() => ForAnySeed(seed =>
    {
        var book = new ClusterCapacity(new("c"));
        var nodes = Enumerable.Range(0, 2 + Pick(seed, "nodes", 0, 22)).Select(n => Odd(seed, n)).ToList();
        foreach (var (node, n) in nodes.Select((node, n) => (node, n)))
        {
            book.AddNode(node, schedulable: Pick(seed, "open", n, 8) > 0);
            Mix(book, seed, node, n);
            if (Pick(seed, "goes", n, 4) == 0 && nodes[Pick(seed, "who", n, n + 1)] is var goes && book.Knows(goes.Id))
            {
                Array.ForEach([.. book.On(goes.Id)], o => book.Release(o.Instance));
                book.RemoveNode(goes.Id);
            }
        }

        Array.ForEach([.. nodes.Where(n => book.Knows(n.Id)).SelectMany(n => book.On(n.Id))],
            o => _ = Pick(seed, o.Instance.Value, 9, 3) == 0 && book.Release(o.Instance));
        return Enumerable.Range(0, 6).All(n =>
        {
            var weights = Enumerable.Range(0, 5).Select(w => (double)Pick(seed, $"weight{w}", n, 4) * Pick(seed, $"times{w}", n, 30)).ToArray();
            var settings = new PlacementSettings
            {
                AllNodes = true,
                SameUpdateDomainIndexWeight = weights[0],
                SpreadWiderWeight = weights[1],
                PacksTightlyWeight = weights[2],
                KeepsNodesEmptyWeight = weights[3],
                NearTheServiceWeight = weights[4],
                BestNodes = 1 + Pick(seed, "best", n, 5),
            };
            var seat = Towns.Want($"{(Pick(seed, "group", n, 4) == 0 ? "new" : "mix")}.x{n}/ud{Pick(seed, "ud", n, 4)}");
            var demand = seat with
            {
                Group = Pick(seed, "lone", n, 3) == 0 ? null : seat.Group,
                Size = new("odd", "any", new(Pick(seed, "cores", n, 900), Pick(seed, "memory", n, 9_000), Pick(seed, "disk", n, 3) * 20, 0)),
            };
            var report = Allocator.Place(book, new PlacementRequest("scan", [demand]), settings).Report.Groups[0];
            return report.AllNodes.Where(v => v.Scores is not null).Select(v => v.Scores!.Value.Total).OrderDescending().Take(settings.BestNodes)
                    .SequenceEqual(report.Best.Select(b => b.Scores.Total))
                && report.Eligible == report.AllNodes.Count(v => v.TurnedAwayBy is null)
                && report.TurnedAway.All(t => report.AllNodes.Count(v => v.TurnedAwayBy == t.Constraint) == t.Nodes);
        });
    }, cases: 150);

    private static NodeCapacity Odd(ulong seed, int n) => new(
        new($"n{n}"), new($"r{n}"), Pick(seed, "rack", n, 7), "any",
        new(100 + Pick(seed, "cores", n, 1_600), 1_000 + Pick(seed, "memory", n, 16_000), 50 + Pick(seed, "disk", n, 50), 1_000));

    // One or two instances of a group that is spread, and one of nobody's, where they fit.
    private static void Mix(ClusterCapacity book, ulong seed, NodeCapacity node, int n)
    {
        foreach (var i in Enumerable.Range(0, Pick(seed, "stand", n, 4)))
        {
            var needs = new Resources(Pick(seed, $"takes{i}", n, 700), Pick(seed, $"fills{i}", n, 5_000), 10, 10);
            var who = Towns.Member($"{(i == 0 ? "mix" : $"g{n}-{i}")}.{n}-{i}/ud{Pick(seed, $"ud{i}", n, 4)}", needs);
            if (needs.FitsIn(book.FreeOf(node.Id)))
            {
                book.Occupy(node.Id, i == 2 ? who with { Group = null } : who);
            }
        }
    }

    [Fact, Trait("spec", "P2")]
    public void An_index_that_went_through_many_changes_equals_a_fresh_one() => ForAnySeed(seed =>
    {
        var book = Book(Nodes(seed));
        Live(book, seed, 60);
        var nodes = book.Nodes.ToList();
        book.AddNode(nodes[0] with { Id = new("extra") }, schedulable: true);
        book.RemoveNode(new("extra"));
        var fresh = Book(nodes);
        foreach (var node in nodes)
        {
            Array.ForEach([.. book.On(node.Id)], o => fresh.Occupy(node.Id, o));
        }

        var demand = Demand(seed, 3_000);
        var (aged, young) = (book.Place(demand), fresh.Place(demand));
        return aged.Placed == young.Placed
            && aged.Report.Groups[0].Best.Select(b => b.Scores).SequenceEqual(young.Report.Groups[0].Best.Select(b => b.Scores));
    });

    [Fact, Trait("spec", "P2")]
    public void The_order_of_nodes_does_not_change_the_winners_score() => ForAnySeed(seed =>
    {
        var nodes = Nodes(seed);
        var (forward, backward) = (Book(nodes), Book(Enumerable.Reverse(nodes)));
        foreach (var node in nodes.Where(n => Pick(seed, n.Id.Value, 0, 2) == 0))
        {
            var occupant = Towns.Member($"x.{node.Id}/ud{Pick(seed, node.Id.Value, 1, 5)}", Towns.Cores(1).Needs);
            forward.Occupy(node.Id, occupant);
            backward.Occupy(node.Id, occupant);
        }

        var demand = Demand(seed, 1);
        return forward.Place(demand).Report.Groups[0].Best[0].Scores == backward.Place(demand).Report.Groups[0].Best[0].Scores;
    });

    [Fact, Trait("spec", "P4")]
    public void On_a_tiny_cluster_whatever_brute_force_can_place_is_placed() => ForAnySeed(
        seed =>
        {
            var nodes = Nodes(seed, most: 5);
            var book = Book(nodes);
            foreach (var node in nodes)
            {
                var needs = Towns.Cores(Pick(seed, node.Id.Value, 2, 5)).Needs;
                book.Occupy(node.Id, new(new($"x{node.Id}"), null, 0, needs, null, false));
            }

            GroupDemand[] demands = [Demand(seed, 1, mostSeats: 4), Demand(seed, 2, mostSeats: 3)];
            return BruteForce.CanPlace(book, demands) == book.Place(demands).Placed;
        },
        cases: 300);
}
