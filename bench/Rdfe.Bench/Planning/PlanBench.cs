// How fast and how good are plans of host maintenance (M2)? Beside hroller on the same clusters, and on clusters that our own
// allocator has filled.
using System.Globalization;
using Rdfe.Domain.Planning;

namespace Rdfe.Bench.Planning;

internal static class PlanBench
{
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(1);

    public static int Run(string[] args)
    {
        var withHroller = !args.Contains("--alone");
        if (!args.Contains("--cold"))
        {
            // As the program does when it has started.
            WarmUp.Run();
        }

        switch (args.Where(a => a is not ("--alone" or "--cold")).ToArray())
        {
            case ["--export", var folder, ..]:
                return Export(folder);
            case ["--own", .. var numbers]:
                return OwnPlacements.Run([.. numbers.Select(n => int.Parse(n, CultureInfo.InvariantCulture))]);
            case ["--towns", .. var files]:
                return Compare([.. files.Select(f => (Path.GetFileNameWithoutExtension(f), (Func<MaintenanceInventory>)(() => ScatteredTown.Read(f))))], withHroller);
            case ["--large", ..]:
                return Compare(
                [
                    ("4,000 nodes, scattered", () => ScatteredTown.Make(4_000, 0.85, 1)),
                    ("4,000 nodes, affine", () => ScatteredTown.Make(4_000, 0.85, 1, affine: true)),
                ], withHroller);
            default:
                return Compare(
                [
                    .. Enumerable.Range(1, 10).Select(s => ($"1,000 nodes, scattered {s}", (Func<MaintenanceInventory>)(() => ScatteredTown.Make(1_000, 0.85, (ulong)s)))),
                    .. Enumerable.Range(1, 3).Select(s => ($"1,000 nodes, affine {s}", (Func<MaintenanceInventory>)(() => ScatteredTown.Make(1_000, 0.85, (ulong)s, affine: true)))),
                ], withHroller);
        }
    }

    /// <summary>CPU time of this process: planning is one thread, and the machine may be busy with other work.</summary>
    public static TimeSpan Cpu => Environment.CpuUsage.TotalTime;

    /// <summary>Says yes until the budget is spent.</summary>
    public static Func<bool> For(TimeSpan budget)
    {
        var end = Cpu + budget;
        return () => Cpu < end;
    }

    /// <summary>What something costs, in milliseconds of CPU.</summary>
    public static double Cost(Action what)
    {
        var before = Cpu;
        what();
        return (Cpu - before).TotalMilliseconds;
    }

    private static int Compare((string Name, Func<MaintenanceInventory> Make)[] towns, bool withHroller)
    {
        Console.WriteLine("| cluster | instances | conflict pairs | bound | first plan: CPU ms, rounds | after 1 s: CPU s, rounds | stream / heaviest clique | hroller: CPU s, rounds | of hroller's time |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|");
        var (first, worse, absent) = (true, 0, false);
        foreach (var (name, make) in towns)
        {
            var town = make();
            var pairs = Hroller.Pairs(town);
            GC.Collect();
            MaintenancePlan plan = null!, better = null!;
            var cold = Cost(() => plan = MaintenancePlanner.Plan(town));
            var warm = Enumerable.Range(0, 7).Select(_ => Cost(() => MaintenancePlanner.Plan(town))).Order().ElementAt(3);
            var took = Cost(() => better = MaintenancePlanner.Improve(plan, For(Budget))) / 1_000;
            var hroller = withHroller ? Hroller.Run(town, pairs) : null;
            absent |= withHroller && hroller is null;
            worse += Broken(town, pairs, plan) + Broken(town, pairs, better) + (hroller is { } h && better.Rounds.Length >= h.Rounds && better.Rounds.Length > better.RoundBound.Rounds ? 1 : 0);
            Console.WriteLine(
                $"| {name} | {town.Nodes.Sum(n => n.Instances.Length):N0} | {pairs.Count:N0} | {better.RoundBound.Rounds} "
                + $"| {(first ? $"{cold:0.0} at the first call, " : "")}{warm:0.0}, {plan.Rounds.Length} | {took:0.00}, {better.Rounds.Length} "
                + $"| {plan.Takes / plan.TimeBound.CliqueTakes:0.000} → {better.Takes / better.TimeBound.CliqueTakes:0.000} "
                + (hroller is null ? "| - | - |" : $"| {hroller.Seconds:0.0}, {hroller.Rounds}{(hroller.Broken + hroller.Missing > 0 ? " (breaks the promise)" : "")} | 1/{hroller.Seconds * 1000 / warm:N0} |"));
            first = false;
        }

        Console.WriteLine(absent ? "hroller is not installed (Debian: ganeti-htools): nothing to compare with." : "The last column is the first plan, warm, beside hroller; both in CPU time.");
        Console.WriteLine(worse == 0 ? "All plans keep the promise." : $"{worse} plans break the promise, or have no fewer rounds than hroller where fewer were possible.");
        return worse == 0 ? 0 : 1;
    }

    /// <summary>1 where a plan is not what it says: checked against pairs found by brute force.</summary>
    public static int Broken(MaintenanceInventory town, HashSet<(int, int)> pairs, MaintenancePlan plan)
    {
        var when = plan.Nodes.ToDictionary(n => n.Node);
        var all = town.Nodes.Select(n => when[n.Id]).ToArray();
        var fine = when.Count == town.Nodes.Length
            && pairs.All(p => all[p.Item1].Round != all[p.Item2].Round
                && (all[p.Item1].Ends <= all[p.Item2].Starts || all[p.Item2].Ends <= all[p.Item1].Starts));
        return fine ? 0 : 1;
    }

    private static int Export(string folder)
    {
        Directory.CreateDirectory(folder);
        for (var seed = 1; seed <= 10; seed++)
        {
            var town = ScatteredTown.Make(1_000, 0.85, (ulong)seed);
            Hroller.Export(town, Hroller.Pairs(town), Path.Combine(folder, $"scattered-{seed}.data"));
        }

        Console.WriteLine($"Ten clusters in {folder}; ask hroller --offline-maintenance -v -t FILE.");
        return 0;
    }
}
