// Done once, however often and whenever it is sent: every mutation of the OpenAPI document with the same key at once, again,
// with another body, after a crash, and after the key's time is over.
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Testing;

namespace Rdfe.Api.Tests.Abuse;

[Trait("spec", "R6")]
public sealed class IdempotencyMatrixTests(ITestOutputHelper output)
{
    private static readonly Dictionary<string, string> NotAsked = new(StringComparer.Ordinal)
    {
        ["ResetFabric"] = "it replaces the store that keeps the answers",
        ["RestoreSnapshot"] = "it replaces the store that keeps the answers",
        ["PreviewAllocation"] = "it does nothing that could be done twice, and takes no notice of the key",
        ["PreviewRollout"] = "it does nothing that could be done twice, and takes no notice of the key",
        ["StartScheduledEvents"] = "a guest has no key: an event that was started already is answered as one that is started now (N1)",
    };

    [Fact]
    public async Task Every_mutation_is_done_once_at_once_again_after_a_crash_and_anew_when_the_key_is_over()
    {
        Assert.Empty(NotAsked.Keys.Except(ApiDocument.Operations.Select(o => o.Id)));
        using var app = new RdfeApp();
        var town = await AbusedTown.BuildAsync(app, "once");
        var other = await app.TenantAsync();
        var wrong = new List<string>();
        var done = new List<Case>();
        foreach (var operation in ApiDocument.Operations.Where(o => o.IsMutation && !NotAsked.ContainsKey(o.Id)).OrderBy(Turn))
        {
            var asked = new Case(operation, Path(operation, town, other), "key of " + operation.Id);
            await OnceAsync(app, town, asked, wrong);
            done.Add(asked);
        }

        output.WriteLine("Refused: " + string.Join(", ", done.Where(d => d.First.Status >= 400).Select(d => $"{d.Operation.Id} {d.First.Status}")));
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        // A refusal is kept as well; but what is done once must mostly be done.
        Assert.True(done.Count(d => d.First.Status < 300) > done.Count * 2 / 3, "Most are refused: this shows little.");

        await AfterCrashAsync(app, town, done, over: false, wrong);
        await AfterCrashAsync(app, town, done, over: true, wrong);
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    // Whatever takes something away comes after what needs it.
    private static int Turn(ApiOperation operation) => operation.Id switch
    {
        "DisableSubscription" => 3,
        "EnableSubscription" => 4,
        "DeleteSubscription" => 5,
        _ when operation.Method == HttpMethod.Put => 0,
        _ when operation.Method == HttpMethod.Delete => 2,
        _ => 1,
    };

    private static string Path(ApiOperation operation, AbusedTown town, Tenant other) => operation.Id switch
    {
        "PutSubscription" => "/subscriptions/00000000-0000-4000-8000-00000000abcd",
        "DeleteSubscription" or "DisableSubscription" or "EnableSubscription" => operation.Fill(_ => other.Id.ToString()),
        "PutDeployment" => town.Tenant.Path($"/services/{town.Web}/deployments/staging"),
        "PutRollout" => "/fabric/rollouts/once-more",
        "InstallBundle" or "CancelBundle" or "OverrideBundle" => operation.Fill(_ => "south-c2"),
        "ProvisionNode" => "/fabric/nodes/south-c1-r2-n03/provision",
        "RepairNode" => "/fabric/nodes/south-c1-r3-n03/repair",
        "DecommissionNode" => "/fabric/nodes/south-c1-r4-n03/decommission",
        _ => operation.Fill(name => operation.Method == HttpMethod.Put && name == operation.Names[^1] ? "once-new" : town.Value(operation, name)),
    };

    private static async Task OnceAsync(RdfeApp app, AbusedTown town, Case asked, List<string> wrong)
    {
        var before = await Logged(app, asked);
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Send(town.Tenant.Http, asked, town)));
        // Who comes while the whole fabric is replaced is sent away, and nothing is done.
        var first = answers.Where(a => !a.Replayed && !a.Body.Contains("idempotencyKeyInUse", StringComparison.Ordinal)
            && !a.Body.Contains("fabricBeingReplaced", StringComparison.Ordinal)).ToList();
        if (first.Count != 1 || first[0].Status is 400 or >= 500)
        {
            wrong.Add($"{asked.Operation}, at once: {string.Join(" | ", answers.AsEnumerable())}");
            asked.First = answers[0];
            return;
        }

        asked.First = first[0];
        Same(asked, await Send(town.Tenant.Http, asked, town), "again", wrong);
        var another = await Send(town.Tenant.Http, asked, town, other: true);
        if (another.Status != 422 || !another.Body.Contains("idempotencyKeyReused", StringComparison.Ordinal))
        {
            wrong.Add($"{asked.Operation}, with another body: {another}");
        }

        var logged = await Logged(app, asked) - before;
        if (logged != 1)
        {
            wrong.Add($"{asked.Operation} is {logged} times in the activity log.");
        }
    }

    private static async Task<int> Logged(RdfeApp app, Case asked)
    {
        await using var db = await app.Services.GetRequiredService<IDbContextFactory<RdfeDbContext>>().CreateDbContextAsync();
        return await db.Set<ActivityRow>().CountAsync(a => a.Path == asked.Path && a.Method == asked.Operation.Method.Method);
    }

    // The file as it is at this instant, as a crash would leave it, and a new program on it.
    private static async Task AfterCrashAsync(RdfeApp crashed, AbusedTown town, List<Case> done, bool over, List<string> wrong)
    {
        // So that nothing is under way while the files are copied one after the other.
        await crashed.Services.GetRequiredService<Committer>().CommitAsync(_ => { });
        using var app = RdfeApp.With(("Rdfe:Takeover:LeaseDuration", "00:00:01"), ("Rdfe:Takeover:PollInterval", "00:00:00.05"));
        // Ids of tests begin anew with each program; here they must not, or they would meet those in the file.
        app.Replace = s => s.AddSingleton<IdSource>(new SeededIds(over ? 3 : 2));
        foreach (var file in Directory.EnumerateFiles(crashed.Folder, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith("-shm", StringComparison.Ordinal)))
        {
            var copy = System.IO.Path.Combine(app.Folder, System.IO.Path.GetRelativePath(crashed.Folder, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }

        if (over)
        {
            await using var file = new SqliteConnection($"Data Source={System.IO.Path.Combine(app.Folder, "rdfe.db")};Pooling=False");
            await file.OpenAsync();
            await using var back = file.CreateCommand();
            back.CommandText = "UPDATE \"Idempotency\" SET \"CreatedAt\" = \"CreatedAt\" - 25 * 36000000000";
            Assert.True(await back.ExecuteNonQueryAsync() >= done.Count);
        }

        var http = app.Operator;
        for (var patience = 0; !(await http.GetAsync("/health/ready")).IsSuccessStatusCode; patience++)
        {
            Assert.True(patience < 400, "The program does not come up again.");
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        foreach (var asked in done)
        {
            var answer = await Send(http, asked, town);
            if (!over)
            {
                Same(asked, answer, "after a crash", wrong);
            }
            else if (answer.Replayed || answer.Status is 422 or >= 500)
            {
                wrong.Add($"{asked.Operation}, when the key is over: {answer}");
            }
        }

        app.CheckBooks();
    }

    private static void Same(Case asked, Answered again, string when, List<string> wrong)
    {
        // A secret is shown once; trace ids are the request's own.
        static string Lasting(string body) => System.Text.RegularExpressions.Regex.Replace(body, "\"(secret|traceId)\":(\"[^\"]*\"|null)", "");
        if (!again.Replayed || again.Status != asked.First.Status || again.Headers != asked.First.Headers || Lasting(again.Body) != Lasting(asked.First.Body))
        {
            wrong.Add($"{asked.Operation}, {when}:\n  first {asked.First}\n  then  {again}");
        }
    }

    private static async Task<Answered> Send(HttpClient http, Case asked, AbusedTown town, bool other = false)
    {
        using var request = new HttpRequestMessage(asked.Operation.Method, asked.Path) { Content = Content(asked.Operation, town, other) };
        request.Headers.Add("Idempotency-Key", asked.Key);
        using var response = await http.SendAsync(request);
        var told = string.Join(", ", response.Headers.Where(h => h.Key is "ETag" or "Operation-Location").Select(h => $"{h.Key}: {h.Value.Single()}"));
        return new((int)response.StatusCode, told, await response.Content.ReadAsStringAsync(), response.Headers.Contains("Idempotent-Replayed"));
    }

    internal static HttpContent? Content(ApiOperation operation, AbusedTown town, bool other) => operation.Id switch
    {
        "PutPackage" => Samples.Body(other ? Samples.Package("hello-web", ("more", "x")) : Samples.Package("hello-web")),
        "PutTopology" => RdfeApp.Text(Topology(other)),
        _ when SampleBodies.Text(operation.Id, town) is { } text => RdfeApp.Text(other ? text.Other : text.Body),
        // What takes no body takes an empty one, which is another one.
        _ => other ? RdfeApp.Text("{}") : null,
    };

    private static string Topology(bool other)
    {
        var document = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(System.IO.Path.Combine(Repository.Root, "topologies", "small.json")))!;
        document["description"] = other ? "another" : "one";
        return document.ToJsonString();
    }

    private sealed record Case(ApiOperation Operation, string Path, string Key)
    {
        public Answered First { get; set; } = null!;
    }

    private sealed record Answered(int Status, string Headers, string Body, bool Replayed);
}
