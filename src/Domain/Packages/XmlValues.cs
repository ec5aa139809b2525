// Reads attribute values; a wrong one is an error at its place, and reading goes on (D1).
using System.Globalization;

namespace Rdfe.Domain.Packages;

internal static class XmlValues
{
    // Role names become folder names on the instances, which run Windows.
    private static readonly HashSet<string> Devices = new(
        ["CON", "PRN", "AUX", "NUL", .. from d in new[] { "COM", "LPT" } from n in Enumerable.Range(1, 9) select d + n],
        StringComparer.OrdinalIgnoreCase);

    public static int? Integer(XmlPart part, string attribute, int min, int max, PackageFindings findings)
    {
        if (part[attribute] is not { } text)
        {
            return null;
        }

        // xs:int allows blanks around and a sign.
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowLeadingWhite
            | NumberStyles.AllowTrailingWhite;
        if (int.TryParse(text, Style, CultureInfo.InvariantCulture, out var value) && value >= min && value <= max)
        {
            return value;
        }

        findings.Add(part.At(attribute), $"{PackageFindings.Shown(text)} is not a whole number from {min} to {max}.");
        return null;
    }

    public static int? Port(XmlPart part, string attribute, PackageFindings findings) =>
        Integer(part, attribute, 1, 65535, findings);

    /// <summary>
    /// A name that can be part of a path and of a URL: letters and digits of any alphabet, and <c>_ . -</c>.
    /// </summary>
    public static string? Name(XmlPart part, string attribute, PackageLimits limits, PackageFindings findings)
    {
        if (part[attribute] is not { } name)
        {
            return null;
        }

        if (name.Length > 0 && name.Length <= limits.MaxNameChars
            && !name.StartsWith('.') && !name.StartsWith('-') && !name.EndsWith('.')
            && name.EnumerateRunes().All(IsNameRune)
            && !Devices.Contains(name.Split('.')[0]))
        {
            return name;
        }

        findings.Add(part.At(attribute), $"{PackageFindings.Shown(name)} is not a name: 1 to {limits.MaxNameChars} "
            + "letters, digits, '_', '-' and '.', not a device of Windows, no '.' or '-' first and no '.' last.");
        return null;
    }

    /// <summary>Setting names are plain text to the fabric: only empty or overlong ones are wrong.</summary>
    public static string? SettingName(XmlPart part, PackageFindings findings)
    {
        if (part["name"] is not { } name)
        {
            return null;
        }

        if (name.Trim().Length > 0 && name.Length <= 512 && !name.Any(char.IsControl))
        {
            return name;
        }

        findings.Add(part.At("name"), $"{PackageFindings.Shown(name)} is not the name of a setting (1 to 512 "
            + "characters).");
        return null;
    }

    /// <summary>Reports each item whose name was there before.</summary>
    public static void Unique<T>(
        IEnumerable<T> items, Func<T, string> name, Func<T, Place> at, string what, StringComparer comparer,
        PackageFindings findings)
    {
        var seen = new Dictionary<string, T>(comparer);
        foreach (var item in items)
        {
            if (!seen.TryAdd(name(item), item))
            {
                findings.Add(at(item).At("name"), $"The {what} {PackageFindings.Shown(name(item))} is there already, "
                    + $"on line {at(seen[name(item)]).Line}.");
            }
        }
    }

    private static bool IsNameRune(System.Text.Rune rune) =>
        rune.Value is '_' or '.' or '-' || System.Text.Rune.IsLetterOrDigit(rune)
        || System.Text.Rune.GetUnicodeCategory(rune)
            is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;
}
