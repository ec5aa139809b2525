// Names of entries (D1): whatever system unpacks the package, each name stays below the role's folder, and no two meet.
using Rdfe.Domain.Packages;

namespace Rdfe.Infrastructure.Packages;

internal static class ZipNames
{
    public static void Check(IReadOnlyList<ZipEntry> entries, PackageFindings findings)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var entry in entries)
        {
            if (Wrong(entry) is { } wrong)
            {
                Add(findings, entry, wrong);
            }
            else if (!seen.Add(entry.Name.TrimEnd('/')))
            {
                Add(findings, entry, "The name is there already, or differs from another by case only.");
            }
        }

        // With the slash sorted first, whatever lies below a name follows it at once. (Remembering every folder above
        // every file would cost a hostile archive little and us gigabytes.)
        var sorted = entries.OrderBy(e => e.Name.TrimEnd('/').Replace('/', '\0'), StringComparer.OrdinalIgnoreCase);
        ZipEntry? above = null;
        foreach (var entry in sorted)
        {
            if (above is { IsFolder: false }
                && entry.Name.StartsWith(above.Name + "/", StringComparison.OrdinalIgnoreCase))
            {
                Add(findings, above, "The name is a file's and a folder's at once.");
            }

            above = entry;
        }
    }

    private static void Add(PackageFindings findings, ZipEntry entry, string message) =>
        findings.Add(new BadZipException(message, entry.Name).Path, message);

    private static string? Wrong(ZipEntry entry)
    {
        var name = entry.Name;
        if (name.Contains('\\') || name.Contains(':') || name.Any(char.IsControl))
        {
            return "The name has a backslash, a colon or a control character.";
        }

        if (name.StartsWith('/'))
        {
            return "The name is absolute; it must be relative to the package.";
        }

        foreach (var segment in name.TrimEnd('/').Split('/'))
        {
            if (segment is "." or "..")
            {
                return "The name leaves its folder ('.' or '..').";
            }

            // Windows drops them at the end, so that two names become one.
            if (segment.Length == 0 || segment.EndsWith('.') || segment.EndsWith(' '))
            {
                return "A part of the name is empty, or ends with a dot or a blank.";
            }
        }

        return name.EndsWith("//", StringComparison.Ordinal) ? "A part of the name is empty." : null;
    }
}
