// Loads a cluster, and commits a turn: everything that the turn changed, in one unit, before anything acts.
using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Billing;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.Staging;
using Rdfe.Domain.Topology;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Domain.Windows;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Billing;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Rollouts;

namespace Rdfe.Infrastructure.Engine;

/// <summary>A turn that was decided on what is no longer so: nothing is wrong, the cluster loads and decides anew.</summary>
public sealed class TurnIsVoid(string because) : Exception($"The turn is void: {because}.");

/// <summary>One cluster's state in the store.</summary>
public sealed class ClusterStore(FabricCatalogue catalogue, PlacementDesk desk, EventSignal events, IdSource ids)
{
    private static readonly Func<RdfeDbContext, ClusterId, int, IEnumerable<InboxRow>> Waiting = EF.CompileQuery(
        (RdfeDbContext db, ClusterId cluster, int most) => db.Set<InboxRow>().AsNoTracking()
            .Where(r => r.Cluster == cluster).OrderBy(r => r.Id).Take(most));

    /// <summary>
    /// The hardware that a cluster was loaded with, by the etag of the topology that last changed it. A turn decided on
    /// other hardware is refused in its commit: a node that was taken away meanwhile must not get an instance.
    /// </summary>
    public static string HardwareOf(RdfeDbContext db, ClusterId cluster) =>
        db.Set<MetaRow>().AsNoTracking().SingleOrDefault(m => m.Key == HardwareKey(cluster))?.Value ?? "";

    /// <summary>Notes that a topology changes this cluster: turns decided on the one before are void.</summary>
    public static void ChangeHardware(UnitOfWork unit, ClusterId cluster, string etag) =>
        unit.Upsert(new MetaRow { Key = HardwareKey(cluster), Value = etag });

    private static string HardwareKey(ClusterId cluster) => "hardware/" + cluster;

    /// <summary>The committed state of a cluster.</summary>
    public ClusterState Load(RdfeDbContext db, ClusterId cluster, HealthSettings health)
    {
        var topology = TopologyOf(db);
        var state = new ClusterState(
            topology, topology.Find(cluster) ?? throw new TurnIsVoid("the topology no longer has the cluster"),
            catalogue.Images.NewestHostOs()?.Name ?? "host-os", health);
        if (db.Set<ClusterHealthRow>().AsNoTracking().SingleOrDefault(h => h.Cluster == cluster) is { } brakes)
        {
            state.Health = StoreJson.Read<ClusterHealth>(brakes.Json);
        }

        state.Bundles = db.Set<ClusterBundlesRow>().AsNoTracking().SingleOrDefault(b => b.Cluster == cluster) is { } bundles
            ? StoreJson.Read<ClusterBundles>(bundles.Json)
            : new ClusterBundles { Installed = catalogue.Bundles.FirstVersions };
        state.Rollout = ClusterRollouts.Find(db, cluster);
        state.Staging.Present = ClusterRollouts.StagingIn(db, cluster);
        NoticeLog.Load(db, state);
        state.Windows = MaintenanceBook.Load(db, state.Cluster.Region);
        foreach (var node in db.Set<FabricNode>().AsNoTracking().Where(n => n.Cluster == cluster))
        {
            // A node that came or went while we read is left out; the reload that follows it brings the rest.
            if (topology.Find(node.Id) is not null)
            {
                state.Put(node);
            }
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

        foreach (var n in db.Set<ServiceNoticeRow>().AsNoTracking().Where(n => n.Cluster == cluster && n.ClosedAt == null))
        {
            state.Incidents.Put(n.Notice);
        }

        state.EventSequence = db.Set<ClusterLoadRow>().AsNoTracking().Single(c => c.Cluster == cluster).EventSequence;
        return state;
    }

    /// <summary>
    /// What a store of an older program lacks: meters (R2) and capabilities (D7) of what runs. They begin with this turn.
    /// </summary>
    public static void Complete(RdfeDbContext db, Turn turn)
    {
        var cluster = turn.State.Id;
        var meters = db.Set<MeterRow>().AsNoTracking().Where(m => m.Cluster == cluster).AsEnumerable()
            .ToDictionary(m => m.Resource, m => (m.SubscriptionId, m.ToMeter().Has), StringComparer.Ordinal);
        turn.Usage.AddRange(Metering.Differences(turn.State, meters, turn.Now));
        turn.Born.UnionWith(turn.State.Instances.Keys);
        turn.Born.ExceptWith(db.Set<InstanceCapabilityRow>().AsNoTracking()
            .Where(c => c.Cluster == cluster).Select(c => c.Instance).AsEnumerable());
    }

    /// <summary>Requests that a cluster has not taken, in order.</summary>
    public static IReadOnlyList<FabricEvent.Requested> Inbox(RdfeDbContext db, ClusterId cluster, int most, Instant now) =>
        [.. Waiting(db, cluster, most)
            .Select(r => new FabricEvent.Requested(now, r.Id, StoreJson.Read<FabricRequest>(r.RequestJson)))];

    /// <summary>
    /// Writes turns that follow each other. Runs inside the committer's unit; what it throws undoes all of them. What one of them has
    /// written of the state is what it is after the last.
    /// </summary>
    public void Commit(UnitOfWork unit, IReadOnlyList<Turn> turns, string hardware, Instant now)
    {
        var state = turns[0].State;
        if ((unit.Find<MetaRow>(HardwareKey(state.Id))?.Value ?? "") != hardware)
        {
            throw new TurnIsVoid("its hardware has changed");
        }

        // A slot has one deployment: those that are swapped leave theirs before any row says where one has gone.
        foreach (var key in turns.SelectMany(t => t.Swapped))
        {
            unit.Execute("""UPDATE "Deployments" SET "Slot" = 'swapping-' || "Slot" WHERE "Id" = @p0""", key);
        }

        for (var i = 0; i < turns.Count; i++)
        {
            Write(unit, turns[i], [.. turns.Take(i)], now);
        }

        if (turns[0].RolloutBefore != state.Rollout)
        {
            ClusterRollouts.Record(unit, state.Id, turns[0].RolloutBefore, state.Rollout);
        }

        unit.Execute(
            """UPDATE "Clusters" SET "CoresUsed" = @p1, "CoresAllocatable" = @p2, "EventSequence" = @p3 WHERE "Cluster" = @p0""",
            state.Id.Value, state.Capacity.CoresUsed, state.Capacity.CoresAllocatable, state.EventSequence);
    }

    // One turn; those before it in the same unit have written their share.
    private void Write(UnitOfWork unit, Turn turn, Turn[] before, Instant now)
    {
        var state = turn.State;
        if ((turn.InboxDone.Count > 0 || turn.Decides) && SafeModeScopes.Holds(unit, state.Id, state.Cluster.Region))
        {
            throw new TurnIsVoid("safe mode holds");
        }

        foreach (var id in turn.Nodes.NotIn(before.Select(t => t.Nodes)))
        {
            unit.Upsert(state.Nodes[id], turn.Nodes.Before(id));
        }

        foreach (var id in turn.Instances.NotIn(before.Select(t => t.Instances)))
        {
            if (state.Instances.TryGetValue(id, out var instance))
            {
                unit.Upsert(instance, turn.Instances.Before(id));
            }
            else
            {
                unit.Delete<FabricInstance>(id);
                unit.Delete<InstanceCapabilityRow>(id);
            }
        }

        foreach (var id in turn.Born)
        {
            unit.Upsert(InstanceCapabilityRow.New(id, state.Id, ids));
        }

        UsageHistory.Record(unit, state.Id, turn.Usage);
        foreach (var key in turn.Removed)
        {
            DropConfigurations(unit, new DeploymentId(key));
        }

        foreach (var key in turn.Deployments.NotIn(before.Select(t => t.Deployments)).Concat(turn.Swapped).Distinct())
        {
            if (state.Deployments.TryGetValue(key, out var deployment) && !turn.Swapped.Contains(key))
            {
                unit.Upsert(deployment, turn.Deployments.Before(key));
            }
            else
            {
                Write(unit, deployment, new DeploymentId(key));
            }
        }

        foreach (var (key, machine) in turn.Machines)
        {
            Write(unit, state.Machines.GetValueOrDefault(key), machine.SubscriptionId, machine.NameKey);
            if (!state.Machines.ContainsKey(key))
            {
                MaintenanceBook.Drop(unit, desk, machine.SubscriptionId, WindowScope.VirtualMachines, machine.NameKey, now);
            }
        }

        foreach (var (key, host) in turn.Hosts)
        {
            Write(unit, state.Hosts.GetValueOrDefault(key), host.SubscriptionId, host.NameKey);
            if (!state.Hosts.ContainsKey(key))
            {
                MaintenanceBook.Drop(unit, desk, host.SubscriptionId, WindowScope.DedicatedHosts, host.NameKey, now);
            }
        }

        foreach (var entry in turn.Ledger)
        {
            unit.Insert(MaintenanceLedgerRow.Of(entry, state.Id, unit.NextSequence<MaintenanceLedgerRow>(r => r.Id)));
        }

        foreach (var notice in turn.ServiceNotices.Values)
        {
            unit.Upsert(ServiceNoticeRow.Of(notice));
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

        foreach (var image in turn.DroppedImages)
        {
            unit.Delete<RoleImageRow>(state.Id, image);
        }

        foreach (var id in turn.InboxDone)
        {
            unit.Delete<InboxRow>(id);
        }

        foreach (var shared in turn.Shared)
        {
            SharedWrites.Do(unit, desk, state.Id, shared, now);
        }

        if (turn.HealthChanged)
        {
            unit.Upsert(new ClusterHealthRow { Cluster = state.Id, Json = StoreJson.Write(state.Health) });
            // What is committed, whatever the actor thinks by then.
            var health = state.Health;
            unit.AfterCommit(() => catalogue.Note(state.Id, health));
        }

        if (turn.BundlesChanged)
        {
            unit.Upsert(new ClusterBundlesRow { Cluster = state.Id, Json = StoreJson.Write(state.Bundles) });
        }

        if (turn.StagingChanged)
        {
            Write(unit, state.Staging.Present is { } s ? new ClusterStagingRow { Cluster = state.Id, Json = StoreJson.Write(s) } : null, state.Id);
        }

        NoticeLog.Record(unit, turn, ids);
        Tell(unit, turn);
    }

    /// <summary>Configuration texts go with their deployment.</summary>
    public static void DropConfigurations(UnitOfWork unit, DeploymentId deployment) =>
        unit.Execute("""DELETE FROM "Configurations" WHERE "Deployment" = @p0""", deployment.Value);

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

    // What was committed counts: memory is replaced after the commit, so for a moment it is behind.
    private FabricTopology TopologyOf(RdfeDbContext db)
    {
        var present = catalogue.Topology;
        var stored = db.Set<DocumentRow>().AsNoTracking()
            .Where(d => d.Kind == FabricDocuments.Topology).Select(d => d.ETag).SingleOrDefault();
        return stored is null || stored == FabricDocuments.ETagOf(present)
            ? present
            : TopologyDocument.Read(db.Set<DocumentRow>().AsNoTracking().Single(d => d.Kind == FabricDocuments.Topology).Json).Value;
    }

    private void Tell(UnitOfWork unit, Turn turn)
    {
        if (turn.News.Count > 0)
        {
            unit.AfterCommit(events.Raise);
        }

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
