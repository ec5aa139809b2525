// Errors are collected, not thrown: whoever sent the package hears about all of them at once (D1).
using System.Globalization;
using System.Text;

namespace Rdfe.Domain.Packages;

/// <summary>
/// Collects the errors of a package or configuration, up to a limit, and makes the refusal of them (D1).
/// </summary>
public sealed class PackageFindings(PackageLimits limits)
{
    /// <summary>The code of a refusal that is about the package.</summary>
    public const string InvalidPackage = "invalidPackage";

    /// <summary>The code of a refusal that is about the configuration, or about the two not agreeing.</summary>
    public const string InvalidConfiguration = "invalidConfiguration";

    private readonly List<(string Path, string Message)> errors = [];
    private int more;

    /// <summary>True when there is at least one error.</summary>
    public bool Any => errors.Count > 0;

    /// <summary>Adds an error at a place in one of the two files.</summary>
    public void Add(Place at, string message) => Add(at.ToString(), message);

    /// <summary>Adds an error at a path, such as an entry of the package.</summary>
    public void Add(string path, string message)
    {
        // A file of a million wrong elements must not become an answer of a million lines.
        if (errors.Count >= limits.MaxErrors)
        {
            more++;
            return;
        }

        errors.Add((path, message));
    }

    /// <summary>Adds the errors of another refusal.</summary>
    public void Add(Refusal refusal)
    {
        foreach (var (path, messages) in refusal.Errors)
        {
            foreach (var message in messages)
            {
                Add(path, message);
            }
        }
    }

    /// <summary>The refusal with every error.</summary>
    public Refusal Refuse(string code)
    {
        var subject = code == InvalidPackage ? "package" : "configuration";
        var count = errors.Count + more;
        var detail = count == 1
            ? $"The {subject} has an error: {errors[0].Path}: {errors[0].Message}"
            : $"The {subject} has {count} errors{(more > 0 ? $", of which {errors.Count} are listed" : "")}.";
        return Refusals.Invalid(code, detail, errors);
    }

    /// <summary>A value as it may appear in a message: quoted, printable, and short whatever was sent.</summary>
    public static string Shown(string value) => $"'{Printable(value)}'";

    /// <summary>
    /// A text that can be printed on one line: control and unpaired characters are escaped, the end is cut.
    /// </summary>
    public static string Printable(string value)
    {
        var text = new StringBuilder();
        var taken = 0;
        foreach (var rune in value.EnumerateRunes())
        {
            if (taken++ == 160)
            {
                text.Append('…');
                break;
            }

            var category = Rune.GetUnicodeCategory(rune);
            // Format characters turn text around or hide it: in an error they are shown, not obeyed.
            if (category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
            {
                text.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:X}}}");
            }
            else
            {
                text.Append(rune.ToString());
            }
        }

        return text.ToString();
    }
}
