// Nodes that a cluster's rollout has begun with, and the plan's order, in rows of their own (M5).
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

[DbContext(typeof(RdfeDbContext))]
[Migration("0018_RolloutNodes")]
public sealed class M0018RolloutNodes : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        var m = migrationBuilder;
        m.CreateTable(
            "ClusterRolloutNodes",
            t => new { Cluster = t.Column<string>(), Number = t.Column<int>(), Json = t.Column<string>() },
            constraints: t => t.PrimaryKey("PK_ClusterRolloutNodes", r => new { r.Cluster, r.Number }));
        m.CreateTable(
            "ClusterRolloutOrders",
            t => new { Cluster = t.Column<string>(), Json = t.Column<string>() },
            constraints: t => t.PrimaryKey("PK_ClusterRolloutOrders", r => r.Cluster));
        m.Sql("""
            INSERT INTO "ClusterRolloutNodes" ("Cluster", "Number", "Json")
            SELECT r."Cluster", t.key + 1, json_set(t.value, '$.number', t.key + 1) FROM "ClusterRollouts" r, json_each(r."Json", '$.touched') t;
            INSERT INTO "ClusterRolloutOrders" ("Cluster", "Json")
            SELECT "Cluster", json_extract("Json", '$.order') FROM "ClusterRollouts";
            UPDATE "ClusterRollouts" SET "Json" = json_set("Json", '$.touched', json('[]'), '$.order', json('[]'));
            """);
    }
}
