// The whole program on its own server, sent what nobody should send. In a test run a short seeded set; the long form:
// RDFE_FUZZ=50000 dotnet run -c Release --project tests/Api.Tests -- -class "*FuzzTests" -showLiveOutput
using System.Globalization;

namespace Rdfe.Api.Tests.Abuse;

public sealed class FuzzTests(ITestOutputHelper output)
{
    private static readonly int Requests = Setting("RDFE_FUZZ", 1000);
    private static readonly int Seed = Setting("RDFE_FUZZ_SEED", 20120229);

    // So many requests after which the fabric is put back in the long form, so that there is always something to abuse.
    private const int Lives = 5000;

    [Fact, Trait("spec", "R7")]
    public async Task Whatever_is_sent_is_answered_soon_without_a_server_error_and_the_books_balance()
    {
        using var app = new RdfeApp();
        app.UseKestrel(0);
        _ = app.Operator;
        var address = app.ClientOptions.BaseAddress;
        using var run = new FuzzRun(app, address, Seed);
        var isLong = Requests > Lives;
        if (isLong)
        {
            // What is only made once is made before it is measured.
            await run.SendAsync(Lives, Lives);
            await run.ReplaceAsync();
        }

        var before = await HeapAsync(isLong);
        await run.SendAsync(Requests, Lives);
        if (isLong)
        {
            await run.ReplaceAsync();
        }

        var after = await HeapAsync(isLong);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{run.Sent} requests, longest {run.Longest.TotalMilliseconds:0} ms, heap {before / 1048576.0:0.0} MiB before and {after / 1048576.0:0.0} MiB after"));
        output.WriteLine("Answers: " + string.Join(", ", run.Statuses.Select(s => $"{s.Key}: {s.Value}")));
        output.WriteLine("Never succeeded: " + string.Join(", ", ApiDocument.Operations.Select(o => o.Id).Except(run.Succeeded)));
        Assert.True(run.Findings.Count == 0, string.Join("\n", run.Findings));
        Assert.True(!isLong || after <= before * 1.1, $"The heap grew from {before} to {after} bytes.");
        // A fuzzer whose requests are all refused at the door looks at nothing behind it.
        Assert.True(run.Succeeded.Count > ApiDocument.Operations.Count / 2, $"Only {run.Succeeded.Count} operations ever succeeded.");
    }

    [Fact]
    public async Task A_chunk_whose_size_no_number_holds_was_a_server_error()
    {
        using var app = new RdfeApp();
        app.UseKestrel(0);
        var tenant = await app.TenantAsync();
        using var connection = new RawConnection(app.ClientOptions.BaseAddress);
        var request = $"PUT {tenant.Path("/affinityGroups/a")} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {RdfeApp.OperatorKey}\r\n"
            + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\nffffffffffffffff\r\n";
        var answer = await connection.SendAsync(System.Text.Encoding.ASCII.GetBytes(request), head: false, endsHere: false);
        Assert.Equal(400, answer.Status);
        Assert.Contains("badRequest", answer.Body, StringComparison.Ordinal);
    }

    // The runtime's array pools keep what was rented for a body of a megabyte, for each thread and size. A collection notes what lies
    // there unused, and one half a minute later lets go of it: what is measured is what the program keeps, not what threads had to do last.
    private static async Task<long> HeapAsync(bool emptyPools)
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            GC.WaitForPendingFinalizers();
            if (emptyPools && i < 2)
            {
                await Task.Delay(TimeSpan.FromSeconds(35), TimeProvider.System);
            }
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static int Setting(string name, int otherwise) =>
        int.Parse(Environment.GetEnvironmentVariable(name) ?? otherwise.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
