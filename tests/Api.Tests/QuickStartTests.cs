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

            Assert.True(script.ExitCode == 0, $"It ended with {script.ExitCode}:\n{said}\n{await errors}");
            foreach (var line in (string[])["configureNetwork", "because:", "Web_IN_4", "Reboot one instance", "nothing is left", "Done in"])
            {
                Assert.Contains(line, said, StringComparison.Ordinal);
            }

            using var client = server.Client();
            Assert.Empty((await client.GetAsync("/subscriptions").Expect(200))["value"]!.AsArray());
        }

        Directory.Delete(folder, recursive: true);
    }
}
