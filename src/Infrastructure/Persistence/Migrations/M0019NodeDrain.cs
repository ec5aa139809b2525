// Who goes down with its node says so beside what is planned for it, not in its place (M1).
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

[DbContext(typeof(RdfeDbContext))]
[Migration("0019_NodeDrain")]
public sealed class M0019NodeDrain : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        var m = migrationBuilder;
        m.AddColumn<int>("NodeDrain", "Instances", nullable: true);
        m.Sql("""
            UPDATE "Instances" SET "NodeDrain" = json_extract("Planned", '$.drainGeneration'), "Planned" = NULL
            WHERE json_extract("Planned", '$.kind') = 'downWithNode';
            """);
    }
}
