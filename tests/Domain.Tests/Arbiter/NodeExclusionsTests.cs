using FsCheck;
using FsCheck.Fluent;
using NodaTime;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Tests.Arbiter;

/// <summary>
/// What is kept of nodes is what a plain recount finds, whatever happens to instances and nodes, and in whatever order it is asked. A
/// failing case prints its seed.
/// </summary>
public class NodeExclusionsTests
{
    private const int Cases = 100;
    private const int Changes = 60;
    private const string Town = "web.0/ud0 n1|web.1/ud1 n2|web.2/ud2 n3|db.0/ud0 n2|db.1/ud1 n4|db.2/ud1 n5|lone.0/ud0 n1|mq.0/ud0 n5|mq.1/ud1 n1";

    [Fact, Trait("spec", "M1")]
    public void Nodes_exclude_each_other_where_different_update_domains_of_one_role_run_on_them()
    {
        var town = new Parish("web.0/ud0 n1|web.1/ud1 n2|web.2/ud0 n3|web.3/ud1 n1|db.0/ud0 n2|db.1/ud1 n4 stopped");

        Assert.Equal(["web.0 n2", "web.3 n3"], Kept(town, town.Nodes[0]));
        Assert.Equal(["web.1 n1", "web.1 n3"], Kept(town, town.Nodes[1]));
        Assert.Empty(Kept(town, town.Nodes[3]));
    }

    [Fact, Trait("spec", "M1")]
    public void Who_excludes_whom_is_kept_as_a_recount_finds_it() => ForAnySeed(seed =>
    {
        var town = new Parish(Town);
        for (var n = 0; n < Changes; n++)
        {
            Change(town, seed, n);
            // Some are asked after each change and some only now and then, so that what was kept is of different ages.
            foreach (var node in town.Nodes.Where((_, i) => Pick(seed, "asks", (n * 10) + i, 3) == 0))
            {
                Assert.Equal(Recount(town, node), Kept(town, node));
            }
        }

        return true;
    });

    [Fact, Trait("spec", "M1")]
    public void A_change_reaches_every_node_whose_answer_it_may_change() => ForAnySeed(seed =>
    {
        var town = new Parish(Town);
        for (var n = 0; n < Changes; n++)
        {
            town.State.Ripples.Rollout.Clear();
            town.State.Ripples.Maintenance.Clear();
            var before = town.Nodes.ToDictionary(node => node, node => (Promise: Promised(town, node), Others: Others(town, node)));
            Change(town, seed, n);
            foreach (var node in town.Nodes)
            {
                var others = Others(town, node);
                if (Promised(town, node) != before[node].Promise
                    || before[node].Others.Any(o => others.TryGetValue(o.Key, out var stage) && stage != o.Value))
                {
                    var asks = town.State.Nodes[node].Maintenance is null ? town.State.Ripples.Rollout : town.State.Ripples.Maintenance;
                    Assert.True(asks.Reaches(node), $"{node}: {before[node].Promise}, now {Promised(town, node)}");
                }
            }
        }

        return true;
    });

    // What the promise says of everybody on a node.
    private static string Promised(Parish town, NodeId node) =>
        string.Join(' ', town.State.On(node).Select(i => Parish.Print(Domain.Arbiter.Promise.Forbids(town.State, i, Parish.Now, Parish.Figures.Health))));

    // How far those have come that must not be down with it.
    private static Dictionary<NodeId, MaintenanceStage?> Others(Parish town, NodeId node) =>
        NodeExclusions.Of(town.State, node).ToDictionary(e => e.Node.Id, e => e.Node.Maintenance?.Stage);

    private static string[] Kept(Parish town, NodeId node) =>
        [.. NodeExclusions.Of(town.State, node).Select(e => $"{e.Mine.Id} n{Array.IndexOf(town.Nodes, e.Node.Id) + 1}").Order(StringComparer.Ordinal)];

    // For each other node, the first instance here of a group that runs there too, in another update domain.
    private static string[] Recount(Parish town, NodeId node)
    {
        var running = town.State.Instances.Values.Where(i => i is { Group: not null, Power: PowerGoal.Running })
            .OrderBy(i => i.Id.Value, StringComparer.Ordinal).ToList();
        return
        [
            .. town.Nodes.Where(other => other != node)
                .Select(other => (Other: other, Mine: running.Find(mine => mine.Node == node
                    && running.Exists(theirs => theirs.Node == other && theirs.Group == mine.Group && theirs.UpdateDomain != mine.UpdateDomain))))
                .Where(e => e.Mine is not null)
                .Select(e => $"{e.Mine!.Id} n{Array.IndexOf(town.Nodes, e.Other) + 1}").Order(StringComparer.Ordinal),
        ];
    }

    private static void Change(Parish town, ulong seed, int n)
    {
        var node = town.Nodes[Pick(seed, "node", n, town.Nodes.Length)];
        var ids = town.State.Instances.Keys.OrderBy(i => i.Value, StringComparer.Ordinal).ToList();
        var i = town.State.Instances[ids[Pick(seed, "instance", n, ids.Count)]];
        switch (Pick(seed, "what", n, 9))
        {
            case 0:
                town.State.Put(i with { Node = node });
                break;
            case 1:
                town.State.Put(i with { Node = null });
                break;
            case 2:
                town.State.Put(i with { Power = i.Power == PowerGoal.Running ? PowerGoal.Stopped : PowerGoal.Running });
                break;
            case 3:
                town.State.Put(i with { UpdateDomain = Pick(seed, "domain", n, 3) });
                break;
            case 4:
                town.State.Put(i with { Phase = i.Phase == InstancePhase.Ready ? InstancePhase.Booting : InstancePhase.Ready });
                break;
            case 5:
                town.State.Put(i with { Health = (i.Health ?? InstanceHealth.Nothing) with { RestartedAt = Parish.Now - Duration.FromMinutes(Pick(seed, "ago", n, 30)) } });
                break;
            case 6 when ids.Count > 3:
                town.State.Remove(i);
                break;
            case 7:
                town.State.Put(i with { Id = new InstanceId($"{i.Role}.x{n}"), Name = $"{i.Role}.x{n}", Node = node });
                break;
            default:
                Maintain(town, node, Pick(seed, "stage", n, 5));
                break;
        }
    }

    // Begins, goes on with or ends a node's maintenance.
    private static void Maintain(Parish town, NodeId id, int stage)
    {
        var node = town.State.Nodes[id];
        var update = new HostUpdate { Name = "u", Component = MaintainedComponent.Firmware, Version = "1.0" };
        town.State.Put(node with
        {
            Maintenance = stage == 4 ? null : new NodeMaintenance
            {
                Generation = 1,
                Choice = new MaintenanceChoice(update, Technology.Reboot, [], Duration.FromMinutes(20), []),
                Technology = Technology.Reboot,
                Versions = update.Versions,
                BeganAt = Parish.Now,
                Stage = (MaintenanceStage)stage,
            },
        });
    }

    private static int Pick(ulong seed, string what, int n, int below) => (int)(below * Draw.Unit(seed, what, "test", n));

    private static void ForAnySeed(Func<ulong, bool> holds) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(Cases), Prop.ForAll<PositiveInt>(seed => holds((ulong)seed.Get)));
}
