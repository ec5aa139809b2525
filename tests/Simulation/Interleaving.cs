// One random life of a cluster: services and machines come, change and go; nodes, racks, guests and controllers fail; and
// somebody checks after every commit what must hold. The same seed is the same life.
using System.Globalization;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Topology;
using Rdfe.Domain.Updates;
using Rdfe.Domain.VirtualMachines;
using NodeState = Rdfe.Domain.Topology.NodeState;

namespace Rdfe.Simulation;

internal sealed class Interleaving : IDisposable
{
    private readonly ulong seed;
    private readonly Pace pace;
    private readonly World world;
    private readonly Checker checker;
    private readonly Maintenance maintenance;
    private readonly SortedSet<int> left = [];
    private readonly List<(long Act, long Wait)> drawn = [];
    private long draws;
    private long windowDraws;
    private long faults;

    public Interleaving(ulong seed, Pace pace)
    {
        (this.seed, this.pace) = (seed, pace);
        world = new World(seed);
        checker = new Checker(world);
        maintenance = new Maintenance(world, pace, Between, (least, beyond) => least + (int)(Draw.Unit(seed, "window", "draw", ++windowDraws) * (beyond - least)));
        world.Dies = () => Unit() switch
        {
            < 0.002 => Death.BeforeCommit,
            < 0.004 => Death.AfterCommit,
            < 0.005 => Death.StoreStalls,
            _ => Death.None,
        };
    }

    public IEnumerable<string> Log => world.Log;

    /// <summary>Where in the seed's draws each act and each wait of it began.</summary>
    public IReadOnlyList<(long Act, long Wait)> Drawn => drawn;

    /// <summary>How the cluster is now, one rack a line.</summary>
    public string Town => world.Town();

    /// <summary>Leaves acts out; those that are left are the same as in the life whose draws are given.</summary>
    public Interleaving Without(IEnumerable<int> acts, IReadOnlyList<(long Act, long Wait)> of)
    {
        left.UnionWith(acts);
        drawn.AddRange(of);
        return this;
    }

    /// <summary>Lives it to its end; throws <see cref="Broken"/> where something did not hold.</summary>
    public void Run()
    {
        var again = drawn.Count > 0;
        for (var n = 0; n < (again ? drawn.Count : pace.Acts); n++)
        {
            draws = again ? drawn[n].Act : draws;
            if (!again)
            {
                // One that is broken in the middle of its last act has acted all the same.
                drawn.Add((draws, draws));
            }

            if (!left.Contains(n))
            {
                world.Note($"act {n}");
                Act();
            }

            drawn[n] = again ? drawn[n] : (drawn[n].Act, draws);
            draws = drawn[n].Wait;
            if (!left.Contains(n))
            {
                world.Advance(Duration.FromSeconds(Between(1, pace.LongestWait)));
            }
        }

        // Months, where owners have months: what was begun comes to its end by itself, or by an operator's word.
        for (var day = 0; day < 80 && pace.Isolates && world.Rollout is { Ended: false }; day++)
        {
            maintenance.Finish();
            world.Advance(Duration.FromDays(1));
        }

        Rest();
        checker.AtRest();
    }

    public void Dispose() => world.Dispose();

    // Faults stop, people come and look at what was given up, and owners decide what waits for them.
    private void Rest()
    {
        world.SafeMode = false;
        world.HealAll();
        // Whatever was pushed, and half pushed, and cut nodes off: the bundle that is forced onto all of them is the way out (L4).
        var last = World.Shelf.Find("119.2")!;
        Operate(OperationKinds.InstallBundle, StepNames.InstallBundle, null, o => new FabricRequest.InstallBundle(
            last.Name, last.Versions, [], 30, new PushOverride("ops", "the way out", world.Now), o));
        // As long as it takes, where a rollout goes from node to node and gets on: one at a time needs half an hour for each (seed 499).
        var done = -1;
        for (var day = 0; day < 12 || (day < 48 && world.Rollout is { Ended: false } && Done() > done); day++)
        {
            done = Done();
            world.Advance(Duration.FromHours(2));
            maintenance.Finish();
            if (world.Bundles.Push is { } push)
            {
                // What is stuck is an operator's to order on (L4).
                world.Ask(new FabricRequest.OverrideBundle(push.Operation, new PushOverride("ops", "the day is over", world.Now)));
            }

            foreach (var d in world.Deployments.Values.Where(d => d.Update is { Stage: UpdateStage.AwaitingWalk or UpdateStage.Unhealthy }).ToList())
            {
                Update(d, $"final-{day}", UpdateMode.Auto);
            }

            foreach (var i in world.Instances.Values.Where(i => i is { Phase: InstancePhase.RoleStarting, Planned: null }).OrderBy(i => i.Id.Value, StringComparer.Ordinal).ToList())
            {
                // A start is unbounded (H2): only its owner can know that this one will never end.
                Operate(OperationKinds.RebootInstance, StepNames.PowerCycle, i.Id.Value, o => new FabricRequest.PowerInstance(i.Id, PowerAction.Restart, o, Force: true));
            }

            foreach (var create in world.Operations.Values.Where(o => !o.Ended && day > 1 && OperationKinds.IsCreation(o.Kind)).OrderBy(o => o.Id.Value, StringComparer.Ordinal).ToList())
            {
                // A guest that hung in its first start, or a role in its first OnStart: its owner takes the creation back.
                world.Ask(new FabricRequest.CancelOperation(create.Id));
            }

            foreach (var node in world.Nodes.Values
                .Where(n => n.State is NodeState.HumanInvestigate or NodeState.OutForRepair && n.Operation is null).ToList())
            {
                Operate(OperationKinds.ReturnNode, Rdfe.Domain.Fabric.Provisioning.StepNamesOfProvisioning, null, o => new FabricRequest.ReturnNode(node.Id, o));
            }
        }
    }

    private int Done() => world.InCluster?.Touched.Count(t => t.EndedAt is not null) ?? 0;

    private void Act()
    {
        switch (Between(0, 28))
        {
            case 0 or 1 or 2:
                Deploy();
                break;
            case 3 or 4:
                CreateMachine();
                break;
            case 5 when AnyDeployment() is { } d:
                Operate(OperationKinds.DeleteDeployment, StepNames.Delete, d.Id.Value, o => new FabricRequest.DeleteDeployment(d.Id, o));
                break;
            case 6 when AnyMachine() is { } m:
                Operate(OperationKinds.DeleteVirtualMachine, StepNames.Delete, m.Key, o => new FabricRequest.DeleteVirtualMachine(m.Key, o));
                break;
            case 7 or 8 when AnyDeployment() is { } d:
                Update(d, $"v{Between(2, 99)}", Between(0, 3) == 0 ? UpdateMode.Manual : UpdateMode.Auto);
                break;
            case 9 when AnyDeployment() is { } d:
                Operate(OperationKinds.WalkUpdateDomain, StepNames.Walk, d.Id.Value, o => new FabricRequest.WalkUpdateDomain(d.Id, null, o));
                break;
            case 10 when AnyDeployment() is { } d:
                Operate(OperationKinds.RollBackUpdate, StepNames.RollBackUpdate, d.Id.Value, o => new FabricRequest.RollBackUpdate(d.Id, UpdateMode.Auto, o));
                break;
            case 11 when AnyDeployment() is { } d:
                Scale(d);
                break;
            case 12 or 13 when AnyInstance() is { } i:
                Power(i);
                break;
            case 14 when AnyNode() is { } n:
                TakeOut(n);
                break;
            case 15:
                world.Restart();
                break;
            case 16:
                world.SafeMode = !world.SafeMode;
                world.Advance(Duration.FromMinutes(Between(1, 20)));
                world.SafeMode = false;
                break;
            case 17 or 18:
                Push();
                break;
            case 19 or 20 or 21:
                maintenance.Act();
                break;
            case 22 or 23 when AnyNode() is { } n:
                Maintain(n);
                break;
            default:
                Strike();
                break;
        }
    }

    private void Deploy()
    {
        var id = world.NextOperation();
        var count = Between(1, 11);
        var needs = new Resources(100 * Between(1, 5), 1792, 225, 100);
        var model = new DeploymentModel(Between(2, 6), "guest", 40,
        [
            new RoleModel("Web", InstanceKind.WebRole, "Small", needs, "general", count, [new ServiceEndpoint("http", "tcp", 80, 8080)]),
            new RoleModel("Worker", InstanceKind.WorkerRole, "Small", needs, "general", Between(1, 6), []),
        ]);
        var deployment = new Deployment
        {
            Id = new DeploymentId($"d-{id}"),
            SubscriptionId = World.Tenant,
            Service = $"s-{id}",
            Slot = Slot.Production,
            Package = "package",
            PackageSha256 = "v1",
            Model = model,
            Etag = "e",
            Operation = id,
            CreatedAt = world.Now,
        };
        world.Ask(new FabricRequest.PlaceDeployment(
            deployment,
            Operation.Accept(id, World.Tenant, OperationKinds.CreateDeployment, deployment.Id.Value, null, StepNames.CreateDeployment, 2, world.Now),
            new PlacementScope(new RegionId("north"), [], ["general"], model.TotalNeeds.Cores, 1, 1, null, MayMove: false),
            new QuotaTaken(model.TotalNeeds.Cores, 1, 0)));
    }

    private void CreateMachine()
    {
        var id = world.NextOperation();
        var number = int.Parse(id.Value.AsSpan(3), CultureInfo.InvariantCulture);
        var needs = new Resources(200, 3584, 225, 100);
        var set = Between(0, 3) is var s && s > 0 ? $"set{s}" : null;
        var machine = new VirtualMachine
        {
            SubscriptionId = World.Tenant,
            Name = $"vm-{id}",
            Needs = needs,
            Family = "general",
            Etag = "e",
            Operation = id,
            Instance = new InstanceId($"i-{id}"),
            CreatedAt = world.Now,
            UpdateDomainCount = set is null ? 1 : 5,
            FaultDomainCount = set is null ? 1 : 2,
            Spec = new VirtualMachineSpec
            {
                Region = "north",
                Size = "Small",
                Image = "ubuntu-22.04",
                AvailabilitySet = set,
                OsDisk = new OsDisk(DiskCaching.ReadWrite, 30),
                // Every other one is told before it is deleted; not drawn, so that the lives of old seeds stay what they were.
                TerminationNotice = number % 2 == 0 ? Duration.FromMinutes(5 + (number % 11)) : null,
                Isolated = pace.Isolates && number % 5 == 0,
            },
        };
        world.Ask(new FabricRequest.PlaceVirtualMachine(
            machine,
            Operation.Accept(id, World.Tenant, OperationKinds.CreateVirtualMachine, machine.Key, null, StepNames.CreateVirtualMachine, 1, world.Now),
            new PlacementScope(new RegionId("north"), [], ["general"], needs.Cores, 0, 0, null, MayMove: false),
            new QuotaTaken(needs.Cores, 0, 1)));
    }

    private void Update(Deployment d, string package, UpdateMode mode)
    {
        var settings = Between(0, 3) == 0;
        var to = UpdateTarget.Of(d) with
        {
            PackageSha256 = settings ? d.PackageSha256 : package,
            ConfigGeneration = d.ConfigGeneration + 1,
        };
        Operate(OperationKinds.UpdateDeployment, StepNames.UpdateDeployment, d.Id.Value, o => new FabricRequest.UpdateDeployment(
            d.Id, settings ? UpdateKind.Configuration : UpdateKind.Code, mode, to, o, QuotaTaken.None, 0));
    }

    private void Scale(Deployment d)
    {
        var model = d.Model with { Roles = [.. d.Model.Roles.Select(r => r with { Count = Between(1, 11) })] };
        var more = model.Roles.Zip(d.Model.Roles).Sum(p => Math.Max(0, p.First.Count - p.Second.Count) * p.First.Needs.Cores);
        var taken = new QuotaTaken(more, 0, 0);
        world.Take(taken);
        Operate(OperationKinds.ChangeConfiguration, StepNames.ChangeConfiguration, d.Id.Value,
            o => new FabricRequest.ChangeConfiguration(d.Id, model, d.ConfigGeneration + 1, "e", o, taken, more));
    }

    private void Power(FabricInstance i)
    {
        var isMachine = i.Kind == InstanceKind.VirtualMachine;
        var (action, kind, steps) = Between(0, isMachine ? 6 : 2) switch
        {
            0 => (PowerAction.Restart, isMachine ? OperationKinds.RestartVirtualMachine : OperationKinds.RebootInstance, StepNames.PowerCycle),
            1 when !isMachine => (PowerAction.Reimage, OperationKinds.ReimageInstance, StepNames.PowerCycle),
            1 or 2 => (PowerAction.Start, OperationKinds.StartVirtualMachine, StepNames.CreateVirtualMachine),
            3 => (PowerAction.PowerOff, OperationKinds.PowerOffVirtualMachine, StepNames.PowerDown),
            4 => (PowerAction.Deallocate, OperationKinds.DeallocateVirtualMachine, StepNames.PowerDown),
            _ => (PowerAction.Redeploy, OperationKinds.RedeployVirtualMachine, StepNames.PowerCycle),
        };
        Operate(kind, steps, i.Id.Value, o => new FabricRequest.PowerInstance(i.Id, action, o, Force: Between(0, 6) == 0));
    }

    // Most bundles are pushed under the promise; some are ordered, and one in a few is called off.
    private void Push()
    {
        if (world.Bundles.Push is { } under && Between(0, 3) == 0)
        {
            world.Ask(new FabricRequest.CancelBundle(under.Operation));
            return;
        }

        var bundle = World.Shelf.Bundles.ElementAt(Between(0, World.Shelf.Bundles.Count()));
        var only = Between(0, 4) == 0 ? new[] { Component.NetworkAgent } : [.. VersionSet.Components];
        var order = Between(0, 5) == 0 ? new PushOverride("ops", "a test of orders", world.Now) : null;
        Operate(OperationKinds.InstallBundle, StepNames.InstallBundle, null, o => new FabricRequest.InstallBundle(
            bundle.Name, bundle.Versions.Only(only), CompatibilityMatrix.Of(World.Shelf.Bundles).Rules, Between(1, 30), order, o));
    }

    // By each of the technologies in turn, on a node and sometimes on all of them.
    private void Maintain(FabricNode node)
    {
        var update = Between(0, 5) switch
        {
            0 => new HostUpdate { Name = "patch", Component = MaintainedComponent.HostOs, HotPatchable = true },
            1 => new HostUpdate { Name = "hypervisor", Component = MaintainedComponent.Hypervisor, HypervisorReplaceable = true, NeedsHostReboot = true },
            2 => new HostUpdate { Name = "driver", Component = MaintainedComponent.VirtualDiskDriver, MemoryPreserving = MemoryPreserving.Light },
            3 => new HostUpdate { Name = "os", Component = MaintainedComponent.HostOs, MemoryPreserving = MemoryPreserving.Heavy, NeedsHostReboot = true },
            _ => new HostUpdate { Name = "firmware", Component = MaintainedComponent.Firmware, NeedsHostReboot = true, SecurityCritical = true },
        };
        var nodes = Between(0, 4) == 0 ? world.Nodes.Values.OrderBy(n => n.Id.Value, StringComparer.Ordinal).ToList() : [node];
        foreach (var one in nodes)
        {
            // Versions of the bundles' generations, so that what is there goes on understanding each other.
            world.Ask(new FabricRequest.MaintainNode(one.Id, update with { Version = update.Name == "driver" ? one.Versions?.VirtualDiskDriver ?? "118.1" : $"118.{Between(2, 99)}" }));
        }
    }

    private void TakeOut(FabricNode node)
    {
        var back = node.State is NodeState.OutForRepair or NodeState.HumanInvestigate;
        Operate(
            back ? OperationKinds.ReturnNode : OperationKinds.RepairNode,
            back ? Rdfe.Domain.Fabric.Provisioning.StepNamesOfProvisioning : StepNames.TakeNodeOut, node.Id.Value,
            o => back ? new FabricRequest.ReturnNode(node.Id, o) : new FabricRequest.TakeNodeOut(node.Id, NodeAction.Repair, o));
    }

    private void Strike()
    {
        var kind = (FaultKind)Between(0, (int)FaultKind.ClockJump);
        var target = Target(kind);
        if (target is null || kind is FaultKind.LeapDayBug)
        {
            return;
        }

        world.Strike(new Fault(
            $"f{++faults}", faults, kind, target, world.Now, world.Now + Duration.FromMinutes(Between(1, 90)),
            new FaultParameters(Factor: 4, Period: Duration.FromMinutes(Between(1, 10)), What: "disk")));
    }

    private FaultTarget? Target(FaultKind kind) => kind switch
    {
        FaultKind.VmCrash or FaultKind.GuestAgentCrash or FaultKind.RoleCrash or FaultKind.RoleHang or FaultKind.RoleNeverReady
            or FaultKind.IgnoresConfiguration or FaultKind.GuestAgentNeverConnects =>
            AnyInstance() is { } i ? new FaultTarget(FaultScope.Instance, i.Id.Value) : null,
        FaultKind.BadPackage => new FaultTarget(FaultScope.Package, $"v{Between(2, 99)}"),
        FaultKind.PowerLoss or FaultKind.Partition when Between(0, 5) == 0 =>
            new FaultTarget(FaultScope.Rack, world.State.Hardware(AnyNode()!.Id).Rack.Value),
        _ => new FaultTarget(FaultScope.Node, AnyNode()!.Id.Value),
    };

    private void Operate(string kind, IEnumerable<string> steps, string? resource, Func<Operation, FabricRequest> request)
    {
        var operation = Operation.Accept(world.NextOperation(), World.Tenant, kind, resource ?? "/fabric", World.Cluster, steps, 0, world.Now);
        world.Ask(request(operation), operation);
    }

    private Deployment? AnyDeployment() => Any(world.Deployments.Values.OrderBy(d => d.Key, StringComparer.Ordinal).ToList());

    private VirtualMachine? AnyMachine() => Any(world.Machines.Values.OrderBy(m => m.Key, StringComparer.Ordinal).ToList());

    private FabricInstance? AnyInstance() => Any(world.Instances.Values.OrderBy(i => i.Id.Value, StringComparer.Ordinal).ToList());

    private FabricNode? AnyNode() => Any(world.Nodes.Values.OrderBy(n => n.Id.Value, StringComparer.Ordinal).ToList());

    private T? Any<T>(List<T> of)
        where T : class => of.Count == 0 ? null : of[Between(0, of.Count)];

    private int Between(int least, int beyond) => least + (int)(Unit() * (beyond - least));

    private double Unit() => Draw.Unit(seed, "life", "draw", ++draws);
}
