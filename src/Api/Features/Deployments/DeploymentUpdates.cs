// What the two ways to update a deployment share (U1, U2): whether it may be updated now, what it takes of the quota, and
// the request to its cluster. New packages and guests come by UpdateDeployment, settings by ChangeConfiguration.
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Updates;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Deployments;

public sealed class DeploymentUpdates(DeploymentViews views, PlacementDesk desk, FabricClock clock, IdSource ids)
{
    /// <summary>Refuses what is certain: nothing runs, another operation is under way and does not give way, safe mode.</summary>
    public static Refusal? NotReady(UnitOfWork work, Deployment there)
    {
        if (there.Cluster is not { } cluster)
        {
            return NothingRuns(there);
        }

        var path = DeploymentRows.PathOf(there);
        var update = there.Update;
        if (update is not null && !update.MayGiveWayTo(UpdateKind.Code))
        {
            return DeploymentRows.InProgress(update.Operation.Value, OperationKindOf(update));
        }

        if (DeploymentRows.UnderWay(work, cluster, path, but: update) is { } other)
        {
            return DeploymentRows.InProgress(other.Id.Value, other.Kind);
        }

        return there.State == ProvisioningState.Succeeded || update is not null && there.State == ProvisioningState.Running
            ? SafeModes.Forbids(work, cluster)
            : DeploymentRows.InProgress(there.Operation.Value, "on the deployment");
    }

    /// <summary>
    /// True where the content is what is there and nothing is under way; refused where an update on its way there is; null for
    /// other content.
    /// </summary>
    public static Outcome<bool>? Already(Deployment there, string etag)
    {
        if (there.Update is { } update)
        {
            if (update.To.Etag == etag)
            {
                return DeploymentRows.InProgress(update.Operation.Value, OperationKindOf(update));
            }
        }
        else if (there.State == ProvisioningState.Succeeded && there.Etag == etag)
        {
            return true;
        }

        return null;
    }

    /// <summary>Nothing of it runs, so nothing of it can be changed.</summary>
    public static Refusal NothingRuns(Deployment there) => Refusals.Conflict("deploymentNotReady",
        $"The deployment is {Wire.EnumName(there.State)}: nothing of it runs. Send it again with PUT.");

    /// <summary>Takes the quota of what is added, keeps the text, and asks the cluster.</summary>
    /// <param name="to">What it shall be; its generation is given here.</param>
    public Outcome<Reply> Post(
        UnitOfWork work, Deployment there, UpdateTarget to, UpdateMode mode, string xml, string adviceJson)
    {
        var cluster = there.Cluster!.Value;
        var (peak, added) = CoresOf(work, there, to.Model);
        // What an update that gives way holds beyond what runs serves this one as well.
        var taken = Math.Max(0, peak - there.CoresHeld);
        if (work.TryTake(there.SubscriptionId, Quota.Cores, taken) is { } exceeded)
        {
            return exceeded;
        }

        PlacementDesk.Hold(work, cluster, added, vips: 0);
        var generation = ConfigurationTexts.Keep(work, there, xml, adviceJson);
        var operation = Operation.Accept(
            new OperationId(ids.NextShort("op")), there.SubscriptionId, OperationKinds.UpdateDeployment,
            DeploymentRows.PathOf(there), cluster, StepNames.UpdateDeployment, done: 2, clock.Now);
        work.Upsert(operation.ToRow());
        desk.Post(
            work, cluster,
            new FabricRequest.UpdateDeployment(
                there.Id, KindOf(there, to), mode, to with { ConfigGeneration = generation }, operation,
                new QuotaTaken(taken, 0, 0), added),
            clock.Now, Pins.OfService(there.SubscriptionId, there.Service));
        var view = views.Of(work.Db, there) with { ProvisioningState = ProvisioningState.Accepted, Etag = to.Etag };
        return Reply.Accepted(view, there.SubscriptionId, operation.Id, to.Etag);
    }

    // One that gives way may have come half way: what differs from either of its ends is new code to somebody.
    private static UpdateKind KindOf(Deployment there, UpdateTarget to) =>
        Differs(UpdateTarget.Of(there), to) || (there.Update is { } half && Differs(half.From, to))
            ? UpdateKind.Code
            : UpdateKind.Configuration;

    private static bool Differs(UpdateTarget a, UpdateTarget b) =>
        a.PackageSha256 != b.PackageSha256 || a.Model.GuestOs != b.Model.GuestOs;

    // Whatever leaves does so at the end of the walk, so while it lasts both the old and the new are there.
    private static (long Peak, long Added) CoresOf(UnitOfWork work, Deployment there, DeploymentModel next)
    {
        var present = work.Db.Set<FabricInstance>().AsNoTracking().Where(i => i.Owner == there.Id.Value)
            .Select(i => new { i.Role, i.Power }).AsEnumerable()
            .Where(i => i.Power != PowerGoal.Absent).GroupBy(i => i.Role, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        return (
            next.Roles.Sum(r => Math.Max(present.GetValueOrDefault(r.Name), r.Count) * r.Needs.Cores),
            next.Roles.Sum(r => Math.Max(0, r.Count - present.GetValueOrDefault(r.Name)) * r.Needs.Cores));
    }

    /// <summary>The kind of an update's operation.</summary>
    public static string OperationKindOf(DeploymentUpdate update) =>
        update.IsRollback ? OperationKinds.RollBackUpdate
        : update.Kind == UpdateKind.GuestOs ? OperationKinds.UpdateGuestOs
        : OperationKinds.UpdateDeployment;
}
