// The disk and the file beneath the program fail, as seen through the door: locked, read-only, full, damaged. Nothing is
// answered as a server error, nothing accepted is lost, nothing is half done, and it goes on by itself when the fault goes.
using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Rdfe.Api.Http;
using Rdfe.Api.Tests.Crash;
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Api.Tests.Abuse;

[Trait("spec", "R6")]
public sealed class StoreFaultTests
{
    private const byte Rubbish = 0xA5;
    private const int Page = 4096;

    [Theory]
    [InlineData(5, 503)]
    [InlineData(6, 503)]
    [InlineData(8, 503)]
    [InlineData(10, 503)]
    [InlineData(11, 503)]
    [InlineData(13, 503)]
    [InlineData(14, 503)]
    [InlineData(26, 503)]
    [InlineData(1, 500)]
    public async Task A_store_that_fails_under_a_read_is_unavailable_and_a_mistake_is_not(int sqlite, int status)
    {
        using var body = new MemoryStream();
        var http = new DefaultHttpContext();
        http.Response.Body = body;
        var edge = new EdgeMiddleware(
            _ => throw new SqliteException("it failed", sqlite), StoreStartup.OptionsFor("none.db"), NullLogger<EdgeMiddleware>.Instance);
        await edge.InvokeAsync(http);
        Assert.Equal(status, http.Response.StatusCode);
        Assert.Equal(status == 503 ? "1" : "", http.Response.Headers.RetryAfter.ToString());
        Assert.Contains(status == 503 ? "\"storeUnavailable\"" : "\"internalError\"", System.Text.Encoding.UTF8.GetString(body.ToArray()), StringComparison.Ordinal);
        Assert.False(File.Exists("none.db"));
    }

    [Fact]
    public async Task While_another_program_holds_the_lock_reads_go_on_and_nothing_is_half_done()
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync();
        await Put(tenant, "before").Expect(201);
        await using (var other = new SqliteConnection($"Data Source={Database(app)};Pooling=False"))
        {
            await other.OpenAsync();
            await Execute(other, "BEGIN EXCLUSIVE");
            await Unavailable(tenant, "meanwhile", "lock");
            await tenant.Get("/affinityGroups/before").Expect(200);
            await tenant.Get("/affinityGroups/meanwhile").Expect(404);
            await app.Operator.GetAsync("/health/ready").Expect(200);
            await Execute(other, "ROLLBACK");
        }

        await Again(app, tenant, ["before"], ["meanwhile"]);
    }

    [Fact]
    public async Task While_the_file_cannot_be_written_reads_go_on_and_nothing_is_half_done()
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync();
        await Put(tenant, "before").Expect(201);
        var faulty = true;
        var committer = app.Services.GetRequiredService<Committer>();
        committer.Opened = unit => unit.Execute($"PRAGMA query_only={(Volatile.Read(ref faulty) ? 1 : 0)}");
        await committer.AloneAsync(() => true, replaced: false);

        await Unavailable(tenant, "meanwhile", "cannot be written");
        await Unavailable(tenant, "meanwhile", "cannot be written");
        await tenant.Get("/affinityGroups/before").Expect(200);
        await tenant.Get("/affinityGroups/meanwhile").Expect(404);

        Volatile.Write(ref faulty, false);
        await Again(app, tenant, ["before"], ["meanwhile"]);
    }

    [Fact]
    public async Task While_the_disk_is_full_what_needs_no_room_is_done_whole_and_the_rest_not_at_all()
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync(new { affinityGroups = 1000 });
        var faulty = true;
        var committer = app.Services.GetRequiredService<Committer>();
        // Clamped to what the file has: not a page more.
        committer.Opened = unit => unit.Execute($"PRAGMA max_page_count={(Volatile.Read(ref faulty) ? 1 : 1_000_000_000)}");
        await committer.AloneAsync(() => true, replaced: false);

        var (accepted, refused) = (new List<string>(), new List<string>());
        for (var i = 0; i < 300 && refused.Count < 10; i++)
        {
            using var answer = await Put(tenant, "g" + i);
            (answer.IsSuccessStatusCode ? accepted : refused).Add("g" + i);
            if (!answer.IsSuccessStatusCode)
            {
                await Task.FromResult(answer).ExpectProblem(503, "storeUnavailable");
            }
        }

        Assert.True(refused.Count == 10, $"{accepted.Count} were accepted, and nothing was refused as it should be.");
        foreach (var name in accepted)
        {
            await tenant.Get("/affinityGroups/" + name).Expect(200);
        }

        foreach (var name in refused)
        {
            await tenant.Get("/affinityGroups/" + name).Expect(404);
        }

        Volatile.Write(ref faulty, false);
        // What is open has no room yet, until it fails or is closed; a disk that has room again needs neither.
        await committer.AloneAsync(() => true, replaced: false);
        await Again(app, tenant, accepted, refused);
    }

    [Theory]
    [InlineData(0.25, 0.75)]
    [InlineData(0.0, 1.0)]
    public async Task A_file_that_is_damaged_while_it_is_served_is_told_and_served_again_when_it_is_put_right(double from, double to)
    {
        using var app = new RdfeApp();
        var town = await AbusedTown.BuildAsync(app, "torn");
        await Put(town.Tenant, "torn-before").Expect(201);
        var reads = ApiDocument.Operations.Where(o => o.Method == HttpMethod.Get && o.Id != "StreamEvents")
            .Select(o => (Id: o.Id, Path: town.Path(o))).ToList();
        var before = await Statuses(app, reads);
        var committer = app.Services.GetRequiredService<Committer>();
        var whole = await committer.AloneAsync(() => Damage(Database(app), from, to), replaced: false);

        var answers = await Statuses(app, reads);
        var wrong = answers.Where(a => a.Value is not "503 storeUnavailable" && a.Value != before[a.Key]).ToList();
        Assert.True(wrong.Count == 0, string.Join(", ", wrong));
        Assert.Contains("503 storeUnavailable", answers.Values);
        var (accepted, refused) = (new List<string> { "torn-before" }, new List<string>());
        for (var i = 0; i < 5; i++)
        {
            using var answer = await Put(town.Tenant, "torn" + i);
            (answer.IsSuccessStatusCode ? accepted : refused).Add("torn" + i);
            if (!answer.IsSuccessStatusCode)
            {
                await Task.FromResult(answer).ExpectProblem(503, "storeUnavailable");
            }
        }

        Assert.True(to < 1 || refused.Count == 5);
        await committer.AloneAsync(() => Repair(Database(app), whole), replaced: false);
        Assert.Equal(before, await Statuses(app, reads));
        await Again(app, town.Tenant, accepted, refused);
        // The clusters and the clock go on as well.
        await app.Advance(60);
        app.CheckBooks();
    }

    [Fact]
    public async Task A_file_that_was_damaged_before_the_start_is_refused_in_a_sentence_and_left_as_it_is()
    {
        var folder = Directory.CreateTempSubdirectory("rdfe-test-").FullName;
        try
        {
            var file = Path.Combine(folder, "rdfe.db");
            using (var app = new RdfeApp())
            {
                await Put(await app.TenantAsync(), "before").Expect(201);
                await app.Services.GetRequiredService<Committer>().AloneAsync(
                    () =>
                    {
                        Checkpoint(Database(app));
                        File.Copy(Database(app), file);
                        return true;
                    },
                    replaced: false);
            }

            var whole = Damage(file, 0.4, 0.6);
            var damaged = await File.ReadAllBytesAsync(file);
            var (code, said) = await Run(folder);
            Assert.Equal(1, code);
            Assert.Contains("The store's file is damaged. Nothing was changed: put a copy of the data folder back", said, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
            Assert.Equal(damaged, await File.ReadAllBytesAsync(file));

            Repair(file, whole);
            using var served = await ServerProcess.Start(folder, 0);
            using var http = served.Client();
            await http.GetAsync("/subscriptions").Expect(200);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Database(RdfeApp app) => Path.Combine(app.Folder, "rdfe.db");

    private static Task<HttpResponseMessage> Put(Tenant tenant, string name)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, tenant.Path("/affinityGroups/" + name)) { Content = RdfeApp.Text("""{ "region": "north" }""") };
        request.Headers.Add("Idempotency-Key", "of " + name);
        return tenant.Http.SendAsync(request);
    }

    private static async Task Unavailable(Tenant tenant, string name, string why)
    {
        using var answer = await Put(tenant, name);
        Assert.Equal("1", answer.Headers.RetryAfter?.ToString());
        var problem = await Task.FromResult(answer).ExpectProblem(503, "storeUnavailable");
        Assert.Contains(why, (string)problem["detail"]!, StringComparison.Ordinal);
    }

    // The fault has gone: what was accepted is there, and what was refused is done when it is asked again with its key.
    private static async Task Again(RdfeApp app, Tenant tenant, IEnumerable<string> accepted, IEnumerable<string> refused)
    {
        foreach (var name in accepted)
        {
            await tenant.Get("/affinityGroups/" + name).Expect(200);
        }

        foreach (var name in refused)
        {
            using var answer = await Put(tenant, name);
            Assert.False(answer.Headers.Contains("Idempotent-Replayed"), "What was refused was remembered.");
            await Task.FromResult(answer).Expect(201);
            await Put(tenant, name).Expect(201);
        }

        app.CheckBooks();
    }

    private static async Task<SortedDictionary<string, string>> Statuses(RdfeApp app, IEnumerable<(string Id, string Path)> reads)
    {
        var found = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (id, path) in reads)
        {
            using var answer = await app.Operator.GetAsync(path);
            var code = answer.IsSuccessStatusCode || answer.Content.Headers.ContentType?.MediaType != Problems.MediaType
                ? "" : (string?)System.Text.Json.Nodes.JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["code"];
            found[id] = $"{(int)answer.StatusCode} {code}";
        }

        return found;
    }

    // Everything is in the one file afterwards, and nobody has any of it in memory.
    private static void Checkpoint(string file)
    {
        SqliteConnection.ClearAllPools();
        using var connection = new SqliteConnection($"Data Source={file};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
        command.ExecuteNonQuery();
    }

    // All but the first page, from one share of the file to another; gives what the file was.
    private static byte[] Damage(string file, double from, double to)
    {
        Checkpoint(file);
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var whole = new byte[stream.Length];
        stream.ReadExactly(whole);
        var pages = whole.Length / Page;
        Assert.True(pages > 20);
        var rubbish = new byte[Page];
        Array.Fill(rubbish, Rubbish);
        for (var page = Math.Max(1, (int)(pages * from)); page < pages * to; page++)
        {
            stream.Position = (long)page * Page;
            stream.Write(rubbish);
        }

        return whole;
    }

    // What was written meanwhile stays.
    private static bool Repair(string file, byte[] whole)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var page = new byte[Page];
        for (var at = 0; at + Page <= whole.Length; at += Page)
        {
            stream.Position = at;
            stream.ReadExactly(page);
            if (!page.AsSpan().ContainsAnyExcept(Rubbish))
            {
                stream.Position = at;
                stream.Write(whole, at, Page);
            }
        }

        return true;
    }

    private static async Task Execute(SqliteConnection connection, string sql)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // A constant of this file.
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<(int Code, string Said)> Run(string folder)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "Rdfe.Api.dll"), "--urls", "http://127.0.0.1:0" },
            WorkingDirectory = folder,
            RedirectStandardError = true,
        };
        start.Environment["Rdfe__DataFolder"] = folder;
        using var process = Process.Start(start)!;
        var said = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(60));
        }
        catch (TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        return (process.ExitCode, await said);
    }
}
