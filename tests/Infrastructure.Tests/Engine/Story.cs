// A service that runs, a fault that strikes, and what the log of events says of it: times in seconds since the first fault.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Testing;

namespace Rdfe.Infrastructure.Tests.Engine;

internal sealed class Story : IDisposable
{
    private readonly List<Fault> faults = [];
    private Instant began;

    private Story(FabricTown town, Deployment deployment)
    {
        (Town, Deployment) = (town, deployment);
        Cluster = town.One<Deployment>(d => d.Id == deployment.Id).Cluster!.Value;
        Instances = All;
        began = town.Clock.Now;
    }

    public FabricTown Town { get; private set; }

    public Deployment Deployment { get; }

    public ClusterId Cluster { get; }

    /// <summary>Its instances as they were before anything happened.</summary>
    public IReadOnlyList<FabricInstance> Instances { get; }

    /// <summary>Its instances as they are.</summary>
    public IReadOnlyList<FabricInstance> All =>
        [.. Town.All<FabricInstance>().Where(i => i.Owner == Deployment.Key).OrderBy(i => i.Index)];

    /// <summary>What has happened since.</summary>
    public IReadOnlyList<(double Seconds, string Kind, string Subject, string Data)> Log =>
        [.. Town.All<EventRow>().Where(e => e.At >= began).OrderBy(e => e.Id)
            .Select(e => ((e.At - began).TotalSeconds, e.Kind, e.Subject, e.Data))];

    public IEnumerable<string> Kinds => Log.Select(e => e.Kind).Distinct();

    /// <summary>A service of some instances that are ready.</summary>
    public static Story Running(int count = 3, FabricSettings? settings = null, int updateDomains = 5,
        Rdfe.Infrastructure.Hosts.SimulatedDurations? durations = null, Duration grain = default)
    {
        var town = FabricTown.Open(settings: settings, durations: durations, grain: grain);
        var (deployment, operation) = town.Deploy("shop", count, updateDomains: updateDomains);
        town.Advance(Duration.FromMinutes(30));
        Assert.Equal(Domain.Operations.OperationStatus.Succeeded, town.OperationOf(operation).Status);
        return new Story(town, deployment);
    }

    public void Strike(FaultKind kind, FaultScope scope, string target, Duration? lasts = null, FaultParameters? parameters = null)
    {
        faults.Add(new Fault(
            $"f{faults.Count + 1}", faults.Count + 1, kind, new FaultTarget(scope, target), Town.Clock.Now, Town.Clock.Now + lasts, parameters ?? new FaultParameters()));
        Town.Hosts.SetFaults([.. faults]);
    }

    public void Heal()
    {
        faults.Clear();
        Town.Hosts.SetFaults([]);
    }

    public void After(Duration time) => Town.Advance(time);

    /// <summary>The controller dies and another begins on the same stores; the hosts remember what has struck them.</summary>
    public void Restart()
    {
        Town = Town.Reopen();
        Town.Hosts.SetFaults([.. faults]);
    }

    public FabricInstance Of(FabricInstance instance) => Town.One<FabricInstance>(i => i.Id == instance.Id);

    public FabricNode NodeOf(FabricInstance instance)
    {
        var id = instance.Node!.Value;
        return Town.One<FabricNode>(n => n.Id == id);
    }

    public string RackOf(FabricInstance instance) => Town.Catalogue.Topology.Find(instance.Node!.Value)!.Rack.Value;

    /// <summary>Seconds to the first event of a kind.</summary>
    public double SecondsTo(string kind) =>
        Log.Any(e => e.Kind == kind)
            ? Log.First(e => e.Kind == kind).Seconds
            : throw new Xunit.Sdk.XunitException($"No {kind} among: {string.Join(", ", Kinds)}");

    public void Dispose() => Town.Dispose();
}
