// Packages, and the configuration texts that deployments run with.
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

internal static class PackageTables
{
    public static void Create(MigrationBuilder m)
    {
        m.CreateTable(
            "Packages",
            t => new
            {
                SubscriptionId = t.Column<string>(),
                NameKey = t.Column<string>(),
                Name = t.Column<string>(),
                Sha256 = t.Column<string>(),
                SizeBytes = t.Column<long>(),
                DescriptionJson = t.Column<string>(),
                ETag = t.Column<string>(),
                CreatedAt = t.Column<long>(),
            },
            constraints: t => t.PrimaryKey("PK_Packages", r => new { r.SubscriptionId, r.NameKey }));
        m.CreateIndex("IX_Packages_Sha256", "Packages", "Sha256");

        m.CreateTable(
            "Configurations",
            t => new
            {
                Deployment = t.Column<string>(),
                Generation = t.Column<int>(),
                Xml = t.Column<string>(),
                AdviceJson = t.Column<string>(),
            },
            constraints: t => t.PrimaryKey("PK_Configurations", r => new { r.Deployment, r.Generation }));
    }
}
