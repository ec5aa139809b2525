// Each use case is one file under src/Api/Features, is listed in Routes.cs, and is asked for by a test over HTTP.
using System.Text.RegularExpressions;

namespace Rdfe.Tidy.Tests;

public sealed partial class SliceTests
{
    private const string Prefix = "/subscriptions/{subscriptionId}";

    private static readonly List<SourceFile> Slices =
        [.. Tree.Code("src/Api/Features").Where(f => Mapping().IsMatch(f.Text) && !IsList(f))];

    [Fact]
    public void Every_slice_is_in_the_list_of_routes()
    {
        var routes = string.Join('\n', Tree.Code("src/Api/Features").Where(IsList).Select(f => f.Text));
        Rule.NobodyBreaks(
            "Routes.cs, with the lists that it leads to, names everything that can be asked; a slice in none can't be reached.",
            Slices.Where(s => !Regex.IsMatch(routes, $@"\b{s.Name}\.Map\(")).Select(s => s.Path));
    }

    [Fact]
    public void Every_slice_has_a_test_that_names_it_or_calls_its_route()
    {
        var tests = Tree.Code("tests/Api.Tests").ToList();
        var calls = tests.SelectMany(CallsIn).ToHashSet();
        Rule.NobodyBreaks(
            "Each slice is called through HTTP by a test in tests/Api.Tests, with its verb and a literal path; where the path "
            + "can't be literal, the test names the slice.",
            Slices
                .Where(s => !tests.Exists(t => Regex.IsMatch(t.Text, $@"\b{s.Name}\b")))
                .Where(s => !RoutesOf(s).Any(r => calls.Any(c => c.Verb == r.Verb && Leads(c.Path, r.Path))))
                .Select(s => $"{s.Path}: {string.Join(", ", RoutesOf(s).Select(r => $"{r.Verb} {r.Path}"))}"));
    }

    [Theory]
    [InlineData("/subscriptions/{tenant.Id}/services/web", "/subscriptions/{subscriptionId}/services/{service}", true)]
    [InlineData("/services/web?top=1", "/subscriptions/{subscriptionId}/services/{service}", true)]
    [InlineData("", "/subscriptions/{subscriptionId}", true)]
    [InlineData("/disable", "/subscriptions/{subscriptionId}/", true)]
    [InlineData("/services", "/subscriptions/{subscriptionId}/services/{service}", false)]
    [InlineData("/keys/web", "/subscriptions/{subscriptionId}/services/{service}", false)]
    public void A_path_in_a_test_leads_to_a_route_when_their_segments_agree(string path, string route, bool leads) =>
        Assert.Equal(leads, Leads(path, route));

    [Fact, Trait("spec", "F2")]
    public void Background_work_is_done_by_the_primary_alone() => Rule.NobodyBreaks(
        "A worker that acts for the fabric is registered with AddWhilePrimary: under AddHostedService it would run in a standby too.",
        Tree.Code("src")
            .Where(f => f.Path is not ("src/Api/Startup.cs" or "src/Api/Telemetry.cs"))
            .Where(f => f.Text.Contains("AddHostedService", StringComparison.Ordinal))
            .Select(f => f.Path));

    // Routes.cs, and such a list for one noun beside its slices.
    private static bool IsList(SourceFile file) => file.Name.EndsWith("Routes", StringComparison.Ordinal);

    private static IEnumerable<(string Verb, string Path)> RoutesOf(SourceFile slice)
    {
        var paths = RouteText().Matches(slice.Text).Select(m => m.Groups[1].Value).Distinct();
        var verbs = VerbText().Matches(slice.Text).Select(m => m.Groups[1].Value.ToUpperInvariant())
            .Append(VerbOfName().Match(slice.Name).Value.ToUpperInvariant())
            .Select(v => v is "READ" or "LIST" ? "GET" : v).Where(v => v.Length > 0).Distinct().ToList();
        return paths.SelectMany(p => verbs.Select(v => (v, p)));
    }

    // A call is a literal path with the nearest verb before it: tenant.Put("/keys/k", …), new(HttpMethod.Put, $"/…").
    private static IEnumerable<(string Verb, string Path)> CallsIn(SourceFile test)
    {
        foreach (Match path in PathText().Matches(test.Text))
        {
            var before = test.Text[Math.Max(0, path.Index - 80)..path.Index];
            if (NearestVerb().Match(before) is { Success: true } verb)
            {
                yield return (verb.Groups[1].Value.ToUpperInvariant(), path.Groups[1].Value);
            }
        }
    }

    // Tests of a tenant's resources leave the subscription away: their helper puts it in front.
    private static bool Leads(string path, string route)
    {
        var asked = path.Split('?')[0];
        return Agree(asked, route)
            || (route.StartsWith(Prefix, StringComparison.Ordinal) && Agree(asked, route[Prefix.Length..]));
    }

    private static bool Agree(string path, string route)
    {
        var (asked, pattern) = (path.Split('/'), route.Split('/'));
        return asked.Length == pattern.Length && asked.Zip(pattern).All(s =>
            s.First.Contains('{', StringComparison.Ordinal) || s.Second.Contains('{', StringComparison.Ordinal)
            || s.First == s.Second || (s.Second.Length == 0 && pattern.Length > 1));
    }

    [GeneratedRegex(@"\bstatic void Map\(\s*(this )?IEndpointRouteBuilder\b")]
    private static partial Regex Mapping();

    [GeneratedRegex(@"""(/[\w{}:*/.-]*)""")]
    private static partial Regex RouteText();

    [GeneratedRegex(@"(?:""|\bMap)(PUT|GET|POST|PATCH|DELETE|Read|List|Get|Put|Post|Patch|Delete)(?:""|\b)")]
    private static partial Regex VerbText();

    [GeneratedRegex("^(Put|Post|Patch|Delete|Read|List|Get)")]
    private static partial Regex VerbOfName();

    [GeneratedRegex(@"\$?""((?:/[^""\n]*)?)""")]
    private static partial Regex PathText();

    [GeneratedRegex(@"(put|get|post|patch|delete)", RegexOptions.IgnoreCase | RegexOptions.RightToLeft)]
    private static partial Regex NearestVerb();
}
