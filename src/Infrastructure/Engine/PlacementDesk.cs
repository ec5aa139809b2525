// Between the front end and the clusters: which cluster is asked (R5), what it holds in flight while it decides, and
// where the request goes when that cluster has no room. Runs inside the committer's unit, so figures cannot race.
using System.Collections.Immutable;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Placement;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Domain.Windows;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;
using static Rdfe.Infrastructure.Engine.PlacementStories;

namespace Rdfe.Infrastructure.Engine;

/// <summary>Sends placements to clusters.</summary>
public sealed class PlacementDesk(FabricCatalogue catalogue, Wakeups wakeups)
{
    /// <summary>The present documents.</summary>
    public FabricCatalogue Catalogue => catalogue;

    /// <summary>
    /// Picks the cluster for a new placement, holds VIPs and cores there, and puts the request into its inbox.
    /// Refuses only what is certain at once: no cluster of the region has such hardware.
    /// </summary>
    /// <returns>The request as it was sent: with the cluster that is asked, and the candidates with their figures.</returns>
    public Outcome<T> Open<T>(UnitOfWork unit, T request, Instant now) where T : FabricRequest.Placing
    {
        var sent = OpenAny(unit, request, now);
        return sent.Refused ? sent.Refusal : (T)sent.Value;
    }

    private Outcome<FabricRequest.Placing> OpenAny(UnitOfWork unit, FabricRequest.Placing request, Instant now)
    {
        var scope = request.Scope;
        var loads = Loads(unit, scope);
        if (!loads.Any(l => Suits(l, scope)))
        {
            return Refusals.Conflict("noClusterForFamily",
                $"No cluster of {scope.Region} has hardware of {string.Join(", ", scope.Families)}.");
        }

        var pin = scope.Pin is null ? null : unit.Find<PinRow>(scope.Pin);
        if (pin is not null)
        {
            if (!scope.Only.IsEmpty && !scope.Only.Contains(pin.Cluster))
            {
                return Refusals.Conflict("pinnedElsewhere",
                    $"The other members are on {pin.Cluster}; this one may only go to {string.Join(", ", scope.Only)}.");
            }

            pin.Members++;
            unit.Upsert(pin);
            var only = ClusterSelector.Rank(loads, Ask(scope, []) with { Only = [pin.Cluster] });
            return Send(unit, WithCandidates(request with { Scope = scope with { MayMove = false } }, only), pin.Cluster, now);
        }

        var (choice, next) = Next(loads, scope, []);
        if (next is not { } cluster)
        {
            return Refusals.Conflict("allocationFailed",
                $"Every cluster of {scope.Region} is closed: {string.Join("; ", choice.Candidates.Select(c => $"{c.Cluster}: {c.Because}"))}.");
        }

        if (scope.Pin is not null)
        {
            unit.Insert(new PinRow { Key = scope.Pin, Cluster = cluster, Members = 1 });
        }

        return Send(unit, WithCandidates(request with { Scope = scope with { MayMove = true } }, choice), cluster, now);
    }

    /// <summary>Puts any other request into a cluster's inbox.</summary>
    public void Post(UnitOfWork unit, ClusterId cluster, FabricRequest request, Instant now, string? pin = null)
    {
        unit.Insert(new InboxRow
        {
            Id = unit.NextSequence<InboxRow>(r => r.Id),
            Cluster = cluster,
            Pin = pin,
            RequestJson = StoreJson.Write(request),
            At = now,
        });
        unit.AfterCommit(() => wakeups.Wake(cluster));
    }

    /// <summary>Tells every cluster of a region something that may come to concern it.</summary>
    public void Tell(UnitOfWork unit, RegionId region, FabricRequest request, Instant now)
    {
        foreach (var cluster in catalogue.Topology.Clusters.Where(c => c.Region == region))
        {
            Post(unit, cluster.Id, request, now);
        }
    }

    /// <summary>Counts cores as in flight at a cluster, until its actor has decided.</summary>
    public static void Hold(UnitOfWork unit, ClusterId cluster, long cores, int vips) => unit.Execute(
        """UPDATE "Clusters" SET "CoresInFlight" = "CoresInFlight" + @p1, "VipsUsed" = "VipsUsed" + @p2 WHERE "Cluster" = @p0""",
        cluster.Value, cores, vips);

    /// <summary>A cluster has no room: the next one is asked, or the operation ends as failed with what bound at each.</summary>
    public void HandOver(UnitOfWork unit, ClusterId from, SharedEffect.HandOver handOver, Instant now)
    {
        var request = WithTry(handOver.Request, handOver.Try);
        var scope = request.Scope;
        Hold(unit, from, -scope.Cores, -scope.VipsHeld);
        var pin = scope.Pin is null ? null : unit.Find<PinRow>(scope.Pin);
        if (pin is not null && (pin.Cluster != from || handOver.Try.Bound == Placing.Departed))
        {
            // The pin has left before it: it follows, and its try here does not count. Where the pin had nowhere to go,
            // the first placement failed for good, and this one may be the first in its stead.
            Send(unit, handOver.Request with { Scope = scope with { MayMove = !pin.Settled } }, pin.Cluster, now);
            return;
        }

        if (scope.MayMove && pin is not { Settled: true }
            && Next(Loads(unit, scope), scope, Tried(request)).Cluster is { } next)
        {
            Send(unit, request, next, now);
            if (pin is not null)
            {
                pin.Cluster = next;
                unit.Upsert(pin);
                Bring(unit, pin, from, now);
            }

            return;
        }

        Fail(unit, request, now);
    }

    /// <summary>
    /// A request found nothing at its cluster. What it is about may have been handed over meanwhile: it goes after it.
    /// Where it failed, or is gone, a deletion has nothing left to do.
    /// </summary>
    public void Follow(UnitOfWork unit, FabricRequest request, Instant now)
    {
        switch (request)
        {
            case FabricRequest.DeleteDeployment r:
                var deployment = unit.Find<Deployment>(r.Deployment);
                Pursue(unit, deployment?.Cluster, r.Operation, o => r with { Operation = o },
                    () =>
                    {
                        unit.Delete<Deployment>(r.Deployment);
                        ClusterStore.DropConfigurations(unit, r.Deployment);
                    },
                    now);
                break;
            case FabricRequest.DeleteVirtualMachine r:
                var machine = unit.Find<VirtualMachine>(r.Operation.SubscriptionId!.Value, NameIn(r.Machine));
                Pursue(unit, machine?.Cluster, r.Operation, o => r with { Operation = o },
                    () => Forget<VirtualMachine>(unit, r.Operation.SubscriptionId.Value, WindowScope.VirtualMachines, NameIn(r.Machine), now), now);
                break;
            case FabricRequest.DeleteDedicatedHost r:
                var host = unit.Find<DedicatedHost>(r.Operation.SubscriptionId!.Value, NameIn(r.Host));
                Pursue(unit, host?.Cluster, r.Operation, o => r with { Operation = o },
                    () => Forget<DedicatedHost>(unit, r.Operation.SubscriptionId.Value, WindowScope.DedicatedHosts, NameIn(r.Host), now), now);
                break;
            case FabricRequest.CancelOperation r:
                if (unit.Find<OperationRow>(r.Target) is { EndedAt: null, Cluster: { } owner } row
                    && OperationKinds.IsCreation(row.Kind))
                {
                    Post(unit, owner, r, now);
                }

                break;
            case FabricRequest.ChangeSetCeilings r:
                if (unit.Find<PinRow>(Pins.OfSet(r.Subscription, r.Set)) is { } pin)
                {
                    Post(unit, pin.Cluster, r, now, pin.Key);
                }

                break;
            default:
                throw new UnreachableException(request.GetType().Name);
        }
    }

    private void Pursue(
        UnitOfWork unit, ClusterId? cluster, Operation operation, Func<Operation, FabricRequest> request, Action forget, Instant now)
    {
        if (cluster is { } there)
        {
            var moved = operation with { Cluster = there };
            unit.Upsert(moved.ToRow());
            Post(unit, there, request(moved), now);
            return;
        }

        forget();
        unit.Upsert(operation.Succeed(now).ToRow());
    }

    private void Forget<T>(UnitOfWork unit, SubscriptionId subscription, WindowScope scope, string key, Instant now)
        where T : class
    {
        unit.Delete<T>(subscription, key);
        MaintenanceBook.Drop(unit, this, subscription, scope, key, now);
    }

    private static string NameIn(string key) => key[(key.IndexOf('/', StringComparison.Ordinal) + 1)..];

    // As new requests, behind those that the other cluster has; and what they hold moves with them.
    private void Bring(UnitOfWork unit, PinRow pin, ClusterId from, Instant now)
    {
        var rows = unit.Db.Set<InboxRow>().AsNoTracking()
            .Where(r => r.Pin == pin.Key && r.Cluster == from).OrderBy(r => r.Id).ToList();
        foreach (var row in rows)
        {
            unit.Delete<InboxRow>(row.Id);
            var request = StoreJson.Read<FabricRequest>(row.RequestJson);
            if (request is FabricRequest.Placing placing)
            {
                Hold(unit, from, -placing.Scope.Cores, -placing.Scope.VipsHeld);
                Send(unit, placing, pin.Cluster, now);
            }
            else
            {
                Post(unit, pin.Cluster, request, now, pin.Key);
            }
        }
    }

    /// <summary>A member of a pin is gone; with the last one the pin goes.</summary>
    public static void ReleasePin(UnitOfWork unit, string key)
    {
        if (unit.Find<PinRow>(key) is not { } pin)
        {
            return;
        }

        if (--pin.Members <= 0)
        {
            unit.Delete<PinRow>(key);
        }
        else
        {
            unit.Upsert(pin);
        }
    }

    /// <summary>Gives quota back.</summary>
    public static void Release(UnitOfWork unit, SubscriptionId subscription, QuotaTaken taken)
    {
        unit.Release(subscription, Quota.Cores, taken.Cores);
        unit.Release(subscription, Quota.Vips, taken.Vips);
        unit.Release(subscription, Quota.Vms, taken.Vms);
    }

    /// <summary>The clusters' figures as they are in this unit (R5).</summary>
    public ImmutableArray<ClusterLoad> LoadsOf(UnitOfWork unit, RegionId region) =>
        [.. catalogue.Topology.Clusters.Where(c => c.Region == region)
            // A cluster that a change of topology takes away in this very batch has lost its row already.
            .Select(c => unit.Find<ClusterLoadRow>(c.Id)).OfType<ClusterLoadRow>().Select(catalogue.LoadOf)];

    private FabricRequest.Placing Send(UnitOfWork unit, FabricRequest.Placing request, ClusterId cluster, Instant now)
    {
        var held = request.Scope.Vips == 0 ? 0 : VipsLeft(unit, cluster, request.Scope.Vips);
        Hold(unit, cluster, request.Scope.Cores, held);
        var sent = WithScope(request, request.Scope with { VipsHeld = held }, cluster);
        Save(unit, sent);
        Post(unit, cluster, sent, now, request.Scope.Pin);
        return sent;
    }

    private static int VipsLeft(UnitOfWork unit, ClusterId cluster, int most)
    {
        var load = unit.Find<ClusterLoadRow>(cluster)!;
        return (int)Math.Clamp(load.VipsAllocatable - load.VipsUsed, 0, most);
    }

    private static void Save(UnitOfWork unit, FabricRequest.Placing request)
    {
        unit.Upsert(request.Operation.ToRow());
        switch (request)
        {
            case FabricRequest.PlaceDeployment r:
                unit.Upsert(r.Deployment);
                break;
            case FabricRequest.PlaceVirtualMachine r:
                unit.Upsert(r.Machine);
                break;
            case FabricRequest.PlaceDedicatedHost r:
                unit.Upsert(r.Host);
                break;
        }
    }

    private static void Fail(UnitOfWork unit, FabricRequest.Placing request, Instant now)
    {
        var tries = StoryOf(request).Tries;
        var message = "No cluster has room. " + string.Join(" ", tries.Select(t => $"{t.Cluster}: {t.Bound}: {t.Detail}"));
        var failed = request with
        {
            Operation = request.Operation.Fail(new OperationError("allocationFailed", message), now) with { Cluster = null },
        };
        Save(unit, failed switch
        {
            FabricRequest.PlaceDeployment r => r with { Deployment = r.Deployment with { State = ProvisioningState.Failed, Cluster = null } },
            FabricRequest.PlaceVirtualMachine r => r with { Machine = r.Machine with { State = ProvisioningState.Failed, Cluster = null } },
            FabricRequest.PlaceDedicatedHost r => r with { Host = r.Host with { State = ProvisioningState.Failed, Cluster = null } },
            _ => failed,
        });
        if (request.Operation.SubscriptionId is { } subscription)
        {
            Release(unit, subscription, request.Taken);
        }

        if (request.Scope.Pin is { } pin)
        {
            ReleasePin(unit, pin);
        }
    }

    /// <summary>The ranking of the clusters, and which one is asked next: for the real thing and for previews alike.</summary>
    public static (ClusterChoice Choice, ClusterId? Cluster) NextOf(
        ImmutableArray<ClusterLoad> loads, PlacementScope scope, ImmutableArray<ClusterId> tried) => Next(loads, scope, tried);

    /// <summary>True when the cluster has the hardware and is one of those that will do.</summary>
    public static bool MayTake(ClusterLoad load, PlacementScope scope) => Suits(load, scope);

    private static ClusterAsk Ask(PlacementScope scope, ImmutableArray<ClusterId> tried) => new(
        scope.Region, scope.Only.IsEmpty ? null : scope.Only, scope.Cores, scope.Vips, scope.Families, tried);

    // Open clusters by load; then, since placement is the operation's outcome, the fullest ones too: each says what bound.
    private static (ClusterChoice Choice, ClusterId? Cluster) Next(
        ImmutableArray<ClusterLoad> loads, PlacementScope scope, ImmutableArray<ClusterId> tried)
    {
        var choice = ClusterSelector.Rank(loads, Ask(scope, tried));
        if (!choice.Ranked.IsEmpty)
        {
            return (choice, choice.Ranked[0]);
        }

        var full = loads.Where(l => Suits(l, scope) && l.Enabled && l.ClosedBecause is null && !tried.Contains(l.Cluster))
            .Select(l => l.Cluster).ToHashSet();
        return (choice, choice.Candidates.Where(c => full.Contains(c.Cluster))
            .OrderBy(c => c.Load).ThenBy(c => c.Cluster.Value, StringComparer.Ordinal)
            .Select(c => (ClusterId?)c.Cluster).FirstOrDefault());
    }

    private static bool Suits(ClusterLoad load, PlacementScope scope) =>
        (scope.Only.IsEmpty || scope.Only.Contains(load.Cluster)) && scope.Families.All(f => load.Families.Contains(f));

    private ImmutableArray<ClusterLoad> Loads(UnitOfWork unit, PlacementScope scope) => LoadsOf(unit, scope.Region);
}
