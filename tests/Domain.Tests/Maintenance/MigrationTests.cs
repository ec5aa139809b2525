// P1, M4: an instance that is moved live has a place on two nodes, counts once in its group, and keeps others from its place.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Migration;
using Rdfe.Domain.Placement;
using Rdfe.Domain.Tests.Topology;
using Rdfe.Domain.Topology;
using NodeState = Rdfe.Domain.Topology.NodeState;

namespace Rdfe.Domain.Tests.Maintenance;

[Trait("spec", "M4")]
public sealed class MigrationTests
{
    private static readonly ClusterId Id = new("west-c1");
    private static readonly GroupId Web = new("web");
    private readonly ClusterState state = Cluster();

    private NodeId[] Nodes => [.. state.Nodes.Values.Where(n => !state.Hardware(n.Id).FcReserved).Select(n => n.Id).OrderBy(n => n.Value, StringComparer.Ordinal)];

    [Fact]
    public void Its_place_is_taken_where_it_goes_and_given_back_when_it_stays()
    {
        var (from, to) = (Nodes[0], Nodes[1]);
        var web = Instance(from);
        state.Put(web);
        var (free, used) = (state.Capacity.FreeOf(to), state.Capacity.CoresUsed);

        state.Put(web with { Migration = To(to) });
        Assert.Equal(free - web.Needs, state.Capacity.FreeOf(to));
        Assert.Equal(used + web.Needs.Cores, state.Capacity.CoresUsed);
        Assert.Equal(web.Id, Assert.Single(state.ArrivingAt(to)).Id);
        Assert.Single(state.Capacity.MembersOf(Web));
        Assert.Equal([web.Id], state.On(from).Select(i => i.Id));

        state.Put(web);
        Assert.Equal((free, used), (state.Capacity.FreeOf(to), state.Capacity.CoresUsed));
        Assert.Empty(state.Migrating);
    }

    [Fact]
    public void One_that_arrives_takes_the_place_that_was_kept_for_it()
    {
        var (from, to) = (Nodes[0], Nodes[1]);
        var all = state.Capacity.FreeOf(to);
        // As large as the node: there is no room for it beside the place that is kept for it.
        var web = Instance(from) with { Needs = all };
        state.Put(web);
        state.Put(web with { Migration = To(to) });
        state.Put(web with { Node = to, Migration = null });

        Assert.Equal(Resources.None, state.Capacity.FreeOf(to));
        Assert.Equal(all, state.Capacity.FreeOf(from));
        Assert.Equal([web.Id], state.On(to).Select(i => i.Id));
        Assert.Empty(state.ArrivingAt(to));
    }

    [Fact]
    public void One_that_is_deleted_on_the_way_leaves_nothing_in_the_book()
    {
        var (from, to) = (Nodes[0], Nodes[1]);
        var before = (state.Capacity.FreeOf(from), state.Capacity.FreeOf(to), state.Capacity.CoresUsed);
        var web = Instance(from) with { Migration = To(to) };
        state.Put(web);
        state.Remove(web);
        Assert.Equal(before, (state.Capacity.FreeOf(from), state.Capacity.FreeOf(to), state.Capacity.CoresUsed));
        Assert.Empty(state.Migrating);
    }

    [Fact, Trait("spec", "P5")]
    public void Both_nodes_know_of_it_and_only_the_target_has_the_next_lease()
    {
        var (from, to) = (Nodes[0], Nodes[1]);
        state.Put(Instance(from) with { Migration = To(to), Lease = 4 });
        var (leaves, arrives) = (Assert.Single(GoalStates.Of(state, from).Instances), Assert.Single(GoalStates.Of(state, to).Instances));
        Assert.Equal((true, 4), (leaves.Moves, leaves.Lease));
        Assert.Equal((true, 5), (arrives.Moves, arrives.Lease));
    }

    [Fact]
    public void What_was_tried_in_vain_is_believed_for_a_while_and_a_wish_of_somebody_is_no_failure()
    {
        var s = new MaintenanceSettings();
        var end = Instant.FromUtc(2020, 3, 1, 0, 0);
        var web = Instance(Nodes[0]) with { LastMigration = Past(MigrationFailures.DoesNotConverge) };
        Assert.Equal(MigrationFailures.DoesNotConverge, MayMigrate.Learnt(web, end + Duration.FromHours(5), s)!.Code);
        Assert.Null(MayMigrate.Learnt(web, end + Duration.FromHours(6), s));
        Assert.Null(MayMigrate.Learnt(web with { LastMigration = Past(MigrationFailures.Canceled) }, end, s));

        PastMigration Past(string code) => new(
            1, Nodes[0], Nodes[1], "maintenance", end, end, 1, null, null, new MigrationFailure(code, "It was so."));
    }

    [Fact]
    public void The_ladder_believes_what_was_learnt_on_the_hosts()
    {
        var guest = Ladders.Guests("web 2G 10M/s")[0] with { NotMoved = new("doesNotConverge", "It was tried.") };
        var report = Ladder.Climb(Ladders.Update("hostOs heavy reboots"), Ladders.Node(), [guest], Ladders.Moving, Ladders.Now);
        Assert.Equal(Technology.MemoryPreservingHeavy, report.Choice!.Technology);
        Assert.Contains(report.Rungs.Single(r => r.Technology == Technology.LiveMigration).RuledOut, r => r is { By: RuledOutBy.Instance, Code: "doesNotConverge" });
    }

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

    private static FabricInstance Instance(NodeId on) => new()
    {
        Id = new("web.0"),
        Cluster = Id,
        Kind = InstanceKind.WebRole,
        Owner = "shop",
        Role = "web",
        Name = "web_IN_0",
        Group = Web,
        Size = "Small",
        Needs = new(100, 1_024, 10, 10),
        Image = "web",
        Node = on,
        Phase = InstancePhase.Ready,
    };

    private static InstanceMigration To(NodeId target) => new()
    {
        Generation = 1,
        Target = target,
        Why = "maintenance",
        BeganAt = Ladders.Now,
        Until = Ladders.Now,
        Predicted = new PredictedMove(Duration.FromSeconds(3), Duration.FromSeconds(1), 2),
    };
}
