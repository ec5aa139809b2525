// The one rule for names (API.md): [A-Za-z0-9][A-Za-z0-9_.-]{0,62}, unique whatever the case.
namespace Rdfe.Domain.Documents;

/// <summary>What may be a name, and which are taken.</summary>
public static class Names
{
    /// <summary>The longest name, in characters.</summary>
    public const int Longest = 63;

    /// <summary>True when <paramref name="text"/> is a name.</summary>
    public static bool IsName(string text) =>
        text.Length is > 0 and <= Longest
        && char.IsAsciiLetterOrDigit(text[0])
        && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');

    /// <summary>True when it is a name; adds the error where it is not.</summary>
    public static bool Check(string text, string path, DocumentErrors errors)
    {
        if (IsName(text))
        {
            return true;
        }

        errors.Add(
            path, $"Must be 1 to {Longest} letters, digits, '_', '.' or '-', and start with a letter or a digit.");
        return false;
    }
}

/// <summary>
/// Names of one kind in a document: the second of two that differ by case alone, or not at all, is an error.
/// </summary>
/// <param name="what">The kind, as people call it: <c>region</c>.</param>
/// <param name="errors">Where the errors go.</param>
public sealed class UniqueNames(string what, DocumentErrors errors)
{
    private readonly Dictionary<string, string> places = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Claims a name for the place where it is declared; false, with an error, where it is taken.</summary>
    public bool Claim(string name, string path)
    {
        if (places.TryAdd(name, path))
        {
            return true;
        }

        errors.Add(path, $"The {what} '{name}' is declared already, at {places[name]}.");
        return false;
    }
}
