// M6, W1: "Progress and which instances are updated or not are visible at any time." What the platform has still to do to a
// tenant's instances, in which phase it is and until when; and what was done, by whom, when, and with what impact.
using System.Collections.Immutable;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Api.Features.ScheduledEvents;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Notices;
using Rdfe.Domain.Rollouts;
using Rdfe.Domain.ServiceHealth;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Domain.Windows;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Maintenance;

public enum MaintenancePhaseOfTenant
{
    /// <summary>Its turn has not come: other clusters go first.</summary>
    Planned,

    /// <summary>Its owner may choose the moment.</summary>
    SelfService,

    /// <summary>The platform does it, inside allowed windows.</summary>
    Scheduled,

    /// <summary>It is being done.</summary>
    UnderWay,

    /// <summary>It is done.</summary>
    Done,
}

/// <param name="Id">For apply and defer.</param>
/// <param name="Resource">Path of the virtual machine, or of the role instance.</param>
/// <param name="SelfServiceUntil">Until when its owner may choose the moment; absent for what is done.</param>
/// <param name="ForcedAt">From when on windows are no longer waited for; absent for what is done.</param>
/// <param name="MayApply">True where its owner may have it now.</param>
/// <param name="DeferredUntil">Until when its owner has put it off.</param>
/// <param name="Impact">What the update's publisher says that is felt of it.</param>
/// <param name="Technology">How it was done; absent for what is not done.</param>
/// <param name="PredictedPause">How long it was predicted not to run.</param>
/// <param name="MeasuredPause">How long it did not run.</param>
/// <param name="By">Who chose the moment.</param>
/// <param name="DoneAt">When it was over.</param>
/// <param name="ScheduledEvent">What its guest was told of it; absent where nothing is announced now.</param>
public sealed record MaintenanceView(
    string Id, string HostUpdate, string Resource, MaintenancePhaseOfTenant Phase, Instant? SelfServiceUntil, Instant? ForcedAt,
    bool MayApply, Instant? DeferredUntil, string? Impact, Technology? Technology, Duration? PredictedPause, Duration? MeasuredPause,
    MaintainedBy? By, Instant? DoneAt, ScheduledEventView? ScheduledEvent = null)
{
    /// <summary>When its turn comes at the earliest; absent where it has come.</summary>
    public Instant? NotBefore { get; init; }
}

public static class ListMaintenance
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapList("/subscriptions/{subscriptionId}/maintenance", async (call, db, page, cancel) =>
        {
            var all = (await AllAsync(call, db, cancel)).Select(m => m.View).Where(m => string.CompareOrdinal(m.Id, page.After) > 0)
                .OrderBy(m => m.Id, StringComparer.Ordinal).Take(page.Top + 1).ToList();
            return page.Of(call, all, m => m.Id, m => m);
        })
        .Needs(Access.Reader)
        .Answers<Listing<MaintenanceView>>()
        .Named(nameof(ListMaintenance), Tags.Maintenance, "What the platform has still to do to instances, and what it has done");

    /// <summary>All that is pending or done for the subscription, each with what its window is found by.</summary>
    internal static async Task<List<(MaintenanceView View, ImmutableArray<WindowResource> Names)>> AllAsync(Call call, RdfeDbContext db, CancellationToken cancel)
    {
        var subscription = call.Subscription;
        var now = call.Http.RequestServices.GetRequiredService<FabricClock>().Now;
        var machines = await db.Set<VirtualMachine>().Where(m => m.SubscriptionId == subscription).ToListAsync(cancel);
        var deployments = await db.Set<Deployment>().Where(d => d.SubscriptionId == subscription).ToListAsync(cancel);
        var owners = machines.Select(m => m.Key).Concat(deployments.Select(d => d.Key)).ToList();
        var instances = await db.Set<FabricInstance>().Where(i => owners.Contains(i.Owner)).ToListAsync(cancel);
        var rollouts = (await db.Set<ClusterRolloutRow>().ToListAsync(cancel)).ToDictionary(r => r.Cluster, r => StoreJson.Read<ClusterRollout>(r.Json));
        var ids = instances.Select(i => i.Node).OfType<NodeId>().Distinct().ToList();
        var nodes = (await db.Set<FabricNode>().Where(n => ids.Contains(n.Id)).ToListAsync(cancel)).ToDictionary(n => n.Id);
        var names = new MaintenanceNames(machines, deployments);
        var told = (await db.Set<NoticeBoardRow>().Where(b => b.SubscriptionId == subscription).ToListAsync(cancel))
            .SelectMany(b => b.ToBoard().Live).Where(n => n.Update is not null).SelectMany(n => n.Resources, (n, r) => (Notice: n, r.Instance))
            .ToLookup(n => n.Instance, n => n.Notice);
        var coming = (await db.Set<RolloutRow>().Where(r => r.EndedAt == null).ToListAsync(cancel)).Select(r => StoreJson.Read<Rollout>(r.Json))
            .Where(r => r.Status != RolloutStatus.RollingBack)
            .SelectMany(r => r.Clusters.Where(c => c.Stage == ClusterStage.NotStarted).Select(c => (c.Cluster, Rollout: r)))
            .ToDictionary(c => c.Cluster, c => c.Rollout);
        return
        [
            .. instances.SelectMany(
                i => i.Node is { } n && nodes.GetValueOrDefault(n) is { } node
                    ? Of(i, names, rollouts.GetValueOrDefault(i.Cluster), node, now, told).Concat(Coming(i, names, coming.GetValueOrDefault(i.Cluster), node))
                    : Of(i, names, null, null, now, told),
                (i, view) => (view, names.WindowNamesOf(i))),
        ];
    }

    private static IEnumerable<MaintenanceView> Of(
        FabricInstance i, MaintenanceNames names, ClusterRollout? r, FabricNode? node, Instant now,
        ILookup<InstanceId, Notice> told)
    {
        foreach (var past in i.LastMaintenance.DistinctBy(p => p.Update))
        {
            yield return new MaintenanceView(
                names.IdOf(past.Update, i), past.Update, names.PathOf(i), MaintenancePhaseOfTenant.Done, null, null, false, null, null,
                past.Technology, past.Predicted, past.Measured, past.By, past.At);
        }

        if (r is { RollsBack: false } && node is not null && !r.Part.Update.Versions.IsIn(node.Versions)
            && i.LastMaintenance.All(p => p.Update != r.Part.Update.Name))
        {
            var isMachine = i.Kind == InstanceKind.VirtualMachine;
            var phase = node.Maintenance?.Update == r.Part.Update.Name ? MaintenancePhaseOfTenant.UnderWay
                : isMachine && now < r.Part.SelfServiceUntil ? MaintenancePhaseOfTenant.SelfService : MaintenancePhaseOfTenant.Scheduled;
            yield return new MaintenanceView(
                names.IdOf(r.Part.Update.Name, i), r.Part.Update.Name, names.PathOf(i), phase, r.Part.SelfServiceUntil, r.Part.ForcedAt,
                isMachine && phase != MaintenancePhaseOfTenant.UnderWay && i.Power == PowerGoal.Running,
                r.Deferrals.FirstOrDefault(d => d.Instance == i.Id && d.Until > now)?.Until, r.Part.Update.Impact, null, null, null, null, null,
                told[i.Id].FirstOrDefault(n => n.Update == r.Part.Update.Name) is { } notice ? ScheduledEventView.Of(notice) : null);
        }
    }

    // A wave that has not come yet has told its clusters nothing; the rollout knows of it, and so may whoever waits.
    private static IEnumerable<MaintenanceView> Coming(FabricInstance i, MaintenanceNames names, Rollout? r, FabricNode node)
    {
        if (r is not null && !r.Update.Versions.IsIn(node.Versions) && i.LastMaintenance.All(p => p.Update != r.Update.Name))
        {
            yield return new MaintenanceView(
                names.IdOf(r.Update.Name, i), r.Update.Name, names.PathOf(i), MaintenancePhaseOfTenant.Planned, r.SelfServiceUntil, r.ForcedAt,
                false, null, r.Update.Impact, null, null, null, null, null)
            { NotBefore = PlannedNotices.NotBefore(r, i.Cluster) };
        }
    }
}
