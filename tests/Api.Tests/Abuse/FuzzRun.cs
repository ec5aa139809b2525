// Sends what FuzzRequests draws, and holds every answer to what the contract promises whatever is sent: no server error,
// no long wait, every refusal a problem with a known code, no word of how the program is built.
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Rdfe.Testing;

namespace Rdfe.Api.Tests.Abuse;

internal sealed partial class FuzzRun(RdfeApp app, Uri address, int seed) : IDisposable
{
    private const int MostFindings = 25;
    private static readonly TimeSpan TooLong = TimeSpan.FromSeconds(2);
    // A clock that is advanced does all that falls due on the way; packages are read whole; a fabric is put back or copied.
    private static readonly HashSet<string> MayTakeLong =
        ["AdvanceClock", "PutPackage", "StreamEvents", "ResetFabric", "RestoreSnapshot", "SeedFabric", "TakeSnapshot"];

    // What may be answered with 503, and asked again.
    private static readonly HashSet<string> Shed =
        ["safeMode", "regionReadOnly", "clusterReadOnly", "overloaded", "fabricBeingReplaced", "fabricReplaced", "clockAdvancing"];

    private static readonly HashSet<string> Known = [.. Codes().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "problem-codes.md"))).Select(m => m.Groups[1].Value)];

    private readonly FuzzRequests requests = new(new Random(seed));
    private readonly RawConnection connection = new(address);
    private AbusedTown? town;

    public List<string> Findings { get; } = [];

    /// <summary>How often each status was answered.</summary>
    public SortedDictionary<int, int> Statuses { get; } = [];

    public HashSet<string> Succeeded { get; } = [];

    public TimeSpan Longest { get; private set; }

    public int Sent { get; private set; }

    /// <summary>Sends so many; the fabric is put back after every <paramref name="lives"/> of them.</summary>
    public async Task SendAsync(int count, int lives)
    {
        for (var i = 0; i < count && Findings.Count < MostFindings; i++)
        {
            if (town is null || (Sent > 0 && Sent % lives == 0))
            {
                await ReplaceAsync();
            }

            await SendAsync(requests.Next(town!));
            if (Sent % 100 == 50)
            {
                // What was begun goes on.
                await app.Advance(10);
            }

            if (++Sent % 500 == 0)
            {
                await StandsAsync();
            }
        }

        await StandsAsync();
    }

    /// <summary>The fabric as at its first start, with one town in it.</summary>
    public async Task ReplaceAsync()
    {
        if (Sent > 0)
        {
            await app.Operator.Post("/fabric/emulator/reset").Expect(200);
        }

        town = await AbusedTown.BuildAsync(app, "fuzz");
    }

    public void Dispose() => connection.Dispose();

    private async Task SendAsync(FuzzRequest request)
    {
        var watch = Stopwatch.StartNew();
        var answer = await connection.SendAsync(request.Wire, request.Head, request.EndsHere);
        var took = watch.Elapsed;
        if (took > TooLong && !MayTakeLong.Contains(request.Operation.Id))
        {
            // A busy machine may be slow once. What is slow by itself is slow again.
            watch.Restart();
            await connection.SendAsync(request.Wire, request.Head, request.EndsHere);
            took = watch.Elapsed < took ? watch.Elapsed : took;
            if (took > TooLong)
            {
                Found(request, answer, $"it took {took.TotalSeconds:0.0} s");
            }
        }

        Longest = took > Longest && !MayTakeLong.Contains(request.Operation.Id) ? took : Longest;
        Statuses[answer.Status] = Statuses.GetValueOrDefault(answer.Status) + 1;
        if (WhatIsWrong(request, answer) is { } wrong)
        {
            Found(request, answer, wrong);
        }

        if (answer.Status is >= 200 and < 300 && !request.Head)
        {
            Succeeded.Add(request.Operation.Id);
            await MendAsync(request, answer);
        }
    }

    private static string? WhatIsWrong(FuzzRequest request, RawAnswer answer)
    {
        if (answer.Status == 0)
        {
            return request.NotHttp || request.EndsHere ? null : "the connection was closed without an answer";
        }

        if (answer.Body.Contains("   at ", StringComparison.Ordinal) || answer.Body.Contains("Exception", StringComparison.Ordinal))
        {
            return "it tells how the program is built";
        }

        if (!answer.IsOfTheProgram)
        {
            return request.NotHttp && answer.Status is >= 400 and < 500 ? null : "it was not the program that answered";
        }

        if (answer.Status < 400)
        {
            return answer.Status is 200 or 201 or 202 && !request.Head && answer.MediaType.EndsWith("json", StringComparison.Ordinal) && Read(answer.Body) is null ? "it is not JSON" : null;
        }

        if (request.Head)
        {
            return answer.Status < 500 ? null : "it is a server error";
        }

        // The metadata service of an instance has errors of its own shape (D7).
        var problem = Read(answer.Body);
        if (request.Operation.Path.StartsWith("/instances", StringComparison.Ordinal) && problem?["error"] is not null)
        {
            return answer.Status < 500 ? null : "it is a server error";
        }

        return problem is null || answer.MediaType != "application/problem+json" ? "it is no problem document"
            : (int?)problem["status"] != answer.Status ? "the status of the problem is another"
            : (string?)problem["code"] is not { } code || !Known.Contains(code) ? $"its code is not in docs/problem-codes.md: {problem["code"]}"
            : answer.Status < 500 ? null
            : answer.Status is 503 or 507 && Shed.Contains(code) && answer.Headers.ContainsKey("retry-after") ? null
            : "it is a server error";
    }

    private static JsonNode? Read(string body)
    {
        try
        {
            return JsonNode.Parse(body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // What would keep all that follows from being looked at.
    private async Task MendAsync(FuzzRequest request, RawAnswer answer)
    {
        switch (request.Operation.Id)
        {
            case "PutSafeMode":
                await app.Operator.Put("/fabric/safeMode", new JsonObject { ["scopes"] = new JsonArray() }).Expect(200);
                break;
            case "PutClock":
                await app.Operator.Put("/fabric/clock", new JsonObject { ["rate"] = 0 }).Expect(200);
                break;
            case "AdvanceClock" when answer.Status == 202:
                // The URL has the host that the request said, which may be anything.
                await app.Operator.EndedAsync("/fabric/operations/" + ((string)JsonNode.Parse(answer.Body)!["operation"]!).Split('/')[^1]);
                break;
            case "DisableSubscription":
                await town!.Tenant.Post("/enable").Expect(200);
                break;
            case "ResetFabric" or "RestoreSnapshot":
                await app.Operator.Post("/fabric/emulator/reset").Expect(200);
                town = await AbusedTown.BuildAsync(app, "fuzz");
                break;
            default:
                break;
        }
    }

    private async Task StandsAsync()
    {
        await app.Operator.GetAsync("/health/ready").Expect(200);
        await app.Operator.GetAsync("/fabric/load").Expect(200);
        try
        {
            app.CheckBooks();
        }
        catch (InvalidOperationException unbalanced)
        {
            Findings.Add(string.Create(CultureInfo.InvariantCulture, $"After number {Sent} of seed {seed}: {unbalanced.Message}"));
        }
    }

    private void Found(FuzzRequest request, RawAnswer answer, string wrong)
    {
        var sent = Encoding.Latin1.GetString(request.Wire);
        Findings.Add(string.Create(CultureInfo.InvariantCulture,
            $"Number {Sent} of seed {seed}, {request.Operation.Id}: {wrong}.\n  sent: {Shown(sent)}\n  got {answer.Status}: {Shown(answer.Body)}"));
    }

    private static string Shown(string text) => JsonEncodedText.Encode(text.Length > 1500 ? text[..1500] + "…" : text).ToString();

    [GeneratedRegex(@"^\| `(\w+)` \|", RegexOptions.Multiline)]
    private static partial Regex Codes();
}
