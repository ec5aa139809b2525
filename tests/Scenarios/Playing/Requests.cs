// The commands that ask something of the fabric, or make something of it fail.
using Rdfe.Domain;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Topology;
using Rdfe.Domain.Updates;
using NodeState = Rdfe.Domain.Topology.NodeState;

namespace Rdfe.Scenarios.Playing;

internal static class Requests
{
    public static void Do(Line line, Stage stage)
    {
        // The player has taken the first word to see whose command it is.
        var command = line.Text.Split(' ')[0];
        switch (command)
        {
            case "deploy":
                Deploy(line, stage);
                break;
            case "scale":
                var scaled = line.Next("service");
                stage.Scale(scaled, RoleOf(stage, scaled, line.Takes("role") ? line.Next("role") : null), line.Number32("count"));
                break;
            case "upgrade":
                Upgrade(line, stage);
                break;
            case "delete":
                stage.Delete(line.Next("service"));
                break;
            case "walk":
                stage.Walk(line.Next("service"));
                break;
            case "rollback":
                stage.RollBack(line.Next("service"), line.Member<UpdateMode>("mode"));
                break;
            case "publish":
                line.Expect("guest-os");
                var image = line.Next("image");
                line.Expect("after");
                stage.PublishGuestOs(image, line.Next("the older one"));
                break;
            case "machine" or "perform" or "acknowledge" or "host-update" or "rollout" or "window":
                HostUpdates.Do(command, line, stage);
                break;
            case "push":
                Push(line, stage);
                break;
            case "override":
                line.Expect("because");
                stage.OverridePush(Reason(line));
                break;
            case "fault":
                Strike(line, stage);
                break;
            case "end":
                var ended = line.Next("fault");
                if (!stage.End(ended))
                {
                    throw line.Wrong($"there is no fault {ended}");
                }

                break;
            case "return":
                ReturnNodes(line, stage);
                break;
            default:
                throw line.Wrong($"no such command: {command}");
        }

        line.End();
    }

    /// <summary>An instance by its service and its number in its role: <c>shop/Web_0</c>.</summary>
    public static FabricInstance InstanceOf(Stage stage, string text)
    {
        var parts = text.Split('/');
        return stage.InstancesOf(parts[0]).FirstOrDefault(i => i.Id.Value.StartsWith($"{parts[0]}.{parts[^1]}.", StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"There is no instance {text}.");
    }

    /// <summary>A node by its id, or by what runs on it.</summary>
    public static NodeId NodeOf(Line line, Stage stage)
    {
        if (!line.Takes("of"))
        {
            return new NodeId(line.Next("node"));
        }

        var text = line.Next("instance");
        return InstanceOf(stage, text).Node ?? throw line.Wrong($"{text} has no node");
    }

    private static void Deploy(Line line, Stage stage)
    {
        var service = line.Next("service");
        var roles = new List<(string, int, string)>();
        var (domains, package, follows) = (5, "v1", (string?)null);
        while (!line.AtEnd)
        {
            if (line.Takes("domains"))
            {
                domains = line.Number32("update domains");
            }
            else if (line.Takes("package"))
            {
                package = line.Next("package");
            }
            else if (line.Takes("follows"))
            {
                follows = line.Next("guest OS");
            }
            else
            {
                roles.Add((line.Next("role"), line.Number32("count"), line.Next("size")));
            }
        }

        stage.Deploy(service, roles, domains, package, follows);
    }

    // push 119.2 only networkAgent,hostOs nodes 60 because it is wanted everywhere
    private static void Push(Line line, Stage stage)
    {
        var bundle = line.Next("bundle");
        var only = line.Takes("only")
            ? line.Next("components").Split(',').Select(c => Enum.TryParse<Component>(c, ignoreCase: true, out var one) ? one : throw line.Wrong($"no component {c}")).ToList()
            : null;
        var nodes = line.Takes("nodes") ? line.Number32("nodes at a time") : 1;
        stage.Push(bundle, only, nodes, line.Takes("because") ? Reason(line) : null);
    }

    private static void Strike(Line line, Stage stage)
    {
        var (name, kind) = (line.Next("name"), line.Member<FaultKind>("kind of fault"));
        var target = Target(line, stage);
        var agents = line.Takes("agents") ? line.Next("versions").Split(',') : null;
        var lasts = line.Takes("for") ? line.Duration() : (NodaTime.Duration?)null;
        stage.Strike(name, kind, target, lasts, new FaultParameters(What: kind == FaultKind.HardwareFault ? "disk" : null, GuestAgents: agents));
    }

    internal static string Reason(Line line)
    {
        var words = new List<string>();
        while (!line.AtEnd)
        {
            words.Add(line.Next("reason"));
        }

        return words.Count > 0 ? string.Join(' ', words) : throw line.Wrong("a reason is missing");
    }

    private static void Upgrade(Line line, Stage stage)
    {
        var service = line.Next("service");
        line.Expect("to");
        var (package, mode) = (line.Next("package"), line.Member<UpdateMode>("mode"));
        var counts = new List<(string, int)>();
        while (!line.AtEnd)
        {
            counts.Add((line.Next("role"), line.Number32("count")));
        }

        stage.Upgrade(service, package, mode, counts);
    }

    private static void ReturnNodes(Line line, Stage stage)
    {
        if (!line.Takes("every node in humanInvestigate"))
        {
            line.Expect("node");
            stage.ReturnNode(NodeOf(line, stage));
            return;
        }

        foreach (var node in stage.See(s => s.Nodes.Values.Where(n => n.State == NodeState.HumanInvestigate).Select(n => n.Id)
            .OrderBy(n => n.Value, StringComparer.Ordinal).ToList()))
        {
            stage.ReturnNode(node);
        }
    }

    private static FaultTarget Target(Line line, Stage stage)
    {
        switch (line.Next("what it strikes"))
        {
            case "fabric":
                return new FaultTarget(FaultScope.Fabric, "");
            case "cluster":
                return new FaultTarget(FaultScope.Cluster, stage.Cluster.Value);
            case "rack":
                return new FaultTarget(FaultScope.Rack, line.Takes("of")
                    ? stage.Town.Catalogue.Topology.Find(InstanceOf(stage, line.Next("instance")).Node!.Value)!.Rack.Value
                    : line.Next("rack"));
            case "node":
                return new FaultTarget(FaultScope.Node, NodeOf(line, stage).Value);
            case "deployment":
                return new FaultTarget(FaultScope.Deployment, line.Next("service"));
            case "package":
                return new FaultTarget(FaultScope.Package, line.Next("package"));
            case "instance":
                return new FaultTarget(FaultScope.Instance, InstanceOf(stage, line.Next("instance")).Id.Value);
            default:
                throw line.Wrong("a fault strikes fabric, cluster, rack, node, deployment, package or instance");
        }
    }

    private static string RoleOf(Stage stage, string service, string? named) =>
        named ?? stage.DeploymentOf(service).Model.Roles[0].Name;
}
