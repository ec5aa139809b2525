// Where owners are told of what happens, and what is still to be told (W3).
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

[DbContext(typeof(RdfeDbContext))]
[Migration("0013_Webhooks")]
public sealed class M0013Webhooks : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        var m = migrationBuilder;
        m.CreateTable(
            "Webhooks",
            t => new
            {
                SubscriptionId = t.Column<string>(),
                NameKey = t.Column<string>(),
                Name = t.Column<string>(),
                Url = t.Column<string>(),
                Secret = t.Column<string>(),
                Kinds = t.Column<string>(),
                ETag = t.Column<string>(),
                CreatedAt = t.Column<long>(),
                Health = t.Column<string>(),
            },
            constraints: t => t.PrimaryKey("PK_Webhooks", r => new { r.SubscriptionId, r.NameKey }));
        m.CreateTable(
            "WebhookDeliveries",
            t => new
            {
                Id = t.Column<long>(),
                SubscriptionId = t.Column<string>(),
                Webhook = t.Column<string>(),
                DeliveryId = t.Column<string>(),
                Kind = t.Column<string>(),
                At = t.Column<long>(),
                Json = t.Column<string>(),
                FirstTriedAt = t.Column<long>(nullable: true),
                Tries = t.Column<int>(),
                NextAt = t.Column<long>(nullable: true),
            },
            constraints: t => t.PrimaryKey("PK_WebhookDeliveries", r => r.Id));
        m.CreateIndex("IX_WebhookDeliveries_SubscriptionId_Webhook_Id", "WebhookDeliveries", ["SubscriptionId", "Webhook", "Id"]);
    }
}
