// Tips (D6): they stop nobody, and each says what would be better.
using System.Collections.Immutable;

namespace Rdfe.Domain.Packages;

/// <summary>Advice on packages and service models (D6).</summary>
public static class PackageAdvice
{
    /// <summary>Advice on a package alone, when it is stored.</summary>
    public static ImmutableArray<Advice> Of(ServiceDefinition definition, long packageBytes, PackageLimits limits)
    {
        if (packageBytes <= limits.OversizedPackageAdviceBytes)
        {
            return definition.Advice;
        }

        return definition.Advice.Add(new Advice(AdviceCodes.OversizedPackage,
            $"The package has {packageBytes >> 20} MiB and is copied up to four times on its way to an instance; large "
            + "artefacts belong in blob storage, where the role can fetch them.",
            "package.zip"));
    }

    /// <summary>Advice on a definition and a configuration that agree.</summary>
    public static ImmutableArray<Advice> Of(
        ServiceDefinition definition, ServiceConfiguration configuration, PackageLimits limits, string? dnsName)
    {
        var advice = ImmutableArray.CreateBuilder<Advice>();
        advice.AddRange(definition.Advice);
        advice.AddRange(configuration.Advice);
        if (definition.UpgradeDomainCount < limits.AdvisedUpdateDomains)
        {
            advice.Add(new Advice(AdviceCodes.FewUpdateDomains,
                $"The service has {definition.UpgradeDomainCount} update domain, so an update takes all of its "
                + $"instances down at once; ask for {limits.AdvisedUpdateDomains} or more.",
                definition.At.At("upgradeDomainCount").ToString()));
        }

        if (definition.Roles.Length > 1 && definition.Roles.All(r => r.Endpoints.All(e => e.Kind != EndpointKind.Internal))
            && definition.Roles.FirstOrDefault(r => r.Endpoints.Length > 0) is { } reached)
        {
            advice.Add(new Advice(AdviceCodes.NoInternalEndpoint,
                $"The service has {definition.Roles.Length} roles and no internal endpoint: where one of them calls another, "
                + "and only the roles know whether they do, it has to go through the VIP and load balancer (about 0.5 ms "
                + "more); an internal endpoint reaches DIPs directly.",
                reached.At.ToString()));
        }

        foreach (var role in configuration.Roles)
        {
            if (role.InstanceCount == 1)
            {
                advice.Add(new Advice(AdviceCodes.SingleInstance,
                    $"The role '{role.Name}' has one instance: each update and each failure of its node is an outage.",
                    role.CountAt.ToString()));
            }
            else if (role.InstanceCount < limits.AdvisedInstances)
            {
                advice.Add(new Advice(AdviceCodes.FewInstances,
                    $"The role '{role.Name}' has {role.InstanceCount} instances: while one is updated, a failure of "
                    + $"another is an outage; ask for {limits.AdvisedInstances} or more.",
                    role.CountAt.ToString()));
            }

            advice.AddRange(ThroughVip(role, dnsName));
        }

        return advice.ToImmutable();
    }

    /// <summary>What can be said once a deployment has its public address, which no package can know before.</summary>
    /// <param name="configuration">Its configuration.</param>
    /// <param name="vip">Its VIP.</param>
    public static ImmutableArray<Advice> Of(ServiceConfiguration configuration, string vip) =>
        [.. configuration.Roles.SelectMany(r => ThroughVip(r, vip))];

    private static IEnumerable<Advice> ThroughVip(RoleConfiguration role, string? host) =>
        role.Settings.Where(s => NamesHost(s.Value, host)).Select(setting => new Advice(AdviceCodes.TrafficThroughVip,
            $"The setting '{setting.Name}' names the service's own public address: traffic inside the "
            + "service would go through its VIP and load balancer (about 0.5 ms more); an internal endpoint "
            + "reaches DIPs directly.",
            setting.At.At("value").ToString()));

    /// <summary>
    /// True when a text contains the host name, and not merely a longer name that ends or begins like it.
    /// </summary>
    private static bool NamesHost(string text, string? host)
    {
        if (string.IsNullOrEmpty(host))
        {
            return false;
        }

        for (var at = 0; (at = text.IndexOf(host, at, StringComparison.OrdinalIgnoreCase)) >= 0; at++)
        {
            var end = at + host.Length;
            if ((at == 0 || !IsHostChar(text[at - 1])) && (end == text.Length || !IsHostChar(text[end])))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsHostChar(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.';
}
