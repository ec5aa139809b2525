// How a member of an enumeration is called in the contract: camelCase, everywhere.
namespace Rdfe.Domain;

/// <summary>Members of enumerations as words.</summary>
public static class Words
{
    /// <summary>The member's name in camelCase.</summary>
    public static string Of<T>(T member)
        where T : struct, Enum
    {
        var text = member.ToString();
        return char.ToLowerInvariant(text[0]) + text[1..];
    }
}
