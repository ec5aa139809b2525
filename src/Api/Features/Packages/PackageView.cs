// A package as it leaves the system (D1, D6).
using NodaTime;
using Rdfe.Domain.Packages;
using Rdfe.Infrastructure.Packages;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.Packages;

/// <param name="PublicPorts">Ports on the VIP, such as <c>80</c> or <c>8000-8010</c>; absent for internal endpoints.</param>
/// <param name="LocalPorts">Ports on each instance; absent where the fabric chooses.</param>
public sealed record PackageEndpointView(
    string Name, EndpointKind Kind, EndpointProtocol Protocol, string? PublicPorts, string? LocalPorts);

/// <param name="ContentBytes">Its content, unpacked.</param>
public sealed record PackageRoleView(
    string Name, RoleKind Kind, string VmSize, long ContentBytes, IReadOnlyList<PackageEndpointView> Endpoints,
    IReadOnlyList<string> Settings);

public sealed record AdviceView(string Code, string Message, string Where)
{
    public static AdviceView Of(Advice advice) => new(advice.Code, advice.Message, advice.Where);
}

/// <summary>What is kept of a package beside its content, so that reading it opens no file.</summary>
public sealed record PackageDescription(
    string ServiceName, int UpgradeDomainCount, IReadOnlyList<PackageRoleView> Roles, IReadOnlyList<AdviceView> Advice)
{
    public static PackageDescription Of(StoredPackage package) => new(
        package.ServiceDefinition.Name,
        package.ServiceDefinition.UpgradeDomainCount,
        [.. package.ServiceDefinition.Roles.Select(r => new PackageRoleView(
            r.Name, r.Kind, r.VmSize, package.RoleContentBytes[r.Name],
            [.. r.Endpoints.Select(e => new PackageEndpointView(
                e.Name, e.Kind, e.Protocol, e.PublicPorts?.ToString(), e.LocalPorts?.ToString()))],
            [.. r.SettingNames]))],
        [.. package.Advice.Select(AdviceView.Of)]);
}

public sealed record PackageView(
    string Name, string Sha256, long SizeBytes, string ServiceName, int UpgradeDomainCount,
    IReadOnlyList<PackageRoleView> Roles, IReadOnlyList<AdviceView> Advice, Instant CreatedAt, string Etag)
{
    public static PackageView Of(PackageRow row)
    {
        var told = StoreJson.Read<PackageDescription>(row.DescriptionJson);
        return new(row.Name, row.Sha256, row.SizeBytes, told.ServiceName, told.UpgradeDomainCount, told.Roles, told.Advice,
            row.CreatedAt, row.ETag);
    }
}
