// What a small world to be made in one go looks like: the tree of names that the API has, and for each resource the body
// that its own PUT takes.
using System.Text.Json.Nodes;

namespace Rdfe.Api.Features.Emulator;

/// <param name="Name">The package's name.</param>
/// <param name="Sample">One of the shipped samples, such as hello-web.</param>
/// <param name="Content">Or the package itself, in base64.</param>
public sealed record SeedPackage(string Name, string? Sample = null, string? Content = null);

/// <summary>
/// One subscription. Each item of the lists has a <c>name</c>, and what else the PUT of such a resource takes; a service
/// has <c>deployments</c> too, each with its <c>slot</c> (production), and a <c>sample</c> instead of package and
/// configuration if need be.
/// </summary>
/// <param name="Id">Its id; one that follows from the seed where there is none.</param>
public sealed record SeedSubscription(
    string DisplayName,
    Guid? Id = null,
    JsonObject? Quotas = null,
    IReadOnlyList<JsonObject>? AffinityGroups = null,
    IReadOnlyList<JsonObject>? StorageAccounts = null,
    IReadOnlyList<SeedPackage>? Packages = null,
    IReadOnlyList<JsonObject>? Services = null,
    IReadOnlyList<JsonObject>? VirtualNetworks = null,
    IReadOnlyList<JsonObject>? AvailabilitySets = null,
    IReadOnlyList<JsonObject>? DedicatedHosts = null,
    IReadOnlyList<JsonObject>? VirtualMachines = null);

/// <param name="Sample">One of the shipped worlds, such as small.</param>
/// <param name="Subscriptions">Or a world of one's own.</param>
public sealed record SeedBody(string? Sample = null, IReadOnlyList<SeedSubscription>? Subscriptions = null);

/// <param name="Operations">The work that has begun; advance the clock, and it ends.</param>
public sealed record SeededSubscription(Guid Id, string DisplayName, int Resources, IReadOnlyList<string> Operations);

public sealed record SeedView(IReadOnlyList<SeededSubscription> Subscriptions);
