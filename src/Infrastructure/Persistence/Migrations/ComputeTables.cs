// Availability sets, and how the operation under way on a resource is found.
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

internal static class ComputeTables
{
    public static void Create(MigrationBuilder m)
    {
        m.CreateTable(
            "AvailabilitySets",
            t => new
            {
                SubscriptionId = t.Column<string>(),
                NameKey = t.Column<string>(),
                Name = t.Column<string>(),
                Region = t.Column<string>(),
                AffinityGroup = t.Column<string>(nullable: true),
                UpdateDomainCount = t.Column<int>(),
                FaultDomainCount = t.Column<int>(),
                ETag = t.Column<string>(),
                CreatedAt = t.Column<long>(),
            },
            constraints: t => t.PrimaryKey("PK_AvailabilitySets", r => new { r.SubscriptionId, r.NameKey }));

        m.CreateIndex("IX_Operations_ResourcePath_EndedAt", "Operations", ["ResourcePath", "EndedAt"]);
    }
}
