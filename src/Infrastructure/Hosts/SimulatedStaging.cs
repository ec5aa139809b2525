// F4 on simulated nodes: an image is fetched while everything runs on, as fast as the strip that the node may take of the network. What
// is half fetched is lost when the node boots or the repository can't be reached; what is there stays until it is booted into, is told
// to go, or the disk is formatted.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Staging;

namespace Rdfe.Infrastructure.Hosts;

internal sealed class SimulatedStaging(SimulatedWorld world, SimulatedFaults faults)
{
    /// <summary>A node is told to fetch. An older order is refused; the same again is not begun twice.</summary>
    public void Stage(SimulatedNode node, FabricEffect.StageImage e, Instant at)
    {
        var known = node.Condition.Staging;
        if (!node.IsHeard || e.Generation < known?.Generation)
        {
            return;
        }

        if (known is { Image: not null } && known.Generation == e.Generation)
        {
            if (known.Until is null)
            {
                world.Say(node, new FabricEvent.ImageStaged(at, node.Id, e.Generation, null));
            }

            return;
        }

        var typical = StagingPipe.Fetch(e.ImageMib, new StagingSettings { NodeMbps = e.Mbps });
        var takes = world.Around(typical, node.Id.Value, "fetch " + e.Image, e.Generation) * faults.SlownessOf(node);
        world.Change(node, node.Condition with { Staging = new HostStaging(e.Generation, e.Image, e.Versions, SeenAt(at + takes)) });
        Await(node, at);
    }

    /// <summary>A node is told to give the space back.</summary>
    public void Forget(SimulatedNode node, int generation)
    {
        if (node.IsHeard && !(generation <= node.Condition.Staging?.Generation))
        {
            world.Change(node, node.Condition with { Staging = new HostStaging(generation) });
        }
    }

    /// <summary>What was under way when the program ended goes on.</summary>
    public void Resume(SimulatedNode node, Instant now) => Await(node, now);

    /// <summary>The node has started: what was half fetched is lost.</summary>
    public void NodeStarted(SimulatedNode node) => Drop(node);

    private void Await(SimulatedNode node, Instant now)
    {
        if (node.Condition.Staging is not { Until: { } due } s)
        {
            return;
        }

        world.At(Instant.Max(due, now), when =>
        {
            if (node.Condition.Staging is { Until: { } until } present && present.Generation == s.Generation && until == due)
            {
                End(node, present, when);
            }
        });
    }

    private void End(SimulatedNode node, HostStaging s, Instant now)
    {
        if (!node.IsHeard)
        {
            // Nobody is there to fetch it, or nothing comes through to it; its agent says so when it connects.
            Drop(node);
        }
        else if (faults.BreaksMaintenance(node, Words.Of(MaintenancePhase.Staging)))
        {
            Drop(node);
            world.Say(node, new FabricEvent.ImageStaged(now, node.Id, s.Generation, "the image could not be fetched"));
        }
        else
        {
            world.Change(node, node.Condition with { Staging = s with { Until = null } });
            world.Say(node, new FabricEvent.ImageStaged(now, node.Id, s.Generation, null));
        }
    }

    private void Drop(SimulatedNode node)
    {
        if (node.Condition.Staging is { Until: not null } s)
        {
            world.Change(node, node.Condition with { Staging = s.Gone });
        }
    }

    // Agents look every so often whether it is all there, all at the same moments: a controller hears of many nodes at once.
    private Instant SeenAt(Instant at)
    {
        var look = Math.Max(1, world.Durations.StagingLook.BclCompatibleTicks);
        return Instant.FromUnixTimeTicks((at.ToUnixTimeTicks() + look - 1) / look * look);
    }
}
