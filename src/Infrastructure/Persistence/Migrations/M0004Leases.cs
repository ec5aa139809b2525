// Who is the primary, and the epoch that every commit checks (F2, docs/adr/0011).
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

[DbContext(typeof(RdfeDbContext))]
[Migration(Id)]
public sealed class M0004Leases : Migration
{
    /// <summary>A store without it has no lease to take yet.</summary>
    public const string Id = "0004_Leases";

    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.CreateTable(
        "Leases",
        t => new
        {
            Name = t.Column<string>(),
            Epoch = t.Column<long>(),
            Machine = t.Column<string>(),
            Home = t.Column<string>(),
            ProcessId = t.Column<int>(),
            ProcessStart = t.Column<long>(),
            Since = t.Column<long>(),
            ExpiresAt = t.Column<long>(),
            DurationMs = t.Column<long>(),
            Released = t.Column<bool>(),
        },
        constraints: t => t.PrimaryKey("PK_Leases", r => r.Name));
}
