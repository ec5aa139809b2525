using Rdfe.Domain.Bundles;

namespace Rdfe.Domain.Tests.Bundles;

[Trait("spec", "F5")]
public sealed class CompatibilityMatrixTests
{
    private static readonly VersionSet Old = Shipped.Bundles().FirstVersions;

    private static readonly CompatibilityMatrix Matrix = CompatibilityMatrix.Of(Shipped.Bundles().Bundles);

    [Fact]
    public void A_119_plug_in_does_not_go_with_a_118_agent_and_the_pair_is_told_once_with_its_nodes()
    {
        var pairs = Matrix.Check([On(Old), On(Old), On(Old.With(Shipped.Bundles().Find("119.1")!.Versions))], new VersionSet(NetworkAgent: "119.1"));

        var pair = Assert.Single(pairs, p => p.Of is Component.HostAgent || p.With is Component.HostAgent);
        Assert.Equal(2, pair.Nodes);
        Assert.Contains("2 nodes would have", pair.Sentence, StringComparison.Ordinal);
        Assert.Contains("hostAgent", pair.Sentence, StringComparison.Ordinal);
        Assert.Contains("of one generation", pair.Sentence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("118.2", true)]
    [InlineData("119.1", true)]
    [InlineData("119.2", true)]
    public void A_whole_bundle_goes_onto_what_nodes_have_at_first(string bundle, bool goes) =>
        Assert.Equal(goes, Matrix.Check([On(Old)], Shipped.Bundles().Find(bundle)!.Versions).IsEmpty);

    [Fact]
    public void A_host_agent_needs_its_host_OS()
    {
        var pair = Assert.Single(
            Matrix.Check([On(Old)], Shipped.Bundles().Find("119.1")!.Versions.With(Component.HostOs, null)));

        Assert.Equal((Component.HostOs, "118.1", Component.HostAgent, "119.1"), (pair.Of, pair.OfVersion, pair.With, pair.WithVersion));
        Assert.Contains("119 or newer", pair.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Guests_that_run_an_older_agent_are_asked_as_well_unless_they_get_the_new_one()
    {
        var strict = Bundle.Read("x", """{ "versions": { "hostAgent": "118.3", "guestAgent": "118.3" }, "requires": [{ "of": "hostAgent", "component": "guestAgent", "from": "118.2" }] }""").Value;
        var matrix = CompatibilityMatrix.Of([strict]);
        var node = new NodeVersions(Old.With(Component.GuestAgent, "118.2"), ["118.2", "118.1"]);

        Assert.Equal("118.1", Assert.Single(matrix.Check([node], new VersionSet(HostAgent: "118.3"))).WithVersion);
        Assert.Empty(matrix.Check([node], strict.Versions));
        Assert.Empty(matrix.Check([node with { GuestAgents = ["118.2"] }], new VersionSet(HostAgent: "118.3")));
    }

    [Fact]
    public void What_is_wrong_already_is_no_reason_to_refuse_what_does_not_touch_it()
    {
        var broken = On(Old.With(Component.NetworkAgent, "119.1"));

        Assert.Empty(Matrix.Check([broken], new VersionSet(GuestAgent: "118.2")));
        Assert.NotEmpty(Matrix.Check([broken], new VersionSet(HostAgent: "118.2")));
        Assert.Empty(Matrix.Check([broken], Shipped.Bundles().Find("119.2")!.Versions));
    }

    [Theory]
    [InlineData("119", "120", "119.2", true)]
    [InlineData("119", "120", "120.0", false)]
    [InlineData("119", null, "118.9", false)]
    [InlineData(null, "119", "118.10", true)]
    public void A_range_is_from_one_version_up_to_and_without_another(string? from, string? below, string version, bool takes) =>
        Assert.Equal(takes, new VersionRange([], from, below).Takes(version));

    [Fact]
    public void Only_what_boots_a_node_reboots_it_and_only_where_it_changes()
    {
        Assert.False(Shipped.Bundles().Find("118.2")!.Versions.Reboots(Old));
        Assert.True(Shipped.Bundles().Find("119.1")!.Versions.Reboots(Old));
        Assert.False(Old.Reboots(Old));
        Assert.True(Old.With(Component.NetworkAgent, "119.1").LosesNetwork);
        Assert.False(Old.With(Component.NetworkAgent, "118.9").LosesNetwork);
    }

    private static NodeVersions On(VersionSet versions) => new(versions, []);
}
