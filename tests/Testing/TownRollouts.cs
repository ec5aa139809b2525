// A rollout begun as the operator's request does it: the operation, the record and what clusters are told, in one commit.
using Rdfe.Domain;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Rollouts;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Rollouts;

namespace Rdfe.Testing;

public static class TownRollouts
{
    public static OperationId BeginRollout(
        this FabricTown town, string name, HostUpdate update, RolloutSpec spec, ApprovedOrder? approved = null, long imageMib = 2048)
    {
        var (now, waves) = (town.Clock.Now, RolloutWave.Of(spec, town.Catalogue.Topology));
        var operation = Operation.Accept(
            town.NextOperation(), null, OperationKinds.RollOut, $"/fabric/rollouts/{name}", null, waves.Select(w => w.Stage).Distinct(), 0, now);
        town.Commit(unit =>
        {
            unit.Upsert(operation.ToRow());
            RolloutDesk.Save(unit, town.Desk, Conducting.Begin(new Rollout
            {
                Name = name,
                Spec = spec,
                Update = update,
                ImageMib = update.Image is null ? 0 : imageMib,
                Waves = waves,
                Operation = operation.Id,
                Orders = approved is null ? [] : [approved],
                CreatedAt = now,
            }), now);
        });
        return operation.Id;
    }
}
