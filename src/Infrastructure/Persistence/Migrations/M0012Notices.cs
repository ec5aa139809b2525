// What guests are told before something is done to their machines, and what came of it (W3).
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

[DbContext(typeof(RdfeDbContext))]
[Migration("0012_Notices")]
public sealed class M0012Notices : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        var m = migrationBuilder;
        m.CreateTable(
            "NoticeBoards",
            t => new
            {
                Scope = t.Column<string>(),
                Cluster = t.Column<string>(),
                SubscriptionId = t.Column<string>(),
                Json = t.Column<string>(),
            },
            constraints: t => t.PrimaryKey("PK_NoticeBoards", r => r.Scope));
        m.CreateIndex("IX_NoticeBoards_Cluster", "NoticeBoards", "Cluster");
        m.CreateIndex("IX_NoticeBoards_SubscriptionId", "NoticeBoards", "SubscriptionId");
        m.CreateTable(
            "PastNotices",
            t => new
            {
                SubscriptionId = t.Column<string>(),
                Key = t.Column<string>(),
                EndedAt = t.Column<long>(),
                Json = t.Column<string>(),
            },
            constraints: t => t.PrimaryKey("PK_PastNotices", r => new { r.SubscriptionId, r.Key }));
        m.CreateIndex("IX_PastNotices_EndedAt", "PastNotices", "EndedAt");
    }
}
