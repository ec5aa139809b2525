// H4: precision, recall and lead time of the failure model on simulated nodes, beside a plain threshold in the same weather. The
// weights were chosen with the seeds of --choose; what is printed without it comes from others.
using System.Globalization;
using NodaTime;
using Rdfe.Domain.Prediction;
using Rdfe.Infrastructure.Hosts;

namespace Rdfe.Bench.Prediction;

internal static class PredictBench
{
    private const int Nodes = 1000;
    private const int Days = 180;

    private static readonly ulong[] Chosen = [1, 2, 3, 4, 5];

    private static readonly ulong[] Fresh = [101, 102, 103, 104, 105, 106, 107, 108, 109, 110];

    public static int Run(string[] args)
    {
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        var seeds = args.Contains("--choose") ? Chosen : Fresh;
        var weather = new SignalSettings { DefectsPerNodeYear = 0.08, NoisePerNodeDay = 0.25 };
        var model = new PredictionSettings();
        Console.WriteLine($"{seeds.Length} runs of {Nodes} nodes and {Days} days; {weather.DefectsPerNodeYear} defects a node and year, {weather.SuddenShare:P0} of them without a sign;");
        Console.WriteLine($"{weather.NoisePerNodeDay} noisy reports a node and day, {weather.ChattyShare:P0} of the nodes noisy in one signal all the time; a report each {weather.ReportInterval.TotalHours:0} h");
        Console.WriteLine();
        Console.WriteLine("rule                        named  right  wrong missed  (sudden)  precision  recall  of those with signs  lead: median     p10");
        Print($"model, from {model.Threshold:P0}", seeds, weather, () => new ModelRule(model));
        foreach (var threshold in new[] { 0.5, 0.8, 0.95, 0.99 })
        {
            Print($"model, from {threshold:P0}", seeds, weather, () => new ModelRule(model with { Threshold = threshold }));
        }

        foreach (var errors in new[] { 20, 50, 100 })
        {
            Print($"{errors} errors within a day", seeds, weather, () => new ThresholdRule(errors));
        }

        return 0;
    }

    private static void Print(string name, ulong[] seeds, SignalSettings weather, Func<IRule> rules)
    {
        var all = new Tally();
        foreach (var seed in seeds)
        {
            NodeLives.Run(seed, Nodes, Days, weather, rules, all);
        }

        Console.WriteLine(
            $"{name,-26} {all.Right + all.Wrong,6} {all.Right,6} {all.Wrong,6} {all.Missed,6} {all.MissedSudden,9} {all.Precision,10:P1} {all.Recall,7:P1} {all.RecallOfSigns,20:P1} {InDays(all.Lead(0.5)),13} {InDays(all.Lead(0.1)),7}");
    }

    private static string InDays(Duration d) => $"{d.TotalDays:0.0} d";
}
