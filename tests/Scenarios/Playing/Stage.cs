// The fabric that a scenario is played on: the production engine, store and simulated hosts of a FabricTown, asked for
// things as front ends and operators ask. After each request the engine comes to rest, so that a script always makes the
// same turns of the same requests and its log can be compared.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.Updates;
using Rdfe.Domain.Windows;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Rollouts;
using Rdfe.Testing;

namespace Rdfe.Scenarios.Playing;

internal sealed class Stage : IDisposable
{
    private const string PushOf = "";

    private readonly List<Fault> faults = [];
    private readonly Dictionary<string, HostUpdate> updates = new(StringComparer.Ordinal);
    private readonly Dictionary<string, OperationId> operations = new(StringComparer.Ordinal);
    private string rollout = "";
    private long faultNumbers;
    private long told;

    public Stage(string topology, FabricSettings settings, CommitWatch? watch = null)
    {
        (Settings, Town) = (settings, FabricTown.Open(topology, settings: settings, watch: watch));
        Began = Town.Clock.Now;
        Cluster = Town.Catalogue.Topology.Clusters.First().Id;
    }

    /// <summary>On what a controller that crashed left in a folder. Whoever asks remembers what it has asked; null where it had asked nothing yet.</summary>
    public Stage(string topology, FabricSettings settings, string folder, Stage? other)
    {
        faults = [.. other?.faults ?? []];
        (Settings, Town) = (settings, FabricTown.OpenOn(folder, topology, settings, faults: faults));
        Cluster = Town.Catalogue.Topology.Clusters.First().Id;
        Began = other?.Began ?? Town.Clock.Now;
        if (other is null)
        {
            return;
        }

        (updates, operations, Services) = (new(other.updates, StringComparer.Ordinal), new(other.operations, StringComparer.Ordinal), [.. other.Services]);
        (rollout, faultNumbers) = (other.rollout, other.faultNumbers);
    }

    private Stage(Stage other)
    {
        (Settings, Town, Began, Cluster) = (other.Settings, other.Town, other.Began, other.Cluster);
        (faults, updates) = ([.. other.faults], new(other.updates, StringComparer.Ordinal));
        (operations, Services) = (new(other.operations, StringComparer.Ordinal), [.. other.Services]);
        (rollout, faultNumbers) = (other.rollout, other.faultNumbers);
    }

    /// <summary>What it remembers now: not to be played on.</summary>
    public Stage Memory() => new(this);

    public FabricSettings Settings { get; }

    public FabricTown Town { get; private set; }

    public Instant Began { get; }

    public Duration Elapsed => Town.Clock.Now - Began;

    /// <summary>Where everything is placed: scenarios tell what happens inside one cluster.</summary>
    public ClusterId Cluster { get; }

    public List<string> Services { get; } = [];

    /// <summary>The line of the script that asks. What it asks for, it gets once, however often a crash makes it ask again.</summary>
    public int Line { get; set; }

    /// <summary>True where the line may have been heard before.</summary>
    public bool AsksAgain { get; set; }

    /// <summary>What was refused before any cluster was asked, and why; null after it was told.</summary>
    public (string Service, string Why)? Refused { get; set; }

    /// <summary>What a tenant runs: its services are called after it, <c>games-1</c>, <c>games-2</c>.</summary>
    public static string TenantOf(string service) => service.Split('-')[0];

    public void Deploy(string service, IEnumerable<(string Role, int Count, string Size)> roles, int updateDomains, string package, string? follows)
    {
        var model = new DeploymentModel(updateDomains, follows ?? "guest-os-1", 40,
            [.. roles.Select((r, i) => RoleOf(r.Role, r.Count, r.Size, 80 + i))], follows is not null);
        var asked = Once(service, unit =>
        {
            var id = Town.NextOperation();
            var deployment = new Deployment
            {
                Id = new DeploymentId(service),
                SubscriptionId = FabricTown.Tenant,
                Service = service,
                Slot = Slot.Production,
                Package = package,
                PackageSha256 = package,
                Model = model,
                Etag = "1",
                Operation = id,
                CreatedAt = Town.Clock.Now,
            };
            var scope = new PlacementScope(
                Town.Catalogue.Topology.Find(Cluster)!.Region, [Cluster], [.. model.Roles.Select(r => r.Family).Distinct()], model.TotalNeeds.Cores, 1, 0,
                Pins.OfService(FabricTown.Tenant, service), MayMove: true);
            var placed = Town.Desk.Open(unit, new FabricRequest.PlaceDeployment(
                deployment,
                Operation.Accept(id, FabricTown.Tenant, OperationKinds.CreateDeployment, $"/services/{service}", null, StepNames.CreateDeployment, 2, Town.Clock.Now),
                scope, new QuotaTaken(model.TotalNeeds.Cores, 1, 0)), Town.Clock.Now);
            return placed.Refused ? placed.Refusal : id.Value;
        });
        if (asked.Refused)
        {
            Refused = (service, asked.Refusal.Detail);
            return;
        }

        operations[service] = new OperationId(asked.Value);
        Services.Add(service);
        Rest();
    }

    public void Scale(string service, string role, int count)
    {
        var d = DeploymentOf(service);
        var model = Counted(d.Model, [(role, count)]);
        Ask(service, OperationKinds.ChangeConfiguration, StepNames.ChangeConfiguration, o => new FabricRequest.ChangeConfiguration(
            d.Id, model, d.ConfigGeneration + 1, $"{d.ConfigGeneration + 1}", o, QuotaTaken.None, 0));
    }

    public void Upgrade(string service, string package, UpdateMode mode, IEnumerable<(string Role, int Count)> counts)
    {
        var d = DeploymentOf(service);
        var to = UpdateTarget.Of(d) with { Package = package, PackageSha256 = package, Model = Counted(d.Model, counts) };
        Ask(service, OperationKinds.UpdateDeployment, StepNames.UpdateDeployment,
            o => new FabricRequest.UpdateDeployment(d.Id, UpdateKind.Code, mode, to, o, new QuotaTaken(Math.Max(0, to.Model.TotalNeeds.Cores - d.CoresHeld), 0, 0), 0));
    }

    public void Delete(string service)
    {
        Ask(service, OperationKinds.DeleteDeployment, StepNames.Delete, o => new FabricRequest.DeleteDeployment(new DeploymentId(service), o));
        Services.Remove(service);
    }

    public void Walk(string service) => Ask(service, OperationKinds.WalkUpdateDomain, StepNames.Walk,
        o => new FabricRequest.WalkUpdateDomain(new DeploymentId(service), null, o));

    public void RollBack(string service, UpdateMode mode) => Ask(service, OperationKinds.RollBackUpdate, StepNames.RollBackUpdate,
        o => new FabricRequest.RollBackUpdate(new DeploymentId(service), mode, o));

    public void PublishGuestOs(string image, string older)
    {
        Post(new FabricRequest.GuestOsPublished(image, [older]));
    }

    /// <summary>An operator sends a bundle over the cluster: with a reason, whatever forbids it (L4).</summary>
    public void Push(string bundle, IReadOnlyCollection<Component>? only, int nodes, string? because)
    {
        var shelf = Town.Catalogue.Bundles;
        var versions = (shelf.Find(bundle) ?? throw new InvalidOperationException($"There is no bundle {bundle}.")).Versions;
        Ask(PushOf, OperationKinds.InstallBundle, StepNames.InstallBundle, o => new FabricRequest.InstallBundle(
            bundle, only is null ? versions : versions.Only(only), CompatibilityMatrix.Of(shelf.Bundles).Rules, nodes,
            because is null ? null : new PushOverride("operator", because, Town.Clock.Now), o));
    }

    /// <summary>The push under way goes on regardless.</summary>
    public void OverridePush(string because) =>
        Post(new FabricRequest.OverrideBundle(operations[PushOf], new PushOverride("operator", because, Town.Clock.Now)));

    /// <summary>A virtual machine of the tenant's, on its own.</summary>
    public void Machine(string name)
    {
        Once(name, unit =>
        {
            var place = Town.Machine(Town.NextOperation(), name);
            var placed = Town.Desk.Open(unit, place with { Scope = place.Scope with { Only = [Cluster] } }, Town.Clock.Now);
            return placed.Refused ? placed.Refusal : place.Operation.Id.Value;
        });
        Rest();
    }

    public FabricInstance MachineOf(string name) => See(s => s.Instances[s.Machines[$"{FabricTown.Tenant}/{name}"].Instance]);

    /// <summary>The owner of a machine has its maintenance now (W1).</summary>
    public void Perform(string machine) => Ask(machine, OperationKinds.PerformMaintenance, [.. StepNames.RedeployVirtualMachine],
        o => new FabricRequest.PowerInstance(MachineOf(machine).Id, PowerAction.PerformMaintenance, o));

    /// <summary>The owner lets begin what its guests have been told of.</summary>
    public void Acknowledge(string name)
    {
        var scopes = See(s => s.Machines.TryGetValue($"{FabricTown.Tenant}/{name}", out var m) ? [s.Instances[m.Instance]] : s.InstancesOf(name).ToList())
            .Select(NoticeBoard.ScopeOf).ToHashSet(StringComparer.Ordinal);
        var told = See(s => scopes.Select(s.Notices.Find).OfType<NoticeBoard>().OrderBy(b => b.Scope, StringComparer.Ordinal)
            .SelectMany(b => b.Live, (b, n) => (b.Scope, Notice: n)).Where(n => n.Notice.Status == NoticeStatus.Scheduled).ToList());
        if (told.Count == 0 && !AsksAgain)
        {
            throw new InvalidOperationException($"Nothing was announced to {name}.");
        }

        foreach (var (scope, notice) in told)
        {
            Post(new FabricRequest.AcknowledgeNotice(scope, notice.Id, AcknowledgedBy.Owner), notice.Id);
        }
    }

    /// <summary>As its owner puts it: the record and what it is assigned to, and every cluster of the region is told.</summary>
    public void Window(string name, WindowText window, string resource)
    {
        var region = Town.Catalogue.Topology.Find(Cluster)!.Region;
        var configuration = new MaintenanceConfigurationRow
        {
            SubscriptionId = FabricTown.Tenant,
            NameKey = name,
            Name = name,
            WindowJson = StoreJson.Write(window),
            CreatedAt = Town.Clock.Now,
        };
        Once(name, unit =>
        {
            unit.Upsert(configuration);
            unit.Upsert(new MaintenanceAssignmentRow
            {
                SubscriptionId = FabricTown.Tenant,
                Resource = resource,
                Name = resource.Split('/')[^1],
                Configuration = name,
                Region = region,
            });
            MaintenanceBook.Tell(unit, Town.Desk, configuration, [region], Town.Clock.Now);
            return "";
        });
        Rest();
    }

    public void Publish(HostUpdate update) => updates[update.Name] = update;

    /// <summary>A rollout over the cluster: a canary, then the rest.</summary>
    public void RollOut(string update, double canary, Duration bake, Duration selfService)
    {
        var spec = new RolloutSpec
        {
            HostUpdate = update,
            Clusters = [Cluster],
            Stages = [new("canary", 1, canary, bake), new("broad", null, 1, bake)],
            MaxConcurrentNodes = 100,
            MaxFailures = 0,
            SelfService = selfService,
            Scheduled = Duration.FromDays(35),
        };
        Once(update, unit => Town.BeginRollout(unit, update, updates[update], spec).Value);
        Rest();
        rollout = update;
    }

    public void Steer(Func<Rollout, Instant, Conducted> order) => Conduct(unit => order(RolloutDesk.Find(unit, rollout)!, Town.Clock.Now));

    public Rollout Rollout
    {
        get
        {
            var key = rollout;
            return StoreJson.Read<Rollout>(Town.One<RolloutRow>(r => r.NameKey == key).Json);
        }
    }

    private void Conduct(Func<UnitOfWork, Conducted> conduct)
    {
        Once(rollout, unit =>
        {
            RolloutDesk.Save(unit, Town.Desk, conduct(unit), Town.Clock.Now);
            return "";
        });
        Rest();
    }

    public void ReturnNode(NodeId node) => Ask("-", OperationKinds.ReturnNode, [.. Provisioning.StepNamesOfProvisioning],
        o => new FabricRequest.ReturnNode(node, o), node.Value);

    public void Strike(string name, FaultKind kind, FaultTarget target, Duration? lasts, FaultParameters parameters)
    {
        // Its time is kept by whoever asks: asked again, it is the same fault.
        if (!AsksAgain || !faults.Exists(f => f.Name == name))
        {
            faults.Add(new Fault(name, ++faultNumbers, kind, target, Town.Clock.Now, Town.Clock.Now + lasts, parameters));
        }

        Town.Hosts.SetFaults([.. faults]);
        Rest();
    }

    public bool End(string fault)
    {
        var ended = faults.RemoveAll(f => f.Name == fault) > 0 || AsksAgain;
        Town.Hosts.SetFaults([.. faults]);
        Rest();
        return ended;
    }

    /// <summary>The controller dies without a word, and another begins on what the stores say.</summary>
    public void Kill()
    {
        Town = Town.Reopen(faults);
        Rest();
    }

    public void Advance(Duration by) => Town.Engine.AdvanceTo(Town.Clock.Now + by).Wait();

    /// <summary>Asks the cluster something, between two rounds of the engine.</summary>
    public T See<T>(Func<ClusterState, T> ask) => Town.Engine.Ask(Cluster, ask).GetAwaiter().GetResult().Value;

    public Deployment DeploymentOf(string service) => See(s => s.Deployments.GetValueOrDefault(service))
        ?? throw new InvalidOperationException($"There is no service {service}.");

    public IReadOnlyList<FabricInstance> InstancesOf(string service) => See(s =>
        s.InstancesOf(service).OrderBy(i => i.Role, StringComparer.Ordinal).ThenBy(i => i.Index).ToList());

    public Operation OperationOf(string service) => Town.OperationOf(operations[service]);

    /// <summary>Events since this was last asked, in the order in which they happened.</summary>
    public List<EventRow> News()
    {
        using var db = Town.Read();
        var news = db.Set<EventRow>().Where(e => e.Id > told && e.Cluster == Cluster).OrderBy(e => e.Id).ToList();
        told = news.Count > 0 ? news[^1].Id : told;
        return news;
    }

    /// <summary>The push that was asked for last.</summary>
    public Operation Pushed => OperationOf(PushOf);

    public void Dispose() => Town.Dispose();

    private RoleModel RoleOf(string role, int count, string size, int port)
    {
        var vm = Town.Catalogue.Sizes.Find(size) ?? throw new InvalidOperationException($"There is no size {size}.");
        return new(role, role.StartsWith("Work", StringComparison.Ordinal) ? InstanceKind.WorkerRole : InstanceKind.WebRole,
            size, vm.Needs, vm.Family, count, [new ServiceEndpoint("in", "tcp", port, 8000 + port)]);
    }

    private static DeploymentModel Counted(DeploymentModel model, IEnumerable<(string Role, int Count)> counts)
    {
        var wanted = counts.ToDictionary(c => c.Role, c => c.Count);
        return model with { Roles = [.. model.Roles.Select(r => r with { Count = wanted.GetValueOrDefault(r.Name, r.Count) })] };
    }

    private void Ask(string service, string kind, ImmutableArray<string> steps, Func<Operation, FabricRequest> request, string? about = null)
    {
        var asked = Once(about ?? service, unit =>
        {
            var id = Town.NextOperation();
            var operation = Operation.Accept(id, FabricTown.Tenant, kind, service.Length > 1 ? $"/services/{service}" : $"/fabric/clusters/{Cluster}", Cluster, steps, 0, Town.Clock.Now);
            unit.Upsert(operation.ToRow());
            Town.Desk.Post(unit, Cluster, request(operation), Town.Clock.Now);
            return id.Value;
        });
        operations[service] = new OperationId(asked.Value);
        Rest();
    }

    private void Post(FabricRequest request, string about = "")
    {
        Once(about, unit =>
        {
            Town.Desk.Post(unit, Cluster, request, Town.Clock.Now);
            return "";
        });
        Rest();
    }

    private Outcome<string> Once(string about, Func<UnitOfWork, Outcome<string>> ask) => Town.Once($"line {Line} {about}", ask);

    private void Rest()
    {
        Advance(Duration.Zero);
        if (Town.Log.Errors.Count > 0)
        {
            throw new InvalidOperationException($"The engine logged: {Town.Log.Errors[0]}");
        }
    }
}
