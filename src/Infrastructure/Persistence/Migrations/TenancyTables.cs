// Subscriptions and what tenants have in them.
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

internal static class TenancyTables
{
    public static void Create(MigrationBuilder m)
    {
        m.CreateTable(
            "Subscriptions",
            t => new
            {
                Id = t.Column<string>(),
                DisplayName = t.Column<string>(),
                Disabled = t.Column<bool>(),
                QuotasJson = t.Column<string>(),
                ETag = t.Column<string>(),
                CreatedAt = t.Column<long>(),
            },
            constraints: t => t.PrimaryKey("PK_Subscriptions", r => r.Id));

        m.CreateTable(
            "Quotas",
            t => new
            {
                SubscriptionId = t.Column<string>(),
                Resource = t.Column<string>(),
                Limit = t.Column<long>(),
                Used = t.Column<long>(),
            },
            constraints: t => t.PrimaryKey("PK_Quotas", r => new { r.SubscriptionId, r.Resource }));

        m.CreateTable(
            "AccessKeys",
            t => new
            {
                SubscriptionId = t.Column<string>(),
                NameKey = t.Column<string>(),
                Name = t.Column<string>(),
                Role = t.Column<string>(),
                Hash = t.Column<string>(),
                ETag = t.Column<string>(),
                CreatedAt = t.Column<long>(),
            },
            constraints: t => t.PrimaryKey("PK_AccessKeys", r => new { r.SubscriptionId, r.NameKey }));
        m.CreateIndex("IX_AccessKeys_Hash", "AccessKeys", "Hash", unique: true);

        m.CreateTable(
            "AffinityGroups",
            t => new
            {
                SubscriptionId = t.Column<string>(),
                NameKey = t.Column<string>(),
                Name = t.Column<string>(),
                Region = t.Column<string>(),
                Clusters = t.Column<string>(),
                ETag = t.Column<string>(),
                CreatedAt = t.Column<long>(),
            },
            constraints: t => t.PrimaryKey("PK_AffinityGroups", r => new { r.SubscriptionId, r.NameKey }));

        m.CreateTable(
            "HostedServices",
            t => new
            {
                SubscriptionId = t.Column<string>(),
                NameKey = t.Column<string>(),
                Name = t.Column<string>(),
                DnsName = t.Column<string>(),
                Region = t.Column<string>(),
                AffinityGroup = t.Column<string>(nullable: true),
                Label = t.Column<string>(),
                ETag = t.Column<string>(),
                CreatedAt = t.Column<long>(),
            },
            constraints: t => t.PrimaryKey("PK_HostedServices", r => new { r.SubscriptionId, r.NameKey }));
        m.CreateIndex("IX_HostedServices_DnsName", "HostedServices", "DnsName", unique: true);

        m.CreateTable(
            "VirtualNetworks",
            t => new
            {
                SubscriptionId = t.Column<string>(),
                NameKey = t.Column<string>(),
                Name = t.Column<string>(),
                ServicesJson = t.Column<string>(),
                ETag = t.Column<string>(),
                CreatedAt = t.Column<long>(),
            },
            constraints: t => t.PrimaryKey("PK_VirtualNetworks", r => new { r.SubscriptionId, r.NameKey }));

        m.CreateTable(
            "StorageAccounts",
            t => new
            {
                SubscriptionId = t.Column<string>(),
                NameKey = t.Column<string>(),
                Name = t.Column<string>(),
                Region = t.Column<string>(),
                AffinityGroup = t.Column<string>(nullable: true),
                Cluster = t.Column<string>(),
                ETag = t.Column<string>(),
                CreatedAt = t.Column<long>(),
            },
            constraints: t => t.PrimaryKey("PK_StorageAccounts", r => new { r.SubscriptionId, r.NameKey }));
        m.CreateIndex("IX_StorageAccounts_NameKey", "StorageAccounts", "NameKey", unique: true);
    }
}
