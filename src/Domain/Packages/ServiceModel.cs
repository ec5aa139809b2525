// A definition and a configuration that agree (D1, D2 "process model"): what the fabric is asked to run.
using System.Collections.Immutable;

namespace Rdfe.Domain.Packages;

/// <summary>A role with everything known about it (D4).</summary>
/// <param name="Name">Its name, unique in the service.</param>
/// <param name="Kind">Web or worker.</param>
/// <param name="Size">Its size, from the catalogue.</param>
/// <param name="InstanceCount">How many instances are wanted; at least 1.</param>
/// <param name="Endpoints">Its endpoints.</param>
/// <param name="LocalStorage">Its local stores.</param>
/// <param name="Settings">The values of its settings.</param>
public sealed record RoleModel(
    string Name,
    RoleKind Kind,
    VmSize Size,
    int InstanceCount,
    ImmutableArray<RoleEndpoint> Endpoints,
    ImmutableArray<LocalStorage> LocalStorage,
    ImmutableSortedDictionary<string, string> Settings);

/// <summary>A definition and a configuration, bound together and checked against each other (D1).</summary>
/// <param name="Name">The service's name in both.</param>
/// <param name="UpdateDomainCount">How many update domains its roles are spread over (P3).</param>
/// <param name="OsFamily">The guest OS family.</param>
/// <param name="OsVersion">The guest OS version, or <c>*</c>.</param>
/// <param name="Roles">Its roles, in the definition's order.</param>
/// <param name="Advice">Tips on both files and on the two together (D6).</param>
public sealed record ServiceModel(
    string Name,
    int UpdateDomainCount,
    int OsFamily,
    string OsVersion,
    ImmutableArray<RoleModel> Roles,
    ImmutableArray<Advice> Advice)
{
    /// <summary>
    /// Binds the two, or refuses with every contradiction at its place: <c>invalidPackage</c> where the definition
    /// alone is at fault (a size that the catalogue does not have), else <c>invalidConfiguration</c>.
    /// </summary>
    /// <param name="definition">The definition, from the package.</param>
    /// <param name="configuration">The configuration, sent beside it.</param>
    /// <param name="sizes">Looks a size up in the catalogue; null where there is none of that name (D4).</param>
    /// <param name="limits">The settings.</param>
    /// <param name="dnsName">The service's public name, for advice on traffic through its VIP; null if unknown.</param>
    public static Outcome<ServiceModel> Bind(
        ServiceDefinition definition,
        ServiceConfiguration configuration,
        Func<string, VmSize?> sizes,
        PackageLimits limits,
        string? dnsName = null)
    {
        var inDefinition = new PackageFindings(limits);
        var between = new PackageFindings(limits);
        if (definition.Name != configuration.ServiceName)
        {
            between.Add(configuration.At.At("serviceName"),
                $"The service is '{configuration.ServiceName}' here, and '{definition.Name}' in the definition.");
        }

        var configured = configuration.Roles.ToDictionary(r => r.Name, StringComparer.Ordinal);
        var roles = ImmutableArray.CreateBuilder<RoleModel>();
        foreach (var role in definition.Roles)
        {
            var size = SizeOf(role, sizes, inDefinition);
            if (!configured.Remove(role.Name, out var values))
            {
                between.Add(role.At, $"The role '{role.Name}' is not in the configuration.");
                continue;
            }

            CheckInstances(role, values, limits, between);
            CheckSettings(role, values, between);
            if (size is not null)
            {
                roles.Add(new RoleModel(role.Name, role.Kind, size, values.InstanceCount, role.Endpoints,
                    role.LocalStorage, ByName(values)));
            }
        }

        foreach (var stranger in configured.Values.OrderBy(r => r.At.Line))
        {
            between.Add(stranger.At.At("name"), $"The definition has no role '{stranger.Name}'."
                + Near(stranger.Name, definition.Roles.Select(r => r.Name)));
        }

        if (inDefinition.Any && !between.Any)
        {
            return inDefinition.Refuse(PackageFindings.InvalidPackage);
        }

        if (inDefinition.Any)
        {
            between.Add(inDefinition.Refuse(PackageFindings.InvalidPackage));
        }

        return between.Any
            ? between.Refuse(PackageFindings.InvalidConfiguration)
            : new ServiceModel(definition.Name, definition.UpgradeDomainCount, configuration.OsFamily,
                configuration.OsVersion, roles.ToImmutable(),
                PackageAdvice.Of(definition, configuration, limits, dnsName));
    }

    private static VmSize? SizeOf(RoleDefinition role, Func<string, VmSize?> sizes, PackageFindings findings)
    {
        var size = sizes(role.VmSize);
        if (size is null)
        {
            findings.Add(role.At.At("vmsize"), $"There is no size {PackageFindings.Shown(role.VmSize)}.");
            return null;
        }

        var asked = role.LocalStorage.Sum(s => (long)s.SizeMib);
        if (asked > size.Needs.LocalDiskGib * 1024)
        {
            findings.Add(role.At, $"The local stores take {asked} MiB, and the size {size.Name} has "
                + $"{size.Needs.LocalDiskGib * 1024} MiB of local disk.");
        }

        return size;
    }

    /// <summary>
    /// The count itself was checked on reading, unless the model was made by hand or the limits have changed.
    /// </summary>
    private static void CheckInstances(
        RoleDefinition role, RoleConfiguration values, PackageLimits limits, PackageFindings findings)
    {
        if (values.InstanceCount < 1 || values.InstanceCount > limits.MaxInstancesPerRole)
        {
            findings.Add(values.CountAt, $"A role has 1 to {limits.MaxInstancesPerRole} instances; "
                + $"'{role.Name}' asks for {values.InstanceCount}.");
        }

        foreach (var endpoint in role.Endpoints.Where(e => e.Kind == EndpointKind.InstanceInput))
        {
            if (endpoint.PublicPorts is { } ports && ports.Count < values.InstanceCount)
            {
                findings.Add(values.CountAt, $"The endpoint '{endpoint.Name}' has {ports.Count} public ports (line "
                    + $"{endpoint.At.Line} of the definition) for {values.InstanceCount} instances.");
            }
        }
    }

    private static void CheckSettings(RoleDefinition role, RoleConfiguration values, PackageFindings findings)
    {
        var declared = role.SettingNames.ToHashSet(StringComparer.Ordinal);
        foreach (var value in values.Settings.Where(v => !declared.Contains(v.Name) && !IsOfImport(v.Name, role)))
        {
            findings.Add(value.At.At("name"), $"The role '{role.Name}' does not declare the setting "
                + $"{PackageFindings.Shown(value.Name)}.{Near(value.Name, declared)}");
        }

        var given = values.Settings.Select(v => v.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var missing in role.SettingNames.Where(n => !given.Contains(n)))
        {
            findings.Add(values.At, $"The setting {PackageFindings.Shown(missing)} of the role '{role.Name}' has no "
                + "value.");
        }
    }

    /// <summary>An imported module declares its own settings, which the definition does not repeat.</summary>
    private static bool IsOfImport(string setting, RoleDefinition role) => role.Imports.Any(module =>
        setting.StartsWith($"Microsoft.WindowsAzure.Plugins.{module}.", StringComparison.Ordinal));

    private static ImmutableSortedDictionary<string, string> ByName(RoleConfiguration values) => values.Settings
        .DistinctBy(s => s.Name)
        .ToImmutableSortedDictionary(s => s.Name, s => s.Value, StringComparer.Ordinal);

    private static string Near(string name, IEnumerable<string> known) =>
        known.FirstOrDefault(k => k.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } near
            ? $" Case matters: it has '{near}'."
            : "";
}
