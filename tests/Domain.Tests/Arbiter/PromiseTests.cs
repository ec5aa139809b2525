using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Health;

namespace Rdfe.Domain.Tests.Arbiter;

/// <summary>M1, the promise asked directly: instances as text (see <see cref="Parish"/>), and what forbids to take one down.</summary>
[Trait("spec", "M1")]
public sealed class PromiseTests
{
    private static readonly HealthSettings Figures = Parish.Figures.Health;

    [Theory]
    // Who else is down.
    [InlineData("web.0/ud0 n1 | web.1/ud1 n2", "nothing")]
    [InlineData("web.0/ud0 n1 | web.1/ud1 n2 booting", "promise@web.1@0")]
    [InlineData("web.0/ud0 n1 | web.1/ud0 n2 booting", "nothing")]
    [InlineData("web.0/ud0 n1 | api.1/ud1 n2 booting", "nothing")]
    [InlineData("lone.0/ud0 n1 | lone.1/ud1 n2 booting", "nothing", "lone.0")]
    [InlineData("web.0/ud0 n1 | web.1/ud0 n2 booting | web.2/ud2 n3 booting | web.3/ud3 n1 booting", "promise@web.2@0")]
    [InlineData("web.0/ud0 n1 | web.1/ud1 n2 stopped", "nothing")]
    [InlineData("web.0/ud0 n1 | web.1/ud1 n2 oldrole", "promise@web.1@0")]
    [InlineData("web.0/ud0 n1 | web.1/ud1 n2 silent", "promise@web.1@0")]
    [InlineData("web.0/ud0 n1 | web.1/ud1 n2 unresponsive", "promise@web.1@0")]
    [InlineData("web.0/ud0 n1 | web.1/ud1 n2 probelost", "promise@web.1@0")]
    // One that is granted is as good as down; one that waits is not.
    [InlineData("web.0/ud0 n1 | web.1/ud1 n2 wants:restart", "nothing")]
    [InlineData("web.0/ud0 n1 | web.1/ud1 n2 wants:restart drains:4", "promise@web.1@0")]
    // So is one whose node is told to go down, however well it still is, or whatever is planned for it.
    [InlineData("web.0/ud0 n1 | web.1/ud1 n2 goesdown:4", "promise@web.1@0")]
    [InlineData("web.0/ud0 n1 | web.1/ud1 n2 goesdown:0 wants:restart", "promise@web.1@0")]
    [InlineData("web.0/ud0 n1 | web.1/ud1 n2 goesdown:0 stopped", "nothing")]
    [InlineData("web.0/ud0 n1 | web.1/ud1 n2 restarted:-20 goesdown:4", "promise@web.1@0")]
    [InlineData("web.0/ud0 n1 goesdown:4 | web.1/ud1 n2 booting", "nothing")]
    // It holds others for 15 min after its restart, and not a moment longer; not counting while it is drained anew.
    [InlineData("web.0/ud0 n1 | web.1/ud1 n2 booting restarted:-5", "promise@web.1@0 until:10")]
    [InlineData("web.0/ud0 n1 | web.1/ud1 n2 booting restarted:-14.9", "promise@web.1@0 until:0.1")]
    [InlineData("web.0/ud0 n1 | web.1/ud1 n2 booting restarted:-15", "nothing")]
    [InlineData("web.0/ud0 n1 | web.1/ud1 n2 restarted:-20 wants:restart drains:4", "promise@web.1@0")]
    [InlineData("web.0/ud0 n1 | web.1/ud1 n2 booting restarted:-15 | web.2/ud2 n2 booting", "promise@web.2@0")]
    // What serves nobody may always be taken; what is only not heard may well serve.
    [InlineData("web.0/ud0 n1 booting | web.1/ud1 n2 booting", "nothing")]
    [InlineData("web.0/ud0 n1 oldrole | web.1/ud1 n2 booting", "nothing")]
    [InlineData("web.0/ud0 n1 unresponsive | web.1/ud1 n2 booting", "nothing")]
    [InlineData("web.0/ud0 n1 probelost | web.1/ud1 n2 booting", "nothing")]
    [InlineData("web.0/ud0 n1 wants:restart drains:4 | web.1/ud1 n2 booting", "nothing")]
    [InlineData("web.0/ud0 n1 wants:restart | web.1/ud1 n2 booting", "promise@web.1@0")]
    [InlineData("web.0/ud0 n1 silent | web.1/ud1 n2 booting", "promise@web.1@0")]
    public void One_may_go_down_while_no_other_update_domain_is_down(string instances, string forbidden, string asked = "web.0")
    {
        var parish = new Parish(instances);
        Assert.Equal(forbidden, Parish.Print(Promise.Forbids(parish.State, parish[asked], Parish.Now, Figures)));
    }

    [Theory]
    [InlineData("web.0/ud0 n1 | web.1/ud0 n1", "nothing")]
    [InlineData("web.0/ud0 n1 | web.1/ud1 n1", "promise@web.0@0")]
    [InlineData("web.0/ud0 n1 | api.1/ud1 n1", "nothing")]
    [InlineData("lone.0/ud0 n1 | lone.1/ud1 n1", "nothing")]
    [InlineData("web.0/ud0 n1 | web.1/ud1 n1 unresponsive", "promise@web.1@0")]
    [InlineData("web.0/ud0 n1 | web.1/ud1 n1 booting restarted:-15", "nothing")]
    [InlineData("api.0/ud0 n1 | web.0/ud0 n1 | web.1/ud1 n1", "promise@web.0@0")]
    [InlineData("api.0/ud0 n1 | web.0/ud0 n1 | web.1/ud1 n2 booting", "promise@web.1@0")]
    [InlineData("web.0/ud0 n1 | web.1/ud1 n2 booting | web.2/ud2 n1", "promise@web.1@0")]
    public void A_node_may_go_down_when_all_on_it_may_and_no_two_update_domains_are_on_it(string instances, string forbidden)
    {
        var parish = new Parish(instances);
        var taken = parish.State.On(parish.Nodes[0]).ToList();
        Assert.Equal(forbidden, Parish.Print(Promise.ForbidsAll(parish.State, taken, Parish.Now, Figures)));
    }

    [Fact]
    public void It_says_because_of_whom_and_what_would_end_it()
    {
        var parish = new Parish("web.0/ud0 n1 | web.1/ud1 n2 booting restarted:-5");
        var held = Promise.Forbids(parish.State, parish["web.0"], Parish.Now, Figures)!;
        Assert.Equal($"web has update domain 1 down (web.1 on {parish.Nodes[1]}).", held.Detail);
        Assert.Equal("web.1 is healthy, or down for 15 min after its restart.", held.UnblockedBy);

        var together = Promise.ForbidsAll(parish.State, [parish["web.0"], parish["web.0"] with { UpdateDomain = 3 }], Parish.Now + Duration.FromHours(1), Figures)!;
        Assert.Equal("Two update domains of web would go down together.", together.Detail);
    }

    [Fact]
    public void One_without_a_node_is_named_without_one()
    {
        var parish = new Parish("web.0/ud0 n1 | web.1/ud1 n2 booting");
        parish.State.Put(parish["web.1"] with { Node = null });
        Assert.Equal("web has update domain 1 down (web.1).", Promise.Forbids(parish.State, parish["web.0"], Parish.Now, Figures)!.Detail);
    }

    private static Blocker Wait(string code, string resource, int since, int? until = null) => new(
        code, Parish.Now + Duration.FromMinutes(since), resource, $"since {since}", "",
        until is { } u ? Parish.Now + Duration.FromMinutes(u) : null);

    [Fact]
    public void A_wait_that_is_seen_again_began_when_it_was_first_seen()
    {
        var now = Wait("promise", "web.1", 0, 10);
        Assert.Equal("promise@web.1@0 until:10", Parish.Print(now.Continuing(null)));
        Assert.Equal("promise@web.1@-9 until:10", Parish.Print(now.Continuing(Wait("promise", "web.1", -9))));
        Assert.Equal("promise@web.1@0 until:10", Parish.Print(now.Continuing(Wait("promise", "web.2", -9))));
        Assert.Equal("promise@web.1@0 until:10", Parish.Print(now.Continuing(Wait("noRoom", "web.1", -9))));
    }

    [Fact]
    public void Two_waits_are_the_same_where_what_is_waited_for_is_and_until_when()
    {
        var wait = Wait("promise", "web.1", 0, 10);
        Assert.True(Blocker.AreSame(wait, Wait("promise", "web.1", -9, 10)));
        Assert.True(Blocker.AreSame(null, null));
        Assert.False(Blocker.AreSame(wait, null));
        Assert.False(Blocker.AreSame(null, wait));
        Assert.False(Blocker.AreSame(wait, Wait("noRoom", "web.1", 0, 10)));
        Assert.False(Blocker.AreSame(wait, Wait("promise", "web.2", 0, 10)));
        Assert.False(Blocker.AreSame(wait, Wait("promise", "web.1", 0, 11)));
        Assert.False(Blocker.AreSame(wait, Wait("promise", "web.1", 0)));
    }
}
