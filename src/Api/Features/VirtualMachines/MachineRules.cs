// What a virtual machine's document must say, and what it means: every error at once, whether it lies in the document
// alone or in what the document names. The same rules run before the unit, so that they are answered together with the
// binder's, and inside it, where they count.
using System.Collections.Immutable;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Images;
using Rdfe.Domain.Notices;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.VirtualMachines;

/// <summary>How what a document names is found.</summary>
internal sealed record Lookups(
    Func<string, AffinityGroupRow?> Group, Func<string, AvailabilitySetRow?> Set, Func<string, DedicatedHost?> Host)
{
    public static Lookups In(UnitOfWork work, SubscriptionId subscription) => new(
        key => work.Find<AffinityGroupRow>(subscription, key),
        key => work.Find<AvailabilitySetRow>(subscription, key),
        key => work.Find<DedicatedHost>(subscription, key));

    public static Lookups In(RdfeDbContext db, SubscriptionId subscription) => new(
        key => db.Set<AffinityGroupRow>().AsNoTracking().FirstOrDefault(r => r.SubscriptionId == subscription && r.NameKey == key),
        key => db.Set<AvailabilitySetRow>().AsNoTracking().FirstOrDefault(r => r.SubscriptionId == subscription && r.NameKey == key),
        key => db.Set<DedicatedHost>().AsNoTracking().FirstOrDefault(r => r.SubscriptionId == subscription && r.NameKey == key));
}

/// <summary>A document that holds, with what it names.</summary>
internal sealed record ReadMachine(
    VirtualMachineSpec Spec, VmSize Size, RegionId Region, ImmutableArray<ClusterId> Only,
    AvailabilitySetRow? Set, DedicatedHost? Host)
{
    public string Etag { get; } = ETags.Of(VirtualMachineBody.Of(Spec));
}

internal sealed class MachineRules(FabricCatalogue catalogue, IFabricDirectory fabric, IDbContextFactory<RdfeDbContext> stores)
{
    private const int DefaultOsDiskGib = 30;
    private const int MostDiskGib = 4095;
    private const int MostDataDisks = 64;
    private const int MostEndpoints = 150;
    private static readonly string[] Protocols = ["tcp", "udp", "http", "https"];

    /// <summary>Reports what is wrong before the unit, beside what the binder found.</summary>
    public void Report(Call call, VirtualMachineBody body)
    {
        using var db = stores.CreateDbContext();
        var found = call.Errors.Select(e => e.Path).ToList();
        var errors = new List<(string Path, string Message)>();
        Read(body, Lookups.In(db, call.Subscription), errors);
        foreach (var (path, message) in errors.Where(e => !found.Exists(f => e.Path.StartsWith(f, StringComparison.Ordinal))))
        {
            call.Error(path, message);
        }
    }

    /// <summary>The document's meaning, or all that is wrong with it.</summary>
    public Outcome<ReadMachine> Read(VirtualMachineBody body, Lookups lookups)
    {
        var errors = new List<(string Path, string Message)>();
        return Read(body, lookups, errors) is { } read && errors.Count == 0 ? read : BodyBinder.Invalid(errors);
    }

    private ReadMachine? Read(VirtualMachineBody body, Lookups lookups, List<(string Path, string Message)> errors)
    {
        var size = catalogue.Sizes.Find(body.Size);
        Check(size is not null, "$.size", $"There is no size '{body.Size}'.");
        var image = catalogue.Images.Find(body.Image);
        Check(image?.Kind == ImageKind.Vm, "$.image", $"There is no image '{body.Image}' for virtual machines.");
        var set = Named(body.AvailabilitySet, lookups.Set, "$.availabilitySet", "availability set");
        var host = Named(body.DedicatedHost, lookups.Host, "$.dedicatedHost", "dedicated host");
        var group = Named(body.AffinityGroup, lookups.Group, "$.affinityGroup", "affinity group");
        Check(!(body.Isolated && body.DedicatedHost is not null), "$.isolated",
            "A machine on a dedicated host shares it with its owner's others; it cannot be isolated as well.");
        Check(size is null || host is null || size.Family == host.Family, "$.size",
            $"The size is of family {size?.Family}; the host's nodes are of family {host?.Family}.");
        var place = Where(body, group, set, host, lookups, errors);
        var disk = body.OsDisk ?? new OsDiskBody();
        var least = (int)(((image?.SizeMib ?? 0) + 1023) / 1024);
        var osGib = disk.SizeGib ?? Math.Max(DefaultOsDiskGib, least);
        Check(osGib >= Math.Max(1, least) && osGib <= MostDiskGib, "$.osDisk.sizeGib",
            $"The OS disk has {Math.Max(1, least)} to {MostDiskGib} GiB with this image.");
        Disks(body.DataDisks ?? [], errors);
        Endpoints(body.Endpoints ?? [], errors);
        errors.AddRange((body.Maintenance?.Errors() ?? []).Select(e => ($"$.maintenance.{e.Member}", e.Message)));
        Check(body.TerminationNotice is not { } notice || (notice >= TerminationNotices.Shortest && notice <= TerminationNotices.Longest),
            "$.terminationNotice", "The notice is from PT5M to PT15M.");
        if (errors.Count > 0 || size is null || image is null || place is not { } at)
        {
            return null;
        }

        var spec = new VirtualMachineSpec
        {
            Region = at.Region.Value,
            AffinityGroup = at.Group?.NameKey,
            Size = size.Name,
            Image = image.Name,
            AvailabilitySet = set?.Name,
            DedicatedHost = host?.Name,
            Isolated = body.Isolated,
            Endpoints = [.. (body.Endpoints ?? []).Select(e => new ServiceEndpoint(e.Name, e.Protocol, e.PublicPort, e.LocalPort))],
            OsDisk = new OsDisk(disk.Caching, osGib),
            DataDisks = [.. (body.DataDisks ?? []).Select(d => new DataDisk(d.Lun, d.SizeGib, d.Caching))],
            Maintenance = body.Maintenance is { SaysNothing: false } said ? said : null,
            TerminationNotice = body.TerminationNotice,
        };
        ImmutableArray<ClusterId> only = host?.Cluster is { } cluster
            ? [cluster]
            : [.. (at.Group?.Clusters ?? []).Select(c => new ClusterId(c))];
        return new ReadMachine(spec, size, at.Region, only, set, host);

        void Check(bool holds, string path, string message)
        {
            if (!holds)
            {
                errors.Add((path, message));
            }
        }

        T? Named<T>(string? name, Func<string, T?> find, string path, string what) where T : class
        {
            var found = name is null ? null : find(Names.KeyOf(name));
            Check(name is null || found is not null, path, $"There is no {what} '{name}'.");
            return found;
        }
    }

    // A set or a host has a place of its own: the machine's may be left out, and must not be another.
    private (RegionId Region, AffinityGroupRow? Group)? Where(
        VirtualMachineBody body, AffinityGroupRow? group, AvailabilitySetRow? set, DedicatedHost? host, Lookups lookups,
        List<(string Path, string Message)> errors)
    {
        if (body.Region is not null && body.AffinityGroup is not null)
        {
            errors.Add(("$.region", "Name a region or an affinity group, and not both."));
            return null;
        }

        RegionId? region = group?.Region;
        if (body.Region is { } name)
        {
            region = fabric.Find(name);
            if (region is null)
            {
                errors.Add(("$.region", $"There is no region '{name}'; known are {string.Join(", ", fabric.Regions)}."));
                return null;
            }
        }
        else if (body.AffinityGroup is null && body.AvailabilitySet is null && body.DedicatedHost is null)
        {
            errors.Add(("$.region", "Name a region or an affinity group; or an availability set or a dedicated host, which has one."));
            return null;
        }

        var path = body.Region is null ? "$.affinityGroup" : "$.region";
        if (set is not null && region is { } r && r != set.Region)
        {
            errors.Add((path, $"The availability set is in {set.Region}, not in {r}."));
        }

        if (set is not null && group is not null && set.AffinityGroup != group.NameKey)
        {
            errors.Add(("$.affinityGroup", "The availability set is not in this affinity group."));
        }

        if (host is not null && (region ?? set?.Region) is { } at && at.Value != host.Region)
        {
            errors.Add((region is null ? "$.dedicatedHost" : path, $"The dedicated host is in {host.Region}, not in {at}."));
        }

        group ??= set?.AffinityGroup is { } key ? lookups.Group(key) : null;
        if (host?.Cluster is { } cluster && group is not null && !group.Clusters.Contains(cluster.Value))
        {
            errors.Add(("$.dedicatedHost", $"The dedicated host is on {cluster}, which is not a cluster of the affinity group."));
        }

        region ??= set?.Region ?? (host is null ? null : new RegionId(host.Region));
        return region is { } found ? (found, group) : null;
    }

    private static void Disks(IReadOnlyList<DataDiskBody> disks, List<(string Path, string Message)> errors)
    {
        if (disks.Count > MostDataDisks)
        {
            errors.Add(("$.dataDisks", $"A machine has at most {MostDataDisks} data disks."));
        }

        var luns = new HashSet<int>();
        for (var i = 0; i < disks.Count; i++)
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"$.dataDisks[{i}]");
            if (disks[i].Lun is < 0 or >= MostDataDisks)
            {
                errors.Add(($"{at}.lun", $"A lun is 0 to {MostDataDisks - 1}."));
            }
            else if (!luns.Add(disks[i].Lun))
            {
                errors.Add(($"{at}.lun", $"Lun {disks[i].Lun} is taken by another disk."));
            }

            if (disks[i].SizeGib is < 1 or > MostDiskGib)
            {
                errors.Add(($"{at}.sizeGib", $"A data disk has 1 to {MostDiskGib} GiB."));
            }
        }
    }

    private static void Endpoints(IReadOnlyList<EndpointBody> endpoints, List<(string Path, string Message)> errors)
    {
        if (endpoints.Count > MostEndpoints)
        {
            errors.Add(("$.endpoints", $"A machine has at most {MostEndpoints} endpoints."));
        }

        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var ports = new HashSet<(bool Udp, int Port)>();
        for (var i = 0; i < endpoints.Count; i++)
        {
            var (e, at) = (endpoints[i], string.Create(CultureInfo.InvariantCulture, $"$.endpoints[{i}]"));
            if (!Names.IsName(e.Name))
            {
                errors.Add(($"{at}.name", Names.Rule));
            }
            else if (!names.Add(e.Name))
            {
                errors.Add(($"{at}.name", $"Another endpoint is called '{e.Name}'."));
            }

            if (!Protocols.Contains(e.Protocol, StringComparer.Ordinal))
            {
                errors.Add(($"{at}.protocol", $"A protocol is one of {string.Join(", ", Protocols)}."));
            }

            if (e.PublicPort is < 1 or > 65535)
            {
                errors.Add(($"{at}.publicPort", "A port is 1 to 65535."));
            }
            else if (!ports.Add((e.Protocol == "udp", e.PublicPort)))
            {
                errors.Add(($"{at}.publicPort", $"Port {e.PublicPort} is taken by another endpoint."));
            }

            if (e.LocalPort is < 1 or > 65535)
            {
                errors.Add(($"{at}.localPort", "A port is 1 to 65535."));
            }
        }
    }
}
