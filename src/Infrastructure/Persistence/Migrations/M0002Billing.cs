// Meters, the history that bills are made of, and the days that are closed (R2).
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

[DbContext(typeof(RdfeDbContext))]
[Migration("0002_Billing")]
public sealed class M0002Billing : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder)
    {
        var m = migrationBuilder;
        m.CreateTable(
            "Meters",
            t => new
            {
                Resource = t.Column<string>(),
                Cluster = t.Column<string>(),
                SubscriptionId = t.Column<string>(),
                Instances = t.Column<int>(),
                Cores = t.Column<long>(),
                Vips = t.Column<int>(),
                Since = t.Column<long>(),
            },
            constraints: t => t.PrimaryKey("PK_Meters", r => r.Resource));
        m.CreateIndex("IX_Meters_Cluster", "Meters", "Cluster");
        m.CreateIndex("IX_Meters_SubscriptionId", "Meters", "SubscriptionId");

        m.CreateTable(
            "UsageIntervals",
            t => new
            {
                Id = t.Column<long>(),
                SubscriptionId = t.Column<string>(),
                Resource = t.Column<string>(),
                Instances = t.Column<int>(),
                Cores = t.Column<long>(),
                Vips = t.Column<int>(),
                From = t.Column<long>(),
                To = t.Column<long>(),
            },
            constraints: t => t.PrimaryKey("PK_UsageIntervals", r => r.Id));
        m.CreateIndex("IX_UsageIntervals_SubscriptionId_To", "UsageIntervals", ["SubscriptionId", "To"]);
        m.CreateIndex("IX_UsageIntervals_To", "UsageIntervals", "To");

        m.CreateTable(
            "UsageDays",
            t => new
            {
                SubscriptionId = t.Column<string>(),
                Day = t.Column<string>(),
                InstanceSeconds = t.Column<long>(),
                CoreSeconds = t.Column<long>(),
                VipSeconds = t.Column<long>(),
            },
            constraints: t => t.PrimaryKey("PK_UsageDays", r => new { r.SubscriptionId, r.Day }));
    }
}
