// A hosted service as it leaves the system, and what a tenant sets about it.
using FluentValidation;
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.HostedServices;

public sealed record HostedServiceBody(string? Region = null, string? AffinityGroup = null, string Label = "") : IPlaced
{
    public static HostedServiceBody Of(HostedServiceRow row) =>
        new(row.AffinityGroup is null ? row.Region.Value : null, row.AffinityGroup, row.Label);
}

public sealed class HostedServiceRules : AbstractValidator<HostedServiceBody>
{
    public HostedServiceRules(IFabricDirectory fabric)
    {
        this.NamesOnePlace(fabric);
        RuleFor(b => b.Label).MaximumLength(200);
    }
}

public sealed record HostedServiceView(
    string Name, string DnsName, string Region, string? AffinityGroup, string Label, Instant CreatedAt, string Etag)
{
    // The suffix that classic hosted services had.
    private const string Domain = ".cloudapp.net";

    public static HostedServiceView Of(HostedServiceRow row) => new(
        row.Name, row.DnsName + Domain, row.Region.Value, row.AffinityGroup, row.Label, row.CreatedAt, row.ETag);

    /// <summary>Why a name cannot be taken by anybody; null when it has the right form.</summary>
    public static string? WhyNotAName(string name) => Names.IsDnsName(Names.KeyOf(name)) ? null : Names.DnsRule;
}
