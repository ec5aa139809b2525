// dotnet run --project tests/Simulation -- --seed 7                     replays one life and prints its log
// dotnet run --project tests/Simulation -- --seed 7 --without 3,4,9    the same without some of its acts
// dotnet run --project tests/Simulation -- --seeds 10000               lives many, and prints those that broke
// dotnet run --project tests/Simulation -- --store 7                   one life on a store that fails
// dotnet run --project tests/Simulation -- --stores 100                many of those
// Anything else is for the test runner.
using System.Diagnostics;
using System.Globalization;
using Rdfe.Simulation;

switch (args)
{
    case ["--seed", var one, .. var less]:
        int[]? without = less is ["--without", var acts] ? [.. acts.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(a => int.Parse(a, CultureInfo.InvariantCulture))] : null;
        return Tell(Lives.Run(ulong.Parse(one, CultureInfo.InvariantCulture), Console.WriteLine, without));
    case ["--store", var one]:
        return Tell(StoreLives.Run(ulong.Parse(one, CultureInfo.InvariantCulture), Console.WriteLine));
    case ["--seeds", var count, .. var rest]:
        return Many(count, rest, seed => Lives.Run(seed) is { } broken ? Lives.Told(seed, broken) : null);
    case ["--stores", var count, .. var rest]:
        return Many(count, rest, seed => StoreLives.Run(seed) is { } broken ? $"dotnet run --project tests/Simulation -- --store {seed}\n{broken}" : null);
}

return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);

static int Tell(string? broken)
{
    Console.WriteLine(broken ?? "Nothing was broken.");
    return broken is null ? 0 : 1;
}

static int Many(string count, string[] rest, Func<ulong, string?> live)
{
    var from = rest is ["--from", var first] ? long.Parse(first, CultureInfo.InvariantCulture) : 0;
    var clock = Stopwatch.StartNew();
    var failed = 0;
    var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
    Parallel.For(from, from + long.Parse(count, CultureInfo.InvariantCulture), options, seed =>
    {
        if (live((ulong)seed) is { } broken)
        {
            Interlocked.Increment(ref failed);
            Console.WriteLine(broken.ReplaceLineEndings("\n    "));
        }
    });
    Console.WriteLine($"{count} lives in {clock.Elapsed.TotalSeconds:0} s, {failed} broken");
    return failed == 0 ? 0 : 1;
}
