// dotnet run --project tests/Scenarios -- crash [scenario ...] [--every k | --at n before|after]
using System.Globalization;
using Rdfe.Scenarios.Playing;
using Rdfe.Testing;

namespace Rdfe.Scenarios.Crashing;

internal static class CrashCommand
{
    public static int Run(string[] args)
    {
        var names = args.TakeWhile(a => !a.StartsWith('-')).ToList();
        Func<CrashPoint, bool>? chosen = args[names.Count..] switch
        {
            [] => _ => true,
            ["--every", var k] when int.TryParse(k, CultureInfo.InvariantCulture, out var every) => p => Rotation.Takes(p, every),
            ["--at", var n, var moment] when moment is "before" or "after" && int.TryParse(n, CultureInfo.InvariantCulture, out var commit) =>
                p => p == new CrashPoint(commit, moment == "before" ? CommitMoment.Before : CommitMoment.After),
            _ => null,
        };
        if (chosen is null || names.Any(n => !Scenario.Names.Contains(n)))
        {
            Console.Error.WriteLine("crash [scenario ...] [--every k | --at n before|after]; scenarios: " + string.Join(", ", CrashEverywhereTests.Small));
            return 2;
        }

        var broken = 0;
        foreach (var name in names.Count > 0 ? names : CrashEverywhereTests.Small)
        {
            var crashed = Crashes.Of(name, chosen, args.Contains("--at") ? Console.WriteLine : null);
            broken += crashed.Differences.Count;
            Console.WriteLine(crashed);
            Console.Write(crashed.Told.Length > 0 ? crashed.Told + "\n" : "");
        }

        return broken == 0 ? 0 : 1;
    }
}
