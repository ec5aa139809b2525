// What stops a cluster's controller (L2): the brake, blindness, the cap, and an operator who says go on.
using NodaTime;

namespace Rdfe.Domain.Health;

/// <summary>An operator's explicit order to go on although a brake holds (L4): it is recorded, and it ends by itself.</summary>
/// <param name="By">Who.</param>
/// <param name="Why">What they gave as the reason.</param>
/// <param name="At">When.</param>
/// <param name="Until">When it ends.</param>
public sealed record BrakeOverride(string By, string Why, Instant At, Instant Until);

/// <summary>The state of a cluster's brakes.</summary>
public sealed record ClusterHealth
{
    /// <summary>No brake holds.</summary>
    public static ClusterHealth Fine { get; } = new();

    /// <summary>Since when the cascade brake holds; null when it does not (L2).</summary>
    public Instant? BrakedSince { get; init; }

    /// <summary>Nodes in Human Investigate when it was last looked at.</summary>
    public int HumanInvestigate { get; init; }

    /// <summary>Since when too many nodes are silent at once to believe it; null otherwise.</summary>
    public Instant? BlindSince { get; init; }

    /// <summary>How many were silent then.</summary>
    public int SilentNodes { get; init; }

    /// <summary>Start of the present interval of the healing cap.</summary>
    public Instant IntervalSince { get; init; }

    /// <summary>Instances moved by healing in it.</summary>
    public int MovedInInterval { get; init; }

    /// <summary>The operator's order; null where there is none.</summary>
    public BrakeOverride? Override { get; init; }
}
