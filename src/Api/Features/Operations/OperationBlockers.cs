// What an operation waits for: what the instances that it awaits wait for, and its update. Found by the path of its
// resource, so that asking how an operation is costs no search through a cluster.
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Features.Deployments;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Operations;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.Operations;

internal static class OperationBlockers
{
    /// <summary>Empty where it waits for nothing, has not begun, or has ended.</summary>
    public static IReadOnlyList<BlockerView> Of(RdfeDbContext db, OperationRow row)
    {
        if (row.Status != OperationStatus.Running)
        {
            return [];
        }

        var names = new BlockerNames(db, row.SubscriptionId, row.ResourcePath);
        return row.ResourcePath.Split('/') switch
        {
            ["", "subscriptions", _, "services", var service, "deployments", var slot, ..] when row.SubscriptionId is { } owner =>
                OfDeployment(db, row, names, DeploymentRows.Of(db, owner, service, slot == Wire.EnumName(Slot.Staging) ? Slot.Staging : Slot.Production)),
            ["", "subscriptions", _, "virtualMachines", var name] when row.SubscriptionId is { } owner =>
                OfMachine(db, row, names, owner, Names.KeyOf(name)),
            ["", "fabric", "nodes", var node] => OfNode(db, row, names, new NodeId(node)),
            _ => [],
        };
    }

    private static IReadOnlyList<BlockerView> OfDeployment(RdfeDbContext db, OperationRow row, BlockerNames names, Deployment? d) =>
        d is null
            ? []
            : names.Of(
                DeploymentViews.InstancesOf(db, d).Where(i => Awaits(row, i)),
                d.Update is { } update && (update.Operation == row.Id || update.Walk == row.Id) ? update.Blocker : null);

    private static IReadOnlyList<BlockerView> OfMachine(
        RdfeDbContext db, OperationRow row, BlockerNames names, SubscriptionId owner, string key)
    {
        var known = db.Set<VirtualMachine>().AsNoTracking()
            .Where(m => m.SubscriptionId == owner && m.NameKey == key).Select(m => m.Instance).ToList();
        var instance = db.Set<FabricInstance>().AsNoTracking().Where(i => known.Contains(i.Id)).ToList();
        return names.Of(
            instance.Where(i => Awaits(row, i)),
            row.Kind == OperationKinds.DeleteVirtualMachine && instance is [var told] ? OfGuest(db, row, told) : null);
    }

    // A deletion is known by what its guest was told: nothing is asked of the machine before that is over.
    private static Blocker? OfGuest(RdfeDbContext db, OperationRow row, FabricInstance told)
    {
        var scope = NoticeBoard.ScopeOf(told);
        return db.Set<NoticeBoardRow>().AsNoTracking().FirstOrDefault(b => b.Scope == scope) is { } board
            ? TerminationNotices.BlockerOf(board.ToBoard(), row.Id)
            : null;
    }

    // A node that is taken out waits for everything on it.
    private static IReadOnlyList<BlockerView> OfNode(RdfeDbContext db, OperationRow row, BlockerNames names, NodeId id) =>
        db.Set<FabricNode>().AsNoTracking().FirstOrDefault(n => n.Id == id) is { } node && node.Operation == row.Id
            ? names.Of(db.Set<FabricInstance>().AsNoTracking().Where(i => i.Node == id), node.Health?.Blocker)
            : [];

    private static bool Awaits(OperationRow row, FabricInstance i) => i.Operation == row.Id || i.Planned?.Operation == row.Id;
}
