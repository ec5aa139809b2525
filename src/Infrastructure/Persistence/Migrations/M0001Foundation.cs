// The first schema. Written by hand, area by area; a test compares what it makes with what EF's model asks for.
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

[DbContext(typeof(RdfeDbContext))]
[Migration("0001_Foundation")]
public sealed class M0001Foundation : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        StoreTables.Create(migrationBuilder);
        TenancyTables.Create(migrationBuilder);
        FabricTables.Create(migrationBuilder);
        ComputeTables.Create(migrationBuilder);
        PackageTables.Create(migrationBuilder);
    }
}
