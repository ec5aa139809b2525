// Versions of nodes and guests, and bundles on their way (F5, L4).
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

[DbContext(typeof(RdfeDbContext))]
[Migration("0008_Bundles")]
public sealed class M0008Bundles : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        var m = migrationBuilder;
        m.AddColumn<string>("Versions", "Nodes", nullable: true);
        m.AddColumn<int>("InstallGeneration", "Nodes", nullable: false, defaultValue: 0);
        m.AddColumn<string>("Install", "Nodes", nullable: true);
        m.AddColumn<string>("GuestAgent", "Instances", nullable: true);
        m.CreateTable(
            "ClusterBundles",
            t => new
            {
                Cluster = t.Column<string>(),
                Json = t.Column<string>(),
            },
            constraints: t => t.PrimaryKey("PK_ClusterBundles", r => r.Cluster));
    }
}
