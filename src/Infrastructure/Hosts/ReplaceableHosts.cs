// The simulated hosts as the engine has them: behind the same seam, but they can be closed and opened again on another
// content of their store. Only where this is wired may an emulator's command replace the fabric (L3).
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;

namespace Rdfe.Infrastructure.Hosts;

/// <summary>Simulated hosts that can be replaced as a whole.</summary>
/// <param name="path">The file of their store.</param>
/// <param name="open">Opens it.</param>
/// <param name="make">Makes hosts that go on from what a store says.</param>
public sealed class ReplaceableHosts(
    string path, Func<string, HostStore> open, Func<HostStore, SimulatedHosts> make) : IHostAgents, IDisposable
{
    private readonly Lock gate = new();
    private HostStore? store;
    private SimulatedHosts? hosts;
    private IReadOnlyList<Fault> faults = [];

    /// <inheritdoc/>
    public event Action? Arrived;

    /// <inheritdoc/>
    public Instant? NextDue => Hosts.NextDue;

    private SimulatedHosts Hosts
    {
        get
        {
            lock (gate)
            {
                if (hosts is null)
                {
                    store = open(path);
                    hosts = make(store);
                    hosts.Arrived += () => Arrived?.Invoke();
                    hosts.SetFaults(faults);
                }

                return hosts;
            }
        }
    }

    /// <inheritdoc/>
    public void Send(ClusterId cluster, FabricEffect effect, Instant at) => Hosts.Send(cluster, effect, at);

    /// <inheritdoc/>
    public IReadOnlyList<(ClusterId Cluster, FabricEvent Event)> TakeUntil(Instant now) => Hosts.TakeUntil(now);

    /// <inheritdoc/>
    public IReadOnlyList<FabricEvent> Attach(ClusterId cluster, Instant now) => Hosts.Attach(cluster, now);

    /// <inheritdoc/>
    public void Flush() => Hosts.Flush();

    /// <summary>Every copy of an instance, on whatever node it is. Call it while the engine rests.</summary>
    public IReadOnlyList<SimulatedGuest> CopiesOf(InstanceId instance) => Hosts.CopiesOf(instance);

    /// <summary>All faults there are from now on, whatever hosts are opened.</summary>
    public void SetFaults(IReadOnlyList<Fault> all)
    {
        lock (gate)
        {
            faults = all;
            hosts?.SetFaults(all);
        }
    }

    /// <summary>Opens the file, where it is closed: from then on no controller of an older epoch is obeyed.</summary>
    public void Open() => _ = Hosts;

    /// <summary>Writes what is left and closes the file; the next call opens whatever is there then.</summary>
    public void Close()
    {
        lock (gate)
        {
            store?.Dispose();
            (store, hosts) = (null, null);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Close();
}
