using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Testing;
using NodeAction = Rdfe.Domain.Topology.NodeAction;
using NodeState = Rdfe.Domain.Topology.NodeState;

namespace Rdfe.Infrastructure.Tests.Engine;

/// <summary>Where two things happen at once, or a restart comes between them.</summary>
public sealed class ComputeLifeTests
{
    private const string Scarce = "Standard_N24";
    private static readonly Duration Long = Duration.FromMinutes(20);

    [Fact, Trait("spec", "R6")]
    public void A_deletion_follows_a_machine_that_is_handed_over_before_it()
    {
        using var town = TownWithAFullFirstChoice();
        var deletion = town.NextOperation();
        var creation = town.Create("box", Scarce, null, "north", isolated: true, (unit, cluster, request) =>
        {
            var operation = Operation.Accept(deletion, FabricTown.Tenant, OperationKinds.DeleteVirtualMachine,
                "/virtualMachines/box", cluster, StepNames.Delete, 0, town.Clock.Now);
            unit.Upsert(operation.ToRow());
            town.Desk.Post(unit, cluster, new FabricRequest.DeleteVirtualMachine(request.Machine.Key, operation), town.Clock.Now);
        });

        town.Advance(Long);

        Assert.Equal(OperationStatus.Canceled, town.OperationOf(creation).Status);
        Assert.Equal(OperationStatus.Succeeded, town.OperationOf(deletion).Status);
        Assert.DoesNotContain(town.All<VirtualMachine>(), m => m.Name == "box");
        town.CheckBooks();
    }

    [Fact, Trait("spec", "R6")]
    public void A_cancellation_follows_a_creation_that_is_handed_over_before_it()
    {
        using var town = TownWithAFullFirstChoice();
        var creation = town.Create("box", Scarce, null, "north", isolated: true, (unit, cluster, request) =>
            town.Desk.Post(unit, cluster, new FabricRequest.CancelOperation(request.Operation.Id), town.Clock.Now));

        town.Advance(Long);

        Assert.Equal(OperationStatus.Canceled, town.OperationOf(creation).Status);
        Assert.Equal(ProvisioningState.Canceled, town.One<VirtualMachine>(m => m.Name == "box").State);
        town.CheckBooks();
    }

    [Fact, Trait("spec", "R5")]
    public void Followers_go_where_the_first_of_their_set_went_and_take_what_they_hold_with_them()
    {
        using var town = TownWithAFullFirstChoice();
        var followers = new List<OperationId>();
        var leader = town.Create("leader", Scarce, "front", "north", isolated: true, (unit, _, _) =>
        {
            for (var i = 0; i < 3; i++)
            {
                var id = town.NextOperation();
                followers.Add(id);
                town.Desk.Open(unit, town.Machine(id, $"m{i}", set: "front"), town.Clock.Now);
            }
        });

        town.Advance(Long);

        Assert.All(followers.Append(leader), id => Assert.Equal(OperationStatus.Succeeded, town.OperationOf(id).Status));
        Assert.All(town.All<VirtualMachine>().Where(m => m.Spec.AvailabilitySet == "front"),
            m => Assert.Equal(new ClusterId("north-c2"), m.Cluster));
        town.CheckBooks();
    }

    [Fact, Trait("spec", "R5")]
    public void Requests_that_came_while_the_pin_was_leaving_move_with_what_they_hold()
    {
        using var town = TownWithAFullFirstChoice();
        var follower = town.NextOperation();
        var leader = town.Create("leader", Scarce, "front", "north", isolated: true, (unit, cluster, request) =>
        {
            town.Desk.Open(unit, town.Machine(follower, "m", set: "front"), town.Clock.Now);
            var row = unit.Db.Set<InboxRow>().Where(r => r.Cluster == cluster).OrderBy(r => r.Id).First();
            var placing = (FabricRequest.Placing)Persistence.StoreJson.Read<FabricRequest>(row.RequestJson);
            unit.Db.ChangeTracker.Clear();
            unit.Delete<InboxRow>(row.Id);
            var full = new PlacementTry(cluster, false, "fitsNode", "full", System.Collections.Immutable.ImmutableSortedDictionary<string, int>.Empty, []);
            town.Desk.HandOver(unit, cluster, new SharedEffect.HandOver(placing, full), town.Clock.Now);
        });
        town.CheckBooks();

        town.Advance(Long);

        Assert.Equal(OperationStatus.Succeeded, town.OperationOf(leader).Status);
        Assert.Equal(OperationStatus.Succeeded, town.OperationOf(follower).Status);
        town.CheckBooks();
    }

    [Fact, Trait("spec", "R5")]
    public void A_first_member_that_fits_nowhere_takes_no_other_down_with_it()
    {
        using var town = TownWithAFullFirstChoice();
        town.Create("second", Scarce, isolated: true);
        town.Advance(Long);
        var follower = town.NextOperation();
        var leader = town.Create("leader", Scarce, "front", "north", isolated: true, (unit, _, _) =>
            town.Desk.Open(unit, town.Machine(follower, "m", set: "front"), town.Clock.Now));

        town.Advance(Long);

        Assert.Equal(OperationStatus.Failed, town.OperationOf(leader).Status);
        Assert.Equal((OperationStatus.Succeeded, null), (town.OperationOf(follower).Status, town.OperationOf(follower).Error?.Message));
        town.CheckBooks();
    }

    [Fact, Trait("spec", "R6")]
    public void A_machine_taken_back_before_its_node_has_heard_of_it_is_gone_all_the_same()
    {
        using var town = FabricTown.Open(durations: new() { AcceptGoal = Duration.FromMinutes(2) });
        var creation = town.Create("box");
        town.Advance(Duration.FromSeconds(1));
        var cluster = town.One<VirtualMachine>(m => m.Name == "box").Cluster!.Value;
        town.Ask(cluster, OperationKinds.DeleteVirtualMachine, StepNames.Delete,
            o => new FabricRequest.DeleteVirtualMachine(VirtualMachine.KeyOf(FabricTown.Tenant, "box"), o));

        town.Advance(Long);

        Assert.Equal(OperationStatus.Canceled, town.OperationOf(creation).Status);
        Assert.Empty(town.All<VirtualMachine>());
        Assert.Empty(town.All<FabricInstance>());
        town.CheckBooks();
    }

    [Theory, Trait("spec", "R6")]
    [InlineData(0, 0)]
    [InlineData(1, 2)]
    [InlineData(20, 5)]
    [InlineData(170, 1)]
    [InlineData(1200, 30)]
    public void A_restart_in_the_middle_of_taking_back_leaves_nothing_behind(int before, int after)
    {
        var town = FabricTown.Open();
        try
        {
            town.Create("box", set: "front");
            town.Advance(Duration.FromSeconds(before));
            var cluster = town.One<VirtualMachine>(m => m.Name == "box").Cluster!.Value;
            var deletion = town.Ask(cluster, OperationKinds.DeleteVirtualMachine, StepNames.Delete,
                o => new FabricRequest.DeleteVirtualMachine(VirtualMachine.KeyOf(FabricTown.Tenant, "box"), o));
            town.Advance(Duration.FromSeconds(after));

            town = town.Reopen();
            town.CheckBooks();
            town.Advance(Long);

            Assert.Equal(OperationStatus.Succeeded, town.OperationOf(deletion).Status);
            Assert.Empty(town.All<VirtualMachine>());
            Assert.Empty(town.All<PinRow>());
            town.CheckBooks();
        }
        finally
        {
            town.Dispose();
        }
    }

    [Theory, Trait("spec", "P6")]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void A_restart_while_a_host_is_taken_loses_nothing(int seconds)
    {
        var town = FabricTown.Open();
        try
        {
            var id = town.Take("mine", "D");
            town.Advance(Duration.FromSeconds(seconds));

            town = town.Reopen();
            town.Advance(Long);

            Assert.Equal(OperationStatus.Succeeded, town.OperationOf(id).Status);
            town.CheckBooks();
        }
        finally
        {
            town.Dispose();
        }
    }

    // Each cluster of the north has one node of family N. The first cluster's is taken, yet it carries less than the
    // second: so it is asked first, and has no room.
    private static FabricTown TownWithAFullFirstChoice()
    {
        var town = FabricTown.Open();
        town.Create("first", Scarce, isolated: true);
        town.Advance(Long);
        town.Create("ballast", "Standard_M64");
        town.Advance(Long);
        Assert.Equal("north-c1", town.One<VirtualMachine>(m => m.Name == "first").Cluster?.Value);
        Assert.Equal("north-c2", town.One<VirtualMachine>(m => m.Name == "ballast").Cluster?.Value);
        return town;
    }

    [Fact, Trait("spec", "R6")]
    public void The_return_of_a_node_never_ended_when_the_dedicated_host_on_it_was_deleted_meanwhile()
    {
        using var town = FabricTown.Open();
        // All there are, so that the host has no other node to go to.
        foreach (var n in Enumerable.Range(0, 12))
        {
            town.Take($"h{n}", "D");
        }

        town.Advance(Duration.FromMinutes(20));
        var host = town.All<DedicatedHost>().First(h => h.State == ProvisioningState.Succeeded);
        var (cluster, node) = (host.Cluster!.Value, host.Node!.Value);
        town.Ask(cluster, OperationKinds.RepairNode, StepNames.TakeNodeOut, o => new FabricRequest.TakeNodeOut(node, NodeAction.Repair, o));
        town.Advance(Duration.FromMinutes(20));
        var back = town.Ask(cluster, OperationKinds.ReturnNode, Provisioning.StepNamesOfProvisioning, o => new FabricRequest.ReturnNode(node, o));
        town.Advance(Duration.FromMinutes(2));
        Assert.Equal(host.Key, town.One<FabricNode>(n => n.Id == node).Owner);

        var gone = town.Ask(cluster, OperationKinds.DeleteDedicatedHost, StepNames.Delete, o => new FabricRequest.DeleteDedicatedHost(host.Key, o));
        town.Advance(Duration.FromHours(2));

        Assert.Equal(OperationStatus.Succeeded, town.OperationOf(gone).Status);
        Assert.Equal(OperationStatus.Succeeded, town.OperationOf(back).Status);
        Assert.Equal((NodeState.Ready, null), (town.One<FabricNode>(n => n.Id == node).State, town.One<FabricNode>(n => n.Id == node).Owner));
        town.CheckBooks();
    }
}
