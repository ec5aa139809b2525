// Reads a cscfg (D1, D4): XML → tree → schema table → model. Whether it fits a definition is ServiceModel's question.
using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Rdfe.Domain.Packages;

/// <summary>Reads service configurations in Microsoft's published schema (D1).</summary>
public static partial class ServiceConfigurationXml
{
    /// <summary>The name of the file, beside a package and never in it.</summary>
    public static string FileName => ServiceSchema.Configuration.File;

    /// <summary>Reads a configuration from text.</summary>
    public static Outcome<ServiceConfiguration> Read(string xml, PackageLimits limits)
    {
        using var reader = new StringReader(xml);
        return Read(reader, limits);
    }

    /// <summary>Reads a configuration, or refuses with <c>invalidConfiguration</c> and every error.</summary>
    public static Outcome<ServiceConfiguration> Read(TextReader xml, PackageLimits limits)
    {
        var findings = new PackageFindings(limits);
        var root = XmlPart.Read(xml, ServiceSchema.Configuration, limits, findings);
        if (root is null)
        {
            return findings.Refuse(PackageFindings.InvalidConfiguration);
        }

        var advice = SchemaCheck.Run(root, ServiceSchema.Configuration, findings);
        var name = XmlValues.Name(root, "serviceName", limits, findings);
        var (family, version) = ReadOs(root, limits, findings);
        ImmutableArray<RoleConfiguration> roles = [.. root.All("Role").Select(r => ReadRole(r, limits, findings))];
        XmlValues.Unique(roles, r => r.Name, r => r.At, "role", StringComparer.OrdinalIgnoreCase, findings);
        return findings.Any
            ? findings.Refuse(PackageFindings.InvalidConfiguration)
            : new ServiceConfiguration(name!, family, version, roles, advice, root.Place);
    }

    private static (int Family, string Version) ReadOs(XmlPart root, PackageLimits limits, PackageFindings findings)
    {
        var family = XmlValues.Integer(root, "osFamily", 1, 99, findings);
        var version = root["osVersion"]?.Trim() is { Length: > 0 } given ? given : "*";
        if (version != "*" && !OsVersionPattern().IsMatch(version))
        {
            findings.Add(root.At("osVersion"),
                $"{PackageFindings.Shown(version)} is neither '*' nor a version, such as WA-GUEST-OS-4.50_201807-01.");
        }

        // A published version names its family; where both are written they must agree.
        var published = PublishedOsVersion().Match(version);
        if (!published.Success)
        {
            return (family ?? limits.DefaultOsFamily, version);
        }

        var named = int.Parse(published.Groups["family"].Value, CultureInfo.InvariantCulture);
        if (family is { } f && f != named)
        {
            findings.Add(root.At("osVersion"), $"The version is of family {named}, and osFamily says {f}.");
        }

        return (named, version);
    }

    private static RoleConfiguration ReadRole(XmlPart part, PackageLimits limits, PackageFindings findings)
    {
        var instances = part.Child("Instances");
        if (instances is null)
        {
            findings.Add(part.Place, "The number of instances is missing: <Instances count=\"…\" />.");
        }

        ImmutableArray<SettingValue> settings = [.. part.All("Setting", "ConfigurationSettings")
            .Select(s => new SettingValue(XmlValues.SettingName(s, findings) ?? "", s["value"] ?? "", s.Place))];
        XmlValues.Unique(settings.Where(s => s.Name.Length > 0), s => s.Name, s => s.At, "setting",
            StringComparer.Ordinal, findings);
        return new RoleConfiguration(
            XmlValues.Name(part, "name", limits, findings) ?? part["name"] ?? "",
            instances is null ? 0 : XmlValues.Integer(instances, "count", 1, limits.MaxInstancesPerRole, findings) ?? 0,
            settings,
            part.Place,
            instances?.At("count") ?? part.Place);
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$", RegexOptions.CultureInvariant)]
    private static partial Regex OsVersionPattern();

    [GeneratedRegex(@"^WA-GUEST-OS-(?<family>[0-9]{1,2})\.[0-9]+_[0-9]{6}-[0-9]{2}$", RegexOptions.CultureInvariant)]
    private static partial Regex PublishedOsVersion();
}
