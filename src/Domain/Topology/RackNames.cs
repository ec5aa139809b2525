// "r{01..20}" declares twenty racks in one line: a cluster is twenty times the same rack more often than not.
using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Rdfe.Domain.Topology;

/// <summary>
/// The notation for a run of names (F1): <c>r{01..20}</c>, counted up and as wide as the first number is written.
/// </summary>
public static partial class RackNames
{
    /// <summary>
    /// The names of a run, at most <paramref name="most"/>; an error and none where it is not such a run.
    /// </summary>
    public static ImmutableArray<string> Expand(string notation, int most, out string? error)
    {
        error = null;
        var match = Run().Match(notation);
        if (!match.Success)
        {
            error = "Must be a run of names such as r{01..20}.";
            return [];
        }

        var first = int.Parse(match.Groups["first"].Value, CultureInfo.InvariantCulture);
        var last = int.Parse(match.Groups["last"].Value, CultureInfo.InvariantCulture);
        if (last < first)
        {
            error = $"The run goes from {first} down to {last}; it must count up.";
            return [];
        }

        if (last - first + 1 > most)
        {
            error = $"The run has {last - first + 1} names; at most {most} are allowed.";
            return [];
        }

        var width = "D" + match.Groups["first"].Length.ToString(CultureInfo.InvariantCulture);
        var (before, after) = (match.Groups["before"].Value, match.Groups["after"].Value);
        return [.. Enumerable.Range(first, last - first + 1)
            .Select(i => before + i.ToString(width, CultureInfo.InvariantCulture) + after)];
    }

    private const string Part = "[A-Za-z0-9_.-]{0,62}";
    private const string Number = "[0-9]{1,6}";

    [GeneratedRegex(
        @"\A(?<before>" + Part + @")\{(?<first>" + Number + @")\.\.(?<last>" + Number + @")\}(?<after>" + Part + @")\z",
        RegexOptions.CultureInvariant)]
    private static partial Regex Run();
}
