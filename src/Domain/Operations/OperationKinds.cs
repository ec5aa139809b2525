// What operations do, by name: part of the contract.
namespace Rdfe.Domain.Operations;

/// <summary>Kinds of operations.</summary>
public static class OperationKinds
{
    /// <summary>Create a deployment.</summary>
    public const string CreateDeployment = "createDeployment";

    /// <summary>Change a deployment's configuration.</summary>
    public const string ChangeConfiguration = "changeConfiguration";

    /// <summary>Update a deployment (U1, U2).</summary>
    public const string UpdateDeployment = "updateDeployment";

    /// <summary>Give a deployment a newer guest OS (U3).</summary>
    public const string UpdateGuestOs = "updateGuestOs";

    /// <summary>Take an update back.</summary>
    public const string RollBackUpdate = "rollBackUpdate";

    /// <summary>Walk one update domain by order of the owner.</summary>
    public const string WalkUpdateDomain = "walkUpdateDomain";

    /// <summary>Exchange production and staging.</summary>
    public const string SwapDeployments = "swapDeployments";

    /// <summary>Move a virtual machine to another node.</summary>
    public const string RedeployVirtualMachine = "redeployVirtualMachine";

    /// <summary>Have the maintenance of a virtual machine at a moment that its owner chose (W1).</summary>
    public const string PerformMaintenance = "performMaintenance";

    /// <summary>Take a node out for repair.</summary>
    public const string RepairNode = "repairNode";

    /// <summary>Take a node out for good.</summary>
    public const string DecommissionNode = "decommissionNode";

    /// <summary>Take a node back.</summary>
    public const string ReturnNode = "returnNode";

    /// <summary>Delete a deployment.</summary>
    public const string DeleteDeployment = "deleteDeployment";

    /// <summary>Reboot a role instance.</summary>
    public const string RebootInstance = "rebootInstance";

    /// <summary>Reimage a role instance.</summary>
    public const string ReimageInstance = "reimageInstance";

    /// <summary>Create a virtual machine.</summary>
    public const string CreateVirtualMachine = "createVirtualMachine";

    /// <summary>Change a virtual machine.</summary>
    public const string UpdateVirtualMachine = "updateVirtualMachine";

    /// <summary>Delete a virtual machine.</summary>
    public const string DeleteVirtualMachine = "deleteVirtualMachine";

    /// <summary>Start a virtual machine.</summary>
    public const string StartVirtualMachine = "startVirtualMachine";

    /// <summary>Restart a virtual machine.</summary>
    public const string RestartVirtualMachine = "restartVirtualMachine";

    /// <summary>Power a virtual machine off.</summary>
    public const string PowerOffVirtualMachine = "powerOffVirtualMachine";

    /// <summary>Deallocate a virtual machine.</summary>
    public const string DeallocateVirtualMachine = "deallocateVirtualMachine";

    /// <summary>Create a dedicated host.</summary>
    public const string CreateDedicatedHost = "createDedicatedHost";

    /// <summary>Delete a dedicated host.</summary>
    public const string DeleteDedicatedHost = "deleteDedicatedHost";

    /// <summary>Provision a node (F3).</summary>
    public const string ProvisionNode = "provisionNode";

    /// <summary>Install a bundle on a cluster's nodes (L4).</summary>
    public const string InstallBundle = "installBundle";

    /// <summary>Roll a host update out (M5).</summary>
    public const string RollOut = "rollOut";

    /// <summary>Advance the fabric's clock.</summary>
    public const string AdvanceClock = "advanceClock";

    /// <summary>True for the creation of something that can be taken back as long as it runs.</summary>
    public static bool IsCreation(string kind) => kind is CreateDeployment or CreateVirtualMachine;
}
