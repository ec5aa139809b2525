// What health, the arbiter and updates keep with the things that they are about (H1, M1, U1).
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

[DbContext(typeof(RdfeDbContext))]
[Migration("0007_Health")]
public sealed class M0007Health : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        var m = migrationBuilder;
        m.AddColumn<string>("Health", "Nodes", nullable: true);
        m.AddColumn<int>("RoleGeneration", "Instances", nullable: false, defaultValue: 0);
        m.AddColumn<int>("Lease", "Instances", nullable: false, defaultValue: 1);
        m.AddColumn<int>("ReportedRole", "Instances", nullable: false, defaultValue: 0);
        m.AddColumn<string>("Health", "Instances", nullable: true);
        m.AddColumn<string>("Planned", "Instances", nullable: true);
        m.AddColumn<bool>("LeavesWithUpdate", "Instances", nullable: false, defaultValue: false);
        m.AddColumn<string>("Update", "Deployments", nullable: true);
        m.AddColumn<string>("NextGuestOs", "Deployments", nullable: true);
        m.CreateTable(
            "ClusterHealth",
            t => new
            {
                Cluster = t.Column<string>(),
                Json = t.Column<string>(),
            },
            constraints: t => t.PrimaryKey("PK_ClusterHealth", r => r.Cluster));
    }
}
