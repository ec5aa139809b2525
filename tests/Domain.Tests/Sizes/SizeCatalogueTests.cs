using Rdfe.Domain.Sizes;

namespace Rdfe.Domain.Tests.Sizes;

public sealed class SizeCatalogueTests
{
    private const string Small =
        """{ "family": "general", "cores": 1, "memoryMib": 1792, "localDiskGib": 225, "networkMbps": 100 }""";

    [Theory, Trait("spec", "D4")]
    [InlineData("default.json")]
    [InlineData("small.json")]
    public void Every_node_of_a_family_hosts_every_size_of_it(string topology)
    {
        var hardware = Shipped.Topology(topology).Hardware;

        Assert.Empty(Shipped.Sizes().NotHostedBy(Shipped.Topology(topology)));
        Assert.All(Shipped.Sizes().Sizes, size =>
            Assert.All(hardware.Where(h => h.Family == size.Family), h => Assert.True(size.Needs.FitsIn(h.Total), size.Name)));
    }

    [Fact, Trait("spec", "D4")]
    public void The_catalogue_has_the_classic_sizes_and_the_newer_families()
    {
        var sizes = Shipped.Sizes();
        var classic = new[] { "ExtraSmall", "Small", "Medium", "Large", "ExtraLarge", "A5", "A6", "A7" };

        Assert.Equal(
            ["50/768", "100/1792", "200/3584", "400/7168", "800/14336", "200/14336", "400/28672", "800/57344"],
            classic.Select(n => sizes.Find(n)!.Needs).Select(r => $"{r.Cores}/{r.MemoryMib}"));
        Assert.Equal(["D", "E", "F", "H", "M", "N", "general"],
            sizes.Sizes.Select(s => s.Family).Distinct().Order(StringComparer.Ordinal));
        Assert.Same(sizes.Find("Standard_D2"), sizes.Find("standard_d2"));
        Assert.Null(sizes.Find("Gigantic"));
    }

    [Fact, Trait("spec", "D4")]
    public void What_no_empty_node_could_host_is_named()
    {
        var huge = SizeCatalogue.ReadSize("Huge", Small.With("cores", "17")).Value;
        var odd = SizeCatalogue.ReadSize("Odd", Small.With("family", "\"Z\"")).Value;

        Assert.Equal(
            ["Huge", "Odd"],
            Shipped.Sizes().With(huge).With(odd).NotHostedBy(Shipped.Topology("small.json")).Select(s => s.Name));
    }

    [Fact, Trait("spec", "D4")]
    public void A_size_has_cores_to_the_hundredth() =>
        Assert.Equal(
            new VmSize("Tiny", "general", new Resources(25, 1792, 225, 100)),
            SizeCatalogue.ReadSize("Tiny", Small.With("cores", "0.25")).Value);

    [Theory, Trait("spec", "D4")]
    [InlineData("cores", "0.001", "$.cores: Must be a number above 0, at most 10000, to the hundredth.")]
    [InlineData("cores", "0", "$.cores: Must be a number above 0, at most 10000, to the hundredth.")]
    [InlineData("cores", null, "$.cores: Missing.")]
    [InlineData("memoryMib", "-1", "$.memoryMib: Must be a whole number from 1 to 1073741824.")]
    [InlineData("localDiskGib", "\"\"", "$.localDiskGib: Must be a whole number from 0 to 1073741824, not a string.")]
    [InlineData("name", "\"Small\"",
        "$.name: Unknown member; known are family, cores, memoryMib, localDiskGib, networkMbps.")]
    public void An_error_of_a_size_names_its_path(string path, string? value, string errors) =>
        Assert.Equal(errors, SizeCatalogue.ReadSize("Small", Small.With(path, value)).Refusal.Lines());

    [Fact, Trait("spec", "D4")]
    public void All_errors_of_a_size_and_of_its_name_come_at_once() =>
        Assert.Equal(
            """
            $.family: Missing.
            $.memoryMib: Must be a whole number from 1 to 1073741824.
            name: Must be 1 to 63 letters, digits, '_', '.' or '-', and start with a letter or a digit.
            """,
            SizeCatalogue.ReadSize("-", Small.With("family", null).With("memoryMib", "0")).Refusal.Lines());

    [Fact, Trait("spec", "D4")]
    public void A_catalogue_names_the_second_of_two_sizes_of_one_name()
    {
        var first = Small.With("name", "\"S\"");
        var second = Small.With("name", "\"s\"").With("cores", "\"one\"");

        var refusal = SizeCatalogue.Read($$"""{ "sizes": [ {{first}}, {{second}} ] }""").Refusal!;

        Assert.Equal("invalidSize", refusal.Code);
        Assert.Equal(
            """
            $.sizes[1].cores: Must be a number above 0, at most 10000, to the hundredth.
            $.sizes[1].name: The size 's' is declared already, at $.sizes[0].name.
            """,
            refusal.Lines());
    }
}
