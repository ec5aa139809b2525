// From a package and a configuration to what the fabric is asked to run (D2, "process model"): both files read, bound,
// and the guest OS found, with every error at its place. Done before the unit: nobody else waits for it.
using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Rdfe.Api.Features.Packages;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Images;
using Rdfe.Domain.Packages;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Packages;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Settings;
using RoleModel = Rdfe.Domain.Deployments.RoleModel;

namespace Rdfe.Api.Features.Deployments;

/// <param name="Service">The two files, bound.</param>
/// <param name="AdviceJson">Tips on both, as they are kept beside the configuration.</param>
public sealed record DeploymentReading(ServiceModel Service, long SizeBytes, string AdviceJson);

public sealed class DeploymentReader(PackageStore packages, FabricCatalogue catalogue, IOptions<RdfeOptions> options)
{
    private PackageLimits Limits => options.Value.Packages;

    public Outcome<DeploymentReading> Read(string sha256, string xml, string dnsName)
    {
        var package = packages.Read(sha256);
        if (package.Refused)
        {
            return package.Refusal;
        }

        var configuration = ServiceConfigurationXml.Read(xml, Limits);
        if (configuration.Refused)
        {
            return configuration.Refusal;
        }

        var bound = ServiceModel.Bind(
            package.Value.ServiceDefinition, configuration.Value, catalogue.Sizes.Find, Limits, dnsName);
        if (bound.Refused)
        {
            return bound.Refusal;
        }

        var advice = bound.Value.Advice.Concat(package.Value.Advice).Distinct().Select(AdviceView.Of).ToArray();
        return new DeploymentReading(bound.Value, package.Value.SizeBytes, StoreJson.Write(advice));
    }

    /// <summary>What a new deployment shall be; refused where there is no such guest OS.</summary>
    public Outcome<DeploymentModel> Model(DeploymentReading reading)
    {
        var service = reading.Service;
        var guest = catalogue.Images.ResolveGuestOs(service.OsFamily, service.OsVersion);
        if (guest.Refused)
        {
            var attribute = catalogue.Images.ResolveGuestOs(service.OsFamily, "*").Refused ? "osFamily" : "osVersion";
            return Refusals.Invalid(
                PackageFindings.InvalidConfiguration, guest.Refusal.Detail,
                [($"{ServiceConfigurationXml.FileName} ServiceConfiguration/@{attribute}", guest.Refusal.Detail)]);
        }

        var mib = (reading.SizeBytes + (1 << 20) - 1) >> 20;
        return new DeploymentModel(
            service.UpdateDomainCount, guest.Value.Name, mib, [.. service.Roles.Select(Role)],
            GuestOsAutomatic: service.OsVersion == ImageRepository.Newest);
    }

    /// <summary>The etag covers what the tenant set: package content, configuration text, label.</summary>
    public static string EtagOf(string package, string sha256, string xml, string? label) =>
        ETags.Of(new { package = Names.KeyOf(package), sha256, xml = xml.ReplaceLineEndings("\n"), label });

    private static RoleModel Role(Domain.Packages.RoleModel r) => new(
        r.Name,
        r.Kind == RoleKind.Web ? InstanceKind.WebRole : InstanceKind.WorkerRole,
        r.Size.Name, r.Size.Needs, r.Size.Family, r.InstanceCount,
        [.. r.Endpoints.Select(Endpoint)]);

    private static ServiceEndpoint Endpoint(RoleEndpoint e) => new(
        e.Name, Wire.EnumName(e.Protocol), e.PublicPorts?.Min, e.LocalPorts?.Min ?? 0,
        e.Kind == EndpointKind.InstanceInput ? e.PublicPorts?.Max : null);
}
