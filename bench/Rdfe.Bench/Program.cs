// A table of benches: `dotnet run -c Release --project bench/Rdfe.Bench -- <command>`. Figures are in bench/README.md.
using Rdfe.Bench.Fabric;
using Rdfe.Bench.Http;
using Rdfe.Bench.Placement;
using Rdfe.Bench.Planning;
using Rdfe.Bench.Prediction;
using Rdfe.Bench.Soak;

var commands = new (string Name, string What, Func<string[], int> Run)[]
{
    ("allocate", "instances placed a second, on 1,000 and 10,000 nodes, beside a full scan", AllocateBench.Run),
    ("pack", "the smallest cluster that serves the real trace, beside simple heuristics", PackBench.Run),
    ("pack-replay", "2,000 VMs of the trace come and go, and the books balance", PackReplay.Run),
    ("http-creates", "durable creates through HTTP, beside a bare loop of inserts; [seconds]", HttpCreates.Run),
    ("replay-http", "2,000 VMs of the trace come and go through the HTTP API, at their own times; [VMs]", ReplayHttp.Run),
    ("heal", "1,000 nodes and 10,000 instances: left alone, and a rack that is lost and healed", Heal.Run),
    ("rollout", "1,000 nodes and 5,500 instances: every node rebooted, one in a hundred fails meanwhile; [racks [grain in s]] [--memory: without a store]", RollOut.Run),
    ("plan", "plans of host maintenance: how fast, in how few rounds, beside hroller; [--own [SEEDS [DOMAINS …]] | --large | --towns FILES | --export FOLDER] [--alone: without hroller]", PlanBench.Run),
    ("predict", "failures of nodes foreseen by the model, beside a plain threshold; [--choose: with the seeds that weights were chosen with]", PredictBench.Run),
    ("soak", "an hour of mixed load at accelerated time: memory, rows, books; [minutes [FOLDER]]", SoakBench.Run),
    ("simulate", "an idle cluster of 1,000 nodes passes 35 days", Simulate.Run),
};

var command = args.Length == 0 ? default : Array.Find(commands, c => c.Name == args[0]);
if (command.Run is null)
{
    foreach (var (name, what, _) in commands)
    {
        Console.WriteLine($"{name,-16} {what}");
    }

    return 2;
}

return command.Run(args[1..]);
