// The quick start is the first thing that anybody runs: it must work, to the end, against the program as it is; and so must every
// other script that tells a story.
using System.Diagnostics;
using Rdfe.Api.Tests.Crash;
using Rdfe.Testing;

namespace Rdfe.Api.Tests;

public sealed class QuickStartTests
{
    [Fact, Trait("spec", "R7")]
    public async Task The_quick_start_tells_its_whole_story_and_leaves_nothing_behind()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "scripts/quickstart.sh needs bash; scripts/quickstart.ps1 is its twin.");
        var folder = Directory.CreateTempSubdirectory("rdfe-quickstart-").FullName;
        using (var server = await ServerProcess.Start(folder, rate: 600))
        {
            using (var stopped = server.Client())
            {
                await stopped.PutAsync("/fabric/clock", RdfeApp.Json(new { rate = 0 })).Expect(200);
                var refused = await Run(server);
                Assert.Equal(1, refused.ExitCode);
                Assert.Contains("the fabric's clock stands still", refused.Errors, StringComparison.Ordinal);
                await stopped.PutAsync("/fabric/clock", RdfeApp.Json(new { rate = 600 })).Expect(200);
            }

            var (exitCode, said, errors) = await Run(server);
            Assert.True(exitCode == 0, $"It ended with {exitCode}:\n{said}\n{errors}");
            foreach (var line in (string[])["configureNetwork", "because:", "Web_IN_4", "Reboot one instance", "nothing is left", "Done in"])
            {
                Assert.Contains(line, said, StringComparison.Ordinal);
            }

            using var client = server.Client();
            Assert.Empty((await client.GetAsync("/subscriptions").Expect(200))["value"]!.AsArray());
        }

        Directory.Delete(folder, recursive: true);
    }

    [Fact, Trait("spec", "M5"), Trait("spec", "W1"), Trait("spec", "W3"), Trait("spec", "W5")]
    public async Task The_life_of_a_host_update_is_told_with_curl_alone()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "scripts/host-update.sh needs bash.");
        var folder = Directory.CreateTempSubdirectory("rdfe-host-update-").FullName;
        using (var server = await ServerProcess.Start(folder, rate: 60))
        {
            var (exitCode, said, errors) = await Run(server, "host-update.sh");
            Assert.True(exitCode == 0, $"It ended with {exitCode}:\n{said}\n{errors}");
            foreach (var line in (string[])["box: done by the tenant", "crate: done by the platform", "desk: done by the platform", "did: 0 things",
                "the rollout has succeeded", "paused. north-c1: 1 nodes failed, 0 may", "rolled back", "Done in"])
            {
                Assert.Contains(line, said, StringComparison.Ordinal);
            }

            using var client = server.Client();
            Assert.Empty((await client.GetAsync("/subscriptions").Expect(200))["value"]!.AsArray());
            Assert.Empty((await client.GetAsync("/fabric/faults").Expect(200))["value"]!.AsArray());
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task<(int ExitCode, string Said, string Errors)> Run(ServerProcess server, string name = "quickstart.sh")
    {
        var start = new ProcessStartInfo("bash", Path.Combine(Repository.Root, "scripts", name))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["RDFE_URL"] = server.Address.ToString().TrimEnd('/');
        start.Environment["RDFE_KEY"] = RdfeApp.OperatorKey;
        using var script = Process.Start(start)!;
        var errors = script.StandardError.ReadToEndAsync();
        var said = await script.StandardOutput.ReadToEndAsync();
        await script.WaitForExitAsync();
        return (script.ExitCode, said, await errors);
    }
}
