// Lists: { value, nextLink? }. The continuation is the key of the last item, so that a list stays right while it
// changes.
using System.Text;
using Microsoft.AspNetCore.WebUtilities;

namespace Rdfe.Api.Http;

public sealed record Listing<T>(IReadOnlyList<T> Value, string? NextLink = null);

/// <param name="Top">How many items at most.</param>
/// <param name="After">The key of the last item of the page before; empty for the first page.</param>
public sealed record Page(int Top, string After)
{
    public const int Default = 100;
    public const int Max = 1000;

    public long AfterNumber => After.Length == 0
        ? 0 : long.Parse(After, System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Ask the store for one more than <see cref="Top"/>: that is how the end is known.</summary>
    public Listing<TView> Of<TRow, TView>(
        Call call, IReadOnlyList<TRow> rows, Func<TRow, string> key, Func<TRow, TView> view)
    {
        var more = rows.Count > Top;
        var shown = rows.Take(Top).Select(view).ToArray();
        return new(shown, more ? NextLink(call, key(rows[Top - 1])) : null);
    }

    /// <summary>Reads ?top and ?continuation; what is wrong with them goes to the call's errors.</summary>
    public static Page Read(Call call, bool numbered = false)
    {
        var query = call.Http.Request.Query;
        var top = Default;
        if (query.TryGetValue("top", out var asked) && (!int.TryParse(asked, out top) || top is < 1 or > Max))
        {
            call.Error("top", $"top is a number from 1 to {Max}.");
            top = Default;
        }

        var after = "";
        if (query.TryGetValue("continuation", out var continuation) && !TryDecode(continuation, numbered, out after))
        {
            call.Error("continuation", "This is not a continuation that a list has given.");
        }

        return new(top, after);
    }

    private static bool TryDecode(string? text, bool numbered, out string after)
    {
        after = "";
        try
        {
            after = new UTF8Encoding(false, true).GetString(WebEncoders.Base64UrlDecode(text ?? ""));
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            return false;
        }

        return after.StartsWith("k:", StringComparison.Ordinal)
            && (after = after[2..]).Length > 0
            && (!numbered || long.TryParse(after, out _));
    }

    private static string NextLink(Call call, string last)
    {
        var query = call.Http.Request.Query
            .Where(q => !string.Equals(q.Key, "continuation", StringComparison.OrdinalIgnoreCase))
            .ToDictionary(q => q.Key, q => (string?)q.Value.ToString());
        query["continuation"] = WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes("k:" + last));
        return QueryHelpers.AddQueryString(call.Absolute(call.Http.Request.Path), query);
    }
}
