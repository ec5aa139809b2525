// Says whether a service name is still free, and if not, why. Only that it is taken: not by whom.
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.HostedServices;

public sealed record NameAvailability(
    bool Available, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Reason);

public static class CheckServiceName
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapRead("/subscriptions/{subscriptionId}/serviceNames/{name}", async (call, db, cancel) =>
        {
            var name = call.Segment("name");
            var key = Names.KeyOf(name);
            var reason = HostedServiceView.WhyNotAName(name)
                ?? (await db.Set<HostedServiceRow>().AnyAsync(s => s.DnsName == key, cancel)
                    ? "The name is taken." : null);
            return Reply.Ok(new NameAvailability(reason is null, reason));
        })
        .Needs(Access.Reader)
        .Answers<NameAvailability>()
        .Named(nameof(CheckServiceName), Tags.HostedServices, "Ask whether a service name is available");
}
