// P6: a customer owns a whole node. Machines name the host; nobody else's are placed there.
using NodaTime;
using Rdfe.Domain.Deployments;

namespace Rdfe.Domain.VirtualMachines;

/// <summary>A node that one customer owns (P6).</summary>
public sealed record DedicatedHost
{
    /// <summary>The tenant.</summary>
    public required SubscriptionId SubscriptionId { get; init; }

    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Its name as names are compared: in lower case.</summary>
    public string NameKey
    {
        get => Name.ToLowerInvariant();
        init => _ = value;
    }

    /// <summary>The region asked for.</summary>
    public required string Region { get; init; }

    /// <summary>Hardware family asked for.</summary>
    public required string Family { get; init; }

    /// <summary>Cores of a node of that family, hundredths: what counts against the quota, since the whole node is taken.</summary>
    public required long Cores { get; init; }

    /// <summary>Entity tag over what the tenant set.</summary>
    public required string Etag { get; init; }

    /// <summary>Where its creation stands.</summary>
    public ProvisioningState State { get; init; }

    /// <summary>The last operation on it.</summary>
    public required OperationId Operation { get; init; }

    /// <summary>The cluster; null when it failed.</summary>
    public ClusterId? Cluster { get; init; }

    /// <summary>The node, once allocated.</summary>
    public NodeId? Node { get; init; }

    /// <summary>Where it was tried.</summary>
    public PlacementStory Placement { get; init; } = PlacementStory.Empty;

    /// <summary>When it was accepted (fabric time).</summary>
    public required Instant CreatedAt { get; init; }

    /// <summary>Owner key on the node.</summary>
    public string Key => KeyOf(SubscriptionId, Name);

    /// <summary>The key of a host of that name.</summary>
    public static string KeyOf(SubscriptionId subscription, string name) => $"{subscription}/{name.ToLowerInvariant()}";
}
