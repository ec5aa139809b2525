// An expected "no" (STYLE d). HTTP status codes are decided in one place, Api/Http/Problems.cs, by Kind.
using System.Collections.Immutable;

namespace Rdfe.Domain;

/// <summary>What sort of "no" this is; the front end turns it into a status code.</summary>
public enum RefusalKind
{
    /// <summary>The input is wrong: the errors name every place.</summary>
    Invalid,

    /// <summary>There is no such thing, or the caller may not see it.</summary>
    NotFound,

    /// <summary>The caller is known and may not do this.</summary>
    Forbidden,

    /// <summary>The present state does not allow it.</summary>
    Conflict,

    /// <summary>An If-Match or If-None-Match precondition failed.</summary>
    PreconditionFailed,

    /// <summary>An idempotency key was used again with another body.</summary>
    KeyReused,

    /// <summary>The body is larger than the limit.</summary>
    TooLarge,

    /// <summary>The media type is not understood here.</summary>
    UnsupportedMediaType,

    /// <summary>The caller goes over its rate.</summary>
    TooMany,

    /// <summary>Read-only for now: safe mode, or the store is not available (L3).</summary>
    Unavailable,
}

/// <summary>An expected refusal: a stable <paramref name="Code"/> for programs, a <paramref name="Detail"/> for people.</summary>
/// <param name="Kind">What sort of "no" it is.</param>
/// <param name="Code">Stable camelCase code, part of the contract (API.md).</param>
/// <param name="Detail">One sentence with the figures that bound.</param>
public sealed record Refusal(RefusalKind Kind, string Code, string Detail)
{
    /// <summary>Every error of the document, by its JSON path (or file, line and element).</summary>
    public ImmutableSortedDictionary<string, ImmutableArray<string>> Errors { get; init; } =
        ImmutableSortedDictionary.Create<string, ImmutableArray<string>>(StringComparer.Ordinal);
}
