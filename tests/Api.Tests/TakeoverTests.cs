// Two programs on one data folder (F2): one serves, the other stands by and takes over. Each has a clock of its own.
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Takeover;
using Rdfe.Testing;

namespace Rdfe.Api.Tests;

public sealed class TakeoverTests
{
    private readonly TestClock clock = new();

    [Fact, Trait("spec", "F2")]
    public async Task A_standby_serves_nothing_and_takes_over_with_what_the_store_says_when_the_lease_has_expired()
    {
        using var standby = Contender(null, clock);
        using var primary = Contender(standby.Folder, new TestClock());
        // The first to start is the primary.
        var tenant = await primary.TenantAsync();
        var (waiting, serving) = (standby.Operator, primary.Operator);

        await waiting.GetAsync("/health/live").Expect(200);
        var problem = await waiting.GetAsync("/health/ready").ExpectProblem(503, "standby");
        Assert.Contains("standby", (string?)problem["detail"], StringComparison.Ordinal);
        await waiting.GetAsync("/subscriptions").ExpectProblem(503, "notPrimary");
        await waiting.PutAsync($"/subscriptions/{tenant.Id}", RdfeApp.Json(new { displayName = "x" })).ExpectProblem(503, "notPrimary");
        using (var refused = await waiting.GetAsync("/swagger/index.html"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
            Assert.NotEmpty(refused.Headers.GetValues("Retry-After"));
        }

        Assert.Equal(1, (long)(await serving.GetAsync("/fabric/controller").Expect(200))["epoch"]!);
        var reader = await tenant.As("reader");
        await serving.PutAsync("/fabric/safeMode",
            RdfeApp.Json(new { scopes = new[] { new { name = "all", reason = "drill" } } })).Expect(200);

        clock.Advance(TimeSpan.FromMinutes(11));
        await Ready(waiting);

        // What the old one held in memory, the new one has from the store: keys, documents, safe mode.
        var now = await waiting.GetAsync("/fabric/controller").Expect(200);
        Assert.Equal(2, (long)now["epoch"]!);
        Assert.Equal(Environment.ProcessId, (int)now["processId"]!);
        await standby.ClientWith(reader.Http.DefaultRequestHeaders.Authorization!.Parameter).GetAsync(tenant.Path("")).Expect(200);
        await waiting.PutAsync(tenant.Path("/affinityGroups/late"), RdfeApp.Json(new { region = "north" })).ExpectProblem(503, "safeMode");
        await waiting.PutAsync("/fabric/safeMode", RdfeApp.Json(new { scopes = Array.Empty<object>() })).Expect(200);

        // The old one, whose clock stood still, believes that its lease runs. The epoch knows better.
        using var late = await serving.PutAsync(tenant.Path("/affinityGroups/late"), RdfeApp.Json(new { region = "north" }));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, late.StatusCode);
        Assert.Contains("notPrimary", await late.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.NotEmpty(late.Headers.GetValues("Retry-After"));
        await waiting.GetAsync(tenant.Path("/affinityGroups/late")).Expect(404);
    }

    [Fact, Trait("spec", "F2")]
    public async Task A_primary_that_is_stopped_hands_over_at_once()
    {
        using var standby = Contender(null, clock);
        Guid subscription;
        using (var primary = Contender(standby.Folder, clock))
        {
            subscription = (await primary.TenantAsync()).Id;
            await standby.Operator.GetAsync("/health/ready").ExpectProblem(503, "standby");
        }

        // The clock stands still: the lease, of ten minutes, has not expired. It was given up.
        await Ready(standby.Operator);
        await standby.Operator.GetAsync($"/subscriptions/{subscription}").Expect(200);
        Assert.Equal(PrimacyState.Primary, standby.Services.GetRequiredService<Primacy>().State);
    }

    [Fact, Trait("spec", "F2")]
    public void A_program_that_knows_no_epochs_is_not_let_in_beside_and_lets_nobody_in()
    {
        using var app = new RdfeApp();
        _ = app.Operator;
        FileStream Alone(string folder) =>
            new(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        Assert.ThrowsAny<IOException>(() => Alone(app.Folder));

        using var other = new RdfeApp();
        using var older = Alone(other.Folder);
        Assert.Contains("Rdfe:DataFolder", Assert.Throws<DataFolderRefused>(() => new DataFolder(other.Folder)).Message);
    }

    private static RdfeApp Contender(string? folder, TestClock clock)
    {
        var app = RdfeApp.With(("Rdfe:Takeover:LeaseDuration", "00:10:00"), ("Rdfe:Takeover:PollInterval", "00:00:00.02"));
        app.Replace = s => s.AddSingleton<TimeProvider>(clock);
        if (folder is not null)
        {
            app.Set("Rdfe:DataFolder", folder);
        }

        return app;
    }

    private static async Task Ready(HttpClient client)
    {
        for (var patience = 0; patience < 500; patience++)
        {
            using var response = await client.GetAsync("/health/ready");
            if (response.IsSuccessStatusCode)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        Assert.Fail("It did not take over.");
    }
}
