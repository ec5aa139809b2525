// Rollouts of host updates: over the fabric, and in each cluster (M5).
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

[DbContext(typeof(RdfeDbContext))]
[Migration("0011_Rollouts")]
public sealed class M0011Rollouts : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        var m = migrationBuilder;
        m.CreateTable(
            "Rollouts",
            t => new
            {
                NameKey = t.Column<string>(),
                Json = t.Column<string>(),
                CreatedAt = t.Column<long>(),
                EndedAt = t.Column<long>(nullable: true),
            },
            constraints: t => t.PrimaryKey("PK_Rollouts", r => r.NameKey));
        m.CreateTable(
            "RolloutPlans",
            t => new
            {
                Id = t.Column<string>(),
                Json = t.Column<string>(),
                CreatedAt = t.Column<long>(),
            },
            constraints: t => t.PrimaryKey("PK_RolloutPlans", r => r.Id));
        m.CreateTable(
            "ClusterRollouts",
            t => new
            {
                Cluster = t.Column<string>(),
                Json = t.Column<string>(),
            },
            constraints: t => t.PrimaryKey("PK_ClusterRollouts", r => r.Cluster));
    }
}
