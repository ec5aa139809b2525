// W3: what a guest reads of what is going to happen to its machine and to those that belong to it. The same question, answers and
// errors as Azure's Instance Metadata Service; see InstanceMetadata for how an instance is known.
using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Api.Features.InstanceMetadata;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Notices;
using Rdfe.Infrastructure.Emulator;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.ScheduledEvents;

public static class ReadScheduledEvents
{
    internal const string Path = "/instances/{instanceId}/metadata/scheduledevents";

    internal const string Description = "The header `Metadata: true` is needed, and no key: instanceId is a capability, "
        + "which metadataUrl of an instance or a machine shows.";

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapMethods(Path, Door.ReadMethods, async (HttpContext http, IReadStore store, GuestReads reads) =>
        {
            await using var db = await store.OpenAsync(http.RequestAborted);
            var (instance, error) = await ReadInstanceMetadata.FindAsync(http, db);
            var version = "";
            if ((error ?? Version(http.Request.Query, out version)) is { } wrong)
            {
                return wrong;
            }

            var board = await BoardAsync(db, instance!, http.RequestAborted);
            await reads.NoteAsync(instance!, board);
            return Results.Json(ScheduledEventsDocument.Of(board, version), Wire.Options);
        })
        .Needs(Access.Anonymous)
        .WithMetadata(new Filter("api-version", "The version, such as 2020-07-01; needed."))
        .Answers<ScheduledEventsView>()
        .Produces<MetadataError>(400).Produces<MetadataError>(404)
        .WithDescription(Description)
        .Named("GetScheduledEvents", Tags.InstanceMetadata, "What is going to happen to a machine and to those that belong to it");

    /// <summary>What is wrong with the version that is asked for; null where nothing is.</summary>
    internal static IResult? Version(IQueryCollection query, out string version)
    {
        version = query["api-version"].ToString();
        return ScheduledEventsDocument.Versions.Contains(version) ? null : ReadInstanceMetadata.Bad(
            version.Length == 0
                ? "Bad request. api-version was not specified in the request. For more information refer to aka.ms/azureimds"
                : "Bad request. api-version is invalid or not supported. For more information refer to aka.ms/azureimds",
            [.. ScheduledEventsDocument.Versions.Reverse()]);
    }

    /// <summary>The board that an instance reads; null where nothing was ever on it.</summary>
    internal static async Task<NoticeBoard?> BoardAsync(RdfeDbContext db, FabricInstance instance, CancellationToken cancel)
    {
        var scope = NoticeBoard.ScopeOf(instance);
        return (await db.Set<NoticeBoardRow>().FirstOrDefaultAsync(r => r.Scope == scope, cancel))?.ToBoard();
    }
}

/// <summary>
/// Tells clusters which guests read, since restarts by their owners wait for those: when one begins to, and once an hour. They
/// read every second.
/// </summary>
public sealed class GuestReads(Committer committer, PlacementDesk desk, FabricClock clock) : IReloads
{
    private const int MostKept = 100_000;
    private static readonly Duration Every = Duration.FromHours(1);
    private readonly ConcurrentDictionary<InstanceId, Instant> told = new();

    public async Task NoteAsync(FabricInstance instance, NoticeBoard? board)
    {
        var now = clock.Now;
        if (board?.IsRead(instance.Id, now, Every) == true || (told.TryGetValue(instance.Id, out var last) && last <= now && now < last + Every))
        {
            return;
        }

        if (told.Count >= MostKept)
        {
            told.Clear();
        }

        told[instance.Id] = now;
        await committer.CommitAsync(unit =>
        {
            if (unit.Find<FabricInstance>(instance.Id) is { } there)
            {
                desk.Post(unit, there.Cluster, new FabricRequest.NoticesRead(there.Id), now);
            }

            return true;
        }, CancellationToken.None);
    }

    public void Reload(RdfeDbContext db) => told.Clear();
}
