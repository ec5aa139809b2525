// The image repository (F4): what is put on nodes, under instances and into them. The bytes are kept elsewhere; this is
// what is known of them.
using System.Collections.Immutable;
using Rdfe.Domain.Documents;

namespace Rdfe.Domain.Images;

/// <summary>What an image is for (F4).</summary>
public enum ImageKind
{
    /// <summary>The OS of nodes. An update of it is staged on each node before anything reboots.</summary>
    HostOs,

    /// <summary>The OS under role instances: a family and a version of it.</summary>
    GuestOs,

    /// <summary>A tenant's role, made from its package.</summary>
    Role,

    /// <summary>A disk that virtual machines start from.</summary>
    Vm,
}

/// <summary>An image (F4).</summary>
/// <param name="Name">Its name, unique whatever the case.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Version">Its version; <see cref="ImageVersion"/> says which of two is the newer.</param>
/// <param name="Family">The guest OS family, 1 and up, which a <c>.cscfg</c> calls <c>osFamily</c>; null for other
/// kinds.</param> <param name="SizeMib">Its size, MiB: what staging and downloads take their time from.</param>
/// <param name="Sha256">64 lower-case hex digits over its bytes; null where there are none, as for simulated
/// nodes.</param>
public sealed record Image(string Name, ImageKind Kind, string Version, int? Family, long SizeMib, string? Sha256)
{
    // 16 TiB: larger than any disk that an image could go on.
    private const long MostMib = 1L << 24;
    private const int MostFamily = 99;
    private const int LongestVersion = 100;

    /// <summary>The code of the refusal that lists the errors of an image.</summary>
    public const string Invalid = "invalidImage";

    /// <summary>Members of an image in a list; alone, its name is in the URL.</summary>
    public static ImmutableArray<string> Members { get; } = ["name", "kind", "version", "family", "sizeMib", "sha256"];

    private static ImmutableArray<string> Kinds { get; } = ["hostOs", "guestOs", "role", "vm"];

    /// <summary>Reads the body of <c>PUT /fabric/images/{name}</c>, or refuses it with all its errors.</summary>
    /// <param name="name">The name, which is in the URL.</param>
    /// <param name="json">The body.</param>
    public static Outcome<Image> Read(string name, string json)
    {
        var errors = new DocumentErrors();
        Names.Check(name, "name", errors);
        Image? image = null;
        if (JsonText.Parse(json, errors) is { } root
            && JsonFields.Open(root, "$", [.. Members.Skip(1)], errors) is { } fields)
        {
            image = Read(name, fields, errors);
        }

        return errors.Count > 0 ? errors.Refuse(Invalid, "image") : image!;
    }

    internal static Image? Read(string? name, JsonFields fields, DocumentErrors errors)
    {
        var kind = fields.Word("kind", Kinds);
        var version = fields.Text("version");
        if (version is { Length: 0 or > LongestVersion } || version?.Any(char.IsControl) == true)
        {
            errors.Add(
                fields.At("version"), $"Must be 1 to {LongestVersion} characters, none of them a control character.");
        }

        var guest = kind == "guestOs";
        var family = fields.Whole("family", 1, MostFamily, required: guest);
        if (kind is not null && !guest && fields.Has("family"))
        {
            errors.Add(fields.At("family"), "Only a guest OS has a family.");
        }

        var size = fields.Whole("sizeMib", 1, MostMib);
        var sha256 = fields.Text("sha256", required: false);
        if (sha256 is not null && (sha256.Length != 64 || !sha256.All(char.IsAsciiHexDigitLower)))
        {
            errors.Add(fields.At("sha256"), "Must be 64 lower-case hex digits.");
        }

        return name is null || kind is null || version is null || size is null
            ? null
            : new Image(name, (ImageKind)Kinds.IndexOf(kind), version, (int?)family, size.Value, sha256);
    }
}

/// <summary>The order of versions: by their numbers from left to right, whatever is between them.</summary>
public sealed class ImageVersion : IComparer<string>
{
    /// <summary>The order.</summary>
    public static ImageVersion Order { get; } = new();

    private ImageVersion()
    {
    }

    /// <summary>
    /// Below 0 where <paramref name="x"/> is the older one. <c>4.9_201409-01</c> is older than <c>4.12_201410-01</c>.
    /// </summary>
    public int Compare(string? x, string? y)
    {
        foreach (var (a, b) in Numbers(x ?? "").Zip(Numbers(y ?? "")))
        {
            // Without leading zeros the longer number is the larger one, however long they are.
            var order = a.Length != b.Length ? a.Length.CompareTo(b.Length) : string.CompareOrdinal(a, b);
            if (order != 0)
            {
                return order;
            }
        }

        var more = Numbers(x ?? "").Count.CompareTo(Numbers(y ?? "").Count);
        return more != 0 ? more : string.CompareOrdinal(x, y);
    }

    private static List<string> Numbers(string version)
    {
        var numbers = new List<string>();
        for (var i = 0; i < version.Length; i++)
        {
            var start = i;
            while (i < version.Length && char.IsAsciiDigit(version[i]))
            {
                i++;
            }

            if (i > start)
            {
                numbers.Add(version[start..i].TrimStart('0'));
            }
        }

        return numbers;
    }
}
