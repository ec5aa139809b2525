// H4 through the production engine and simulated hosts: nodes that are about to fail are emptied before they do, those that are only
// noisy are left alone, and not all at once.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Health;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Prediction;
using Rdfe.Domain.ServiceHealth;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure.Hosts;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Testing;
using NodeState = Rdfe.Domain.Topology.NodeState;

namespace Rdfe.Infrastructure.Tests.Engine;

[Trait("spec", "H4")]
public sealed class PredictionTests
{
    [Theory, Trait("spec", "M7")]
    [InlineData(DefectKind.Memory, false)]
    [InlineData(DefectKind.Board, true)]
    public void A_degrading_node_is_emptied_before_it_fails_and_nobody_is_lost(DefectKind defect, bool restart)
    {
        using var story = Story.Running(count: 4, updateDomains: 2);
        var node = story.Instances[0].Node!.Value;
        var fails = story.Town.Clock.Now + Duration.FromDays(7);
        story.Strike(FaultKind.Degrading, FaultScope.Node, node.Value, parameters: new FaultParameters(FailsAfter: Duration.FromDays(7), Defect: defect));
        for (var day = 0; day < 10; day++)
        {
            if (restart)
            {
                story.Restart();
            }

            story.After(Duration.FromDays(1));
        }

        var predicted = Assert.Single(story.Log, e => e.Kind == "nodePredicted");
        Assert.Equal(node.Value, predicted.Subject);
        Assert.Contains(defect == DefectKind.Memory ? "corrected memory errors +" : "agent restarts +", predicted.Data, StringComparison.Ordinal);
        Assert.True(predicted.Seconds < Duration.FromDays(6.9).TotalSeconds, $"{predicted.Seconds}");
        Assert.DoesNotContain(story.Log, e => e.Kind == "instanceMoved" && e.Data.Contains("nodeLost", StringComparison.Ordinal));
        Assert.All(story.All, i => Assert.True(i.IsHealthy && i.Node != node));
        // Others were not restarted, and who was moved was so once and long before the failure.
        Assert.All(story.Instances.Where(i => i.Node != node), i => Assert.Equal(i.BootGeneration, story.Of(i).BootGeneration));
        Assert.All(story.Instances.Where(i => i.Node == node), i => Assert.Equal(("predictedFailure", true), (story.Of(i).Health?.LastMove?.Why, story.Of(i).PhaseSince < fails)));

        var notice = Assert.Single(story.Town.All<ServiceNoticeRow>()).Notice;
        Assert.Equal((NoticeKind.PredictedFailure, NoticeState.Closed), (notice.Kind, notice.State));
        Assert.Equal(story.Instances.Count(i => i.Node == node), notice.AffectedCount);
        Assert.DoesNotContain(node.Value, notice.Sentence + notice.Outcome, StringComparison.Ordinal);

        // Repaired, it comes back, and nothing is held against it.
        story.Heal();
        var operation = story.Town.Ask(story.Cluster, OperationKinds.ReturnNode, Provisioning.StepNamesOfProvisioning, o => new FabricRequest.ReturnNode(node, o));
        story.After(Duration.FromHours(2));
        Assert.Equal(OperationStatus.Succeeded, story.Town.OperationOf(operation).Status);
        var back = story.Town.One<FabricNode>(n => n.Id == node);
        Assert.Equal((NodeState.Ready, null, null), (back.State, back.Health, back.Evidence));
        story.Town.CheckBooks();
    }

    [Fact]
    public void A_failure_without_a_sign_is_healed_as_ever()
    {
        using var story = Story.Running(count: 3);
        story.Strike(FaultKind.Degrading, FaultScope.Node, story.Instances[0].Node!.Value.Value, parameters: new FaultParameters(FailsAfter: Duration.FromDays(2), Defect: DefectKind.Sudden));
        story.After(Duration.FromDays(2) - Duration.FromMinutes(1));
        Assert.Empty(story.Log);
        story.After(Duration.FromHours(1));
        Assert.DoesNotContain(story.Log, e => e.Kind == "nodePredicted");
        Assert.Contains(story.Log, e => e.Kind == "instanceMoved" && e.Data.Contains("nodeLost", StringComparison.Ordinal));
        Assert.All(story.All, i => Assert.True(i.IsHealthy));
    }

    [Fact]
    public void Noisy_nodes_that_are_healthy_are_left_alone()
    {
        using var town = FabricTown.Open(durations: new SimulatedDurations { Signals = new SignalSettings { NoisePerNodeDay = 0.5, ChattyShare = 0 } });
        town.Advance(Duration.FromDays(20));
        var nodes = town.All<FabricNode>();
        Assert.True(nodes.Count(n => n.Evidence is not null) > nodes.Count / 3, "the nodes are not noisy at all");
        Assert.DoesNotContain(town.All<EventRow>(), e => e.Kind == "nodePredicted");
    }

    [Fact, Trait("spec", "L2")]
    public void No_more_are_out_at_once_than_may_be_and_the_next_one_goes_when_one_has_come_back()
    {
        using var story = Story.Running(count: 3);
        var nodes = story.Town.All<FabricNode>().Where(n => n.Cluster == story.Cluster && !story.Town.Catalogue.Topology.Find(n.Id)!.FcReserved)
            .OrderBy(n => n.Id.Value, StringComparer.Ordinal).Take(3).Select(n => n.Id).ToList();
        foreach (var node in nodes)
        {
            story.Strike(FaultKind.Degrading, FaultScope.Node, node.Value, parameters: new FaultParameters(FailsAfter: Duration.FromDays(14), Defect: DefectKind.Board));
        }

        story.After(Duration.FromDays(12));
        // A cluster of 24: one may be out on a prediction.
        Assert.Single(story.Log, e => e.Kind == "nodePredicted");
        Assert.Contains(story.Log, e => e.Kind == "predictionHeld" && e.Data.Contains("1 may be", StringComparison.Ordinal));
        var gone = Assert.Single(Out(story));
        story.Restart();
        story.After(Duration.FromHours(1));
        Assert.Equal(gone, Assert.Single(Out(story)));

        story.Town.Ask(story.Cluster, OperationKinds.ReturnNode, Provisioning.StepNamesOfProvisioning, o => new FabricRequest.ReturnNode(gone, o));
        story.After(Duration.FromHours(1));
        Assert.NotEqual(gone, Assert.Single(Out(story)));
        Assert.Equal(2, story.Log.Count(e => e.Kind == "nodePredicted"));
    }

    [Fact, Trait("spec", "L3")]
    public void A_model_that_is_switched_off_records_and_does_nothing()
    {
        using var story = Story.Running(count: 3, settings: new FabricSettings { Prediction = new PredictionSettings { Enabled = false } });
        var node = story.Instances[0].Node!.Value;
        story.Strike(FaultKind.Degrading, FaultScope.Node, node.Value, parameters: new FaultParameters(FailsAfter: Duration.FromDays(7), Defect: DefectKind.Board));
        story.After(Duration.FromDays(6));
        Assert.True(story.Town.One<FabricNode>(n => n.Id == node) is { State: NodeState.Ready, Evidence.IsLikely: true });
        Assert.Empty(story.Log);
    }

    private static List<NodeId> Out(Story story) => [.. story.Town.All<FabricNode>().Where(n => n.Health is { Prediction: not null }).Select(n => n.Id)];
}
