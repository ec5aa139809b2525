// F5: "119 plug-in with a 118 agent can't be rolled out". What all bundles require, as rules over pairs of components on
// one node; and what an install would leave that does not go together, asked before anything is installed.
using System.Collections.Immutable;
using System.Globalization;

namespace Rdfe.Domain.Bundles;

/// <summary>One rule: where a component has a version of a bundle, another one must have a fitting version.</summary>
/// <param name="Bundle">The bundle that says so.</param>
/// <param name="Of">The component that requires.</param>
/// <param name="Version">The version of it that the bundle brings.</param>
/// <param name="With">The component that something is required of.</param>
/// <param name="Allowed">What will do; null where it must be of the same generation.</param>
public sealed record CompatibilityRule(string Bundle, Component Of, string Version, Component With, VersionRange? Allowed)
{
    /// <summary>True unless the two are there together and do not fit. Nothing is said of a version that nobody knows.</summary>
    public bool Holds(string? of, string? with) => of is null || with is null || of != Version
        || (Allowed?.Takes(with) ?? VersionSet.GenerationOf(of) == VersionSet.GenerationOf(with));
}

/// <summary>A node as the check needs it.</summary>
/// <param name="Versions">What is on it.</param>
/// <param name="GuestAgents">Guest agents that run on it, besides the one that its next guest would get.</param>
public sealed record NodeVersions(VersionSet Versions, ImmutableArray<string> GuestAgents);

/// <summary>Two versions that would be on one node and do not go together.</summary>
/// <param name="Of">A component, the first of the two in their order.</param>
/// <param name="OfVersion">Its version after the install.</param>
/// <param name="With">The other component.</param>
/// <param name="WithVersion">Its version after the install.</param>
/// <param name="Bundle">The bundle whose requirement is broken.</param>
/// <param name="Nodes">On how many nodes.</param>
/// <param name="Sentence">For people.</param>
public sealed record Incompatibility(
    Component Of, string OfVersion, Component With, string WithVersion, string Bundle, int Nodes, string Sentence);

/// <summary>The compatibility matrix (F5).</summary>
/// <param name="Rules">All rules of all bundles.</param>
public sealed record CompatibilityMatrix(ImmutableArray<CompatibilityRule> Rules)
{
    /// <summary>The matrix that these bundles make.</summary>
    public static CompatibilityMatrix Of(IEnumerable<Bundle> bundles) => new([.. bundles.SelectMany(RulesOf).Distinct()]);

    /// <summary>
    /// What would not go together on these nodes after <paramref name="install"/>. Pairs that the install does not touch are
    /// left out: they are no reason to refuse what may be the repair.
    /// </summary>
    public ImmutableArray<Incompatibility> Check(IEnumerable<NodeVersions> nodes, VersionSet install)
    {
        var touched = install.Named.ToHashSet();
        var rules = Rules.Where(r => touched.Contains(r.Of) || touched.Contains(r.With)).ToList();
        if (rules.Count == 0)
        {
            return [];
        }

        // A cluster has few combinations of versions on its many nodes.
        return [.. nodes
            .GroupBy(n => (After: n.Versions.With(install), Guests: install.GuestAgent is null ? string.Join('\n', n.GuestAgents.Order(StringComparer.Ordinal)) : ""))
            .SelectMany(g => Broken(rules, g.Key.After, g.Key.Guests).Select(b => (Broken: b, Nodes: g.Count())))
            .GroupBy(b => PairOf(b.Broken))
            .Select(g => Told(g.First().Broken, g.Sum(b => b.Nodes)))
            .OrderBy(i => i.Of).ThenBy(i => i.With).ThenBy(i => i.OfVersion, StringComparer.Ordinal).ThenBy(i => i.WithVersion, StringComparer.Ordinal)];
    }

    // Each pair once for a node, whichever of the two requires the other, and however many bundles say so.
    private static IEnumerable<(CompatibilityRule Rule, string With)> Broken(List<CompatibilityRule> rules, VersionSet after, string guests)
    {
        var agents = guests.Length == 0 ? [] : guests.Split('\n');
        return
            from rule in rules
            from of in VersionsOf(rule.Of)
            from with in VersionsOf(rule.With)
            where !rule.Holds(of, with)
            group (rule, with) by PairOf((rule, with)) into pair
            select pair.First();

        IEnumerable<string?> VersionsOf(Component component) =>
            component == Component.GuestAgent ? agents.Append(after.GuestAgent).Distinct() : [after[component]];
    }

    private static (Component, string, Component, string) PairOf((CompatibilityRule Rule, string With) broken) =>
        broken.Rule.Of < broken.Rule.With
            ? (broken.Rule.Of, broken.Rule.Version, broken.Rule.With, broken.With)
            : (broken.Rule.With, broken.With, broken.Rule.Of, broken.Rule.Version);

    private static Incompatibility Told((CompatibilityRule Rule, string With) broken, int nodes)
    {
        var (rule, with) = broken;
        var needs = rule.Allowed is { } allowed
            ? $"{rule.Bundle} requires {Words.Of(rule.With)} {allowed}"
            : $"{rule.Bundle} requires {Words.Of(rule.Of)} and {Words.Of(rule.With)} of one generation";
        var (first, firstVersion, second, secondVersion) = PairOf(broken);
        return new Incompatibility(
            first, firstVersion, second, secondVersion, rule.Bundle, nodes,
            string.Create(CultureInfo.InvariantCulture,
                $"{nodes} {(nodes == 1 ? "node" : "nodes")} would have {Words.Of(rule.Of)} {rule.Version} with {Words.Of(rule.With)} {with}; {needs}."));
    }

    private static IEnumerable<CompatibilityRule> RulesOf(Bundle bundle)
    {
        foreach (var requirement in bundle.Requires)
        {
            foreach (var of in bundle.Versions.Named.Where(c => c != requirement.Component && (requirement.Of is null || requirement.Of == c)))
            {
                yield return new CompatibilityRule(bundle.Name, of, bundle.Versions[of]!, requirement.Component, requirement.Allowed);
            }
        }

        foreach (var of in bundle.SameGeneration.Where(c => bundle.Versions[c] is not null))
        {
            foreach (var with in bundle.SameGeneration.Where(c => c != of))
            {
                yield return new CompatibilityRule(bundle.Name, of, bundle.Versions[of]!, with, null);
            }
        }
    }
}
