// Reads a csdef (D1, D4, P3): XML → tree → schema table → model. All errors come back together, each at its line.
using System.Collections.Immutable;

namespace Rdfe.Domain.Packages;

/// <summary>Reads service definitions in Microsoft's published schema (D1).</summary>
public static class ServiceDefinitionXml
{
    /// <summary>The name of the file, at the root of a package.</summary>
    public static string FileName => ServiceSchema.Definition.File;

    /// <summary>Reads a definition from text.</summary>
    public static Outcome<ServiceDefinition> Read(string xml, PackageLimits limits)
    {
        using var reader = new StringReader(xml);
        return Read(reader, limits);
    }

    /// <summary>Reads a definition, or refuses with <c>invalidPackage</c> and every error.</summary>
    public static Outcome<ServiceDefinition> Read(TextReader xml, PackageLimits limits)
    {
        var findings = new PackageFindings(limits);
        var root = XmlPart.Read(xml, ServiceSchema.Definition, limits, findings);
        if (root is null)
        {
            return findings.Refuse(PackageFindings.InvalidPackage);
        }

        var advice = SchemaCheck.Run(root, ServiceSchema.Definition, findings);
        var name = XmlValues.Name(root, "name", limits, findings);
        var domains = XmlValues.Integer(root, "upgradeDomainCount", 1, limits.MaxUpgradeDomainCount, findings)
            ?? limits.DefaultUpgradeDomainCount;
        var parts = root.Children.Where(c => c.Name is "WebRole" or "WorkerRole").ToList();
        if (root.Name == ServiceSchema.Definition.Root && (parts.Count == 0 || parts.Count > limits.MaxRoles))
        {
            findings.Add(root.Place, $"A service has 1 to {limits.MaxRoles} roles; this one has {parts.Count}.");
        }

        // Names are read even where wrong, so that one mistake does not raise others; such a model never leaves here.
        ImmutableArray<RoleDefinition> roles = [.. parts.Select(p => ReadRole(p, limits, findings))];
        XmlValues.Unique(roles, r => r.Name, r => r.At, "role", StringComparer.OrdinalIgnoreCase, findings);
        EndpointRules.Check(roles, limits, findings);
        return findings.Any
            ? findings.Refuse(PackageFindings.InvalidPackage)
            : new ServiceDefinition(name!, domains, roles, [.. advice, .. parts.SelectMany(FixedByCode)], root.Place);
    }

    private static RoleDefinition ReadRole(XmlPart part, PackageLimits limits, PackageFindings findings)
    {
        ImmutableArray<SettingDeclaration> settings = [.. part.All("Setting", "ConfigurationSettings")
            .Select(s => new SettingDeclaration(XmlValues.SettingName(s, findings) ?? "", s.Place))];
        XmlValues.Unique(settings.Where(s => s.Name.Length > 0), s => s.Name, s => s.At, "setting",
            StringComparer.Ordinal, findings);

        // LocalStorage directly in the role is how the first SDKs wrote it.
        ImmutableArray<LocalStorage> stores = [.. part.All("LocalStorage", "LocalResources")
            .Concat(part.All("LocalStorage"))
            .Select(s => new LocalStorage(
                XmlValues.Name(s, "name", limits, findings) ?? "",
                XmlValues.Integer(s, "sizeInMB", 1, int.MaxValue, findings) ?? limits.DefaultLocalStorageMib,
                s.Place))];
        XmlValues.Unique(stores.Where(s => s.Name.Length > 0), s => s.Name, s => s.At, "local store",
            StringComparer.OrdinalIgnoreCase, findings);

        if (part["vmsize"] is { } size && size.Trim().Length == 0)
        {
            findings.Add(part.At("vmsize"), "The size is empty; leave the attribute out for the default.");
        }

        return new RoleDefinition(
            XmlValues.Name(part, "name", limits, findings) ?? part["name"] ?? "",
            part.Name == "WebRole" ? RoleKind.Web : RoleKind.Worker,
            part["vmsize"]?.Trim() ?? limits.DefaultVmSize,
            EndpointRules.Read(part, limits, findings),
            settings,
            stores,
            [.. part.All("Import", "Imports").Select(i => i["moduleName"] ?? "")],
            part.Place);
    }

    /// <summary>
    /// What the definition fixes though a setting could carry it: only a code update changes it (D6).
    /// </summary>
    private static IEnumerable<Advice> FixedByCode(XmlPart role)
    {
        if (!role.All("Setting", "ConfigurationSettings").Any())
        {
            yield return new(AdviceCodes.CodeUpdateOnly,
                $"The role {role["name"]} declares no settings, so everything that it is configured with is inside the "
                + "package and only a code update can change it; a declared setting changes without one.",
                role.Place.ToString());
        }

        var variables = role.All("Environment", "Runtime")
            .Concat(role.All("Startup").SelectMany(s => s.All("Environment", "Task")))
            .SelectMany(e => e.All("Variable"))
            .Where(v => v["value"] is not null);
        foreach (var variable in variables)
        {
            yield return new(AdviceCodes.CodeUpdateOnly,
                $"The value of {PackageFindings.Shown(variable["name"] ?? "")} is in the definition, so only a code "
                + "update can change it; a setting, or a RoleInstanceValue that refers to one, changes without one.",
                variable.At("value").ToString());
        }
    }
}
