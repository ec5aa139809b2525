// What operations do, by name: part of the contract.
namespace Rdfe.Domain.Operations;

/// <summary>Kinds of operations.</summary>
public static class OperationKinds
{
    /// <summary>Create a deployment.</summary>
    public const string CreateDeployment = "createDeployment";

    /// <summary>Change a deployment's configuration.</summary>
    public const string ChangeConfiguration = "changeConfiguration";

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

    /// <summary>Advance the fabric's clock.</summary>
    public const string AdvanceClock = "advanceClock";

    /// <summary>True for the creation of something that can be taken back as long as it runs.</summary>
    public static bool IsCreation(string kind) => kind is CreateDeployment or CreateVirtualMachine;
}
