// Whose an instance is, and by which paths its owner knows it (W4).
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.VirtualMachines;

namespace Rdfe.Domain.ServiceHealth;

/// <summary>What its owner calls an instance.</summary>
/// <param name="Subscription">Whose it is.</param>
/// <param name="Path">Path of the virtual machine or role instance.</param>
/// <param name="Within">Path of its availability set or deployment; null for a lone machine.</param>
public sealed record Tenancy(SubscriptionId Subscription, string Path, string? Within)
{
    /// <summary>The tenancy of an instance; null while it belongs to nobody that is known here.</summary>
    public static Tenancy? Of(ClusterState state, FabricInstance i) =>
        state.Machines.TryGetValue(i.Owner, out var m) ? OfMachine(m.SubscriptionId, m.Name, m.Spec.AvailabilitySet)
        : state.Deployments.TryGetValue(i.Owner, out var d) ? OfRole(d.SubscriptionId, d.Service, d.Slot, i.Name)
        : null;

    /// <summary>A virtual machine's.</summary>
    public static Tenancy OfMachine(SubscriptionId subscription, string name, string? availabilitySet) => new(
        subscription, $"/subscriptions/{subscription}/virtualMachines/{name}",
        availabilitySet is { } set ? $"/subscriptions/{subscription}/availabilitySets/{set}" : null);

    /// <summary>A role instance's.</summary>
    public static Tenancy OfRole(SubscriptionId subscription, string service, Slot slot, string instance)
    {
        var deployment = $"/subscriptions/{subscription}/services/{service.ToLowerInvariant()}/deployments/{Words.Of(slot)}";
        return new(subscription, $"{deployment}/instances/{instance}", deployment);
    }
}
