// Which images there are, and which one a configuration means (F4): osFamily="4" osVersion="*" is the newest of family
// 4.
using System.Collections.Immutable;
using Rdfe.Domain.Documents;

namespace Rdfe.Domain.Images;

/// <summary>The images of the fabric, by name (F4). Immutable: adding one gives another repository.</summary>
public sealed class ImageRepository
{
    /// <summary>The <c>osVersion</c> that means the newest, now and whenever a newer one comes.</summary>
    public const string Newest = "*";

    private readonly ImmutableSortedDictionary<string, Image> images;

    private ImageRepository(ImmutableSortedDictionary<string, Image> images) => this.images = images;

    /// <summary>No images at all.</summary>
    public static ImageRepository Empty { get; } =
        new(ImmutableSortedDictionary.Create<string, Image>(StringComparer.OrdinalIgnoreCase));

    /// <summary>Every image, in the order of names.</summary>
    public IEnumerable<Image> Images => images.Values;

    /// <summary>Members of the document that lists images.</summary>
    public static ImmutableArray<string> Members { get; } = ["$schema", "description", "images"];

    /// <summary>Reads <c>{ "images": [ { name, kind, version, … } ] }</c>, or refuses it with all its errors.</summary>
    public static Outcome<ImageRepository> Read(string json)
    {
        var errors = new DocumentErrors();
        var read = Empty.images.ToBuilder();
        if (JsonText.Parse(json, errors) is { } root && JsonFields.Open(root, "$", Members, errors) is { } document)
        {
            document.Text("$schema", required: false);
            document.Text("description", required: false);
            var names = new UniqueNames("image", errors);
            var guests = new UniqueNames("guest OS", errors);
            foreach (var (element, path) in document.Items("images", least: 1))
            {
                if (JsonFields.Open(element, path, Image.Members, errors) is not { } fields)
                {
                    continue;
                }

                var name = fields.Name();
                var free = name is null || names.Claim(name, fields.At("name"));
                if (Image.Read(name, fields, errors) is not { } image)
                {
                    continue;
                }

                // Two images of one version would leave it to chance which of them an instance gets.
                if (image.Kind == ImageKind.GuestOs)
                {
                    free &= guests.Claim($"{image.Family}/{image.Version}", fields.At("version"));
                }

                if (free)
                {
                    read[image.Name] = image;
                }
            }
        }

        return errors.Count > 0
            ? errors.Refuse(Image.Invalid, "list of images")
            : new ImageRepository(read.ToImmutable());
    }

    /// <summary>The image with that name, whatever the case, or null.</summary>
    public Image? Find(string name) => images.GetValueOrDefault(name);

    /// <summary>This repository with the image added, or in the place of one of the same name; refused where another
    /// image is the same version of the same guest OS family.</summary>
    public Outcome<ImageRepository> With(Image image)
    {
        var twin = Images.FirstOrDefault(i =>
            image.Kind == ImageKind.GuestOs && i.Kind == ImageKind.GuestOs && i.Family == image.Family
            && Same(i.Version, image.Version) && !Same(i.Name, image.Name));
        return twin is null
            ? new ImageRepository(images.Remove(image.Name).SetItem(image.Name, image))
            : Refusals.Conflict(
                "imageVersionTaken",
                $"The image '{twin.Name}' is version {twin.Version} of guest OS family {twin.Family}.");
    }

    /// <summary>The newest host OS, which nodes are provisioned with; null where there is none (F3).</summary>
    public Image? NewestHostOs() =>
        Images.Where(i => i.Kind == ImageKind.HostOs).MaxBy(i => i.Version, ImageVersion.Order);

    /// <summary>The newest guest OS of a family, which services that name no version follow; null where there is none (U3).</summary>
    public Image? NewestGuestOs(int family) =>
        Images.Where(i => i.Kind == ImageKind.GuestOs && i.Family == family).MaxBy(i => i.Version, ImageVersion.Order);

    /// <summary>
    /// The guest OS that a <c>.cscfg</c> means; the refusal <c>guestOsNotFound</c> says what there is.
    /// </summary>
    /// <param name="osFamily">The family, 1 and up.</param>
    /// <param name="osVersion">A version, or <c>*</c> for the newest.</param>
    public Outcome<Image> ResolveGuestOs(int osFamily, string osVersion)
    {
        var family = Images.Where(i => i.Kind == ImageKind.GuestOs && i.Family == osFamily).ToList();
        var found = osVersion == Newest
            ? family.MaxBy(i => i.Version, ImageVersion.Order)
            : family.Find(i => Same(i.Version, osVersion));
        if (found is not null)
        {
            return found;
        }

        var versions = family.Select(i => i.Version).Order(ImageVersion.Order);
        var there = family.Count > 0
            ? $"versions of family {osFamily}: {string.Join(", ", versions)}"
            : $"families: {string.Join(", ", Images.Select(i => i.Family).OfType<int>().Distinct().Order())}";
        var asked = osVersion == Newest ? $"family {osFamily}" : $"family {osFamily}, version '{osVersion}'";
        return new Refusal(RefusalKind.Invalid, "guestOsNotFound", $"There is no guest OS of {asked}; {there}.");
    }

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);
}
