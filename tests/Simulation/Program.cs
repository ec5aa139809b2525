// dotnet run --project tests/Simulation -- --seed 7          replays one life and prints its log
// dotnet run --project tests/Simulation -- --seeds 10000     lives many, and prints the seeds of those that broke
// Anything else is for the test runner.
using System.Diagnostics;
using System.Globalization;
using Rdfe.Simulation;

if (args is ["--seed", var one])
{
    var broken = Lives.Run(ulong.Parse(one, CultureInfo.InvariantCulture), Console.WriteLine);
    Console.WriteLine(broken ?? "Nothing was broken.");
    return broken is null ? 0 : 1;
}

if (args is ["--seeds", var count, .. var rest])
{
    var from = rest is ["--from", var first] ? ulong.Parse(first, CultureInfo.InvariantCulture) : 0;
    var clock = Stopwatch.StartNew();
    var failed = 0;
    var options = new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount };
    Parallel.For((long)from, (long)from + long.Parse(count, CultureInfo.InvariantCulture), options, seed =>
    {
        if (Lives.Run((ulong)seed) is { } broken)
        {
            Interlocked.Increment(ref failed);
            Console.WriteLine($"dotnet run --project tests/Simulation -- --seed {seed}\n    {broken.ReplaceLineEndings("\n    ")}");
        }
    });
    Console.WriteLine($"{count} lives in {clock.Elapsed.TotalSeconds:0} s, {failed} broken");
    return failed == 0 ? 0 : 1;
}

return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
