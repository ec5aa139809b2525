// Where something was found in a package or configuration (D1): every error and every advice points at a line.
namespace Rdfe.Domain.Packages;

/// <summary>A place in one of the two files, such as <c>ServiceDefinition.csdef:12 WebRole/@vmsize</c> (D1).</summary>
/// <param name="File">The file's name.</param>
/// <param name="Line">The line, from 1; 0 where the file as a whole is meant.</param>
/// <param name="Element">The path of element names below the root, and <c>/@name</c> for an attribute.</param>
public readonly record struct Place(string File, int Line, string Element)
{
    /// <inheritdoc/>
    public override string ToString()
    {
        var file = Line > 0 ? $"{File}:{Line}" : File;
        return Element.Length > 0 ? $"{file} {Element}" : file;
    }

    /// <summary>The same place, at one of its element's attributes on the same line.</summary>
    public Place At(string attribute) => this with { Element = $"{Element}/@{attribute}" };
}

/// <summary>A tip that stops nobody (D6).</summary>
/// <param name="Code">Stable camelCase code, listed in <see cref="AdviceCodes"/>.</param>
/// <param name="Message">One sentence: what was seen, and what would be better.</param>
/// <param name="Where">The place, written as <see cref="Place"/> is.</param>
public sealed record Advice(string Code, string Message, string Where);

/// <summary>The codes of all advice (D6): on packages, configurations and virtual machines.</summary>
public static class AdviceCodes
{
    /// <summary>A role has one instance, or a machine is alone: every update and every failure is an outage.</summary>
    public const string SingleInstance = "singleInstance";

    /// <summary>A role or an availability set has more than one member, but fewer than advised.</summary>
    public const string FewInstances = "fewInstances";

    /// <summary>The instances of a service are spread over fewer update domains than advised.</summary>
    public const string FewUpdateDomains = "fewUpdateDomains";

    /// <summary>The package is large, and is copied up to four times on its way to an instance.</summary>
    public const string OversizedPackage = "oversizedPackage";

    /// <summary>A known element or attribute that is kept and has no effect here.</summary>
    public const string NotActedOn = "notActedOn";

    /// <summary>Something that only a code update can change, where a setting would do.</summary>
    public const string CodeUpdateOnly = "codeUpdateOnly";

    /// <summary>A setting names the service's own public name or address: traffic inside it would go through its VIP.</summary>
    public const string TrafficThroughVip = "trafficThroughVip";

    /// <summary>A service of several roles has a public endpoint and no internal one: its roles can only meet through its VIP.</summary>
    public const string NoInternalEndpoint = "noInternalEndpoint";

    /// <summary>Data disks of a virtual machine that can't be striped well: one alone, or unequal ones.</summary>
    public const string UnstripedDataDisks = "unstripedDataDisks";

    /// <summary>A file of the package that nobody will read.</summary>
    public const string IgnoredContent = "ignoredContent";
}
