// F4: what a simulated node holds of an image ahead of its turn, as its store keeps it. The number stays when the image goes, so that
// an order of before is known to be one.
using System.Text.Json.Serialization;
using NodaTime;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Staging;

namespace Rdfe.Infrastructure.Hosts;

/// <summary>An image that was fetched, or is being fetched.</summary>
/// <param name="Generation">Of which order.</param>
/// <param name="Image">The image; null where nothing is left of it.</param>
/// <param name="Versions">What the node has once it has booted into it.</param>
/// <param name="Until">When it will be there; null once it is.</param>
public sealed record HostStaging(int Generation, string? Image = null, VersionSet? Versions = null, Instant? Until = null)
{
    /// <summary>What the agent says of it; null for nothing.</summary>
    [JsonIgnore]
    public HeldImage? Held => Image is null ? null : new HeldImage(Generation, Until is null);

    /// <summary>Nothing is left of it.</summary>
    [JsonIgnore]
    public HostStaging Gone => new(Generation);

    /// <summary>True where a node that shall have these versions gets them by this image.</summary>
    public bool IsFor(VersionSet versions) => Image is not null && Versions!.IsIn(versions);
}
