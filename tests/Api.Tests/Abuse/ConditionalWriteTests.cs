// Of those who saw the same words and would change them at the same time, one does, and the others are told: for every
// resource that has an etag, generated from the OpenAPI document.
using System.Net;
using System.Net.Http.Headers;

namespace Rdfe.Api.Tests.Abuse;

[Trait("spec", "R6")]
public sealed class ConditionalWriteTests(ITestOutputHelper output)
{
    private const int Rounds = 4;

    // Resources whose words stay as they were first written: whoever sends others is refused, each.
    private static readonly HashSet<string> Fixed = ["PutDedicatedHost", "PutDeployment", "PutRollout", "PutStorageAccount", "PutVirtualMachine"];

    private static readonly Dictionary<string, string> Unconditional = new(StringComparer.Ordinal)
    {
        ["ResetFabric"] = "it works on the fabric as a whole, which has no etag",
        ["RestoreSnapshot"] = "it works on the fabric as a whole, which has no etag",
        ["SeedFabric"] = "it works on the fabric as a whole, which has no etag",
        ["TakeSnapshot"] = "it works on the fabric as a whole, which has no etag",
        ["DeleteSnapshot"] = "a snapshot is a file, and never changes",
        ["PreviewAllocation"] = "it changes nothing",
        ["PreviewRollout"] = "it changes nothing",
    };

    [Fact]
    public async Task Of_writers_who_saw_the_same_words_one_wins_and_the_others_get_412()
    {
        using var app = new RdfeApp();
        var town = await AbusedTown.BuildAsync(app, "race");
        var wrong = new List<string>();
        var kept = new HashSet<string>();
        var raced = 0;
        foreach (var put in ApiDocument.Operations.Where(o => o.Method == HttpMethod.Put && o.Headers.Contains("If-Match")))
        {
            var singleton = put.Names.Count == 0;
            var path = singleton ? put.Path : put.Fill(name => name == put.Names[^1] ? Fresh(name) : town.Value(put, name));
            if (!singleton)
            {
                var made = await AtOnce(town, put, path, r => r.Headers.IfNoneMatch.Add(EntityTagHeaderValue.Any));
                One(put, "made by", made, made.Count(a => a.Done), wrong);
                await Settle(app, made);
            }

            for (var round = 0; round < Rounds; round++)
            {
                var tag = await Tag(town, path);
                var answers = await AtOnce(town, put, path, r => r.Headers.TryAddWithoutValidation("If-Match", tag));
                // Words that are there already may be sent by anybody.
                var changed = answers.Count(a => a.Done && a.ETag != tag);
                if (changed == 0 && answers.Any(a => a.Status == 409) && answers.All(a => a.Done || a.Status == 409))
                {
                    kept.Add(put.Id);
                    break;
                }

                One(put, "changed by", answers, changed, wrong);
                raced++;
                if (await Settle(app, answers) && round > 0)
                {
                    break;
                }
            }

            foreach (var other in ApiDocument.Operations.Where(o => o.Path == put.Path && o.Method == HttpMethod.Patch))
            {
                for (var round = 0; round < Rounds; round++)
                {
                    var tag = await Tag(town, path);
                    var answers = await AtOnce(town, other, path, r => r.Headers.TryAddWithoutValidation("If-Match", tag));
                    One(other, "changed by", answers, answers.Count(a => a.Done && a.ETag != tag), wrong);
                    raced++;
                    await Settle(app, answers);
                }
            }

            foreach (var other in ApiDocument.Operations.Where(o => o.Path == put.Path && o.Method == HttpMethod.Delete))
            {
                var tag = await Tag(town, path);
                var answers = await AtOnce(town, other, path, r => r.Headers.TryAddWithoutValidation("If-Match", tag));
                // A deletion that takes time and is asked for again is the same one.
                One(other, "deleted by", answers, answers.Any(a => a.Status == 202) ? 1 : answers.Count(a => a.Done), wrong);
                raced++;
                await Settle(app, answers);
            }
        }

        output.WriteLine($"{raced} races; as they were first: {string.Join(", ", kept)}");
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        Assert.Equal(Fixed.Order(), kept.Order());
        app.CheckBooks();
    }

    [Fact]
    public async Task Whoever_saw_other_words_than_the_present_ones_changes_nothing()
    {
        using var app = new RdfeApp();
        var town = await AbusedTown.BuildAsync(app, "late");
        var wrong = new List<string>();
        var compared = 0;
        Assert.Empty(Unconditional.Keys.Except(ApiDocument.Operations.Select(o => o.Id)));
        foreach (var operation in ApiDocument.Operations.Where(o => o.Headers.Contains("If-Match") && !Unconditional.ContainsKey(o.Id)))
        {
            using var request = new HttpRequestMessage(operation.Method, town.Path(operation)) { Content = IdempotencyMatrixTests.Content(operation, town, false) };
            request.Headers.TryAddWithoutValidation("If-Match", "\"of yesterday\"");
            using var answer = await town.Tenant.Http.SendAsync(request);
            // What is refused for its state is not done either, nor what its sample asks too late.
            compared += answer.StatusCode == HttpStatusCode.PreconditionFailed ? 1 : 0;
            if (answer.StatusCode is not (HttpStatusCode.PreconditionFailed or HttpStatusCode.Conflict)
                && (operation.Id, answer.StatusCode) != ("DeferMaintenance", HttpStatusCode.BadRequest))
            {
                wrong.Add($"{operation.Id}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            }
            else if (answer.StatusCode == HttpStatusCode.Conflict)
            {
                output.WriteLine($"{operation.Id}: {await answer.Content.ReadAsStringAsync()}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
        Assert.True(compared > 60, $"Only {compared} were refused for their condition.");
        app.CheckBooks();
    }

    private static string Fresh(string name) => name switch
    {
        "subscriptionId" => "00000000-0000-4000-8000-00000000ace5",
        "slot" => "staging",
        _ => "race-new",
    };

    // Two with one text, and two with another.
    private static async Task<List<Answered>> AtOnce(AbusedTown town, ApiOperation operation, string path, Action<HttpRequestMessage> on) =>
        [.. await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(async () =>
        {
            using var request = new HttpRequestMessage(operation.Method, path)
            {
                Content = operation.Method == HttpMethod.Delete ? null : IdempotencyMatrixTests.Content(operation, town, i % 2 == 1),
            };
            on(request);
            using var answer = await town.Tenant.Http.SendAsync(request);
            return new Answered((int)answer.StatusCode, answer.Headers.ETag?.ToString(), await answer.Content.ReadAsStringAsync());
        })))];

    // Where the winner's change takes time, the words are the same until it is done, and others are told of it.
    private static void One(ApiOperation operation, string what, List<Answered> answers, int won, List<string> wrong)
    {
        var slow = answers.Any(a => a.Status == 202);
        if (won != 1 || answers.Any(a => !a.Done && a.Status != 412 && !(slow && a.Body.Contains("\"operationInProgress\"", StringComparison.Ordinal))))
        {
            wrong.Add($"{operation.Id}: {what} {won}: {string.Join(" | ", answers)}");
        }
    }

    // What takes time has come to its end; true where something did.
    private static async Task<bool> Settle(RdfeApp app, List<Answered> answers)
    {
        var some = answers.Any(a => a.Status == 202);
        if (some)
        {
            await app.Advance(60);
        }

        return some;
    }

    private static async Task<string?> Tag(AbusedTown town, string path)
    {
        using var answer = await town.Tenant.Http.GetAsync(path);
        return answer.Headers.ETag?.ToString();
    }

    private sealed record Answered(int Status, string? ETag, string Body)
    {
        public bool Done => Status < 300;

        public override string ToString() => $"{Status} {ETag} {(Done ? "" : Body)}";
    }
}
