// The quick start is the first thing that anybody runs: it must work, to the end, against the program as it is.
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

    private static async Task<(int ExitCode, string Said, string Errors)> Run(ServerProcess server)
    {
        var start = new ProcessStartInfo("bash", Path.Combine(Repository.Root, "scripts", "quickstart.sh"))
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
