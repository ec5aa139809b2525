// Bodies within the limit that cost more to refuse than to send.
using System.Diagnostics;

namespace Rdfe.Api.Tests.Abuse;

public sealed class LargeBodyTests(RdfeApp app)
{
    [Theory]
    [InlineData("1,\"\"", "/virtualNetworks/a", """{ "services": [@] }""")]
    [InlineData("\"virtualMachines/a\"", "/maintenanceConfigurations/a", """{ "window": { "startsAt": "2027-03-01T22:00", "duration": "PT4H", "timeZone": "Etc/UTC", "recurrence": "Day" }, "assignments": [@] }""")]
    [InlineData("{}", "/virtualMachines/a", """{ "region": "north", "size": "Small", "image": "ubuntu-22.04", "dataDisks": [@] }""")]
    [InlineData("{\"name\":\"a\",\"protocol\":\"tcp\",\"publicPort\":80,\"localPort\":80}", "/virtualMachines/a", """{ "region": "north", "size": "Small", "image": "ubuntu-22.04", "endpoints": [@] }""")]
    [InlineData("{\"name\":\"\",\"share\":7}", "/fabric/rollouts/a", """{ "hostUpdate": "none", "stages": [@] }""")]
    public async Task A_body_with_half_a_million_errors_took_minutes_to_refuse_and_was_answered_with_megabytes(string item, string path, string body)
    {
        var tenant = await app.TenantAsync();
        var items = string.Join(',', Enumerable.Repeat(item, ((1 << 20) - 300) / (item.Length + 1)));
        var watch = Stopwatch.StartNew();
        using var answer = await tenant.Http.PutAsync(
            path.StartsWith("/fabric", StringComparison.Ordinal) ? path : tenant.Path(path), RdfeApp.Text(body.Replace("@", items, StringComparison.Ordinal)))
            .WaitAsync(TimeSpan.FromSeconds(60));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.InRange((int)answer.StatusCode, 400, 409);
        Assert.True(text.Length < 1 << 20, $"{text.Length} characters, after {watch.Elapsed}");
        // On a machine that runs other tests beside; by itself it is a fraction of a second.
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), $"{watch.Elapsed}");
    }
}
