// Names as the contract spells them (API.md). Names are unique whatever their case, so rows are keyed by NameKey.
using System.Text.RegularExpressions;

namespace Rdfe.Api.Http;

public static partial class Names
{
    public const string Rule = "A name has 1 to 63 characters, starts with a letter or digit, and goes on with "
        + "letters, digits, '_', '.' or '-'.";

    public const string DnsRule = "A DNS name has 3 to 63 characters: lower-case letters, digits and inner hyphens.";

    public static bool IsName(string text) => Name().IsMatch(text);

    public static bool IsDnsName(string text) => DnsName().IsMatch(text);

    public static string KeyOf(string name) => name.ToLowerInvariant();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}\z")]
    private static partial Regex Name();

    [GeneratedRegex(@"^[a-z0-9]([a-z0-9-]{1,61}[a-z0-9])\z")]
    private static partial Regex DnsName();
}
