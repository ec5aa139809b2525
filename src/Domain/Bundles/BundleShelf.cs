// F5: which bundles there are, and which one a node has that was never told otherwise.
using System.Collections.Immutable;
using Rdfe.Domain.Documents;

namespace Rdfe.Domain.Bundles;

/// <summary>The bundles of the fabric, by name. Immutable: adding one gives another shelf.</summary>
public sealed class BundleShelf
{
    private readonly ImmutableSortedDictionary<string, Bundle> bundles;

    private BundleShelf(ImmutableSortedDictionary<string, Bundle> bundles, string? first) => (this.bundles, First) = (bundles, first);

    /// <summary>No bundles at all.</summary>
    public static BundleShelf Empty { get; } =
        new(ImmutableSortedDictionary.Create<string, Bundle>(StringComparer.OrdinalIgnoreCase), null);

    /// <summary>Every bundle, in the order of names.</summary>
    public IEnumerable<Bundle> Bundles => bundles.Values;

    /// <summary>The name of the bundle that nodes have at first; null where no document says so.</summary>
    public string? First { get; }

    /// <summary>What nodes have at first.</summary>
    public VersionSet FirstVersions => First is { } name ? bundles[name].Versions : VersionSet.None;

    /// <summary>Members of the document that lists bundles.</summary>
    public static ImmutableArray<string> Members { get; } = ["$schema", "description", "first", "bundles"];

    /// <summary>Reads <c>{ "first": …, "bundles": [ … ] }</c>, or refuses it with all its errors.</summary>
    public static Outcome<BundleShelf> Read(string json)
    {
        var errors = new DocumentErrors();
        var read = Empty.bundles.ToBuilder();
        string? first = null;
        if (JsonText.Parse(json, errors) is { } root && JsonFields.Open(root, "$", Members, errors) is { } document)
        {
            document.Text("$schema", required: false);
            document.Text("description", required: false);
            first = document.Name("first");
            var names = new UniqueNames("bundle", errors);
            foreach (var (element, path) in document.Items("bundles", least: 1))
            {
                if (JsonFields.Open(element, path, Bundle.Members, errors) is not { } fields)
                {
                    continue;
                }

                var name = fields.Name();
                var free = name is null || names.Claim(name, fields.At("name"));
                if (Bundle.Read(name, fields, errors) is { } bundle && free)
                {
                    read[bundle.Name] = bundle;
                }
            }

            if (first is not null && read.TryGetValue(first, out var of))
            {
                // A node whose versions are not all known could not be checked against anything.
                foreach (var missing in VersionSet.Components.Where(c => of.Versions[c] is null))
                {
                    errors.Add(document.At("first"), $"The first bundle has versions of all components; {Words.Of(missing)} is missing.");
                }
            }
            else if (first is not null && errors.Count == 0)
            {
                errors.Add(document.At("first"), "There is no bundle of this name.");
            }
        }

        return errors.Count > 0 ? errors.Refuse(Bundle.Invalid, "list of bundles") : new BundleShelf(read.ToImmutable(), first);
    }

    /// <summary>The bundle with that name, whatever the case, or null.</summary>
    public Bundle? Find(string name) => bundles.GetValueOrDefault(name);

    /// <summary>This shelf with the bundle added, or in the place of one of the same name.</summary>
    public BundleShelf With(Bundle bundle) => new(bundles.Remove(bundle.Name).SetItem(bundle.Name, bundle), First);

    /// <summary>This shelf with the name of the bundle that nodes have at first.</summary>
    public BundleShelf WithFirst(string name) =>
        bundles.ContainsKey(name) ? new(bundles, name) : throw new InvalidOperationException($"There is no bundle '{name}'.");
}
