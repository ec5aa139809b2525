// Notices of service health (W4).
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

[DbContext(typeof(RdfeDbContext))]
[Migration("0015_ServiceHealth")]
public sealed class M0015ServiceHealth : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        var m = migrationBuilder;
        m.CreateTable(
            "ServiceNotices",
            t => new
            {
                Id = t.Column<string>(),
                SubscriptionId = t.Column<string>(),
                Cluster = t.Column<string>(nullable: true),
                Kind = t.Column<string>(),
                State = t.Column<string>(),
                Cause = t.Column<string>(),
                ClosedAt = t.Column<long>(nullable: true),
                Json = t.Column<string>(),
            },
            constraints: t => t.PrimaryKey("PK_ServiceNotices", r => r.Id));
        m.CreateIndex("IX_ServiceNotices_SubscriptionId_Id", "ServiceNotices", ["SubscriptionId", "Id"]);
        m.CreateIndex("IX_ServiceNotices_Cluster_ClosedAt", "ServiceNotices", ["Cluster", "ClosedAt"]);
        m.CreateIndex("IX_ServiceNotices_Cause", "ServiceNotices", "Cause");
    }
}
