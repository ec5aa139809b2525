// L6, phase 2 (the deck's slides 49 to 54): 118 agents get a 119 plug-in and lose the network; the forced bundle reboots the whole
// cluster; guests with the unpatched agent send nodes to Human Investigate; automation stops; the manual override succeeds.
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Topology;

namespace Rdfe.Infrastructure.Tests.Engine;

public sealed class LeapDayPhaseTwoTests
{
    [Fact, Trait("spec", "L6"), Trait("spec", "L4"), Trait("spec", "F5")]
    public void The_story_of_phase_two_from_the_inconsistent_state_to_the_manual_override()
    {
        using var story = Story.Running(count: 12);
        LeapDay(story, "118.1", "119.1");

        // "Attempted fix": the 119 plug-in comes to 118 agents. What was refused is ordered; every node loses the network.
        var attempted = story.Push("119.2", nodes: 100, because: "push it everywhere now", only: [Component.NetworkAgent]);
        story.After(Duration.FromMinutes(15));
        Assert.All(story.Nodes(), n => Assert.NotNull(n.Health?.SilentSince));
        Assert.All(story.All, i => Assert.False(i.IsHealthy));
        Assert.All(story.All, i => Assert.NotEqual(0, story.Town.Hosts.WritersOf(i.Id)));
        Assert.Contains("heartbeatCliff", story.Kinds);
        Assert.DoesNotContain("nodeSilent", story.Kinds);
        Assert.DoesNotContain("instanceMoved", story.Kinds);

        // Step 1: 119 is forced onto the cluster, by its power controllers. Guests keep the agent that they have: 118.
        var forced = story.Push("119.2", nodes: 100, because: "no agent answers any more", only:
            [Component.HostOs, Component.Hypervisor, Component.HostAgent, Component.NetworkAgent, Component.VirtualDiskDriver]);
        story.After(Duration.FromMinutes(30));
        Assert.Equal(OperationStatus.Canceled, story.StatusOf(attempted));
        Assert.Equal(OperationStatus.Succeeded, story.StatusOf(forced));
        Assert.Contains("cliffOver", story.Kinds);
        Assert.All(story.Nodes(), n => Assert.Equal(("119.1", "119.2", "118.1", null), (n.Versions!.HostOs, n.Versions.HostAgent, n.Versions.GuestAgent, n.Health?.SilentSince)));
        Assert.All(story.All, i => Assert.Equal((InstancePhase.Booting, false), (i.Phase, i.IsHealthy)));

        // Unpatched guest agents: three tries of 25 minutes, and nodes go to Human Investigate until the brake holds.
        story.After(Duration.FromMinutes(80));
        Assert.InRange(story.Nodes().Count(n => n.State == NodeState.HumanInvestigate), 3, story.Nodes().Count);
        Assert.Contains("brakeOn", story.Kinds);

        // Step 2, automated: the fixed guest agent. Nothing is healthy, and that is why it does not go on.
        var fix = story.Push("119.2", only: [Component.GuestAgent]);
        story.After(Duration.FromMinutes(30));
        Assert.Equal(OperationStatus.Running, story.StatusOf(fix));
        Assert.Equal(BlockerCodes.NotEnoughHealthy, story.Bundles().Push!.Blocker!.Code);
        Assert.All(story.Nodes(), n => Assert.Equal("118.1", n.Versions!.GuestAgent));

        // Step 2, by hand: it succeeds, node by node, although every guest was down.
        story.Override(fix);
        story.After(Duration.FromHours(2));
        Assert.Equal(OperationStatus.Succeeded, story.StatusOf(fix));
        Assert.All(story.All, i => Assert.True(i.IsHealthy, $"{i.Name} on {i.Node} is {i.Phase}"));
        Assert.All(story.All, i => Assert.Equal("119.2", i.GuestAgent));

        // The nodes are looked into, and were never at fault.
        foreach (var node in story.Nodes().Where(n => n.State == NodeState.HumanInvestigate))
        {
            story.Town.Ask(story.Cluster, OperationKinds.ReturnNode, Provisioning.StepNamesOfProvisioning, o => new FabricRequest.ReturnNode(node.Id, o));
        }

        story.After(Duration.FromHours(3));
        Assert.Contains("brakeOff", story.Kinds);
        Assert.All(story.Nodes(), n => Assert.Equal(NodeState.Ready, n.State));
        Assert.All(story.All, i => Assert.True(i.IsHealthy));
        story.Town.CheckBooks();
    }

    [Fact, Trait("spec", "L6"), Trait("spec", "L1")]
    public void Guests_that_got_the_fixed_agent_before_they_had_to_start_never_see_the_leap_day()
    {
        using var story = Story.Running();
        LeapDay(story, "118.1", "119.1");
        var fix = story.Push("118.2", nodes: 50);
        story.After(Duration.FromMinutes(15));
        Assert.Equal(OperationStatus.Succeeded, story.StatusOf(fix));

        story.Strike(FaultKind.VmCrash, FaultScope.Instance, story.Instances[0].Id.Value);
        story.After(Duration.FromMinutes(30));

        Assert.True(story.All[0].IsHealthy);
        Assert.True(story.All[0].BootGeneration > story.Instances[0].BootGeneration);
    }

    private static void LeapDay(Story story, params string[] buggy)
    {
        var by = Instant.FromUtc(2012, 2, 29, 0, 30) - story.Town.Clock.Now;
        story.Strike(FaultKind.ClockJump, FaultScope.Fabric, "", parameters: new FaultParameters(By: by));
        story.Strike(FaultKind.LeapDayBug, FaultScope.Cluster, story.Cluster.Value, parameters: new FaultParameters(GuestAgents: buggy));
    }
}
