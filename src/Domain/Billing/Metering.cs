// R2: what is metered of a cluster's state. An instance counts while it has a node, running or not: a machine that is
// powered off keeps its node and costs as before, a deallocated one has none and costs nothing, its address included.
using NodaTime;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.VirtualMachines;

namespace Rdfe.Domain.Billing;

/// <summary>Reads meters off the state of a cluster (R2).</summary>
public static class Metering
{
    /// <summary>What an instance has. A machine on a dedicated host has no cores of its own: the host's are all counted.</summary>
    public static Metered Of(ClusterState state, FabricInstance? instance)
    {
        if (instance?.Node is null)
        {
            return Metered.Nothing;
        }

        var vips = instance.Kind == InstanceKind.VirtualMachine
            && state.Machines.GetValueOrDefault(instance.Owner)?.Vip is not null ? 1 : 0;
        return new Metered(1, instance.HostOwner is null ? instance.Needs.Cores : 0, vips);
    }

    /// <summary>What a deployment has besides its instances: its public address.</summary>
    public static Metered Of(Deployment? deployment) => new(0, 0, deployment?.Vip is null ? 0 : 1);

    /// <summary>What a dedicated host has: all cores of its node.</summary>
    public static Metered Of(DedicatedHost? host) => host?.Node is null ? Metered.Nothing : new(0, host.Cores, 0);

    /// <summary>Who pays for an instance.</summary>
    public static SubscriptionId TenantOf(ClusterState state, FabricInstance instance) =>
        instance.Kind == InstanceKind.VirtualMachine
            ? state.Machines[instance.Owner].SubscriptionId
            : state.Deployments[instance.Owner].SubscriptionId;

    /// <summary>Key of the meter of an instance.</summary>
    public static string KeyOf(FabricInstance instance) => "instance/" + instance.Id;

    /// <summary>Key of the meter of a deployment.</summary>
    public static string KeyOf(Deployment deployment) => "deployment/" + deployment.Id;

    /// <summary>Key of the meter of a dedicated host.</summary>
    public static string KeyOf(DedicatedHost host) => "host/" + host.Key;

    /// <summary>
    /// What must be changed in a cluster's meters so that they say what its state does: nothing, unless the state was
    /// written by a program that kept no meters yet.
    /// </summary>
    public static IEnumerable<UsageChange> Differences(
        ClusterState state, IReadOnlyDictionary<string, (SubscriptionId Tenant, Metered Has)> meters, Instant now)
    {
        var due = state.Instances.Values.Where(i => i.Node is not null)
            .Select(i => new UsageChange(now, KeyOf(i), TenantOf(state, i), Of(state, i)))
            .Concat(state.Deployments.Values.Select(d => new UsageChange(now, KeyOf(d), d.SubscriptionId, Of(d))))
            .Concat(state.Hosts.Values.Select(h => new UsageChange(now, KeyOf(h), h.SubscriptionId, Of(h))))
            .Where(c => c.Has != Metered.Nothing)
            .ToDictionary(c => c.Resource, StringComparer.Ordinal);
        var over = meters.Where(m => !due.ContainsKey(m.Key))
            .Select(m => new UsageChange(now, m.Key, m.Value.Tenant, Metered.Nothing));
        var missing = due.Values.Where(c => !meters.TryGetValue(c.Resource, out var kept) || kept.Has != c.Has);
        return over.Concat(missing).OrderBy(c => c.Resource, StringComparer.Ordinal);
    }
}
