// What nodes fetch before their turn (F4).
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

[DbContext(typeof(RdfeDbContext))]
[Migration("0017_StagingAhead")]
public sealed class M0017StagingAhead : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        migrationBuilder.AddColumn<int>("StagingGeneration", "Nodes", defaultValue: 0);
        migrationBuilder.AddColumn<string>("Staging", "Nodes", nullable: true);
        migrationBuilder.CreateTable(
            "ClusterStagings",
            t => new
            {
                Cluster = t.Column<string>(),
                Json = t.Column<string>(),
            },
            constraints: t => t.PrimaryKey("PK_ClusterStagings", s => s.Cluster));
    }
}
