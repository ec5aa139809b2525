// What a cscfg says, once read (D1, D4): how many instances, which guest OS, and the values of settings.
using System.Collections.Immutable;

namespace Rdfe.Domain.Packages;

/// <summary>The value of a setting.</summary>
/// <param name="Name">The setting, as the definition declares it.</param>
/// <param name="Value">Its value; may be empty.</param>
/// <param name="At">Where it is written.</param>
public sealed record SettingValue(string Name, string Value, Place At);

/// <summary>A role as the configuration has it (D4).</summary>
/// <param name="Name">The role's name in the definition.</param>
/// <param name="InstanceCount">How many instances are wanted; at least 1.</param>
/// <param name="Settings">The values of its settings, in the order written.</param>
/// <param name="At">Where it is written.</param>
/// <param name="CountAt">Where the number of instances is written.</param>
public sealed record RoleConfiguration(
    string Name, int InstanceCount, ImmutableArray<SettingValue> Settings, Place At, Place CountAt);

/// <summary>A service configuration (D1).</summary>
/// <param name="ServiceName">The name of the definition that it configures.</param>
/// <param name="OsFamily">The guest OS family.</param>
/// <param name="OsVersion">A guest OS version, or <c>*</c> for the newest of the family, kept up to date.</param>
/// <param name="Roles">Its roles, in the order written.</param>
/// <param name="Advice">What is kept without effect (D6).</param>
/// <param name="At">Where it is written.</param>
public sealed record ServiceConfiguration(
    string ServiceName,
    int OsFamily,
    string OsVersion,
    ImmutableArray<RoleConfiguration> Roles,
    ImmutableArray<Advice> Advice,
    Place At);
