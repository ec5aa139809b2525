// L6, F2, R6: a scenario, crashed before and after commits, each time played to its end by another controller on what was left.
using System.Collections.Concurrent;
using System.Diagnostics;
using Rdfe.Scenarios.Playing;
using Rdfe.Testing;

namespace Rdfe.Scenarios.Crashing;

/// <summary>A crash after which something else was left than by a run that nothing disturbed.</summary>
internal sealed record Difference(CrashPoint Point, string Line, string What);

/// <summary>What came of all crashes of a scenario.</summary>
internal sealed record Crashed(string Scenario, int Commits, int Points, TimeSpan Took, IReadOnlyList<Difference> Differences)
{
    public override string ToString() => $"{Scenario,-32} {Commits,5} commits {Points,5} crashes {Took.TotalSeconds,6:0.0} s {Differences.Count,4} differences";

    public string Told => string.Join('\n', Differences.OrderBy(d => d.Point.Commit).Select(d =>
        $"dotnet run --project tests/Scenarios -- crash {Scenario} --at {d.Point}\n    in {d.Line}\n    {d.What.ReplaceLineEndings("\n    ")}"));
}

internal static class Crashes
{
    /// <summary>Crashes a scenario at the points that are chosen, as many at a time as there are cores.</summary>
    public static Crashed Of(string name, Func<CrashPoint, bool> chosen, Action<string>? log = null)
    {
        var clock = Stopwatch.StartNew();
        var differences = new ConcurrentBag<Difference>();
        var ends = new ConcurrentBag<(Wreck Wreck, IReadOnlyList<string> Final)>();
        // Bounded, because each one holds the files of a fabric.
        using var wrecks = new BlockingCollection<Wreck>(boundedCapacity: 4);
        var players = Enumerable.Range(0, Environment.ProcessorCount).Select(_ => Task.Factory.StartNew(() =>
        {
            foreach (var wreck in wrecks.GetConsumingEnumerable())
            {
                try
                {
                    ends.Add((wreck, wreck.GoOn(log)));
                }
                catch (Exception e)
                {
                    differences.Add(new Difference(wreck.Point, wreck.Line, e.ToString()));
                }
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)).ToArray();
        var (commits, points) = (0, 0);
        IReadOnlyList<string> undisturbed = [];
        try
        {
            undisturbed = Player.Play(Scenario.Read(name), (player, folder, moment) =>
            {
                commits += moment == CommitMoment.Before ? 1 : 0;
                if (chosen(new(commits, moment)))
                {
                    points++;
                    wrecks.Add(new Wreck(new(commits, moment), folder, player.Memory()));
                }
            });
        }
        finally
        {
            wrecks.CompleteAdding();
            Task.WaitAll(players);
        }

        foreach (var (wreck, final) in ends)
        {
            if (Alternatives.Compare(name, undisturbed, final) is { } what)
            {
                differences.Add(new Difference(wreck.Point, wreck.Line, what));
            }
        }

        return new Crashed(name, commits, points, clock.Elapsed, [.. differences]);
    }
}
