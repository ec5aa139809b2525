// Who runs the fabric (F2): the process that is the primary, its epoch, and until when others leave it alone. In real time.
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.Fabric;

/// <param name="Machine">Where the primary runs.</param>
/// <param name="ProcessId">Its process there.</param>
/// <param name="Epoch">Raised with each new primary; what commits under a lower one is refused.</param>
/// <param name="Since">When it became the primary, in real time.</param>
/// <param name="LeaseExpiresAt">When a standby takes over unless the lease is renewed before, in real time.</param>
/// <param name="LeaseSeconds">What each renewal is for.</param>
public sealed record ControllerView(
    string Machine, int ProcessId, long Epoch, Instant Since, Instant LeaseExpiresAt, double LeaseSeconds);

public static class ReadController
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapRead("/fabric/controller", async (_, db, cancel) =>
            await db.Set<LeaseRow>().SingleOrDefaultAsync(l => l.Name == LeaseRow.Primary, cancel) is { } lease
                ? Reply.Ok(new ControllerView(
                    lease.Machine, lease.ProcessId, lease.Epoch, lease.Since, lease.ExpiresAt, lease.DurationMs / 1000.0))
                : Refusals.NotFound("controller"))
        .Needs(Access.Operator)
        .Answers<ControllerView>()
        .Named("GetController", Tags.Fabric, "Which process is the primary, since when, and until when its lease runs");
}
