// Quotas are taken inside the unit that creates and released inside the one that removes (R1): one conditional
// statement decides, so that no number of concurrent callers gets past a limit.
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.Persistence;

/// <summary>The names of what is limited, as they appear in the API.</summary>
public static class Quota
{
    /// <summary>In hundredths of a core.</summary>
    public const string Cores = "cores";
    public const string Services = "services";
    public const string Vips = "vips";
    public const string Vms = "vms";
    public const string AffinityGroups = "affinityGroups";
    public const string VirtualNetworks = "virtualNetworks";
    public const string StorageAccounts = "storageAccounts";
    public const string Keys = "keys";
}

public static class QuotaBook
{
    private const string Take = """
        UPDATE "Quotas" SET "Used" = "Used" + @p0
        WHERE "SubscriptionId" = @p1 AND "Resource" = @p2 AND "Used" + @p0 <= "Limit"
        """;

    private const string GiveBack = """
        UPDATE "Quotas" SET "Used" = "Used" - @p0
        WHERE "SubscriptionId" = @p1 AND "Resource" = @p2 AND "Used" >= @p0
        """;

    /// <summary>
    /// Takes an amount, or says which quota bound and by how much. A resource without a row is unlimited.
    /// </summary>
    public static Refusal? TryTake(this UnitOfWork unit, SubscriptionId subscription, string resource, long amount = 1)
    {
        if (amount == 0 || unit.Execute(Take, amount, subscription.ToString(), resource) == 1)
        {
            return null;
        }

        return unit.Find<QuotaRow>(subscription, resource) is { } row
            ? Refusals.QuotaExceeded(resource, row.Used, amount, row.Limit)
            : null;
    }

    /// <summary>Gives an amount back. More than is in use is a bug: the books would not balance.</summary>
    public static void Release(this UnitOfWork unit, SubscriptionId subscription, string resource, long amount = 1)
    {
        if (amount != 0 && unit.Execute(GiveBack, amount, subscription.ToString(), resource) == 0
            && unit.Find<QuotaRow>(subscription, resource) is { } row)
        {
            throw new InvalidOperationException(
                $"Releasing {amount} of {resource}, but {subscription} uses only {row.Used}.");
        }
    }
}
