// Capabilities by which instances ask about themselves (D7). Instances that run already get theirs when their cluster is
// loaded: random bits are not for a migration to make.
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

[DbContext(typeof(RdfeDbContext))]
[Migration("0003_Metadata")]
public sealed class M0003Metadata : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        var m = migrationBuilder;
        m.CreateTable(
            "InstanceCapabilities",
            t => new
            {
                Instance = t.Column<string>(),
                Cluster = t.Column<string>(),
                Token = t.Column<string>(),
            },
            constraints: t => t.PrimaryKey("PK_InstanceCapabilities", r => r.Instance));
        m.CreateIndex("IX_InstanceCapabilities_Cluster", "InstanceCapabilities", "Cluster");
        m.CreateIndex("IX_InstanceCapabilities_Token", "InstanceCapabilities", "Token", unique: true);
    }
}
