// Reading availability sets, with where their machines stand.
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Topology;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.AvailabilitySets;

/// <param name="FaultDomain">The rack of its node; absent while it has none.</param>
public sealed record SetMemberView(string Name, int UpdateDomain, int? FaultDomain);

/// <param name="Cluster">The cluster that the first member pinned it to; absent while it has none.</param>
/// <param name="Members">The machines in it that have been placed.</param>
public sealed record AvailabilitySetView(
    string Name,
    string Region,
    string? AffinityGroup,
    int UpdateDomainCount,
    int FaultDomainCount,
    MaintenanceCeilings? Maintenance,
    string? Cluster,
    IReadOnlyList<SetMemberView> Members,
    Instant CreatedAt,
    string Etag)
{
    internal static AvailabilitySetView Of(AvailabilitySetRow row, PinRow? pin, IEnumerable<SetMemberView> members) => new(
        row.Name, row.Region.Value, row.AffinityGroup, row.UpdateDomainCount, row.FaultDomainCount, row.Maintenance, pin?.Cluster.Value,
        [.. members.OrderBy(m => m.Name, StringComparer.Ordinal)], row.CreatedAt, row.ETag);

    internal static List<SetMemberView> MembersOf(UnitOfWork work, AvailabilitySetRow row, FabricTopology topology)
    {
        var prefix = $"{row.SubscriptionId}/";
        var group = Pins.GroupOfSet(row.SubscriptionId, row.NameKey);
        return [.. work.Db.Set<FabricInstance>().AsNoTracking().Where(i => i.Owner.StartsWith(prefix) && i.Group != null)
            .AsEnumerable().Where(i => i.Group == group).Select(i => Member(topology, i))];
    }

    internal static SetMemberView Member(FabricTopology topology, FabricInstance i) =>
        new(i.Name, i.UpdateDomain, i.Node is { } node ? topology.Find(node)?.FaultDomain : null);
}

public static class ReadAvailabilitySets
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRead("/subscriptions/{subscriptionId}/availabilitySets/{name}", async (call, db, cancel) =>
            {
                var key = Names.KeyOf(call.Name("name"));
                var row = await db.Set<AvailabilitySetRow>()
                    .FirstOrDefaultAsync(s => s.SubscriptionId == call.Subscription && s.NameKey == key, cancel);
                return row is null
                    ? Refusals.NotFound("such availability set")
                    : Reply.Ok((await Views(call, db, [row], cancel))[0], row.ETag);
            })
            .Needs(Access.Reader)
            .Answers<AvailabilitySetView>()
            .Named("GetAvailabilitySet", Tags.AvailabilitySets, "Read an availability set and its machines");

        routes.MapList("/subscriptions/{subscriptionId}/availabilitySets", async (call, db, page, cancel) =>
            {
                var rows = await db.Set<AvailabilitySetRow>()
                    .Where(s => s.SubscriptionId == call.Subscription && string.Compare(s.NameKey, page.After) > 0)
                    .OrderBy(s => s.NameKey).Take(page.Top + 1).ToListAsync(cancel);
                var views = await Views(call, db, rows, cancel);
                return page.Of(call, rows, s => s.NameKey, s => views[rows.IndexOf(s)]);
            })
            .Needs(Access.Reader)
            .Answers<Listing<AvailabilitySetView>>()
            .Named("ListAvailabilitySets", Tags.AvailabilitySets, "List availability sets");
    }

    private static async Task<List<AvailabilitySetView>> Views(
        Call call, RdfeDbContext db, List<AvailabilitySetRow> rows, CancellationToken cancel)
    {
        var topology = call.Http.RequestServices.GetRequiredService<FabricCatalogue>().Topology;
        var keys = rows.Select(r => Pins.OfSet(r.SubscriptionId, r.NameKey)).ToList();
        var pins = (await db.Set<PinRow>().Where(p => keys.Contains(p.Key)).ToListAsync(cancel)).ToDictionary(p => p.Key);
        var prefix = $"{call.Subscription}/";
        var members = (await db.Set<FabricInstance>().Where(i => i.Owner.StartsWith(prefix) && i.Group != null).ToListAsync(cancel))
            .ToLookup(i => i.Group!.Value);
        return [.. rows.Select(r => AvailabilitySetView.Of(
            r, pins.GetValueOrDefault(Pins.OfSet(r.SubscriptionId, r.NameKey)),
            members[Pins.GroupOfSet(r.SubscriptionId, r.NameKey)].Select(i => AvailabilitySetView.Member(topology, i))))];
    }
}
