// What is remembered of nodes' signals (H4).
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

[DbContext(typeof(RdfeDbContext))]
[Migration("0016_NodeEvidence")]
public sealed class M0016NodeEvidence : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.AddColumn<string>("Evidence", "Nodes", nullable: true);
}
