// Faults of simulated hosts (H1).
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

[DbContext(typeof(RdfeDbContext))]
[Migration("0006_Faults")]
public sealed class M0006Faults : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable(
        "Faults",
        t => new
        {
            NameKey = t.Column<string>(),
            Number = t.Column<long>(),
            Json = t.Column<string>(),
            Fault = t.Column<string>(),
            ETag = t.Column<string>(),
            CreatedAt = t.Column<long>(),
        },
        constraints: t => t.PrimaryKey("PK_Faults", r => r.NameKey));
}
