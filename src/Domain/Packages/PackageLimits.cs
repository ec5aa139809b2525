// Every figure that bounds a package or a configuration, by name (D1, D4, D6, P3). A limit protects either the front
// end from a hostile upload or the fabric from a model that it cannot place; the defaults are those of the classic
// platform where it published one.
namespace Rdfe.Domain.Packages;

/// <summary>The limits and defaults for packages and service models: settings, never constants elsewhere.</summary>
public sealed record PackageLimits
{
    /// <summary>Largest package, bytes as uploaded. 600 MiB, as in the classic platform.</summary>
    public long MaxPackageBytes { get; init; } = 600L << 20;

    /// <summary>Most entries in a package, directories included.</summary>
    public int MaxEntries { get; init; } = 20_000;

    /// <summary>Longest entry name, bytes of UTF-8.</summary>
    public int MaxEntryNameBytes { get; init; } = 1_024;

    /// <summary>Most bytes that a package may inflate to.</summary>
    public long MaxUncompressedBytes { get; init; } = 4L << 30;

    /// <summary>Most bytes that one entry may inflate to.</summary>
    public long MaxEntryBytes { get; init; } = 2L << 30;

    /// <summary>Most bytes inflated per byte compressed, for entries above <see cref="RatioExemptBytes"/>.</summary>
    public int MaxCompressionRatio { get; init; } = 200;

    /// <summary>
    /// Bytes below which the ratio of an entry is not looked at: a small file of blanks harms nobody.
    /// </summary>
    public long RatioExemptBytes { get; init; } = 1L << 20;

    /// <summary>Most characters in a definition or a configuration.</summary>
    public int MaxXmlChars { get; init; } = 1_000_000;

    /// <summary>Most elements in a definition or a configuration.</summary>
    public int MaxXmlElements { get; init; } = 10_000;

    /// <summary>Deepest nesting of elements. The schemas need 8.</summary>
    public int MaxXmlDepth { get; init; } = 32;

    /// <summary>Most errors that are listed at once; the rest are counted.</summary>
    public int MaxErrors { get; init; } = 100;

    /// <summary>Longest name of a service, role, endpoint or local store, in characters.</summary>
    public int MaxNameChars { get; init; } = 63;

    /// <summary>Most roles in a service: 25, from the published schema.</summary>
    public int MaxRoles { get; init; } = 25;

    /// <summary>Most endpoints of each kind in a service: 25, from the published schema.</summary>
    public int MaxEndpointsPerKind { get; init; } = 25;

    /// <summary>Most instances of one role: a tenant does not outgrow one cluster of about 1,000 nodes (F1).</summary>
    public int MaxInstancesPerRole { get; init; } = 1_000;

    /// <summary>Update domains where the definition names no number: 5 (P3).</summary>
    public int DefaultUpgradeDomainCount { get; init; } = 5;

    /// <summary>Most update domains: 20 (P3).</summary>
    public int MaxUpgradeDomainCount { get; init; } = 20;

    /// <summary>The size of a role that names none: <c>Small</c>, from the published schema.</summary>
    public string DefaultVmSize { get; init; } = "Small";

    /// <summary>Size of a local store that names none, MiB: 100, from the published schema.</summary>
    public int DefaultLocalStorageMib { get; init; } = 100;

    /// <summary>The guest OS family where neither family nor version is named: 1, from the published schema.</summary>
    public int DefaultOsFamily { get; init; } = 1;

    /// <summary>Bytes above which a package gets the advice that it is oversized (D6).</summary>
    public long OversizedPackageAdviceBytes { get; init; } = 100L << 20;

    /// <summary>Instances of a role below which there is advice: 3 (D6).</summary>
    public int AdvisedInstances { get; init; } = 3;

    /// <summary>Update domains of a service below which there is advice: 2 (D6).</summary>
    public int AdvisedUpdateDomains { get; init; } = 2;
}
