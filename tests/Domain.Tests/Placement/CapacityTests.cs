using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Tests.Placement;

/// <summary>The capacity book (P1, P6): what it counts, and what it refuses to write; the book is then as it was.</summary>
[Trait("spec", "P1")]
public sealed class CapacityTests
{
    private const string Town = "rack1  n1 web.0/ud0 web.2/ud0  n2 vm.\nrack2  n3 web.1/ud1";

    private readonly ClusterCapacity book = new(new("c1"));

    public CapacityTests()
    {
        foreach (var (id, rack) in new[] { ("n1", 0), ("n2", 0), ("n3", 1) })
        {
            book.AddNode(new(new(id), new($"rack{rack + 1}"), rack, "any", Towns.Node), schedulable: true);
        }

        Stands("n1", "web.0/ud0");
        Stands("n1", "web.2/ud0");
        Stands("n2", "vm.");
        Stands("n3", "web.1/ud1");
    }

    private void Stands(string node, string who, Func<Occupant, Occupant>? but = null) =>
        book.Occupy(new(node), (but ?? (o => o))(Towns.Member(who, Towns.Cores(1).Needs)));

    private void Refused(string because, Action write)
    {
        var before = (Towns.Print(book), book.CoresUsed, book.CoresAllocatable, book.InstanceCount);
        Assert.Equal(because, Assert.ThrowsAny<Exception>(write).Message);
        Assert.Equal(before, (Towns.Print(book), book.CoresUsed, book.CoresAllocatable, book.InstanceCount));
        Assert.Equal(Town, Towns.Print(book));
    }

    [Fact]
    public void What_can_not_be_is_not_written()
    {
        Refused("Node n1 is in the book already.", () => book.AddNode(new(new("n1"), new("rack1"), 0, "any", Towns.Node), true));
        Refused("Node n9 is not in the book of c1.", () => book.FreeOf(new("n9")));
        Refused("Node n2 still hosts vm.", () => book.RemoveNode(new("n2")));
        Refused("Node n2 can't be contoso's: it hosts vm.", () => book.SetOwner(new("n2"), "contoso"));
        Refused("web.3 has update domain 20.", () => Stands("n1", "web.3/ud20"));
        Refused("web.3 has update domain -1.", () => Stands("n1", "web.3/ud-1"));
        Refused("vm stands on n2 already.", () => Stands("n3", "vm."));
        Refused("vm stands on n2 already.", () => Stands("n2", "vm."));
        Refused($"Over-commit: all needs {Towns.Node} on n2, where {book.FreeOf(new("n2"))} is free.",
            () => book.Occupy(new("n2"), Towns.Member("all.", Towns.Node)));
        Refused($"Over-commit: own needs {Towns.Cores(1).Needs} on n2, where {book.FreeOf(new("n2"))} is free.",
            () => Stands("n2", "own.", o => o with { Isolated = true }));
        Assert.Throws<ArgumentOutOfRangeException>(() => book.AddNode(new(new("n9"), new("rack9"), -1, "any", Towns.Node), true));
    }

    [Fact]
    public void An_update_domain_means_nothing_without_a_group()
    {
        Stands("n2", "lone.", o => o with { UpdateDomain = 99 });
        Assert.Equal(new NodeId("n2"), book.NodeOf(new("lone")));
    }

    [Fact]
    public void It_counts_members_by_where_they_stand_and_places_kept_for_arrivals_are_no_members()
    {
        var web = new GroupId("web");
        Stands("n2", "web.9/ud1", o => o with { IsArrival = true });
        Assert.Equal([new("n1"), new("n1"), new("n3")], book.MembersOf(web).Select(m => m.Node));
        Assert.Equal("0:2 1:1", string.Join(' ', book.CountsPerFaultDomain(web).OrderBy(c => c.Key).Select(c => $"{c.Key}:{c.Value}")));
        Assert.Equal([2, 1, 0], book.CountsPerUpdateDomain(web, 3));
        Assert.Equal("n1:2 n3:1", string.Join(' ', book.CountsPerNode(web).OrderBy(c => c.Key.Value, StringComparer.Ordinal).Select(c => $"{c.Key}:{c.Value}")));
        Assert.Empty(book.MembersOf(new("nobody")));
        Assert.Null(book.NodeOf(new("nobody")));
    }

    [Fact]
    public void A_member_that_left_is_no_member()
    {
        Assert.True(book.Release(new("web.1")));
        Assert.False(book.Release(new("web.1")));
        Assert.Equal(2, book.MembersOf(new("web")).Count());
        book.Release(new("web.0"));
        book.Release(new("web.2"));
        Assert.Empty(book.MembersOf(new("web")));
        Assert.Equal((1, 1_00L), (book.InstanceCount, book.CoresUsed));
    }

    [Fact]
    public void A_node_that_goes_is_forgotten_with_all_that_it_counted_for()
    {
        book.AddNode(new(new("g1"), new("rack3"), 4, "gpu", Towns.Node), schedulable: true);
        book.SetOwner(new("g1"), "contoso");
        Assert.Equal((5, 4, 16_00L, 8_00L), (book.FaultDomainCount, book.NodeCount, book.CoresAllocatable, book.CoresUsed));
        Assert.Equal(["any", "gpu"], book.Families);
        book.AddNode(new(new("a1"), new("rack4"), 5, "a family before", Towns.Node), schedulable: false);
        Assert.Equal(["a1", "n1", "n2", "n3", "g1"], book.Nodes.Select(n => n.Id.Value));
        book.RemoveNode(new("a1"));

        book.RemoveNode(new("g1"));
        Assert.Equal((3, 12_00L, 4_00L), (book.NodeCount, book.CoresAllocatable, book.CoresUsed));
        Assert.Equal(["any"], book.Families);
        Assert.False(book.Knows(new("g1")));
        Assert.Equal(Town, Towns.Print(book));
        Assert.False(book.Place(Towns.Want("x.") with { Owner = "contoso" }).Placed);
    }

    [Fact]
    public void Nodes_that_move_up_keep_who_stands_on_them()
    {
        book.Release(new("web.0"));
        book.Release(new("web.2"));
        Assert.Empty(book.On(new("n1")));
        book.RemoveNode(new("n1"));
        Assert.Equal("rack1  n2 vm.\nrack2  n3 web.1/ud1", Towns.Print(book));
        var placed = book.Place(Towns.Want("x.", cores: 3));
        Assert.Equal(new NodeId("n2"), placed.Placement!.Instances[0].Node);
        Assert.Equal(2, placed.Report.Groups[0].Eligible);
        Stands("n2", "more.");
        Assert.Equal(new NodeId("n3"), book.Place(Towns.Want("x.", cores: 3)).Placement!.Instances[0].Node);
    }

    [Fact, Trait("spec", "P6")]
    public void A_node_that_is_shared_again_counts_for_what_stands_on_it()
    {
        book.AddNode(new(new("n4"), new("rack2"), 1, "any", Towns.Node), schedulable: true);
        book.SetOwner(new("n4"), "contoso");
        Assert.Equal(8_00, book.CoresUsed);
        Stands("n4", "theirs.", o => o with { Owner = "contoso" });
        Assert.Equal(8_00, book.CoresUsed);
        book.SetOwner(new("n4"), "contoso");
        Assert.Throws<InvalidOperationException>(() => book.SetOwner(new("n4"), "fabrikam"));
        book.SetOwner(new("n4"), null);
        Assert.Equal(5_00, book.CoresUsed);
        Assert.False(book.Place(Towns.Want("x.") with { Owner = "contoso" }).Placed);
        Stands("n4", "anybody.");
    }

    [Fact, Trait("spec", "P6")]
    public void A_node_that_one_has_for_itself_takes_nobody_else_even_of_its_owner()
    {
        book.AddNode(new(new("n4"), new("rack2"), 1, "any", Towns.Node), schedulable: true);
        book.SetOwner(new("n4"), "contoso");
        Stands("n4", "alone.", o => o with { Owner = "contoso", Isolated = true });
        Assert.Throws<InvalidOperationException>(() => book.Occupy(new("n4"), Towns.Member("none.", default) with { Owner = "contoso" }));
        Assert.Equal(Constraint.DedicatedTo, book.Place(Towns.Want("none.") with { Owner = "contoso", Size = new("None", "any", default) }).NoRoom!.Bound);
    }
}
