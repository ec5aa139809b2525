// Maintenance configurations, what they hold for, and the ledger of what was done outside them (W1, W2, W5).
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

[DbContext(typeof(RdfeDbContext))]
[Migration("0009_MaintenanceWindows")]
public sealed class M0009MaintenanceWindows : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        var m = migrationBuilder;
        m.CreateTable(
            "MaintenanceConfigurations",
            t => new
            {
                SubscriptionId = t.Column<string>(),
                NameKey = t.Column<string>(),
                Name = t.Column<string>(),
                WindowJson = t.Column<string>(),
                CreatedAt = t.Column<long>(),
            },
            constraints: t => t.PrimaryKey("PK_MaintenanceConfigurations", r => new { r.SubscriptionId, r.NameKey }));
        m.CreateTable(
            "MaintenanceAssignments",
            t => new
            {
                SubscriptionId = t.Column<string>(),
                Resource = t.Column<string>(),
                Name = t.Column<string>(),
                Configuration = t.Column<string>(),
                Region = t.Column<string>(),
            },
            constraints: t => t.PrimaryKey("PK_MaintenanceAssignments", r => new { r.SubscriptionId, r.Resource }));
        m.CreateIndex(
            "IX_MaintenanceAssignments_SubscriptionId_Configuration", "MaintenanceAssignments", ["SubscriptionId", "Configuration"]);
        m.CreateIndex("IX_MaintenanceAssignments_Region", "MaintenanceAssignments", "Region");
        m.CreateTable(
            "MaintenanceLedger",
            t => new
            {
                Id = t.Column<long>(),
                Cluster = t.Column<string>(),
                SubscriptionId = t.Column<string>(),
                At = t.Column<long>(),
                Reason = t.Column<string>(),
                Resource = t.Column<string>(),
                Instance = t.Column<string>(),
                Name = t.Column<string>(),
                Node = t.Column<string>(nullable: true),
                Configuration = t.Column<string>(),
                Through = t.Column<string>(),
                NextWindow = t.Column<long>(nullable: true),
                Detail = t.Column<string>(),
            },
            constraints: t => t.PrimaryKey("PK_MaintenanceLedger", r => r.Id));
        m.CreateIndex("IX_MaintenanceLedger_SubscriptionId_Id", "MaintenanceLedger", ["SubscriptionId", "Id"]);
    }
}
