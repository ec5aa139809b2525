// What a script expects: said in one line, checked on the spot, and not told in the log.
using Rdfe.Domain;
using Rdfe.Domain.Bundles;

namespace Rdfe.Scenarios.Playing;

internal static class Expectations
{
    public static void Check(Line line, Stage stage, Played played)
    {
        if (line.Takes("no event"))
        {
            var kind = line.Next("kind");
            Hold(line, !played.Kinds.ContainsKey(kind), $"{played.Kinds.GetValueOrDefault(kind)} of them");
        }
        else if (line.Takes("event"))
        {
            Hold(line, played.Kinds.ContainsKey(line.Next("kind")), "none");
        }
        else if (line.Takes("push"))
        {
            Push(line, stage);
        }
        else if (line.Takes("rollout"))
        {
            var status = Words.Of(stage.Rollout.Status);
            Hold(line, status == line.Next("status"), $"{status} {stage.Rollout.PausedBecause}");
        }
        else if (line.Takes("machine"))
        {
            var (machine, update) = (stage.MachineOf(line.Next("machine")), line.Next("host update"));
            line.Expect("by");
            var by = machine.LastMaintenance.FirstOrDefault(m => m.Update == update) is { } past ? Words.Of(past.By) : "nobody";
            Hold(line, by == line.Next("who"), by);
        }
        else if (line.Takes("every node"))
        {
            var (component, version) = (line.Member<Component>("component"), line.Next("version"));
            var others = stage.See(s => s.Nodes.Values.Count(n => !s.Hardware(n.Id).FcReserved && n.Versions?[component] != version));
            Hold(line, others == 0, $"{others} nodes have another");
        }
        else if (line.Takes("node"))
        {
            var (node, wanted) = (Requests.NodeOf(line, stage), line.Next("state"));
            var state = Words.Of(stage.See(s => s.Nodes[node].State));
            Hold(line, state == wanted, $"{node} is {state}");
        }
        else
        {
            Service(line, stage, line.Next("service"));
        }

        line.End();
    }

    private static void Push(Line line, Stage stage)
    {
        if (line.Takes("blocked"))
        {
            var code = stage.See(s => s.Bundles.Push?.Blocker?.Code) ?? "not blocked";
            Hold(line, code == line.Next("code"), code);
        }
        else
        {
            var status = Words.Of(stage.Pushed.Status);
            Hold(line, status == line.Next("status"), status);
        }
    }

    private static void Service(Line line, Stage stage, string service)
    {
        var d = stage.DeploymentOf(service);
        if (line.Takes("package"))
        {
            Hold(line, d.Package == line.Next("package"), d.Package);
        }
        else if (line.Takes("stage"))
        {
            var wanted = line.Next("stage");
            var now = d.Update is { } u ? Words.Of(u.Stage) : "none";
            Hold(line, now == wanted, now);
        }
        else
        {
            var all = stage.InstancesOf(service);
            var healthy = line.Number32("healthy instances");
            line.Expect("of");
            var count = line.Number32("instances");
            line.Expect("healthy");
            Hold(line, (all.Count(i => i.IsHealthy), all.Count) == (healthy, count), $"{all.Count(i => i.IsHealthy)} of {all.Count}");
        }
    }

    private static void Hold(Line line, bool holds, string butIs)
    {
        if (!holds)
        {
            throw line.Wrong($"it is not so ({butIs})");
        }
    }
}
