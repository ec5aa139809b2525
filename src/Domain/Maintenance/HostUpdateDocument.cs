// M4: PUT /fabric/hostUpdates/{name}: JSON in, a HostUpdate out, or every error at once, each with its path. What an update
// claims and what its component can't do is an error here: a firmware that is swapped under paused guests does not exist.
using System.Collections.Immutable;
using Rdfe.Domain.Bundles;
using Rdfe.Domain.Documents;
using Rdfe.Domain.Images;

namespace Rdfe.Domain.Maintenance;

/// <summary>Reads updates of hosts.</summary>
public static class HostUpdateDocument
{
    private const int LongestVersion = 100;
    private const int MostText = 4000;

    /// <summary>Members of the document; its name is in the URL.</summary>
    public static ImmutableArray<string> Members { get; } =
    [
        "component", "version", "image", "hotPatchable", "hypervisorReplaceable", "memoryPreserving", "liveMigratable",
        "needsHostReboot", "securityCritical", "requires", "sameGeneration", "releaseNotes", "impact",
    ];

    private static ImmutableArray<string> Components { get; } = [.. Enum.GetValues<MaintainedComponent>().Select(c => Words.Of(c))];

    private static ImmutableArray<string> Kinds { get; } = [.. Enum.GetValues<MemoryPreserving>().Select(k => Words.Of(k))];

    /// <summary>Reads a document, or refuses it with all its errors (<see cref="HostUpdate.Invalid"/>).</summary>
    /// <param name="name">The name, which is in the URL.</param>
    /// <param name="json">The body.</param>
    /// <param name="images">The repository that its image must be in (F4); null for one that was checked before.</param>
    public static Outcome<HostUpdate> Read(string name, string json, ImageRepository? images)
    {
        var errors = new DocumentErrors();
        Names.Check(name, "name", errors);
        HostUpdate? update = null;
        if (JsonText.Parse(json, errors) is { } root && JsonFields.Open(root, "$", Members, errors) is { } fields)
        {
            update = Read(name, fields, images, errors);
        }

        return errors.Count > 0 || update is null ? errors.Refuse(HostUpdate.Invalid, "host update") : update;
    }

    private static HostUpdate? Read(string name, JsonFields fields, ImageRepository? images, DocumentErrors errors)
    {
        var word = fields.Word("component", Components);
        MaintainedComponent? component = word is null ? null : (MaintainedComponent)Components.IndexOf(word);
        var goes = component == MaintainedComponent.Hardware;
        var version = Version(fields, goes, errors);
        var image = ReadImage(fields, component, images, errors);
        var kind = fields.Word("memoryPreserving", Kinds, required: false);
        var boots = component is MaintainedComponent.HostOs or MaintainedComponent.Hypervisor or MaintainedComponent.Firmware;
        var update = new HostUpdate
        {
            Name = name,
            Component = component ?? default,
            Version = version,
            Image = image,
            HotPatchable = fields.Flag("hotPatchable", false),
            HypervisorReplaceable = fields.Flag("hypervisorReplaceable", false),
            MemoryPreserving = kind is null ? MemoryPreserving.None : (MemoryPreserving)Kinds.IndexOf(kind),
            LiveMigratable = fields.Flag("liveMigratable", true),
            NeedsHostReboot = fields.Flag("needsHostReboot", boots),
            SecurityCritical = fields.Flag("securityCritical", false),
            ReleaseNotes = Text(fields, "releaseNotes", errors),
            Impact = Text(fields, "impact", errors),
        };
        var versions = component is null ? null : update.Versions;
        update = update with
        {
            Requires = Bundle.ReadRequires(fields, versions, errors),
            SameGeneration = Bundle.ReadSameGeneration(fields, versions, errors),
        };
        if (component is null)
        {
            return null;
        }

        Check(!(update.HotPatchable && goes), "hotPatchable", "Hardware that goes can't be patched.");
        Check(!update.HypervisorReplaceable || component == MaintainedComponent.Hypervisor, "hypervisorReplaceable",
            "Only a hypervisor is replaced by a hot restart of it.");
        Check(update.MemoryPreserving == MemoryPreserving.None || !(goes || component == MaintainedComponent.Firmware), "memoryPreserving",
            $"Memory is not kept over a change of {Words.Of(component.Value)}.");
        Check(update.MemoryPreserving != MemoryPreserving.Light || component != MaintainedComponent.HostOs, "memoryPreserving",
            "The light way leaves the host OS up; an update of that itself is heavy.");
        Check(!(update.NeedsHostReboot && goes), "needsHostReboot", "Hardware that goes is not booted again.");
        Check(update.NeedsHostReboot || !boots || update.HotPatchable || update.HypervisorReplaceable
            || update.MemoryPreserving != MemoryPreserving.None, "needsHostReboot",
            $"An update of {Words.Of(component.Value)} that needs no reboot says how else it takes effect.");
        return update;

        void Check(bool holds, string member, string message)
        {
            if (!holds)
            {
                errors.Add(fields.At(member), message);
            }
        }
    }

    private static string? Version(JsonFields fields, bool goes, DocumentErrors errors)
    {
        var version = fields.Text("version", required: !goes);
        if (goes && fields.Has("version"))
        {
            errors.Add(fields.At("version"), "Hardware that goes has no version after it.");
        }
        else if (version is { Length: 0 or > LongestVersion } || version?.Any(char.IsControl) == true)
        {
            errors.Add(fields.At("version"), $"Must be a version of 1 to {LongestVersion} characters, none of them a control character.");
        }

        return version;
    }

    private static string? ReadImage(JsonFields fields, MaintainedComponent? component, ImageRepository? images, DocumentErrors errors)
    {
        var name = fields.Text("image", required: component == MaintainedComponent.HostOs);
        if (name is null || component is null)
        {
            return null;
        }

        if (component != MaintainedComponent.HostOs)
        {
            errors.Add(fields.At("image"), "Only a host OS comes as an image of the repository.");
            return null;
        }

        if (images is null)
        {
            return name;
        }

        var image = images.Find(name);
        if (image?.Kind != ImageKind.HostOs)
        {
            errors.Add(fields.At("image"), "The image repository has no image of a host OS with this name.");
        }

        return image?.Name;
    }

    private static string? Text(JsonFields fields, string name, DocumentErrors errors)
    {
        var text = fields.Text(name, required: false);
        if (text is { Length: > MostText })
        {
            errors.Add(fields.At(name), $"Must have at most {MostText} characters.");
        }

        return text;
    }
}
