// What may be different in the end, because a controller crashed, and why: everything else must be as if it had not.
namespace Rdfe.Scenarios.Crashing;

internal static class Alternatives
{
    /// <summary>The lines in which two final states differ, as a person reads them; null where none does.</summary>
    public static string? Compare(string scenario, IReadOnlyList<string> undisturbed, IReadOnlyList<string> crashed)
    {
        var gone = undisturbed.Except(crashed, StringComparer.Ordinal).Select(l => "- " + l);
        var come = crashed.Except(undisturbed, StringComparer.Ordinal).Select(l => "+ " + l);
        List<string> all = [.. gone, .. come];
        return all.Count == 0 ? null : string.Join('\n', all);
    }
}
