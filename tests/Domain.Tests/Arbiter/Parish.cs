using System.Globalization;
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Placement;
using Rdfe.Domain.Tests.Topology;
using Rdfe.Domain.Topology;
using Rdfe.Domain.Updates;

namespace Rdfe.Domain.Tests.Arbiter;

/// <summary>
/// A cluster's instances as text, before a decision and after it: a line for each, <c>web.1/ud1 n2 ready wants:restart</c>.
/// The letters before the dot are the role and, but for <c>lone</c>, the group; <c>n2</c> is the second free node. It is
/// <c>ready</c> (unless the line says <c>booting</c>, <c>stopped</c> or <c>oldrole</c>, a role that is not the one wanted).
/// <para>
/// Its health: <c>silent</c>, <c>unresponsive</c>, <c>probelost</c>, <c>restarted:-5</c>, five minutes ago; <c>ill</c> for all that a
/// reimage forgets. What is wanted of it: <c>wants:restart</c>, with <c>by:platform</c> (else its user), <c>asked:-3</c>,
/// <c>force:2</c>, <c>blocked:promise@web.0@-9</c> (by what, by whom, since when), and <c>drains:4</c> where it is granted.
/// </para>
/// </summary>
internal sealed class Parish
{
    public static readonly Instant Now = Instant.FromUtc(2012, 2, 29, 0, 0);
    public static readonly FabricSettings Figures = new() { Notices = NoticeSettings.None };
    public static readonly ClusterId Id = new("west-c1");
    private static readonly Resources One = new(100, 1_024, 10, 10);

    public Parish(string text)
    {
        var topology = TopologyDocument.Read(Village.Json.Replace("\"name\": \"r1\", \"nodes\": 3", "\"names\": \"r{1..3}\", \"nodes\": 3", StringComparison.Ordinal)).Value;
        State = new ClusterState(topology, topology.Find(Id)!, "host-1");
        foreach (var node in topology.Find(Id)!.Nodes)
        {
            State.Put(new FabricNode { Id = node.Id, Cluster = Id, State = NodeState.Ready, HostOs = "host-1" });
        }

        Nodes = [.. State.Nodes.Keys.Where(n => !State.Hardware(n).FcReserved).OrderBy(n => n.Value, StringComparer.Ordinal)];
        foreach (var line in text.Split(['\n', '|'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            State.Put(Read(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)));
        }

        foreach (var role in State.Instances.Values.GroupBy(i => i.Role))
        {
            State.Put(new Deployment
            {
                Id = new DeploymentId(role.Key),
                SubscriptionId = new SubscriptionId(Guid.Empty),
                Service = role.Key,
                Slot = Slot.Production,
                Package = "package",
                PackageSha256 = "new",
                Model = new DeploymentModel(5, "guest-2", 40, [new RoleModel(role.Key, InstanceKind.WebRole, "Small", One, "general", role.Count(), [])]),
                Etag = "e",
                Operation = new OperationId("op"),
                State = ProvisioningState.Succeeded,
                Cluster = Id,
                NetworkGeneration = 4,
                ProgrammedNetwork = 3,
                CreatedAt = Now,
            });
        }
    }

    public ClusterState State { get; }

    /// <summary>Nodes that instances may be on, by name.</summary>
    public NodeId[] Nodes { get; }

    public FabricInstance this[string id] => State.Instances[new InstanceId(id)];

    /// <summary>An update of that kind is under way on a role's deployment.</summary>
    public Parish Updating(string role, UpdateKind kind)
    {
        var d = State.Deployments[role];
        State.Put(d with
        {
            Update = new DeploymentUpdate
            {
                Operation = new OperationId("update"),
                Kind = kind,
                Mode = UpdateMode.Auto,
                From = UpdateTarget.Of(d),
                To = UpdateTarget.Of(d) with { ConfigGeneration = 7 },
                Stage = UpdateStage.Walking,
            },
        });
        return this;
    }

    /// <summary>Nobody else fits on any node but those named.</summary>
    public Parish FullBut(params string[] nodes)
    {
        foreach (var node in Nodes.Where(n => !nodes.Contains(Name(n))))
        {
            State.Capacity.SetSchedulable(node, false);
            State.Put(State.Nodes[node] with { State = NodeState.OutForRepair });
        }

        return this;
    }

    /// <summary>Decides what happens, if anything does, and all that follows from it; gives what was said and asked for.</summary>
    public Turn Settle(FabricEvent? happens = null, bool safeMode = false, FabricSettings? settings = null, int minutes = 0)
    {
        var turn = new Turn(State, settings ?? Figures) { Now = Now + Duration.FromMinutes(minutes), SafeMode = safeMode };
        if (happens is not null)
        {
            FabricController.Decide(turn, happens);
        }

        FabricController.Settle(turn);
        return turn;
    }

    /// <summary>All instances, as they were written or have become: goals are written as what was added to them.</summary>
    public string Print() => string.Join('\n', State.Instances.Values.OrderBy(i => i.Id.Value, StringComparer.Ordinal).Select(Print));

    public static string Print(Blocker? b) => b is null ? "nothing"
        : string.Create(CultureInfo.InvariantCulture, $"{b.Code}@{b.Resource}@{Minutes(b.Since)}{(b.ForcedAt is { } at ? $" until:{Minutes(at)}" : "")}");

    private string Print(FabricInstance i)
    {
        var words = new List<string> { $"{i.Id}/ud{i.UpdateDomain}", i.Node is { } n ? Name(n) : "-" };
        void Say(bool so, string word)
        {
            if (so)
            {
                words.Add(word);
            }
        }

        Say(i.Power != PowerGoal.Running, Words.Of(i.Power));
        Say(i.BootGeneration > 0, $"boot+{i.BootGeneration}");
        Say(i.ImageGeneration > 0, $"image+{i.ImageGeneration}");
        Say(i.RoleGeneration > 0, $"role+{i.RoleGeneration}");
        Say(i.ConfigGeneration > 0, $"config:{i.ConfigGeneration}");
        Say(i.NodeDrain is not null, $"goesdown:{i.NodeDrain}");
        if (i.Planned is { } act)
        {
            words.Add($"wants:{Words.Of(act.Kind)}");
            Say(act.Stage == ActStage.Draining, $"drains:{act.DrainGeneration}");
            Say(act.Blocker is not null, Print(act.Blocker));
        }

        return string.Join(' ', words);
    }

    private string Name(NodeId node) => $"n{Array.IndexOf(Nodes, node) + 1}";

    private FabricInstance Read(string[] words)
    {
        var (id, role) = (words[0].Split('/')[0], words[0].Split('.')[0]);
        var i = new FabricInstance
        {
            Id = new InstanceId(id),
            Cluster = Id,
            Kind = InstanceKind.WebRole,
            Owner = role,
            Role = role,
            Name = id,
            Group = role == "lone" ? null : new GroupId(role),
            UpdateDomain = (int)Number(words[0].Split("/ud")[1]),
            Size = "Small",
            Needs = One,
            Image = "old",
            Node = Nodes[(int)Number(words[1][1..]) - 1],
            Phase = InstancePhase.Ready,
        };
        return words.Skip(2).Aggregate(i, Read);
    }

    private static FabricInstance Read(FabricInstance i, string word)
    {
        var (key, value) = word.Split(':') is [var k, var v] ? (k, v) : (word, "");
        var h = i.Health ?? InstanceHealth.Nothing;
        return key switch
        {
            "ready" => i,
            "booting" => i with { Phase = InstancePhase.Booting },
            "stopped" => i with { Phase = InstancePhase.Stopped, Power = PowerGoal.Stopped },
            "oldrole" => i with { ReportedRole = -1 },
            "silent" => i with { Health = h with { GuestSilentSince = Now } },
            "unresponsive" => i with { Health = h with { Unresponsive = true } },
            "probelost" => i with { Health = h with { ProbeLost = true } },
            "restarted" => i with { Health = h with { RestartedAt = At(value) } },
            "ill" => i with
            {
                Health = h with
                {
                    Condemned = true,
                    NodesTaken = [new NodeId("x")],
                    ConnectFailures = 1,
                    RoleCrashes = 2,
                    VmRestarts = 3,
                    RestartedAt = Now,
                    Unresponsive = true,
                },
            },
            "goesdown" => i with { NodeDrain = (int)Number(value) },
            "wants" => i with { Planned = new PlannedAct(Enum.Parse<ActKind>(value, ignoreCase: true), ActOrigin.User, "why", null, Now) },
            "by" => i with { Planned = i.Planned! with { Origin = Enum.Parse<ActOrigin>(value, ignoreCase: true) } },
            "asked" => i with { Planned = i.Planned! with { AskedAt = At(value) } },
            "force" => i with { Planned = i.Planned! with { ForceAt = At(value) } },
            "drains" => i with { Planned = i.Planned! with { Stage = ActStage.Draining, DrainGeneration = (int)Number(value) } },
            "blocked" when value.Split('@') is [var code, var who, var since] =>
                i with { Planned = i.Planned! with { Blocker = new Blocker(code, At(since), who, "", "") } },
            _ => throw new ArgumentException(word),
        };
    }

    private static Instant At(string minutes) => Now + Duration.FromMinutes(Number(minutes));

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static string Minutes(Instant at) => (at - Now).TotalMinutes.ToString(CultureInfo.InvariantCulture);
}
