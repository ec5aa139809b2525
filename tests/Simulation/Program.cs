// dotnet run --project tests/Simulation -- --seed 7                     replays one life and prints its log
// dotnet run --project tests/Simulation -- --seed 7 --without 3,4,9    the same without some of its acts
// dotnet run --project tests/Simulation -- --seeds 10000               lives many, and prints those that broke
// dotnet run --project tests/Simulation -- --seeds 1000 --days 60     many calm ones, of two months each
// dotnet run --project tests/Simulation -- --store 7                   one life on a store that fails
// dotnet run --project tests/Simulation -- --stores 100                many of those
// Anything else is for the test runner.
using System.Diagnostics;
using System.Globalization;
using Rdfe.Simulation;

var pace = Word("--days") is { } days ? Pace.Calm(Number(days)) : Pace.Hectic;
switch (args)
{
    case ["--seed", var one, ..]:
        int[]? without = Word("--without") is { } acts ? [.. acts.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Number)] : null;
        return Tell(Lives.Run(ulong.Parse(one, CultureInfo.InvariantCulture), pace, Console.WriteLine, without));
    case ["--store", var one]:
        return Tell(StoreLives.Run(ulong.Parse(one, CultureInfo.InvariantCulture), Console.WriteLine));
    case ["--seeds", var count, ..]:
        return Many(count, seed => Lives.Run(seed, pace) is { } broken ? Lives.Told(seed, broken, pace) : null);
    case ["--stores", var count, ..]:
        return Many(count, seed => StoreLives.Run(seed) is { } broken ? $"dotnet run --project tests/Simulation -- --store {seed}\n{broken}" : null);
}

return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);

string? Word(string name) => Array.IndexOf(args, name) is >= 0 and var at && at + 1 < args.Length ? args[at + 1] : null;

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

static int Tell(string? broken)
{
    Console.WriteLine(broken ?? "Nothing was broken.");
    return broken is null ? 0 : 1;
}

int Many(string count, Func<ulong, string?> live)
{
    var from = Word("--from") is { } first ? Number(first) : 0L;
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
