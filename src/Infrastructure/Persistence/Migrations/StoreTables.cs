// What the store and the front end keep for themselves.
using Microsoft.EntityFrameworkCore.Migrations;

namespace Rdfe.Infrastructure.Persistence.Migrations;

internal static class StoreTables
{
    public static void Create(MigrationBuilder m)
    {
        m.CreateTable(
            "Meta",
            t => new { Key = t.Column<string>(), Value = t.Column<string>() },
            constraints: t => t.PrimaryKey("PK_Meta", r => r.Key));

        m.CreateTable(
            "Idempotency",
            t => new
            {
                Caller = t.Column<string>(),
                Key = t.Column<string>(),
                RequestHash = t.Column<string>(),
                AnswerJson = t.Column<string>(),
                CreatedAt = t.Column<long>(),
            },
            constraints: t => t.PrimaryKey("PK_Idempotency", r => new { r.Caller, r.Key }));
        m.CreateIndex("IX_Idempotency_CreatedAt", "Idempotency", "CreatedAt");

        m.CreateTable(
            "Activity",
            t => new
            {
                Sequence = t.Column<long>(),
                SubscriptionId = t.Column<string>(nullable: true),
                At = t.Column<long>(),
                Caller = t.Column<string>(),
                Role = t.Column<string>(),
                Method = t.Column<string>(),
                Path = t.Column<string>(),
                Outcome = t.Column<string>(),
                Status = t.Column<int>(),
                Code = t.Column<string>(nullable: true),
                ETagBefore = t.Column<string>(nullable: true),
                ETagAfter = t.Column<string>(nullable: true),
                Operation = t.Column<string>(nullable: true),
                TraceId = t.Column<string>(),
            },
            constraints: t => t.PrimaryKey("PK_Activity", r => r.Sequence));
        m.CreateIndex("IX_Activity_SubscriptionId_Sequence", "Activity", ["SubscriptionId", "Sequence"]);

        m.CreateTable(
            "Operations",
            t => new
            {
                Id = t.Column<string>(),
                SubscriptionId = t.Column<string>(nullable: true),
                Kind = t.Column<string>(),
                ResourcePath = t.Column<string>(),
                Status = t.Column<string>(),
                PercentComplete = t.Column<int>(),
                CreatedAt = t.Column<long>(),
                StartedAt = t.Column<long>(nullable: true),
                EndedAt = t.Column<long>(nullable: true),
                StepsJson = t.Column<string>(),
                ErrorJson = t.Column<string>(nullable: true),
                ReportJson = t.Column<string>(nullable: true),
                Cluster = t.Column<string>(nullable: true),
                CancelRequested = t.Column<bool>(),
            },
            constraints: t => t.PrimaryKey("PK_Operations", r => r.Id));
        m.CreateIndex("IX_Operations_SubscriptionId_Id", "Operations", ["SubscriptionId", "Id"]);
        m.CreateIndex("IX_Operations_Cluster_Status", "Operations", ["Cluster", "Status"]);

        m.CreateTable(
            "SafeMode",
            t => new
            {
                Scope = t.Column<string>(),
                Reason = t.Column<string>(),
                By = t.Column<string>(),
                Since = t.Column<long>(),
            },
            constraints: t => t.PrimaryKey("PK_SafeMode", r => r.Scope));
    }
}
