// Host updates in a random life: rollouts by every technology, steered in every way, and owners who choose their moment.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Rollouts;

namespace Rdfe.Simulation;

/// <param name="world">The cluster.</param>
/// <param name="pace">How long owners have.</param>
/// <param name="between">Draws for what is done.</param>
/// <param name="hours">Draws of their own for windows.</param>
internal sealed class Maintenance(World world, Pace pace, Func<int, int, int> between, Func<int, int, int> hours)
{
    private int published;

    public void Act()
    {
        Guests();
        Window();
        if (world.Rollout is not { Ended: false } r)
        {
            Begin();
            return;
        }

        switch (between(0, 8))
        {
            case 0 when r.Status == RolloutStatus.Running:
                world.Conduct(Conducting.Pause(r, "by operator"));
                break;
            case 1 or 2 when r.Status == RolloutStatus.Paused:
                world.Conduct(Conducting.Resume(r, between(0, 2) == 0 ? Order("a test of orders") : null, world.Now));
                break;
            case 3 when r.Status is RolloutStatus.Running or RolloutStatus.Paused:
                world.Conduct(between(0, 3) == 0 ? Conducting.Cancel(r, world.Now) : Conducting.RollBack(r, world.Now));
                break;
            case 4 or 5 when Machine() is { } i:
                var operation = Operation.Accept(
                    world.NextOperation(), World.Tenant, OperationKinds.PerformMaintenance, i.Value, World.Cluster, StepNames.RedeployVirtualMachine, 0, world.Now);
                world.Ask(new FabricRequest.PowerInstance(i, PowerAction.PerformMaintenance, operation), operation);
                break;
            case 6 when Machine() is { } i:
                world.Ask(new FabricRequest.DeferMaintenance(r.Name, i, world.Now + Duration.FromMinutes(between(1, pace.SelfService))));
                break;
        }
    }

    /// <summary>What has stopped is looked into and goes on.</summary>
    public void Finish()
    {
        if (world.Rollout is { Status: RolloutStatus.Paused } r)
        {
            world.Conduct(Conducting.Resume(r, Order("the day is over"), world.Now));
        }
    }

    // Some of them read what is announced, and of those some are ready before their time.
    private void Guests()
    {
        if (between(0, 4) == 0 && Machine() is { } reader)
        {
            world.Ask(new FabricRequest.NoticesRead(reader));
        }

        var told = world.Boards.Values.OrderBy(b => b.Scope, StringComparer.Ordinal).SelectMany(b => b.Live, (b, n) => (b.Scope, n.Id)).ToList();
        if (told.Count > 0 && between(0, 2) == 0)
        {
            var (scope, id) = told[between(0, told.Count)];
            world.Ask(new FabricRequest.AcknowledgeNotice(scope, id, between(0, 2) == 0 ? AcknowledgedBy.Guest : AcknowledgedBy.Owner));
        }
    }

    // Owners of services and machines give them windows, and now and then others.
    private void Window()
    {
        var all = world.Deployments.Values.Select(d => $"services/{d.Service}").Concat(world.Machines.Values.Select(m => $"virtualMachines/{m.Name}"))
            .Order(StringComparer.Ordinal).ToList();
        if (all.Count > 0 && hours(0, 2) == 0)
        {
            world.Give(all[hours(0, all.Count)], new GivenWindow(hours(0, 24), hours(2, 13)));
        }
    }

    private void Begin()
    {
        var update = Update();
        var spec = new RolloutSpec
        {
            HostUpdate = update.Name,
            Clusters = [World.Cluster],
            Stages = [new("canary", 1, 0.05, Duration.FromMinutes(between(0, 60))), new("all", null, 1, Duration.FromMinutes(between(0, 60)))],
            MaxConcurrentNodes = between(1, 60),
            MaxFailures = between(0, 5),
            SelfService = Duration.FromMinutes(between(0, 3) == 0 ? between(0, pace.SelfService) : 0),
            Scheduled = Duration.FromHours(between(0, pace.Scheduled)),
        };
        world.Conduct(Conducting.Begin(new Rollout
        {
            Name = update.Name,
            Spec = spec,
            Update = update,
            ImageMib = update.Image is null ? 0 : 512 << (published % 6),
            Waves = [.. spec.Stages.Select(s => new RolloutWave(s.Name, [new WaveTarget(World.Cluster, s.Share)], s.Bake))],
            Operation = new OperationId("of-rollouts"),
            CreatedAt = world.Now,
        }));
    }

    private HostUpdate Update()
    {
        var (name, version) = ($"u{++published}", $"130.{published}");
        return between(0, 6) switch
        {
            0 => new() { Name = name, Component = MaintainedComponent.HostOs, Version = version, Image = $"host-{name}", HotPatchable = true },
            1 => new() { Name = name, Component = MaintainedComponent.Hypervisor, Version = version, HypervisorReplaceable = true },
            2 => new() { Name = name, Component = MaintainedComponent.VirtualDiskDriver, Version = version, MemoryPreserving = MemoryPreserving.Light },
            3 => new() { Name = name, Component = MaintainedComponent.HostOs, Version = version, Image = $"host-{name}", MemoryPreserving = MemoryPreserving.Heavy, NeedsHostReboot = true },
            _ => new() { Name = name, Component = MaintainedComponent.Firmware, Version = version, NeedsHostReboot = true, SecurityCritical = between(0, 4) == 0 },
        };
    }

    private RolloutOrder Order(string reason) => new("ops", reason, world.Now);

    private InstanceId? Machine()
    {
        var all = world.Machines.Values.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => m.Instance).ToList();
        return all.Count == 0 ? null : all[between(0, all.Count)];
    }
}
