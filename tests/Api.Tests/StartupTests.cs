using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Settings;
using Rdfe.Testing;

namespace Rdfe.Api.Tests;

public sealed class StartupTests
{
    [Fact]
    public void Wrong_settings_are_all_named_at_once()
    {
        var result = new RdfeOptionsRules().Validate(null, new RdfeOptions
        {
            Clock = { Rate = -1 },
            Store = { MaxBatch = 0 },
            Limits = { MaxJsonDepth = 1000 },
        });
        Assert.Equal(3, result.Failures!.Count());
    }

    [Fact, Trait("spec", "W5")]
    public void The_platforms_own_window_is_read_at_start_and_what_is_wrong_with_it_is_named()
    {
        Assert.Null(new WindowOptions().ToSettings().DefaultWindow);
        var nights = new WindowOptions
        {
            DefaultWindow = { StartsAt = "2012-01-01T22:00", Duration = TimeSpan.FromHours(8), TimeZone = "Europe/Berlin", Recurrence = "Day" },
        };
        Assert.True(new RdfeOptionsRules().Validate(null, new RdfeOptions { Windows = nights }).Succeeded);
        Assert.Equal("Day", nights.ToSettings().DefaultWindow!.Text.Recurrence);

        nights.DefaultWindow.TimeZone = "Mars/Olympus";
        nights.MinDuration = TimeSpan.FromDays(8);
        var failures = new RdfeOptionsRules().Validate(null, new RdfeOptions { Windows = nights }).Failures!.ToList();
        Assert.Equal(2, failures.Count);
        Assert.StartsWith("Rdfe:Windows:DefaultWindow:TimeZone: There is no IANA time zone", failures[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Idempotency_records_are_kept_for_their_time_and_then_trimmed()
    {
        var clock = new TestClock();
        using var app = new RdfeApp { Replace = s => s.AddSingleton<TimeProvider>(clock) };
        var tenant = await app.TenantAsync();
        var request = new HttpRequestMessage(HttpMethod.Put, tenant.Path("/affinityGroups/a"))
        {
            Content = RdfeApp.Json(new { region = "north" }),
        };
        request.Headers.Add("Idempotency-Key", "k");
        await tenant.Http.SendAsync(request).Expect(201);
        var trimmer = app.Services.GetRequiredService<Trimmer>();
        clock.Advance(TimeSpan.FromHours(23));
        Assert.Equal(0, await trimmer.TrimAsync(CancellationToken.None));
        clock.Advance(TimeSpan.FromHours(2));
        Assert.Equal(1, await trimmer.TrimAsync(CancellationToken.None));
    }

    [Fact]
    public async Task A_full_disk_is_503_and_the_program_goes_on()
    {
        using var app = new RdfeApp();
        var tenant = await app.TenantAsync();
        var committer = app.Services.GetRequiredService<Committer>();
        await committer.CommitAsync(u => { u.Execute("PRAGMA max_page_count=1"); });
        await Assert.ThrowsAsync<StoreFault>(() => committer.CommitAsync(u =>
            u.Insert(new MetaRow { Key = "large", Value = new string('x', 1 << 22) })));
        await tenant.Put("/affinityGroups/a", new { region = "north" }).Expect(201);
    }

    [Fact]
    public async Task The_operators_key_is_made_once_and_only_its_user_may_read_it()
    {
        using var app = RdfeApp.With(("Rdfe:OperatorKey", ""));
        _ = app.ClientWith(null);
        var file = Path.Combine(app.Folder, "operator.key");
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        await app.ClientWith(await File.ReadAllTextAsync(file)).GetAsync("/subscriptions").Expect(200);
    }
}
