// What a pending maintenance is called: the update, and the machine or instance that it is about.
using System.Collections.Immutable;
using Rdfe.Api.Features.Deployments;
using Rdfe.Api.Features.VirtualMachines;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Domain.Windows;

namespace Rdfe.Api.Features.Maintenance;

/// <summary>Names by owner: <c>{hostUpdate}~{machine}</c>, or <c>{hostUpdate}~{service}~{slot}~{instance}</c>.</summary>
internal sealed class MaintenanceNames(IEnumerable<VirtualMachine> machines, IEnumerable<Deployment> deployments)
{
    // No name has it, so that what is between two of them is a name.
    public const char Between = '~';

    private readonly Dictionary<string, VirtualMachine> machines = machines.ToDictionary(m => m.Key, StringComparer.Ordinal);
    private readonly Dictionary<string, Deployment> deployments = deployments.ToDictionary(d => d.Key, StringComparer.Ordinal);

    public string IdOf(string update, FabricInstance i) => machines.TryGetValue(i.Owner, out var m)
        ? $"{update}{Between}{m.Name}"
        : $"{update}{Between}{deployments[i.Owner].Service}{Between}{Domain.Words.Of(deployments[i.Owner].Slot)}{Between}{i.Name}";

    public ImmutableArray<WindowResource> WindowNamesOf(FabricInstance i) => machines.TryGetValue(i.Owner, out var m)
        ? WindowResolution.NamesOf(m)
        : WindowResolution.NamesOf(deployments[i.Owner]);

    public string PathOf(FabricInstance i) => machines.TryGetValue(i.Owner, out var m)
        ? m.Path()
        : $"{DeploymentRows.PathOf(deployments[i.Owner])}/instances/{i.Name}";
}
