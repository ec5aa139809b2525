// F5: a bundle is a set of versions that is rolled out together, and what it needs of the rest of the node. An operator
// writes it (PUT /fabric/bundles/{name}): JSON in, a Bundle out, or every error at once, each with its path.
using System.Collections.Immutable;
using System.Text.Json;
using Rdfe.Domain.Documents;

namespace Rdfe.Domain.Bundles;

/// <summary>What must hold on a node that has versions of a bundle (F5).</summary>
/// <param name="Component">The component that something is required of.</param>
/// <param name="Allowed">Its versions that will do.</param>
/// <param name="Of">The component of the bundle that requires it; null for each of the bundle's others.</param>
public sealed record Requirement(Component Component, VersionRange Allowed, Component? Of = null);

/// <summary>A set of versions, and what it requires.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Versions">Versions of some or all components.</param>
/// <param name="Requires">What must hold on the same node after the install.</param>
/// <param name="SameGeneration">Components that must be of one generation wherever this bundle brings one of them.</param>
/// <param name="Notes">For people.</param>
public sealed record Bundle(
    string Name, VersionSet Versions, ImmutableArray<Requirement> Requires, ImmutableArray<Component> SameGeneration, string? Notes)
{
    /// <summary>The code of the refusal that lists the errors of a bundle.</summary>
    public const string Invalid = "invalidBundle";

    private const int MostNotes = 1000;
    private const int MostRequirements = 100;
    private const int MostVersions = 100;
    private const int LongestVersion = 100;

    /// <summary>Members of a bundle in a list; alone, its name is in the URL.</summary>
    public static ImmutableArray<string> Members { get; } = ["name", "versions", "requires", "sameGeneration", "notes"];

    private static ImmutableArray<string> Components { get; } = [.. VersionSet.Components.Select(c => Words.Of(c))];

    /// <summary>The component of that name; null where there is none.</summary>
    public static Component? ComponentOf(string word) => Components.IndexOf(word) is >= 0 and var at ? VersionSet.Components[at] : null;

    /// <summary>Reads the body of <c>PUT /fabric/bundles/{name}</c>, or refuses it with all its errors.</summary>
    public static Outcome<Bundle> Read(string name, string json)
    {
        var errors = new DocumentErrors();
        Names.Check(name, "name", errors);
        Bundle? bundle = null;
        if (JsonText.Parse(json, errors) is { } root && JsonFields.Open(root, "$", [.. Members.Skip(1)], errors) is { } fields)
        {
            bundle = Read(name, fields, errors);
        }

        return errors.Count > 0 ? errors.Refuse(Invalid, "bundle") : bundle!;
    }

    internal static Bundle? Read(string? name, JsonFields fields, DocumentErrors errors)
    {
        var versions = ReadVersions(fields, errors);
        var requires = ReadRequires(fields, versions, errors);
        var same = ReadSameGeneration(fields, versions, errors);
        var notes = fields.Text("notes", required: false);
        if (notes is { Length: > MostNotes })
        {
            errors.Add(fields.At("notes"), $"Must have at most {MostNotes} characters.");
        }

        return name is null || versions is null ? null : new Bundle(name, versions, requires, same, notes);
    }

    internal static ImmutableArray<Requirement> ReadRequires(JsonFields fields, VersionSet? versions, DocumentErrors errors) =>
        [.. Many(fields, "requires", MostRequirements, errors)
            .Select(r => ReadRequirement(r.Element, r.Path, versions, errors)).OfType<Requirement>()];

    private static VersionSet? ReadVersions(JsonFields fields, DocumentErrors errors)
    {
        if (fields.Element("versions") is not { } element || JsonFields.Open(element, fields.At("versions"), Components, errors) is not { } versions)
        {
            return null;
        }

        var set = VersionSet.None;
        foreach (var component in VersionSet.Components.Where(c => versions.Has(Words.Of(c))))
        {
            set = set.With(component, Version(versions, Words.Of(component), errors));
        }

        if (set == VersionSet.None && !Components.Any(versions.Has))
        {
            errors.Add(fields.At("versions"), "A bundle names the version of at least one component.");
        }

        return set;
    }

    private static Requirement? ReadRequirement(JsonElement element, string path, VersionSet? versions, DocumentErrors errors)
    {
        if (JsonFields.Open(element, path, ["component", "of", "versions", "from", "below"], errors) is not { } fields)
        {
            return null;
        }

        var component = fields.Word("component", Components);
        var of = fields.Word("of", Components, required: false);
        if (of is not null && versions is not null && versions[ComponentOf(of)!.Value] is null)
        {
            errors.Add(fields.At("of"), "The bundle has no version of this component.");
        }

        if (of is not null && of == component)
        {
            errors.Add(fields.At("of"), "A component requires something of another one.");
        }

        var (listed, from, below) = (fields.Has("versions"), Version(fields, "from", errors), Version(fields, "below", errors));
        if (listed == (fields.Has("from") || fields.Has("below")))
        {
            errors.Add(path, "Must have either versions, or from, below or both.");
        }

        var list = ImmutableArray.CreateBuilder<string>();
        foreach (var (item, at) in listed ? Many(fields, "versions", MostVersions, errors, least: 1) : [])
        {
            if (JsonText.Of(item) is { Length: > 0 and <= LongestVersion } version)
            {
                list.Add(version);
            }
            else
            {
                errors.Add(at, $"Must be a version of 1 to {LongestVersion} characters.");
            }
        }

        return component is null
            ? null
            : new Requirement(
                ComponentOf(component)!.Value, new VersionRange(list.ToImmutable(), from, below), of is null ? null : ComponentOf(of));
    }

    internal static ImmutableArray<Component> ReadSameGeneration(JsonFields fields, VersionSet? versions, DocumentErrors errors)
    {
        var components = ImmutableArray.CreateBuilder<Component>();
        foreach (var (item, path) in Many(fields, "sameGeneration", Components.Length, errors, least: 2))
        {
            if (JsonText.Of(item) is not { } word || ComponentOf(word) is not { } component)
            {
                errors.Add(path, $"Must be one of {string.Join(", ", Components)}.");
            }
            else if (components.Contains(component))
            {
                errors.Add(path, "The component is there more than once.");
            }
            else
            {
                components.Add(component);
            }
        }

        // A bundle that brings none of them would rule over others' versions.
        if (components.Count > 0 && versions is not null && components.All(c => versions[c] is null))
        {
            errors.Add(fields.At("sameGeneration"), "The bundle has no version of any of these components.");
        }

        return components.ToImmutable();
    }

    private static ImmutableArray<(JsonElement Element, string Path)> Many(
        JsonFields fields, string name, int most, DocumentErrors errors, int least = 0)
    {
        if (!fields.Has(name))
        {
            return [];
        }

        var items = fields.Items(name, least);
        if (items.Length > most)
        {
            errors.Add(fields.At(name), $"Must have at most {most}.");
        }

        return items.Length > most ? [] : items;
    }

    private static string? Version(JsonFields fields, string name, DocumentErrors errors)
    {
        var text = fields.Text(name, required: false);
        if (text is { Length: 0 or > LongestVersion } || text?.Any(char.IsControl) == true)
        {
            errors.Add(fields.At(name), $"Must be a version of 1 to {LongestVersion} characters, none of them a control character.");
            return null;
        }

        return text;
    }
}
