// Everything that can be asked, in one list. A tidy test holds it against the slices that exist.
using Rdfe.Api.Features.AccessKeys;
using Rdfe.Api.Features.Activity;
using Rdfe.Api.Features.AffinityGroups;
using Rdfe.Api.Features.AvailabilitySets;
using Rdfe.Api.Features.DedicatedHosts;
using Rdfe.Api.Features.Deployments;
using Rdfe.Api.Features.Emulator;
using Rdfe.Api.Features.Fabric;
using Rdfe.Api.Features.Health;
using Rdfe.Api.Features.HostedServices;
using Rdfe.Api.Features.InstanceMetadata;
using Rdfe.Api.Features.MaintenanceConfigurations;
using Rdfe.Api.Features.Operations;
using Rdfe.Api.Features.Packages;
using Rdfe.Api.Features.ScheduledEvents;
using Rdfe.Api.Features.ServiceHealth;
using Rdfe.Api.Features.StorageAccounts;
using Rdfe.Api.Features.Subscriptions;
using Rdfe.Api.Features.Usage;
using Rdfe.Api.Features.VirtualMachines;
using Rdfe.Api.Features.VirtualNetworks;
using Rdfe.Api.Features.Webhooks;

namespace Rdfe.Api.Features;

public static class Routes
{
    public static void MapRoutes(this IEndpointRouteBuilder routes)
    {
        Home.Map(routes);
        ReadHealth.Map(routes);

        PutSubscription.Map(routes);
        PatchSubscription.Map(routes);
        SwitchSubscription.Map(routes);
        DeleteSubscription.Map(routes);
        ReadSubscriptions.Map(routes);
        ListUsage.Map(routes);

        PutAffinityGroup.Map(routes);
        DeleteAffinityGroup.Map(routes);
        ReadAffinityGroups.Map(routes);

        PutAccessKey.Map(routes);
        DeleteAccessKey.Map(routes);
        ReadAccessKeys.Map(routes);

        PutHostedService.Map(routes);
        PatchHostedService.Map(routes);
        DeleteHostedService.Map(routes);
        ReadHostedServices.Map(routes);
        CheckServiceName.Map(routes);

        PutVirtualNetwork.Map(routes);
        DeleteVirtualNetwork.Map(routes);
        ReadVirtualNetworks.Map(routes);

        PutStorageAccount.Map(routes);
        DeleteStorageAccount.Map(routes);
        ReadStorageAccounts.Map(routes);

        PutPackage.Map(routes);
        DeletePackage.Map(routes);
        ReadPackages.Map(routes);
        PutDeployment.Map(routes);
        DeleteDeployment.Map(routes);
        ReadDeployments.Map(routes);
        ChangeConfiguration.Map(routes);
        UpdateDeployment.Map(routes);
        WalkUpdateDomain.Map(routes);
        RollBackUpdate.Map(routes);
        SwapDeployments.Map(routes);
        PowerInstance.Map(routes);

        ReadOperations.Map(routes);
        ListActivity.Map(routes);

        PutAvailabilitySet.Map(routes);
        DeleteAvailabilitySet.Map(routes);
        ReadAvailabilitySets.Map(routes);

        PutVirtualMachine.Map(routes);
        PatchVirtualMachine.Map(routes);
        DeleteVirtualMachine.Map(routes);
        PowerVirtualMachine.Map(routes);
        ReadVirtualMachines.Map(routes);

        ReadInstanceMetadata.Map(routes);
        ScheduledEventRoutes.Map(routes);

        PutDedicatedHost.Map(routes);
        DeleteDedicatedHost.Map(routes);
        ReadDedicatedHosts.Map(routes);

        MaintenanceRoutes.Map(routes);
        WebhookRoutes.Map(routes);
        ListServiceHealth.Map(routes);

        CancelOperation.Map(routes);

        FabricRoutes.Map(routes);
        EmulatorRoutes.Map(routes);
    }
}

/// <summary>The chapters of the OpenAPI document.</summary>
public static class Tags
{
    public const string Subscriptions = "Subscriptions";
    public const string Usage = "Usage";
    public const string AccessKeys = "Access keys";
    public const string AffinityGroups = "Affinity groups";
    public const string HostedServices = "Hosted services";
    public const string Packages = "Packages";
    public const string Deployments = "Deployments";
    public const string VirtualNetworks = "Virtual networks";
    public const string StorageAccounts = "Storage accounts";
    public const string Operations = "Operations";
    public const string Activity = "Activity";
    public const string Fabric = "Fabric";
    public const string Emulator = "Emulator";
    public const string Health = "Health";
    public const string ServiceHealth = "Service health";
    public const string AvailabilitySets = "Availability sets";
    public const string VirtualMachines = "Virtual machines";
    public const string InstanceMetadata = "Instance metadata";
    public const string DedicatedHosts = "Dedicated hosts";
    public const string Maintenance = "Maintenance";
    public const string Webhooks = "Webhooks";

    public static IReadOnlyList<(string Name, string Description)> All { get; } =
    [
        (Subscriptions, "Tenants' accounts: name, state, quotas."),
        (Usage, "What was used, day by day."),
        (AccessKeys, "Keys of a subscription, each with a role."),
        (AffinityGroups, "What keeps services near each other."),
        (HostedServices, "Services with a DNS name and two slots."),
        (Packages, "Service packages, uploaded once and checked."),
        (Deployments, "What runs in the slots of a service, and its instances."),
        (VirtualNetworks, "Sets of services whose instances may talk to each other."),
        (StorageAccounts, "Names placed on clusters."),
        (Operations, "Long work, and how far it has come."),
        (Activity, "Who did what, and when."),
        (Fabric, "What the operator sees and does."),
        (Emulator, "The whole simulated fabric: put back, filled, copied, restored."),
        (Health, "Whether this program serves."),
        (ServiceHealth, "What the platform does, or what happens to it, that concerns a tenant."),
        (AvailabilitySets, "Machines that the platform never takes down together."),
        (VirtualMachines, "Machines of one's own."),
        (InstanceMetadata, "What an instance asks about itself."),
        (DedicatedHosts, "Whole nodes for one customer."),
        (Maintenance, "When what is one's own may be maintained, and what was done outside that."),
        (Webhooks, "Addresses that are told of what happens, signed and until it is taken."),
    ];
}
