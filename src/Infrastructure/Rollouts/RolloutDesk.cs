// M5: rollouts between the front end and the clusters. What an order or a report makes of a rollout, and what clusters are told
// of it, is one unit with what caused it: no wave is lost, and none is told twice.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Rollouts;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.ServiceHealth;

namespace Rdfe.Infrastructure.Rollouts;

/// <summary>Keeps rollouts and tells clusters.</summary>
public static class RolloutDesk
{
    /// <summary>The rollout of that name; null where there is none.</summary>
    public static Rollout? Find(UnitOfWork unit, string name) =>
        unit.Find<RolloutRow>(name.ToLowerInvariant()) is { } row ? StoreJson.Read<Rollout>(row.Json) : null;

    /// <summary>Writes what has become of a rollout, and tells clusters.</summary>
    public static void Save(UnitOfWork unit, PlacementDesk desk, Conducted conducted, Instant now)
    {
        var (before, rollout) = (Find(unit, conducted.Rollout.Name), conducted.Rollout);
        unit.Upsert(new RolloutRow
        {
            NameKey = rollout.Name.ToLowerInvariant(),
            Json = StoreJson.Write(rollout),
            CreatedAt = rollout.CreatedAt,
            EndedAt = rollout.EndedAt,
        });
        if (unit.Find<OperationRow>(rollout.Operation) is { EndedAt: null } row)
        {
            unit.Upsert(Progress(row.ToOperation(), rollout, now).ToRow());
        }

        foreach (var (cluster, request) in conducted.Told)
        {
            desk.Post(unit, cluster, request, now);
        }

        PlannedMaintenanceDesk.Tell(unit, before, rollout, now, desk.Catalogue.ServiceHealth);
    }

    /// <summary>Owners no longer choose the moment (W1); whoever has a notice of it is told (W4).</summary>
    public static void SelfServiceEnded(UnitOfWork unit, PlacementDesk desk, string name, Instant now)
    {
        if (Find(unit, name) is { Ended: false } rollout)
        {
            PlannedMaintenanceDesk.SelfServiceEnded(unit, rollout, now, desk.Catalogue.ServiceHealth);
        }
    }

    /// <summary>A cluster has come somewhere with a rollout.</summary>
    public static void Reported(UnitOfWork unit, PlacementDesk desk, string name, ClusterReport report, Instant now)
    {
        if (Find(unit, name) is { } rollout)
        {
            Save(unit, desk, Conducting.Reported(rollout, report, now), now);
        }
    }

    private static Operation Progress(Operation operation, Rollout rollout, Instant now) => rollout.Status switch
    {
        RolloutStatus.Succeeded => operation.Succeed(now),
        RolloutStatus.Canceled => operation.Cancel(new OperationError("canceled", "By an operator. Nodes that are done keep what they have."), now),
        RolloutStatus.RolledBack => operation.Fail(new OperationError("rolledBack", "What it had changed has been changed back."), now),
        _ => operation.Reach(rollout.Waves[rollout.Wave].Stage, now),
    };
}
