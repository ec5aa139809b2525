// Notices that a cluster keeps open (W4), and which of them tells of which instance. Derived from the notices themselves, so that
// a restart can't lose one.
using Rdfe.Domain.Fabric;

namespace Rdfe.Domain.ServiceHealth;

/// <summary>Open notices of one cluster.</summary>
public sealed class IncidentBook
{
    private readonly SortedDictionary<string, ServiceNotice> open = new(StringComparer.Ordinal);
    private readonly Dictionary<InstanceId, string> of = [];

    /// <summary>Those that are open, in the order of opening.</summary>
    public IReadOnlyCollection<ServiceNotice> Open => open.Values;

    /// <summary>The rollout whose end of self-service was said; after a start it is said again, and changes nothing.</summary>
    public string? SelfServiceSaid { get; set; }

    /// <summary>The notice of that id; null where it is not open.</summary>
    public ServiceNotice? Find(string id) => open.GetValueOrDefault(id);

    /// <summary>The notice that tells of an instance; null where none does.</summary>
    public ServiceNotice? Of(InstanceId instance) => of.TryGetValue(instance, out var id) ? open[id] : null;

    /// <summary>Keeps a notice, or forgets it once it is closed.</summary>
    public void Put(ServiceNotice notice)
    {
        if (notice.ClosedAt is null)
        {
            open[notice.Id] = notice;
            foreach (var a in notice.Affected)
            {
                of[a.Instance] = notice.Id;
            }

            return;
        }

        open.Remove(notice.Id);
        foreach (var a in notice.Affected.Where(a => of.GetValueOrDefault(a.Instance) == notice.Id))
        {
            of.Remove(a.Instance);
        }
    }

    /// <summary>The cluster's item on its agenda.</summary>
    public static AgendaItem Item(ClusterState state) => new(AgendaKind.ServiceHealth, state.Id.Value);
}
