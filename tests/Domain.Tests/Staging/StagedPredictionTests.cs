// F4, M5: what is predicted of a node that holds the image already, and which clusters are told to fetch and to forget it.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.Tests.Maintenance;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Tests.Staging;

[Trait("spec", "F4")]
public sealed class StagedPredictionTests
{
    private static readonly Instant Now = Instant.FromUtc(2012, 2, 28, 12, 0);

    private static readonly HostUpdate Os = new() { Name = "os", Component = MaintainedComponent.HostOs, Version = "120.1", Image = "host-os-2014.10", NeedsHostReboot = true };

    [Theory]
    [InlineData("hostOs hotPatchable reboots", Technology.HotPatch, 1)]
    [InlineData("hostOs heavy reboots stays", Technology.MemoryPreservingHeavy, 3)]
    [InlineData("hostOs reboots stays", Technology.Reboot, 3)]
    public void A_node_that_holds_the_image_takes_as_much_less_and_nobody_on_it_feels_a_difference(string update, Technology technology, int minutes)
    {
        var (guests, settings) = (Ladders.Guests("a"), new MaintenanceSettings());
        var node = Ladders.Node("general");
        var bare = Ladder.Climb(Ladders.Update(update), node, guests, settings, Now).Choice!;
        var staged = Ladder.Climb(Ladders.Update(update), node with { IsStaged = true }, guests, settings, Now).Choice!;

        Assert.Equal((technology, technology), (bare.Technology, staged.Technology));
        Assert.Equal(Duration.FromMinutes(minutes), bare.NodeTakes - staged.NodeTakes);
        Assert.Equal((Duration.FromMinutes(minutes), Duration.Zero), (bare.Fetches(settings), staged.Fetches(settings)));
        Assert.Equal(bare.Predicted, staged.Predicted);
    }

    [Theory]
    [InlineData("begin", "stageAhead a [n2 n1], stageAhead b [], beginRollout a")]
    [InlineData("begin, without an image", "beginRollout a")]
    [InlineData("cancel", "endRollout a, endRollout b")]
    [InlineData("cancel, without an image", "endRollout a")]
    [InlineData("roll back", "endRollout b, rollBackRollout a")]
    public void Clusters_of_later_waves_fetch_it_as_well_and_are_told_when_nothing_comes_of_it(string what, string told)
    {
        var rollout = new Rollout
        {
            Name = "r",
            Spec = new RolloutSpec { HostUpdate = "os", Stages = [], MaxConcurrentNodes = 1, MaxFailures = 0, SelfService = Duration.Zero, Scheduled = Duration.Zero },
            Update = Os,
            ImageMib = what.EndsWith("without an image", StringComparison.Ordinal) ? 0 : 2048,
            Waves = [new("first", [new(new ClusterId("a"), 1)], Duration.Zero), new("second", [new(new ClusterId("b"), 1)], Duration.Zero)],
            Operation = new OperationId("op"),
            CreatedAt = Now,
            Orders = [new ApprovedOrder(new ClusterId("a"), [new NodeId("n2"), new NodeId("n1")])],
        };
        var begun = Conducting.Begin(rollout);
        var conducted = what.Split(',')[0] switch
        {
            "begin" => begun,
            "cancel" => Conducting.Cancel(begun.Rollout, Now),
            _ => Conducting.RollBack(begun.Rollout, Now),
        };

        Assert.Equal(told, string.Join(", ", conducted.Told.Select(t => t.Request switch
        {
            FabricRequest.StageAhead s => $"stageAhead {t.Cluster} [{string.Join(' ', s.Order)}]",
            FabricRequest.BeginRollout => $"beginRollout {t.Cluster}",
            FabricRequest.RollBackRollout => $"rollBackRollout {t.Cluster}",
            _ => $"endRollout {t.Cluster}",
        })));
    }
}
