// A small fabric on a real SQLite file: the production store, committer, engine and simulated hosts, with a clock that
// only the test moves. Dispose and open again on the same folder to restart it.
using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Operations;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Hosts;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Takeover;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Testing;

public sealed class FabricTown : IDisposable
{
    public static readonly SubscriptionId Tenant = new(Guid.Parse("11111111-1111-1111-1111-111111111111"));

    /// <summary>The usual figures, but nobody is told before something is done: for tests that are about something else (W3).</summary>
    public static FabricSettings Unannounced { get; } = new() { Notices = NoticeSettings.None };

    private readonly DbContextOptions<RdfeDbContext> options;
    private readonly CancellationTokenSource stop = new();
    private readonly Thread thread;
    private readonly HostStore hostStore;
    private readonly string topology;
    private readonly SimulatedDurations? durations;
    private readonly FabricSettings? settings;
    private readonly Duration grain;
    private int numbers;

    private FabricTown(
        string folder, string topology, bool ownsFolder, SimulatedDurations? durations = null, FabricSettings? settings = null,
        TimeProvider? real = null, Duration grain = default)
    {
        (Folder, OwnsFolder) = (folder, ownsFolder);
        (this.topology, this.durations, this.settings, this.grain) = (topology, durations, settings, grain);
        options = StoreStartup.OptionsFor(Path.Combine(folder, "rdfe.db"));
        StoreStartup.Prepare(options);
        Fence = Reigns.Begin(options);
        Committer = new Committer(options, new CommitterSettings(), Fence, NullLogger<Committer>.Instance);
        using (var db = Read())
        {
            Catalogue = FabricStartup.Load(db, Path.Combine(Repository.Root, "topologies", topology), Path.Combine(Repository.Root, "topologies"));
            Clock = new FabricClock(real ?? new TestClock(), ClockMode.Virtual, rate: real is null ? 0 : 1, FabricStartup.LastTime(db), grain);
        }

        Committer.CommitAsync(unit => FabricStartup.Seed(unit, Catalogue, Clock.Now)).GetAwaiter().GetResult();
        Wakeups = new Wakeups();
        Desk = new PlacementDesk(Catalogue, Wakeups);
        hostStore = new HostStore(Path.Combine(folder, "hosts.db"), Fence);
        Hosts = new SimulatedHosts(hostStore, durations ?? new SimulatedDurations(), new(), topology: () => Catalogue.Topology);
        Engine = new FabricEngine(
            Catalogue, new ClusterStore(Catalogue, Desk, new EventSignal(), new IdSource()), Committer, new Contexts(options),
            Hosts, Clock, Wakeups, settings ?? Unannounced, Log);
        numbers = Read().Set<OperationRow>().Count();
        thread = new Thread(() => Engine.Run(stop.Token)) { IsBackground = true, Name = "engine" };
        thread.Start();
    }

    /// <summary>What the engine logged.</summary>
    public TownLog Log { get; } = new();

    /// <summary>True for a town in which the engine is meant to meet failures; elsewhere what it logs fails the test.</summary>
    public bool MayFail { get; init; }

    public string Folder { get; }

    public bool OwnsFolder { get; set; }

    public FabricCatalogue Catalogue { get; }

    public Fence Fence { get; }

    public Committer Committer { get; }

    public FabricClock Clock { get; }

    public Wakeups Wakeups { get; }

    public PlacementDesk Desk { get; }

    public FabricEngine Engine { get; }

    /// <summary>The simulated hosts. Faults may be set at any time; ask them anything else while the engine rests.</summary>
    public SimulatedHosts Hosts { get; }

    /// <summary>A new one. The topology is a shipped one's name, or the path of another.</summary>
    public static FabricTown Open(
        string topology = "small.json", SimulatedDurations? durations = null, bool mayFail = false, FabricSettings? settings = null,
        TimeProvider? real = null, Duration grain = default) =>
        new(Directory.CreateTempSubdirectory("rdfe-town-").FullName, topology, ownsFolder: true, durations, settings, real, grain) { MayFail = mayFail };

    /// <summary>Stops, as a crash would, without a word to the store; and opens again on the same files.</summary>
    public FabricTown Reopen()
    {
        OwnsFolder = false;
        Dispose();
        return new FabricTown(Folder, topology, ownsFolder: true, durations, settings, grain: grain) { MayFail = MayFail };
    }

    /// <summary>Another controller takes over, while this one lives and knows nothing of it. It does not own the folder.</summary>
    public FabricTown TakeOver() => new(Folder, topology, ownsFolder: false, durations, settings, grain: grain);

    public RdfeDbContext Read() => new(options);

    public IDbContextFactory<RdfeDbContext> Reads => new Contexts(options);

    public void Advance(Duration by) => Engine.AdvanceTo(Clock.Now + by).Wait(TimeSpan.FromMinutes(3));

    public OperationId NextOperation() => new($"op-{Interlocked.Increment(ref numbers):0000}");

    public Operation OperationOf(OperationId id)
    {
        using var db = Read();
        var operation = db.Set<OperationRow>().AsNoTracking().Single(o => o.Id == id).ToOperation();
        return Log.Errors.Count == 0 || MayFail
            ? operation
            : throw new InvalidOperationException($"The engine logged: {Log.Errors[0]}");
    }

    public T One<T>(System.Linq.Expressions.Expression<Func<T, bool>> which)
        where T : class
    {
        using var db = Read();
        return db.Set<T>().AsNoTracking().Single(which);
    }

    public List<T> All<T>()
        where T : class
    {
        using var db = Read();
        return db.Set<T>().AsNoTracking().ToList();
    }

    /// <summary>Holds every book of the store against what it counts.</summary>
    public void CheckBooks()
    {
        using var db = Read();
        Books.Check(db, Catalogue.Topology);
    }

    public (Deployment Deployment, OperationId Operation) Deploy(
        string service, int count, string size = "Small", int updateDomains = 5, string package = "feed", string region = "north")
    {
        var id = NextOperation();
        var vmSize = Catalogue.Sizes.Find(size)!;
        var model = new DeploymentModel(updateDomains, "guest", 40,
        [
            new RoleModel("Web", InstanceKind.WebRole, size, vmSize.Needs, vmSize.Family, count,
                [new ServiceEndpoint("http", "tcp", 80, 8080)]),
        ]);
        var deployment = new Deployment
        {
            Id = new DeploymentId($"d-{id}"),
            SubscriptionId = Tenant,
            Service = service,
            Slot = Slot.Production,
            Package = "package",
            PackageSha256 = package,
            Model = model,
            Etag = "e",
            Operation = id,
            CreatedAt = Clock.Now,
        };
        var scope = new PlacementScope(new RegionId(region), [], [vmSize.Family], model.TotalNeeds.Cores, 1, 0,
            Pins.OfService(Tenant, service), MayMove: true);
        var request = new FabricRequest.PlaceDeployment(
            deployment,
            Operation.Accept(id, Tenant, OperationKinds.CreateDeployment, $"/services/{service}", null, StepNames.CreateDeployment, 2, Clock.Now),
            scope, new QuotaTaken(model.TotalNeeds.Cores, 1, 0));
        Open(request);
        return (deployment, id);
    }

    public OperationId Create(
        string name, string size = "Small", string? set = null, string region = "north", bool isolated = false) =>
        Create(name, size, set, region, isolated, also: null);

    /// <summary>Creates a machine, and does more in the very unit in which its cluster is asked.</summary>
    public OperationId Create(
        string name, string size, string? set, string region, bool isolated,
        Action<UnitOfWork, ClusterId, FabricRequest.PlaceVirtualMachine>? also)
    {
        var id = NextOperation();
        var request = Machine(id, name, size, set, region, isolated);
        Committer.CommitAsync(unit =>
        {
            var asked = Desk.Open(unit, request, Clock.Now);
            also?.Invoke(unit, asked.Value.Machine.Cluster!.Value, request);
            return asked;
        }).GetAwaiter().GetResult();
        return id;
    }

    /// <summary>The request to place a machine.</summary>
    public FabricRequest.PlaceVirtualMachine Machine(
        OperationId id, string name, string size = "Small", string? set = null, string region = "north", bool isolated = false)
    {
        var vmSize = Catalogue.Sizes.Find(size)!;
        var machine = new VirtualMachine
        {
            SubscriptionId = Tenant,
            Name = name,
            Needs = vmSize.Needs,
            Family = vmSize.Family,
            Etag = "e",
            Operation = id,
            Instance = new InstanceId($"i-{id}"),
            CreatedAt = Clock.Now,
            UpdateDomainCount = set is null ? 1 : 5,
            FaultDomainCount = set is null ? 1 : 2,
            Spec = new VirtualMachineSpec
            {
                Region = region,
                Size = size,
                Image = "ubuntu-22.04",
                AvailabilitySet = set,
                Isolated = isolated,
                OsDisk = new OsDisk(DiskCaching.ReadWrite, 30),
            },
        };
        var scope = new PlacementScope(new RegionId(region), [], [vmSize.Family], vmSize.Needs.Cores, 0, 0,
            set is null ? null : Pins.OfSet(Tenant, set), MayMove: true);
        return new FabricRequest.PlaceVirtualMachine(
            machine,
            Operation.Accept(id, Tenant, OperationKinds.CreateVirtualMachine, $"/virtualMachines/{name}", null, StepNames.CreateVirtualMachine, 1, Clock.Now),
            scope, new QuotaTaken(vmSize.Needs.Cores, 0, 1));
    }

    public OperationId Take(string host, string family, string region = "north")
    {
        var id = NextOperation();
        var cores = Catalogue.Topology.Nodes.First(n => n.Family == family).Total.Cores;
        Open(new FabricRequest.PlaceDedicatedHost(
            new DedicatedHost
            {
                SubscriptionId = Tenant,
                Name = host,
                Region = region,
                Family = family,
                Cores = cores,
                Etag = "e",
                Operation = id,
                CreatedAt = Clock.Now,
            },
            Operation.Accept(id, Tenant, OperationKinds.CreateDedicatedHost, $"/dedicatedHosts/{host}", null, StepNames.CreateDedicatedHost, 1, Clock.Now),
            new PlacementScope(new RegionId(region), [], [family], cores, 0, 0, null, MayMove: true), new QuotaTaken(cores, 0, 0)));
        return id;
    }

    public OperationId Ask(ClusterId cluster, string kind, IEnumerable<string> steps, Func<Operation, FabricRequest> request)
    {
        var id = NextOperation();
        var operation = Operation.Accept(id, Tenant, kind, "/resource", cluster, steps, 0, Clock.Now);
        Committer.CommitAsync(unit =>
        {
            unit.Upsert(operation.ToRow());
            Desk.Post(unit, cluster, request(operation), Clock.Now);
        }).GetAwaiter().GetResult();
        return id;
    }

    /// <summary>Does something in one unit of the committer.</summary>
    public void Commit(Action<UnitOfWork> work) => Committer.CommitAsync(work).GetAwaiter().GetResult();

    public void Dispose()
    {
        stop.Cancel();
        thread.Join();
        Committer.Dispose();
        hostStore.Dispose();
        Wakeups.Dispose();
        stop.Dispose();
        if (OwnsFolder)
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(Folder, recursive: true);
        }
    }

    private void Open(FabricRequest.Placing request) =>
        Committer.CommitAsync(unit => Desk.Open(unit, request, Clock.Now)).GetAwaiter().GetResult();

    private sealed class Contexts(DbContextOptions<RdfeDbContext> options) : IDbContextFactory<RdfeDbContext>
    {
        public RdfeDbContext CreateDbContext() => new(options);
    }
}
