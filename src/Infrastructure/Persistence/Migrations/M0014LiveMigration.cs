// Instances that are moved as they run, and how that ended (M4).
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

[DbContext(typeof(RdfeDbContext))]
[Migration("0014_LiveMigration")]
public sealed class M0014LiveMigration : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        var m = migrationBuilder;
        m.AddColumn<int>("MigrationGeneration", "Instances", nullable: false, defaultValue: 0);
        m.AddColumn<string>("Migration", "Instances", nullable: true);
        m.AddColumn<string>("LastMigration", "Instances", nullable: true);
    }
}
