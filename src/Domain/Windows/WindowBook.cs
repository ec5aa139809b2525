// Which window holds for whom (W1, W5): what a cluster knows of its tenants' maintenance configurations, and whose word counts
// where several could be meant.
using System.Collections.Immutable;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.VirtualMachines;

namespace Rdfe.Domain.Windows;

/// <summary>What a configuration may be assigned to; the most specific first.</summary>
public enum WindowScope
{
    /// <summary>One virtual machine.</summary>
    VirtualMachines,

    /// <summary>All machines of an availability set.</summary>
    AvailabilitySets,

    /// <summary>All machines on a dedicated host, and the host itself.</summary>
    DedicatedHosts,

    /// <summary>All instances of a hosted service, in either slot.</summary>
    Services,
}

/// <summary>A resource of a subscription that a configuration is assigned to.</summary>
/// <param name="Scope">What it is.</param>
/// <param name="Key">Its name as names are compared.</param>
public readonly record struct WindowResource(WindowScope Scope, string Key)
{
    /// <summary>The form of an assignment: the resource's path below its subscription.</summary>
    public const string Rule = "Must be virtualMachines/{name}, availabilitySets/{name}, dedicatedHosts/{name} or services/{name}.";

    /// <summary>As <c>virtualMachines/web1</c>.</summary>
    public override string ToString() => $"{Words.Of(Scope)}/{Key}";

    /// <summary>Reads an assignment; null where it has another form.</summary>
    public static WindowResource? Read(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        foreach (var scope in Enum.GetValues<WindowScope>())
        {
            if (slash > 0 && slash + 1 < text.Length && text[..slash].Equals(Words.Of(scope), StringComparison.Ordinal))
            {
                return new WindowResource(scope, text[(slash + 1)..].ToLowerInvariant());
            }
        }

        return null;
    }
}

/// <summary>The window that holds for a resource, and through what.</summary>
/// <param name="Configuration">Name of the configuration.</param>
/// <param name="Through">What it is assigned to: the resource itself, or what the resource is in.</param>
/// <param name="Window">The window.</param>
public sealed record AssignedWindow(string Configuration, WindowResource Through, MaintenanceWindow Window);

/// <summary>The assignments that a cluster knows; a value that is replaced, never changed.</summary>
public sealed class WindowBook
{
    private readonly ImmutableDictionary<SubscriptionId, ImmutableDictionary<WindowResource, AssignedWindow>> windows;

    private WindowBook(ImmutableDictionary<SubscriptionId, ImmutableDictionary<WindowResource, AssignedWindow>> windows) => this.windows = windows;

    /// <summary>Nobody has a window.</summary>
    public static WindowBook Empty { get; } = new(ImmutableDictionary<SubscriptionId, ImmutableDictionary<WindowResource, AssignedWindow>>.Empty);

    /// <summary>
    /// The book after a configuration has changed: it holds for these resources and for no others. Said twice, it is the same.
    /// </summary>
    public WindowBook With(SubscriptionId subscription, string configuration, MaintenanceWindow? window, IEnumerable<WindowResource> resources)
    {
        var others = (windows.GetValueOrDefault(subscription) ?? ImmutableDictionary<WindowResource, AssignedWindow>.Empty).ToBuilder();
        others.RemoveRange([.. others.Where(a => a.Value.Configuration == configuration).Select(a => a.Key)]);
        foreach (var resource in window is null ? [] : resources)
        {
            others[resource] = new AssignedWindow(configuration, resource, window!);
        }

        return new(others.Count == 0 ? windows.Remove(subscription) : windows.SetItem(subscription, others.ToImmutable()));
    }

    /// <summary>
    /// The window of something that is meant by each of these names: that of the most specific one which has a window; null
    /// where none has, and the platform's own holds.
    /// </summary>
    public AssignedWindow? Of(SubscriptionId subscription, IEnumerable<WindowResource> names) =>
        windows.GetValueOrDefault(subscription) is not { } assigned
            ? null
            : names.OrderBy(n => n.Scope).Select(n => assigned.GetValueOrDefault(n)).FirstOrDefault(w => w is not null);
}

/// <summary>Finds the window of an instance.</summary>
public static class WindowResolution
{
    /// <summary>
    /// The window that its owner has given an instance: a machine's own, that of its availability set, that of its dedicated
    /// host, or that of the service. Null where none was given: then <see cref="WindowSettings.DefaultWindow"/> holds.
    /// </summary>
    public static AssignedWindow? WindowOf(this ClusterState state, FabricInstance instance) =>
        OwnerOf(state, instance) is { } owner ? state.Windows.Of(owner.Subscription, owner.Names) : null;

    /// <summary>True when work of this length on the instance, begun now, is inside its window, or the platform's where it has none.</summary>
    public static bool MayMaintain(
        this ClusterState state, FabricInstance instance, WindowSettings settings, NodaTime.Instant now, NodaTime.Duration work) =>
        (state.WindowOf(instance)?.Window ?? settings.DefaultWindow)?.Fits(now, work) ?? true;

    /// <summary>Whose it is, and what it is called by: the resource itself first.</summary>
    internal static (SubscriptionId Subscription, ImmutableArray<WindowResource> Names)? OwnerOf(ClusterState state, FabricInstance instance)
    {
        if (state.Machines.TryGetValue(instance.Owner, out var machine))
        {
            return (machine.SubscriptionId, NamesOf(machine));
        }

        return state.Deployments.TryGetValue(instance.Owner, out var deployment) ? (deployment.SubscriptionId, NamesOf(deployment)) : null;
    }

    /// <summary>What a machine is called by: its own name first, then those of what it is in.</summary>
    public static ImmutableArray<WindowResource> NamesOf(VirtualMachine machine)
    {
        var names = ImmutableArray.Create(new WindowResource(WindowScope.VirtualMachines, machine.NameKey));
        names = machine.Spec.AvailabilitySet is { } set ? names.Add(new(WindowScope.AvailabilitySets, set.ToLowerInvariant())) : names;
        return machine.Spec.DedicatedHost is { } host ? names.Add(new(WindowScope.DedicatedHosts, host.ToLowerInvariant())) : names;
    }

    /// <summary>What a deployment is called by: its service's name.</summary>
    public static ImmutableArray<WindowResource> NamesOf(Deployment deployment) =>
        [new WindowResource(WindowScope.Services, deployment.Service.ToLowerInvariant())];
}
