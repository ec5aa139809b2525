// Every "no" that the system can say, in one list: code, sentence, evidence.
using System.Collections.Immutable;

namespace Rdfe.Domain;

/// <summary>The refusals of the system. A code here is part of the contract and never changes its meaning.</summary>
public static class Refusals
{
    // More than anybody reads; without a bound, a body of a megabyte is answered with thirty.
    private const int MostErrors = 1000;

    /// <summary>A document or request with errors, each at its place: all of them, or the first thousand and how many more.</summary>
    public static Refusal Invalid(string code, string detail, IEnumerable<(string Path, string Message)> errors)
    {
        var all = errors.ToList();
        var more = all.Count - MostErrors;
        return new(RefusalKind.Invalid, code, detail)
        {
            Errors = (more > 0 ? all.Take(MostErrors).Append((Path: "$", Message: $"There are {more} more errors.")) : all)
                .GroupBy(e => e.Path, e => e.Message, StringComparer.Ordinal)
                .ToImmutableSortedDictionary(
                    g => g.Key,
                    g => g.Distinct(StringComparer.Ordinal).ToImmutableArray(),
                    StringComparer.Ordinal),
        };
    }

    /// <summary>No such resource, or not for this caller: the two are told apart by nothing.</summary>
    public static Refusal NotFound(string what) => new(RefusalKind.NotFound, "notFound", $"There is no {what}.");

    /// <summary>A quota of the subscription would be exceeded (R1).</summary>
    public static Refusal QuotaExceeded(string resource, long used, long asked, long limit) =>
        new(RefusalKind.Conflict, "quotaExceeded",
            $"The quota of {resource} is {limit}; {used} are in use and {asked} more were asked for.");

    /// <summary>The name belongs to somebody already.</summary>
    public static Refusal NameNotAvailable(string what, string name) =>
        new(RefusalKind.Conflict, "nameNotAvailable", $"The {what} '{name}' is taken.");

    /// <summary>The state does not allow it.</summary>
    public static Refusal Conflict(string code, string detail) => new(RefusalKind.Conflict, code, detail);
}
