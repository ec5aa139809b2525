using Rdfe.Domain.Images;

namespace Rdfe.Domain.Tests.Images;

public sealed class ImageTests
{
    private const string Guest =
        """{ "kind": "guestOs", "family": 4, "version": "WA-GUEST-OS-4.9_201407-01", "sizeMib": 8192 }""";

    [Fact, Trait("spec", "F4")]
    public void The_repository_starts_with_host_guest_and_VM_images()
    {
        var images = Shipped.Images();

        Assert.Equal("host-os-2014.10", images.NewestHostOs()!.Name);
        Assert.All(Enumerable.Range(1, 7), family =>
            Assert.Equal(2, images.Images.Count(i => i.Kind == ImageKind.GuestOs && i.Family == family)));
        Assert.Equal(ImageKind.Vm, images.Find("Ubuntu-22.04")!.Kind);
        Assert.Equal(ImageKind.Vm, images.Find("windows-server-2012-r2")!.Kind);
    }

    [Theory, Trait("spec", "F4")]
    [InlineData(4, "*", "guest-os-4.12")] // 12 is newer than 9: versions are numbers, not text
    [InlineData(4, "WA-GUEST-OS-4.9_201407-01", "guest-os-4.9")]
    [InlineData(4, "wa-guest-os-4.11_201409-01", "guest-os-4.11")]
    [InlineData(1, "*", "guest-os-1.29")]
    public void A_configuration_means_the_newest_of_a_family_or_the_version_that_it_names(int family, string version, string name)
    {
        var images = Shipped.Images().With(Image.Read("guest-os-4.9", Guest).Value).Value;

        Assert.Equal(name, images.ResolveGuestOs(family, version).Value.Name);
    }

    [Theory, Trait("spec", "F4")]
    [InlineData(9, "*", "There is no guest OS of family 9; families: 1, 2, 3, 4, 5, 6, 7.")]
    [InlineData(4, "4.99", "There is no guest OS of family 4, version '4.99'; versions of family 4: "
        + "WA-GUEST-OS-4.11_201409-01, WA-GUEST-OS-4.12_201410-01.")]
    public void A_guest_OS_that_is_not_there_is_refused_with_what_is(int family, string version, string detail)
    {
        var refusal = Shipped.Images().ResolveGuestOs(family, version).Refusal!;

        Assert.Equal(("guestOsNotFound", detail), (refusal.Code, refusal.Detail));
    }

    [Fact, Trait("spec", "F4")]
    public void Two_images_cannot_be_the_same_version_of_a_guest_OS_but_one_can_be_put_twice()
    {
        var images = ImageRepository.Empty.With(Image.Read("one", Guest).Value).Value;

        Assert.Equal("imageVersionTaken", images.With(Image.Read("two", Guest).Value).Refusal!.Code);
        Assert.Equal(1, images.With(Image.Read("ONE", Guest.With("sizeMib", "1")).Value).Value.Find("one")!.SizeMib);
    }

    [Theory, Trait("spec", "F4")]
    [InlineData("kind", "\"disk\"", "$.kind: Must be one of hostOs, guestOs, role, vm.")]
    [InlineData("kind", "\"vm\"", "$.family: Only a guest OS has a family.")]
    [InlineData("family", null, "$.family: Missing.")]
    [InlineData("family", "0", "$.family: Must be a whole number from 1 to 99.")]
    [InlineData("version", "\"\"", "$.version: Must be 1 to 100 characters, none of them a control character.")]
    [InlineData("version", "\"4\\n\"", "$.version: Must be 1 to 100 characters, none of them a control character.")]
    [InlineData("sizeMib", "0", "$.sizeMib: Must be a whole number from 1 to 16777216.")]
    [InlineData("sha256", "\"abc\"", "$.sha256: Must be 64 lower-case hex digits.")]
    [InlineData("bytes", "1", "$.bytes: Unknown member; known are kind, version, family, sizeMib, sha256.")]
    public void An_error_of_an_image_names_its_path(string path, string? value, string errors) =>
        Assert.Equal(errors, Image.Read("guest", Guest.With(path, value)).Refusal.Lines());

    [Fact, Trait("spec", "F4")]
    public void All_errors_of_a_list_of_images_come_at_once()
    {
        var one = Guest.With("name", "\"one\"");
        var twin = Guest.With("name", "\"ONE\"").With("sizeMib", null);
        var same = Guest.With("name", "\"other\"");

        Assert.Equal(
            """
            $.images[1].name: The image 'ONE' is declared already, at $.images[0].name.
            $.images[1].sizeMib: Missing.
            $.images[2].version: The guest OS '4/WA-GUEST-OS-4.9_201407-01' is declared already, at $.images[0].version.
            """,
            ImageRepository.Read($$"""{ "images": [ {{one}}, {{twin}}, {{same}} ] }""").Refusal.Lines());
    }

    [Theory, Trait("spec", "F4")]
    [InlineData("4.9", "4.12", -1)]
    [InlineData("4.12_201410-01", "4.12_201410-02", -1)]
    [InlineData("2014.10", "2014.10.1", -1)]
    [InlineData("10.007", "10.7", -1)] // as numbers they are the same; the text decides, so that the order is total
    [InlineData("99999999999999999999999", "100000000000000000000000", -1)]
    [InlineData("1.0", "1.0", 0)]
    public void Versions_are_ordered_by_their_numbers(string older, string newer, int order)
    {
        Assert.Equal(order, Math.Sign(ImageVersion.Order.Compare(older, newer)));
        Assert.Equal(-order, Math.Sign(ImageVersion.Order.Compare(newer, older)));
    }
}
