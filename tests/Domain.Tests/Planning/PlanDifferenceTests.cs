using NodaTime;
using Rdfe.Domain.Planning;

namespace Rdfe.Domain.Tests.Planning;

/// <summary>M1: what of a cluster has changed since a plan was made of it. The notation stands in <see cref="Hamlet"/>, lines end with |.</summary>
[Trait("spec", "M1")]
public sealed class PlanDifferenceTests
{
    private const string Was = "n1 20 web.0/ud0 db.0/ud0 | n2 20 web.1/ud1 | n3 20 -";

    private static MaintenanceInventory Town(string text) => Hamlet.Of(text.Replace('|', '\n'));

    [Theory]
    [InlineData("n1 20 web.0/ud0 db.0/ud0 | n2 20 web.1/ud1 | n3 20 -", "Nothing differs.")]
    [InlineData("n3 20 - | n2 20 web.1/ud1 | n1 20 db.0/ud0 web.0/ud0", "Nothing differs.")]
    [InlineData("n1 99 web.0/ud0 db.0/ud0 | n2 20 web.1/ud1! began-5 | n3 20 - free2", "Nothing differs.")]
    [InlineData("n1 20 web.0/ud0 db.0/ud0 | n2 20 web.1/ud1", "1 nodes are gone (n3).")]
    [InlineData("n1 20 web.0/ud0 db.0/ud0 | n2 20 web.1/ud1 | n3 20 - | n5 20 - | n4 20 -", "2 nodes have come (n4 …).")]
    [InlineData("n1 20 web.0/ud0 db.0/ud0 | n2 20 web.1/ud1 done | n3 20 -", "1 nodes have another version or are due otherwise (n2).")]
    [InlineData("n1 20 web.0/ud0 | n2 20 web.1/ud1 | n3 20 -", "1 instances are gone (db.0).")]
    [InlineData("n1 20 - | n2 20 web.1/ud1 | n3 20 -", "2 instances are gone (db.0 …).")]
    [InlineData("n1 20 web.0/ud0 db.0/ud0 | n2 20 web.1/ud1 | n3 20 web.2/ud0", "1 instances have come (web.2).")]
    [InlineData("n1 20 - | n2 20 web.1/ud1 | n3 20 web.0/ud0 db.0/ud0", "2 instances stand elsewhere (db.0 …).")]
    [InlineData("n1 20 web.0/ud3 db.0/ud0 | n2 20 web.1/ud1 | n3 20 -", "1 instances have another group or update domain (web.0).")]
    public void Each_kind_is_counted_and_its_first_by_id_is_named(string now, string detail)
    {
        var difference = PlanDifference.Since(MaintenancePlanner.Plan(Town(Was)), Town(now));
        Assert.Equal((detail, detail == "Nothing differs."), (difference.Detail, difference.IsNone));
        Assert.Equal(difference.IsNone, PlanDifference.FingerprintOf(Town(Was)) == PlanDifference.FingerprintOf(Town(now)));
    }

    [Fact]
    public void Another_group_another_version_and_another_turn_count_each_by_itself()
    {
        var was = Town(Was);
        string Changed(Func<MaintainedNode, MaintainedNode> change)
        {
            var now = was with { Nodes = was.Nodes.SetItem(0, change(was.Nodes[0])) };
            Assert.NotEqual(PlanDifference.FingerprintOf(was), PlanDifference.FingerprintOf(now));
            return PlanDifference.Between(was, now).Detail;
        }

        Assert.Equal("1 nodes have another version or are due otherwise (n1).", Changed(n => n with { Version = "2" }));
        Assert.Equal("1 nodes have another version or are due otherwise (n1).", Changed(n => n with { Due = false }));
        Assert.Equal("1 instances have another group or update domain (db.0).", Changed(n => n with
        {
            Instances = [n.Instances[0], n.Instances[1] with { Group = null }],
        }));
    }

    [Fact]
    public void A_fingerprint_is_of_16_digits_and_tells_who_stands_where()
    {
        var swapped = Town("n1 20 web.1/ud1 | n2 20 web.0/ud0 db.0/ud0 | n3 20 -");
        Assert.NotEqual(PlanDifference.FingerprintOf(Town(Was)), PlanDifference.FingerprintOf(swapped));
        Assert.Matches("^[0-9a-f]{16}$", PlanDifference.FingerprintOf(Town(Was)));
    }

    [Fact, Trait("spec", "M4")]
    public void After_its_moves_a_cluster_has_them_where_they_went()
    {
        var town = Town("n1 20 web.0/ud0 web.1/ud1 free1 | n2 20 free2 | n3 20 -");
        PlannedMove Move(string instance, string from, string to) =>
            new(new(instance), new(from), new(to), Hamlet.Now, Hamlet.Now + Duration.FromMinutes(3), "");

        var after = town.After([Move("web.1", "n1", "n2"), Move("web.9", "n1", "n2"), Move("web.0", "n9", "n2"), Move("web.0", "n1", "n9")]);
        Assert.Equal("1 instances stand elsewhere (web.1).", PlanDifference.Between(town, after).Detail);
        Assert.Equal([2_00, 1_00, 0], after.Nodes.Select(n => n.Free.Cores));
        Assert.Same(town, town.After([]));
    }

    [Fact, Trait("spec", "M2")]
    public void A_plan_knows_when_an_instance_goes_down_and_how_long_all_takes()
    {
        var plan = MaintenancePlanner.Plan(Town("n1 20 web.0/ud0 | n2 30 web.1/ud1"));
        Assert.Equal(new("n2"), plan.WhenOf(new("web.1"))!.Node);
        Assert.Null(plan.WhenOf(new("web.9")));
        Assert.Equal(Duration.FromMinutes(50), plan.Takes);
        Assert.Equal(Duration.Zero, MaintenancePlanner.Plan(Town("n1 20 done")).Takes);
    }

    [Theory, Trait("spec", "M1")]
    [InlineData(WaitKind.Promise, "web has update domain 1 down (web.1 on n2), and web.0 is in another one.")]
    [InlineData(WaitKind.AlreadyDown, "web has update domain 1 down (web.1 on n2), and web.0 is in another one.")]
    [InlineData(WaitKind.MostAtOnce, "As many nodes are under way as may be.")]
    [InlineData(WaitKind.Yields, "It would hold up n2, which comes before it.")]
    [InlineData(WaitKind.MovesFirst, "web.1 is moved away first.")]
    [InlineData(WaitKind.TwoUpdateDomains, "It hosts two update domains of web: one of them has to be moved away first.")]
    public void Every_wait_has_its_sentence(WaitKind kind, string sentence)
    {
        Assert.Equal(sentence, new NodeWait(kind, new("web.0"), new("web"), new("web.1"), 1, new("n2")).Detail);
    }
}
