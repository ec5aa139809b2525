// Compares a document with the schema table (D1): the unknown is an error, the known without effect is advice (D6).
using System.Collections.Immutable;

namespace Rdfe.Domain.Packages;

internal static class SchemaCheck
{
    /// <summary>Checks a whole document and returns the advice on what is kept without effect.</summary>
    public static ImmutableArray<Advice> Run(XmlPart root, ServiceSchema schema, PackageFindings findings)
    {
        if (root.Name != schema.Root)
        {
            findings.Add(root.Place, $"The root element must be {schema.Root}.");
            return [];
        }

        var advice = ImmutableArray.CreateBuilder<Advice>();
        Check(root, schema.ByName[root.Name], schema, findings, advice);
        return advice.ToImmutable();
    }

    private static void Check(
        XmlPart part,
        SchemaElement rule,
        ServiceSchema schema,
        PackageFindings findings,
        ImmutableArray<Advice>.Builder? advice)
    {
        // One tip for a kept element says it for everything inside.
        if (!rule.ActedOn && advice is not null)
        {
            advice.Add(NotActedOn(part.Place));
            advice = null;
        }

        CheckAttributes(part, rule, findings, advice);
        foreach (var group in part.Children.GroupBy(c => c.Name, StringComparer.Ordinal))
        {
            if (!rule.Children.TryGetValue(group.Key, out var repeats))
            {
                foreach (var child in group)
                {
                    findings.Add(child.Place, $"{part.Name} has no element {PackageFindings.Shown(child.Name)} in the "
                        + $"schema.{Near(child.Name, rule.Children.Keys)}");
                }

                continue;
            }

            foreach (var (index, child) in group.Index())
            {
                if (index > 0 && !repeats)
                {
                    findings.Add(child.Place, $"{part.Name} can have one {child.Name} only.");
                }

                Check(child, schema.ByName[child.Name], schema, findings, advice);
            }
        }
    }

    private static void CheckAttributes(
        XmlPart part, SchemaElement rule, PackageFindings findings, ImmutableArray<Advice>.Builder? advice)
    {
        foreach (var name in part.AttributeNames)
        {
            var known = rule.Attributes.FirstOrDefault(a => a.Name == name);
            if (known is null)
            {
                findings.Add(part.At(name), $"{part.Name} has no attribute {PackageFindings.Shown(name)} in the schema."
                    + Near(name, rule.Attributes.Select(a => a.Name)));
            }
            else if (!known.ActedOn)
            {
                advice?.Add(NotActedOn(part.At(name)));
            }
        }

        foreach (var missing in rule.Attributes.Where(a => a.Required && part[a.Name] is null))
        {
            findings.Add(part.At(missing.Name), "The attribute is required.");
        }
    }

    private static Advice NotActedOn(Place at) => new(
        AdviceCodes.NotActedOn,
        "This is part of the published schema and is kept, but has no effect here.",
        at.ToString());

    /// <summary>XML names are case-sensitive, and that is the mistake most often made.</summary>
    private static string Near(string name, IEnumerable<string> known) =>
        known.FirstOrDefault(k => k.Equals(name, StringComparison.OrdinalIgnoreCase)) is { } near
            ? $" Case matters: write {near}."
            : "";
}
