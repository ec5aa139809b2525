// Loads a cluster, and commits a turn: everything that the turn changed, in one unit, before anything acts.
using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.Engine;

/// <summary>One cluster's state in the store.</summary>
public sealed class ClusterStore(FabricCatalogue catalogue, PlacementDesk desk)
{
    /// <summary>The committed state of a cluster.</summary>
    public ClusterState Load(RdfeDbContext db, ClusterId cluster)
    {
        var topology = catalogue.Topology;
        var state = new ClusterState(
            topology, topology.Find(cluster) ?? throw new InvalidOperationException($"The topology has no cluster {cluster}."),
            catalogue.Images.NewestHostOs()?.Name ?? "host-os");
        foreach (var node in db.Set<FabricNode>().AsNoTracking().Where(n => n.Cluster == cluster))
        {
            state.Put(node);
        }

        foreach (var o in db.Set<OperationRow>().AsNoTracking().Where(o => o.Cluster == cluster && o.EndedAt == null))
        {
            state.Put(o.ToOperation());
        }

        foreach (var d in db.Set<Deployment>().AsNoTracking().Where(d => d.Cluster == cluster))
        {
            // One whose request still lies in the inbox is not ours yet: the inbox row brings it.
            if (d.State != ProvisioningState.Accepted)
            {
                state.Put(d);
            }
        }

        foreach (var m in db.Set<VirtualMachine>().AsNoTracking().Where(m => m.Cluster == cluster))
        {
            if (m.State != ProvisioningState.Accepted)
            {
                state.Put(m);
            }
        }

        foreach (var h in db.Set<DedicatedHost>().AsNoTracking().Where(h => h.Cluster == cluster))
        {
            if (h.State != ProvisioningState.Accepted)
            {
                state.Put(h);
            }
        }

        foreach (var i in db.Set<FabricInstance>().AsNoTracking().Where(i => i.Cluster == cluster))
        {
            state.Put(i);
        }

        foreach (var r in db.Set<RoleImageRow>().AsNoTracking().Where(r => r.Cluster == cluster))
        {
            state.RoleImages.Add(r.Sha256);
        }

        state.EventSequence = db.Set<ClusterLoadRow>().AsNoTracking().Single(c => c.Cluster == cluster).EventSequence;
        return state;
    }

    /// <summary>Requests that a cluster has not taken, in order.</summary>
    public static IReadOnlyList<FabricEvent.Requested> Inbox(RdfeDbContext db, ClusterId cluster, long after, int most, Instant now) =>
        [.. db.Set<InboxRow>().AsNoTracking()
            .Where(r => r.Cluster == cluster && r.Id > after).OrderBy(r => r.Id).Take(most).AsEnumerable()
            .Select(r => new FabricEvent.Requested(now, r.Id, StoreJson.Read<FabricRequest>(r.RequestJson)))];

    /// <summary>Writes a turn. Runs inside the committer's unit; what it throws undoes the whole turn.</summary>
    public void Commit(UnitOfWork unit, Turn turn, Instant now)
    {
        var state = turn.State;
        foreach (var id in turn.Nodes)
        {
            unit.Upsert(state.Nodes[id]);
        }

        foreach (var id in turn.Instances)
        {
            Write(unit, state.Instances.GetValueOrDefault(id), id);
        }

        foreach (var key in turn.Deployments)
        {
            Write(unit, state.Deployments.GetValueOrDefault(key), new DeploymentId(key));
        }

        foreach (var (key, machine) in turn.Machines)
        {
            Write(unit, state.Machines.GetValueOrDefault(key), machine.SubscriptionId, machine.NameKey);
        }

        foreach (var (key, host) in turn.Hosts)
        {
            Write(unit, state.Hosts.GetValueOrDefault(key), host.SubscriptionId, host.NameKey);
        }

        foreach (var last in turn.LetGo)
        {
            switch (last)
            {
                case Deployment d:
                    unit.Upsert(d);
                    break;
                case VirtualMachine m:
                    unit.Upsert(m);
                    break;
                case DedicatedHost h:
                    unit.Upsert(h);
                    break;
            }
        }

        foreach (var operation in turn.Operations.Values)
        {
            unit.Upsert(operation.ToRow());
        }

        foreach (var image in turn.RoleImages)
        {
            unit.Upsert(new RoleImageRow { Cluster = state.Id, Sha256 = image });
        }

        foreach (var id in turn.InboxDone)
        {
            unit.Delete<InboxRow>(id);
        }

        foreach (var shared in turn.Shared)
        {
            Share(unit, state.Id, shared, now);
        }

        Tell(unit, turn);
        unit.Execute(
            """UPDATE "Clusters" SET "CoresUsed" = @p1, "CoresAllocatable" = @p2, "EventSequence" = @p3 WHERE "Cluster" = @p0""",
            state.Id.Value, state.Capacity.CoresUsed, state.Capacity.CoresAllocatable, state.EventSequence);
    }

    private static void Write<T>(UnitOfWork unit, T? row, params ReadOnlySpan<object> key)
        where T : class
    {
        if (row is not null)
        {
            unit.Upsert(row);
        }
        else
        {
            unit.Delete<T>(key);
        }
    }

    private void Share(UnitOfWork unit, ClusterId cluster, SharedEffect shared, Instant now)
    {
        switch (shared)
        {
            case SharedEffect.HandOver h:
                desk.HandOver(unit, cluster, h, now);
                break;
            case SharedEffect.Follow f:
                desk.Follow(unit, f.Request, now);
                break;
            case SharedEffect.Landed l:
                PlacementDesk.Hold(unit, cluster, -l.Cores, 0);
                break;
            case SharedEffect.ReleaseQuota q:
                PlacementDesk.Release(unit, q.Subscription, q.Taken);
                break;
            case SharedEffect.ReleaseVips v:
                PlacementDesk.Hold(unit, cluster, 0, -v.Count);
                break;
            case SharedEffect.SettlePin p:
                if (unit.Find<PinRow>(p.Pin) is { Settled: false } pin)
                {
                    pin.Settled = true;
                    unit.Upsert(pin);
                }

                break;
            case SharedEffect.ReleasePin p:
                PlacementDesk.ReleasePin(unit, p.Pin);
                break;
        }
    }

    private static void Tell(UnitOfWork unit, Turn turn)
    {
        foreach (var news in turn.News)
        {
            unit.Insert(new EventRow
            {
                Id = unit.NextSequence<EventRow>(r => r.Id),
                Cluster = turn.State.Id,
                Sequence = ++turn.State.EventSequence,
                At = news.At,
                Kind = news.Kind,
                Subject = news.Subject,
                Data = news.Data,
            });
        }
    }
}
