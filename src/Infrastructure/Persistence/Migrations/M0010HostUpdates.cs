// What tenants bear of maintenance, what is done to nodes, and what it did to instances (M4, M6).
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

[DbContext(typeof(RdfeDbContext))]
[Migration("0010_HostUpdates")]
public sealed class M0010HostUpdates : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        var m = migrationBuilder;
        m.AddColumn<string>("Maintenance", "AvailabilitySets", nullable: true);
        m.AddColumn<string>("SetCeilings", "VirtualMachines", nullable: true);
        m.AddColumn<string>("Ceilings", "Instances", nullable: true);
        m.AddColumn<string>("LastMaintenance", "Instances", nullable: false, defaultValue: "[]");
        m.AddColumn<int>("MaintenanceGeneration", "Nodes", nullable: false, defaultValue: 0);
        m.AddColumn<string>("Maintenance", "Nodes", nullable: true);
        m.AddColumn<string>("LastMaintenance", "Nodes", nullable: true);
    }
}
