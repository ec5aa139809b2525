using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Placement;
using Rdfe.Domain.Planning;
using Rdfe.Domain.Tests.Topology;
using Rdfe.Domain.Topology;
using NodeState = Rdfe.Domain.Topology.NodeState;

namespace Rdfe.Domain.Tests.Planning;

public class InventoryOfClusterTests
{
    private static readonly ClusterId Id = new("west-c1");
    private static readonly RolloutView Everywhere = new(_ => true, _ => null, _ => Duration.FromMinutes(20), _ => true);
    private readonly ClusterState state = Cluster();

    private static ClusterState Cluster()
    {
        var topology = TopologyDocument.Read(Village.Json).Value;
        var state = new ClusterState(topology, topology.Find(Id)!, "host-1");
        foreach (var node in topology.Find(Id)!.Nodes)
        {
            state.Put(new FabricNode { Id = node.Id, Cluster = Id, State = NodeState.Ready, HostOs = "host-1" });
        }

        return state;
    }

    private NodeId[] Free => [.. state.Nodes.Values.Where(n => !state.Hardware(n.Id).FcReserved).Select(n => n.Id).OrderBy(n => n.Value, StringComparer.Ordinal)];

    private void Stands(int number, NodeId on, InstancePhase phase = InstancePhase.Ready, PowerGoal power = PowerGoal.Running) => state.Put(new FabricInstance
    {
        Id = new($"web.{number}"),
        Cluster = Id,
        Kind = InstanceKind.WebRole,
        Owner = "shop",
        Role = "web",
        Name = $"web_IN_{number}",
        Group = new GroupId("web"),
        UpdateDomain = number,
        Size = "Small",
        Needs = new(100, 1_024, 10, 10),
        Image = "web",
        Node = on,
        Power = power,
        Phase = phase,
    });

    private MaintenanceInventory Inventory(RolloutView? rollout = null) =>
        InventoryOfCluster.Of(state, Hamlet.Now, rollout ?? Everywhere, 10, new HealthSettings());

    [Fact, Trait("spec", "M1")]
    public void What_is_down_in_the_cluster_holds_the_other_update_domains()
    {
        Stands(0, Free[0]);
        Stands(1, Free[1], InstancePhase.Placed);
        var inventory = Inventory();
        Assert.Equal([new InstanceDown(new("web.1"), new("web"), 1, Free[1], null)], inventory.Down);
        var next = NextNodes.Of(MaintenancePlanner.Plan(inventory), inventory);
        Assert.Contains(Free[1], next.MayStart);
        Assert.Equal(WaitKind.AlreadyDown, next.Waiting.Single(w => w.Node == Free[0]).Wait.Kind);
    }

    [Fact, Trait("spec", "M1")]
    public void An_instance_that_its_owner_has_stopped_was_promised_nothing()
    {
        Stands(0, Free[0]);
        Stands(1, Free[1], InstancePhase.Stopped, PowerGoal.Stopped);
        Assert.Empty(Inventory().Down);
        Assert.Single(MaintenancePlanner.Plan(Inventory()).Rounds);
    }

    [Fact, Trait("spec", "M2")]
    public void Nodes_that_nobody_may_touch_are_not_due_and_room_is_what_the_book_says()
    {
        Stands(0, Free[0]);
        state.Put(state.Nodes[Free[1]] with { State = NodeState.HumanInvestigate });
        var inventory = Inventory();
        Assert.Equal(Free.Where(n => n != Free[1]), inventory.Nodes.Where(n => n.Due).Select(n => n.Id).OrderBy(n => n.Value, StringComparer.Ordinal));
        var node = inventory.Nodes.Single(n => n.Id == Free[0]);
        Assert.Equal(node.Total - new Resources(100, 1_024, 10, 10), node.Free);
    }

    [Fact, Trait("spec", "M1")]
    public void A_node_under_way_is_due_whatever_state_it_is_in()
    {
        Stands(0, Free[0], InstancePhase.Placed);
        Stands(1, Free[1]);
        state.Put(state.Nodes[Free[0]] with { State = NodeState.Rebooting });
        var plan = MaintenancePlanner.Plan(Inventory(Everywhere with
        {
            BeganAt = n => n.Id == Free[0] ? Hamlet.Now - Duration.FromMinutes(5) : null,
        }));
        Assert.Equal((Free[0], 0), (plan.Nodes[0].Node, plan.Nodes[0].Round));
        Assert.Equal(Hamlet.Now + Duration.FromMinutes(15), plan.Nodes.Single(n => n.Node == Free[1]).Starts);
    }

    [Fact, Trait("spec", "M4")]
    public void Only_a_healthy_instance_of_which_nothing_else_is_wanted_may_be_moved()
    {
        Stands(0, Free[0]);
        var there = state.Instances.Values.Single();
        bool MayMove(FabricInstance instance, bool asRollout = true)
        {
            state.Put(instance);
            return Inventory(Everywhere with { MayMove = _ => asRollout }).Nodes.SelectMany(n => n.Instances).Single().MayMove;
        }

        Assert.True(MayMove(there));
        Assert.False(MayMove(there, asRollout: false));
        Assert.False(MayMove(there with { Phase = InstancePhase.Placed }));
        Assert.False(MayMove(there with { Isolated = true }));
        Assert.False(MayMove(there with { HostOwner = "somebody" }));
        Assert.False(MayMove(there with { Planned = new(ActKind.Restart, ActOrigin.User, "reboot", null, Hamlet.Now) }));
    }

    [Fact, Trait("spec", "M4")]
    public void Instances_move_to_nodes_that_are_open_and_nobodys_own()
    {
        bool Takes(Func<FabricNode, FabricNode> change)
        {
            state.Put(change(state.Nodes[Free[0]]));
            return Inventory().Nodes.Single(n => n.Id == Free[0]).TakesInstances;
        }

        Assert.True(Takes(n => n));
        Assert.False(Takes(n => n with { Owner = "somebody" }));
        Assert.False(Takes(n => n with { Owner = null, State = NodeState.HumanInvestigate }));
    }

    [Fact, Trait("spec", "M1")]
    public void A_nodes_version_is_all_that_runs_there_or_else_its_host_os()
    {
        string Version(Func<FabricNode, FabricNode> change)
        {
            state.Put(change(state.Nodes[Free[0]]));
            return Inventory().Nodes.Single(n => n.Id == Free[0]).Version;
        }

        Assert.Equal("host-1", Version(n => n));
        Assert.Equal("", Version(n => n with { HostOs = null }));
        var all = new VersionSet(HostOs: "host-2", HostAgent: "4");
        Assert.Equal(all.ToString(), Version(n => n with { HostOs = "host-1", Versions = all }));
    }
}
