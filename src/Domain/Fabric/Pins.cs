// The first placement of a service (both slots) or of an availability set pins it to its cluster (DESIGN): so the
// promise never spans two actors.
using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Fabric;

/// <summary>Keys of pins.</summary>
public static class Pins
{
    /// <summary>The pin of a hosted service.</summary>
    public static string OfService(SubscriptionId subscription, string service) =>
        $"service/{subscription}/{service.ToLowerInvariant()}";

    /// <summary>The pin of an availability set.</summary>
    public static string OfSet(SubscriptionId subscription, string set) => $"set/{subscription}/{set.ToLowerInvariant()}";

    /// <summary>The group of an availability set's instances: what is kept apart.</summary>
    public static GroupId GroupOfSet(SubscriptionId subscription, string set) => new($"{subscription}/sets/{set.ToLowerInvariant()}");
}
