// Finding deployments and what is under way on them, in units and in reads alike.
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Updates;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.Deployments;

internal static class DeploymentRows
{
    public static Deployment? Of(RdfeDbContext db, SubscriptionId subscription, string service, Slot slot)
    {
        var key = Names.KeyOf(service);
        return db.Set<Deployment>().AsNoTracking()
            .FirstOrDefault(d => d.SubscriptionId == subscription && d.Service == key && d.Slot == slot);
    }

    /// <summary>A slot from the path; what is none is an error of the request.</summary>
    public static Slot SlotOf(Call call)
    {
        var text = call.Segment("slot");
        if (text.Equals("staging", StringComparison.OrdinalIgnoreCase))
        {
            return Slot.Staging;
        }

        if (!text.Equals("production", StringComparison.OrdinalIgnoreCase))
        {
            call.Error("slot", "A slot is 'production' or 'staging'.");
        }

        return Slot.Production;
    }

    public static string PathOf(SubscriptionId subscription, string service, Slot slot) =>
        $"/subscriptions/{subscription}/services/{Names.KeyOf(service)}/deployments/{Wire.EnumName(slot)}";

    public static string PathOf(Deployment d) => PathOf(d.SubscriptionId, d.Service, d.Slot);

    /// <summary>
    /// An operation on this resource that its cluster has not ended, or not begun: an exchange of the slots is one on both.
    /// Those of <paramref name="but"/>, which gives way, do not count.
    /// </summary>
    public static OperationRow? UnderWay(
        UnitOfWork work, ClusterId cluster, string path, string? kind = null, DeploymentUpdate? but = null)
    {
        var service = path.IndexOf("/deployments/", StringComparison.Ordinal) is > 0 and var end ? path[..end] : path;
        return work.Db.Set<OperationRow>().AsNoTracking()
            .Where(o => o.Cluster == cluster && (o.ResourcePath == path || o.ResourcePath == service)
                && (o.Status == OperationStatus.NotStarted || o.Status == OperationStatus.Running)
                && (kind == null || o.Kind == kind))
            .AsEnumerable().FirstOrDefault(o => but is null || (o.Id != but.Operation && o.Id != but.Walk));
    }

    /// <summary>Path of the service that a deployment belongs to.</summary>
    public static string ServicePathOf(SubscriptionId subscription, string service) =>
        $"/subscriptions/{subscription}/services/{Names.KeyOf(service)}";

    public static Refusal InProgress(string operation, string kind) => Refusals.Conflict(
        "operationInProgress", $"Operation {operation} ({kind}) is under way on it; wait until it has ended.");

    public static bool HoldsNothing(this Deployment d) => d.State is ProvisioningState.Failed or ProvisioningState.Canceled;

    public static Refusal NotFound { get; } = Refusals.NotFound("such deployment");
}

/// <summary>A service with something in a slot, be it a failed deployment, has to be emptied before it goes or moves.</summary>
public sealed class DeploymentUse : IResourceUse
{
    public string? WhoUses(UnitOfWork unit, SubscriptionId subscription, string kind, string nameKey)
    {
        if (kind != "services")
        {
            return null;
        }

        var slots = unit.Db.Set<Deployment>().AsNoTracking()
            .Where(d => d.SubscriptionId == subscription && d.Service == nameKey).Select(d => d.Slot).ToArray();
        return slots.Length == 0 ? null : $"the {Wire.EnumName(slots.Min())} deployment";
    }
}
