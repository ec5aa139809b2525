// A tenant must not learn from any answer whether a name is another's or nobody's (API.md: 404 for what the caller may not
// see). Generated from the OpenAPI document: a route that is added is asked too, or has to be on a list with its reason.
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Rdfe.Api.Tests.Abuse;

[Trait("spec", "R3")]
public sealed partial class IsolationTests(IsolationTests.TwoTenants tenants) : IClassFixture<IsolationTests.TwoTenants>
{
    // Needs no key at all, so that there is nobody to keep apart.
    private static readonly HashSet<string> Open = new(StringComparer.Ordinal)
    {
        "GetLiveness", "GetReadiness",
        // An instance's own address is its capability: 128 bits that only those are shown who may write the instance.
        "GetInstanceMetadata", "GetInstanceMetadataPart", "ListInstanceMetadataVersions", "GetScheduledEvents", "StartScheduledEvents",
    };

    // Names that are given once in the whole cloud: whether one is taken is what these are asked for (D1, API.md).
    private static readonly HashSet<string> GlobalNames = new(StringComparer.Ordinal) { "PutHostedService", "PutStorageAccount", "CheckServiceName" };

    [Fact]
    public void Every_operation_of_the_document_is_asked_by_one_of_these_tests_or_on_a_list()
    {
        Assert.Empty(ApiDocument.Operations.Where(o => !o.IsTenants && !o.IsOperators && !Open.Contains(o.Id)).Select(o => o.ToString()));
        Assert.Empty(Open.Concat(GlobalNames).Except(ApiDocument.Operations.Select(o => o.Id)));
        Assert.Empty(ApiDocument.Operations.Where(o => o.IsMutation && o.MediaTypes.Count > 0 && o.IsTenants && !SampleBodies.Has(o.Id)).Select(o => o.ToString()));
    }

    /// <summary>The whole subscription: theirs, with all that is in it, against one that does not exist.</summary>
    [Fact]
    public async Task A_foreign_subscription_answers_as_one_that_does_not_exist()
    {
        var nobodys = "00000000-1234-4321-8888-0123456789ab";
        foreach (var operation in ApiDocument.Operations.Where(o => o.IsTenants))
        {
            var theirs = await Ask(operation, tenants.Theirs.Path(operation), SampleBodies.Content(operation.Id, tenants.Theirs));
            var nobody = await Ask(operation, operation.Fill(n => n == "subscriptionId" ? nobodys : tenants.Theirs.Value(operation, n)),
                SampleBodies.Content(operation.Id, tenants.Theirs));
            Assert.Equal(404, theirs.Status);
            Same(operation, nobody, theirs, (nobodys, tenants.Theirs.Tenant.Id.ToString()));
        }

        Assert.Empty(told);
    }

    /// <summary>The caller's own subscription, and a name in it that only another subscription has.</summary>
    [Fact]
    public async Task A_foreign_name_answers_as_one_that_nobody_has()
    {
        // Towns of its own: it ends with things that bear the other's names, which the tests beside it must not meet.
        await using var tenants = new TwoTenants();
        await tenants.InitializeAsync();
        var asked = 0;
        // What makes something comes last: before it, the name is nobody's or another's in all the others.
        foreach (var operation in ApiDocument.Operations.Where(o => o.IsTenants && o.Names.Count > 1 && !GlobalNames.Contains(o.Id))
            .OrderBy(o => o.Method == HttpMethod.Put))
        {
            foreach (var name in operation.Names.Where(n => n is not "subscriptionId" and not "slot"))
            {
                var foreign = tenants.Theirs.Value(operation, name);
                var nobodys = Nobodys(foreign);
                string Path(string value) => operation.Fill(n =>
                    n == name ? value : tenants.Mine.Value(operation, n));
                // Theirs second: had the first one made something, the second could tell.
                var nobody = await Ask(operation, Path(nobodys), SampleBodies.Content(operation.Id, tenants.Mine), tenants.MyOwner);
                var theirs = await Ask(operation, Path(foreign), SampleBodies.Content(operation.Id, tenants.Mine), tenants.MyOwner);
                // An instance of a role is numbered, not named: what is not the caller's own is in another path.
                if (name != "instance")
                {
                    Assert.True(operation.IsMutation || theirs.Status is 404 or 200, $"{operation} for {foreign}: {theirs.Status} {theirs.Body}");
                    Same(operation, nobody, theirs, (nobodys, foreign));
                }

                asked++;
            }
        }

        Assert.Empty(told);
        Assert.True(asked > 40, $"Only {asked} were asked.");
    }

    /// <summary>Names in bodies: a machine in another's set, a service near another's group.</summary>
    [Fact]
    public async Task A_foreign_name_in_a_body_is_refused_as_one_that_nobody_has()
    {
        var asked = 0;
        foreach (var operation in ApiDocument.Operations.Where(o => o.IsTenants && o.MediaTypes.Contains("application/json")))
        {
            foreach (var (body, foreign) in SampleBodies.Naming(operation.Id, tenants.Theirs))
            {
                var nobodys = Nobodys(foreign);
                string Path(string made) => operation.Fill(n =>
                    operation.Method == HttpMethod.Put && n == operation.Names[^1] && n != "slot" ? made : tenants.Mine.Value(operation, n));
                var nobody = await Ask(operation, Path("new-a"), RdfeApp.Text(body.Replace(foreign, nobodys, StringComparison.Ordinal)));
                var theirs = await Ask(operation, Path("new-b"), RdfeApp.Text(body));
                Assert.InRange(theirs.Status, 400, 499);
                Same(operation, nobody, theirs, (nobodys, foreign), ("new-a", "new-b"));
                asked++;
            }
        }

        Assert.Empty(told);
        Assert.True(asked >= 8, $"Only {asked} were asked.");
    }

    [Fact]
    public async Task What_is_listed_for_one_tenant_has_no_word_of_another()
    {
        foreach (var operation in ApiDocument.Operations.Where(o => o.IsTenants && !o.IsMutation))
        {
            var mine = await Ask(operation, tenants.Mine.Path(operation), null);
            Assert.True(mine.Status == 200, $"{operation}: {mine.Body}");
            foreach (var name in tenants.Theirs.TheirNames.Append(tenants.Theirs.Tenant.Id.ToString()))
            {
                // A rollout is the operator's, and is named to everybody whose machines it reaches.
                Assert.False(mine.Body.Replace(tenants.Theirs.Prefix + "-fw", "", StringComparison.Ordinal).Contains(name, StringComparison.Ordinal),
                    $"{operation} shows another's {name}: {mine.Body}");
            }
        }
    }

    [Fact]
    public async Task What_is_the_operators_is_forbidden_whether_it_exists_or_not()
    {
        foreach (var operation in ApiDocument.Operations.Where(o => o.IsOperators))
        {
            var there = await Ask(operation, tenants.Theirs.Path(operation), SampleBodies.Content(operation.Id, tenants.Theirs));
            var notThere = await Ask(operation, operation.Fill(_ => "nobodys"), SampleBodies.Content(operation.Id, tenants.Theirs));
            Assert.True((there.Status, notThere.Status) == (403, 403), $"{operation}: {there} {notThere}");
            Assert.Equal(Masked(notThere, []).Body, Masked(there, []).Body);
        }
    }

    private static string Nobodys(string foreign) => foreign.Length == 0 || foreign.Contains('~', StringComparison.Ordinal)
        ? foreign.Replace("theirs", "nobody", StringComparison.Ordinal)
        : foreign.StartsWith("op-", StringComparison.Ordinal) ? "op-" + new string('0', foreign.Length - 3)
        : foreign.StartsWith("theirs", StringComparison.Ordinal) ? "nobody" + foreign[6..]
        : foreign + "9";

    // One answer for all that is found, so that a failure names every route at once.
    private readonly List<string> told = [];

    private void Same(ApiOperation operation, Answered nobody, Answered theirs, params (string Nobodys, string Theirs)[] names)
    {
        var (one, other) = (Masked(nobody, names), Masked(theirs, names));
        if (one != other)
        {
            told.Add($"{operation} tells them apart.\nnobody's: {one}\ntheirs:   {other}");
        }
    }

    // What differs with every request, and the name itself, are made alike.
    private static Answered Masked(Answered answer, (string Nobodys, string Theirs)[] names)
    {
        string Mask(string text)
        {
            foreach (var (nobodys, theirs) in names)
            {
                text = text.Replace(theirs, nobodys, StringComparison.OrdinalIgnoreCase);
            }

            return Changing().Replace(text, "*");
        }

        // What was made is its maker's: where it was placed differs, what is told of it does not.
        return answer.Status is 201 or 202
            ? new(answer.Status, "", string.Join(", ", JsonNode.Parse(answer.Body)!.AsObject().Select(m => m.Key)))
            : new(answer.Status, Mask(answer.Headers), Mask(answer.Body));
    }

    private async Task<Answered> Ask(ApiOperation operation, string path, HttpContent? content, HttpClient? asker = null)
    {
        using var request = new HttpRequestMessage(operation.Method, path) { Content = content };
        using var response = await (asker ?? tenants.MyOwner).SendAsync(request);
        return new((int)response.StatusCode, response.Headers.ToString() + response.Content.Headers, await response.Content.ReadAsStringAsync());
    }

    // Trace ids, etags, operations, secrets and the path that the problem repeats.
    [GeneratedRegex(@"""traceId"":""[^""]*""|""instance"":""[^""]*""|[0-9a-f]{16,}|op-[0-9a-z]+|""secret"":""[^""]*""|""etag"":""[^""]*""|""(createdAt|startsAt|since)"":""[^""]*""|Content-Length: \d+")]
    private static partial Regex Changing();

    private sealed record Answered(int Status, string Headers, string Body);

    /// <summary>Two towns in one fabric: one is asked for, the other one asks.</summary>
    public sealed class TwoTenants : RdfeApp, IAsyncLifetime
    {
        internal AbusedTown Theirs { get; private set; } = null!;

        internal AbusedTown Mine { get; private set; } = null!;

        /// <summary>As much as a tenant can be: the owner of the other subscription.</summary>
        internal HttpClient MyOwner { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Theirs = await AbusedTown.BuildAsync(this, "theirs");
            Mine = await AbusedTown.BuildAsync(this, "mine", Theirs);
            MyOwner = (await Mine.Tenant.As("owner")).Http;
        }
    }
}
