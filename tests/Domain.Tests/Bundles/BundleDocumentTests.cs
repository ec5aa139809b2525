using Rdfe.Domain.Bundles;

namespace Rdfe.Domain.Tests.Bundles;

[Trait("spec", "F5")]
public sealed class BundleDocumentTests
{
    [Fact]
    public void The_shipped_bundles_are_two_generations_each_with_its_repair()
    {
        var shelf = Shipped.Bundles();

        Assert.Equal(["118.1", "118.2", "119.1", "119.2"], shelf.Bundles.Select(b => b.Name));
        Assert.Equal("118.1", shelf.First);
        Assert.All(VersionSet.Components, c => Assert.NotNull(shelf.FirstVersions[c]));
    }

    [Fact]
    public void Each_bundle_goes_together_with_itself_on_a_node_that_has_all_of_it()
    {
        var matrix = CompatibilityMatrix.Of(Shipped.Bundles().Bundles);

        Assert.All(Shipped.Bundles().Bundles, b => Assert.Empty(matrix.Check([new NodeVersions(Shipped.Bundles().FirstVersions, ["118.1"])], b.Versions)));
    }

    [Theory]
    [InlineData("""{ }""", "$.versions")]
    [InlineData("""{ "versions": { } }""", "$.versions")]
    [InlineData("""{ "versions": { "kernel": "1" } }""", "$.versions.kernel")]
    [InlineData("""{ "versions": { "hostOs": 1 } }""", "$.versions.hostOs")]
    [InlineData("""{ "versions": { "hostOs": "" } }""", "$.versions.hostOs")]
    [InlineData("""{ "versions": { "hostOs": "1" }, "requires": [{ "component": "x", "from": "1" }] }""", "$.requires[0].component")]
    [InlineData("""{ "versions": { "hostOs": "1" }, "requires": [{ "component": "firmware" }] }""", "$.requires[0]")]
    [InlineData("""{ "versions": { "hostOs": "1" }, "requires": [{ "component": "firmware", "from": "1", "versions": ["1"] }] }""", "$.requires[0]")]
    [InlineData("""{ "versions": { "hostOs": "1" }, "requires": [{ "component": "firmware", "versions": [] }] }""", "$.requires[0].versions")]
    [InlineData("""{ "versions": { "hostOs": "1" }, "requires": [{ "component": "firmware", "versions": [""] }] }""", "$.requires[0].versions[0]")]
    [InlineData("""{ "versions": { "hostOs": "1" }, "requires": [{ "component": "firmware", "from": "1", "of": "hostAgent" }] }""", "$.requires[0].of")]
    [InlineData("""{ "versions": { "hostOs": "1" }, "requires": [{ "component": "hostOs", "from": "1", "of": "hostOs" }] }""", "$.requires[0].of")]
    [InlineData("""{ "versions": { "hostOs": "1" }, "sameGeneration": ["hostOs"] }""", "$.sameGeneration")]
    [InlineData("""{ "versions": { "hostOs": "1" }, "sameGeneration": ["hostOs", "hostOs"] }""", "$.sameGeneration[1]")]
    [InlineData("""{ "versions": { "hostOs": "1" }, "sameGeneration": ["hostAgent", "networkAgent"] }""", "$.sameGeneration")]
    [InlineData("""{ "versions": { "hostOs": "1" }, "notes": 3 }""", "$.notes")]
    public void An_error_is_told_at_its_place(string json, string path)
    {
        var refusal = Bundle.Read("b", json).Refusal!;

        Assert.Equal(Bundle.Invalid, refusal.Code);
        Assert.Contains(path, refusal.Errors.Keys);
    }

    [Fact]
    public void The_first_bundle_of_a_list_is_one_of_it_and_is_complete()
    {
        static IEnumerable<string> Errors(string first) => BundleShelf.Read(
            $$"""{ "first": "{{first}}", "bundles": [{ "name": "a", "versions": { "hostOs": "1" } }, { "name": "A", "versions": { "hostOs": "1" } }] }""")
            .Refusal!.Errors.Keys;

        Assert.Contains("$.first", Errors("a"));
        Assert.Contains("$.bundles[1].name", Errors("a"));
        Assert.Contains("$.first", BundleShelf.Read("""{ "first": "b", "bundles": [{ "name": "a", "versions": { "hostOs": "1" } }] }""").Refusal!.Errors.Keys);
    }
}
