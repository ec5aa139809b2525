// What the clusters keep, and what they share with the front end.
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

internal static class FabricTables
{
    public static void Create(MigrationBuilder m)
    {
        m.CreateTable(
            "Nodes",
            t => new
            {
                Id = t.Column<string>(),
                Cluster = t.Column<string>(),
                State = t.Column<string>(),
                Attempt = t.Column<int>(),
                Since = t.Column<long>(),
                Deadline = t.Column<long>(nullable: true),
                LastFailure = t.Column<string>(nullable: true),
                ProvisionRun = t.Column<int>(),
                HostOs = t.Column<string>(nullable: true),
                GoalGeneration = t.Column<long>(),
                Owner = t.Column<string>(nullable: true),
                Operation = t.Column<string>(nullable: true),
            },
            constraints: t => t.PrimaryKey("PK_Nodes", r => r.Id));
        m.CreateIndex("IX_Nodes_Cluster", "Nodes", "Cluster");

        m.CreateTable(
            "Instances",
            t => new
            {
                Id = t.Column<string>(),
                Cluster = t.Column<string>(),
                Kind = t.Column<string>(),
                Owner = t.Column<string>(),
                Role = t.Column<string>(),
                Name = t.Column<string>(),
                Index = t.Column<int>(),
                Group = t.Column<string>(nullable: true),
                UpdateDomain = t.Column<int>(),
                Size = t.Column<string>(),
                Needs = t.Column<string>(),
                Image = t.Column<string>(),
                GuestOs = t.Column<string>(nullable: true),
                HostOwner = t.Column<string>(nullable: true),
                Isolated = t.Column<bool>(),
                Node = t.Column<string>(nullable: true),
                Dip = t.Column<string>(nullable: true),
                Power = t.Column<string>(),
                BootGeneration = t.Column<int>(),
                ImageGeneration = t.Column<int>(),
                ConfigGeneration = t.Column<int>(),
                Phase = t.Column<string>(),
                PhaseSince = t.Column<long>(),
                ReportedBoot = t.Column<int>(),
                ReportedImage = t.Column<int>(),
                ReportedConfig = t.Column<int>(),
                Operation = t.Column<string>(nullable: true),
                CreatedAt = t.Column<long>(),
            },
            constraints: t => t.PrimaryKey("PK_Instances", r => r.Id));
        m.CreateIndex("IX_Instances_Cluster", "Instances", "Cluster");
        m.CreateIndex("IX_Instances_Owner", "Instances", "Owner");
        m.CreateIndex("IX_Instances_Node", "Instances", "Node");

        m.CreateTable(
            "Deployments",
            t => new
            {
                Id = t.Column<string>(),
                SubscriptionId = t.Column<string>(),
                Service = t.Column<string>(),
                Slot = t.Column<string>(),
                Label = t.Column<string>(nullable: true),
                Package = t.Column<string>(),
                PackageSha256 = t.Column<string>(),
                ConfigGeneration = t.Column<int>(),
                Model = t.Column<string>(),
                Etag = t.Column<string>(),
                State = t.Column<string>(),
                Operation = t.Column<string>(),
                Cluster = t.Column<string>(nullable: true),
                Vip = t.Column<string>(nullable: true),
                NetworkGeneration = t.Column<int>(),
                ProgrammedNetwork = t.Column<int>(),
                Placement = t.Column<string>(),
                CreatedAt = t.Column<long>(),
                Waiting = t.Column<string>(nullable: true),
            },
            constraints: t => t.PrimaryKey("PK_Deployments", r => r.Id));
        m.CreateIndex("IX_Deployments_SubscriptionId_Service_Slot", "Deployments", ["SubscriptionId", "Service", "Slot"], unique: true);
        m.CreateIndex("IX_Deployments_Cluster", "Deployments", "Cluster");
        m.CreateIndex("IX_Deployments_PackageSha256", "Deployments", "PackageSha256");

        m.CreateTable(
            "VirtualMachines",
            t => new
            {
                SubscriptionId = t.Column<string>(),
                NameKey = t.Column<string>(),
                Name = t.Column<string>(),
                Spec = t.Column<string>(),
                Needs = t.Column<string>(),
                Family = t.Column<string>(),
                UpdateDomainCount = t.Column<int>(),
                FaultDomainCount = t.Column<int>(),
                HostOwner = t.Column<string>(nullable: true),
                Etag = t.Column<string>(),
                State = t.Column<string>(),
                Operation = t.Column<string>(),
                Cluster = t.Column<string>(nullable: true),
                Instance = t.Column<string>(),
                Vip = t.Column<string>(nullable: true),
                NetworkGeneration = t.Column<int>(),
                ProgrammedNetwork = t.Column<int>(),
                Placement = t.Column<string>(),
                CreatedAt = t.Column<long>(),
            },
            constraints: t => t.PrimaryKey("PK_VirtualMachines", r => new { r.SubscriptionId, r.NameKey }));
        m.CreateIndex("IX_VirtualMachines_Cluster", "VirtualMachines", "Cluster");
        m.CreateIndex("IX_VirtualMachines_Instance", "VirtualMachines", "Instance", unique: true);

        m.CreateTable(
            "DedicatedHosts",
            t => new
            {
                SubscriptionId = t.Column<string>(),
                NameKey = t.Column<string>(),
                Name = t.Column<string>(),
                Region = t.Column<string>(),
                Family = t.Column<string>(),
                Cores = t.Column<long>(),
                Etag = t.Column<string>(),
                State = t.Column<string>(),
                Operation = t.Column<string>(),
                Cluster = t.Column<string>(nullable: true),
                Node = t.Column<string>(nullable: true),
                Placement = t.Column<string>(),
                CreatedAt = t.Column<long>(),
            },
            constraints: t => t.PrimaryKey("PK_DedicatedHosts", r => new { r.SubscriptionId, r.NameKey }));
        m.CreateIndex("IX_DedicatedHosts_Cluster", "DedicatedHosts", "Cluster");

        m.CreateTable(
            "Inbox",
            t => new
            {
                Id = t.Column<long>(),
                Cluster = t.Column<string>(),
                Pin = t.Column<string>(nullable: true),
                RequestJson = t.Column<string>(),
                At = t.Column<long>(),
            },
            constraints: t => t.PrimaryKey("PK_Inbox", r => r.Id));
        m.CreateIndex("IX_Inbox_Cluster_Id", "Inbox", ["Cluster", "Id"]);

        m.CreateTable(
            "Clusters",
            t => new
            {
                Cluster = t.Column<string>(),
                Region = t.Column<string>(),
                CoresUsed = t.Column<long>(),
                CoresInFlight = t.Column<long>(),
                CoresAllocatable = t.Column<long>(),
                VipsUsed = t.Column<long>(),
                VipsAllocatable = t.Column<long>(),
                EventSequence = t.Column<long>(),
            },
            constraints: t => t.PrimaryKey("PK_Clusters", r => r.Cluster));

        m.CreateTable(
            "Pins",
            t => new
            {
                Key = t.Column<string>(),
                Cluster = t.Column<string>(),
                Members = t.Column<int>(),
                Settled = t.Column<bool>(),
            },
            constraints: t => t.PrimaryKey("PK_Pins", r => r.Key));

        m.CreateTable(
            "RoleImages",
            t => new { Cluster = t.Column<string>(), Sha256 = t.Column<string>() },
            constraints: t => t.PrimaryKey("PK_RoleImages", r => new { r.Cluster, r.Sha256 }));

        m.CreateTable(
            "Events",
            t => new
            {
                Id = t.Column<long>(),
                Cluster = t.Column<string>(),
                Sequence = t.Column<long>(),
                At = t.Column<long>(),
                Kind = t.Column<string>(),
                Subject = t.Column<string>(),
                Data = t.Column<string>(),
            },
            constraints: t => t.PrimaryKey("PK_Events", r => r.Id));

        m.CreateTable(
            "Documents",
            t => new
            {
                Kind = t.Column<string>(),
                NameKey = t.Column<string>(),
                Json = t.Column<string>(),
                ETag = t.Column<string>(),
            },
            constraints: t => t.PrimaryKey("PK_Documents", r => new { r.Kind, r.NameKey }));
    }
}
