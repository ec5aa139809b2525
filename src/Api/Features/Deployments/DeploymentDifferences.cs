// What no update can change, because it decides how instances are placed and reached: for that, a new deployment goes into
// the other slot and the two are swapped (R4, U1).
using System.Collections.Immutable;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;

namespace Rdfe.Api.Features.Deployments;

internal static class DeploymentDifferences
{
    /// <summary>Refuses with all of them, each at its place; null where an update will do.</summary>
    public static Refusal? Forbid(DeploymentModel present, DeploymentModel next)
    {
        var all = Between(present, next).ToList();
        return all.Count == 0
            ? null
            : Refusals.Conflict("useNewDeployment",
                "An update cannot change this; deploy into the other slot and swap: " + string.Join(" ", all.Select(d => d.What))) with
            {
                Errors = all.GroupBy(d => d.At, d => d.What, StringComparer.Ordinal)
                    .ToImmutableSortedDictionary(g => g.Key, g => g.ToImmutableArray(), StringComparer.Ordinal),
            };
    }

    /// <summary>The model with the sizes that its roles had when they were deployed, whatever became of the catalogue.</summary>
    public static DeploymentModel KeepSizes(DeploymentModel present, DeploymentModel next) => next with
    {
        Roles = [.. next.Roles.Select(r => present.Roles.FirstOrDefault(p => p.Name == r.Name && p.Size == r.Size) is { } p
            ? r with { Needs = p.Needs, Family = p.Family }
            : r)],
    };

    private static IEnumerable<(string At, string What)> Between(DeploymentModel present, DeploymentModel next)
    {
        if (present.UpdateDomainCount != next.UpdateDomainCount)
        {
            yield return ("upgradeDomainCount", $"The update domains are {present.UpdateDomainCount}, not {next.UpdateDomainCount}.");
        }

        foreach (var role in present.Roles)
        {
            var at = $"roles/{role.Name}";
            if (next.Roles.FirstOrDefault(r => r.Name == role.Name) is not { } other)
            {
                yield return (at, $"The role {role.Name} is gone.");
                continue;
            }

            if (role.Size != other.Size)
            {
                yield return ($"{at}/vmsize", $"The size of {role.Name} is {role.Size}, not {other.Size}.");
            }

            if (role.Kind != other.Kind)
            {
                yield return ($"{at}/kind", $"{role.Name} is a {Wire.EnumName(role.Kind)}, not a {Wire.EnumName(other.Kind)}.");
            }
        }

        foreach (var role in next.Roles.Where(r => present.Roles.All(p => p.Name != r.Name)))
        {
            yield return ($"roles/{role.Name}", $"The role {role.Name} is new.");
        }

        if (present.NeedsVip != next.NeedsVip)
        {
            yield return ("endpoints", next.NeedsVip
                ? "It has no public endpoint, so it has no VIP."
                : "Its last public endpoint is gone, and with it its VIP.");
        }
    }
}
