// Makes views from rows: what the fabric knows, in the words of the contract.
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Rdfe.Api.Features.HostUpdates;
using Rdfe.Api.Features.InstanceMetadata;
using Rdfe.Api.Features.Packages;
using Rdfe.Api.Http;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Network;
using Rdfe.Domain.Packages;
using Rdfe.Domain.Updates;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Settings;

namespace Rdfe.Api.Features.Deployments;

public sealed class DeploymentViews(Call call, FabricCatalogue catalogue, MetadataUrls urls, IOptions<RdfeOptions> options)
{
    public DeploymentView Of(RdfeDbContext db, Deployment d, bool withText = false)
    {
        var instances = InstancesOf(db, d);
        var text = db.Set<ConfigurationRow>().AsNoTracking()
            .FirstOrDefault(c => c.Deployment == d.Id && c.Generation == d.ConfigGeneration);
        var networks = db.Set<VirtualNetworkRow>().AsNoTracking().Where(n => n.SubscriptionId == d.SubscriptionId)
            .AsEnumerable()
            .Where(n => StoreJson.Read<string[]>(n.ServicesJson).Contains(d.Service, StringComparer.OrdinalIgnoreCase))
            .Select(n => n.Name).Order(StringComparer.OrdinalIgnoreCase).ToArray();
        var staying = instances.Where(i => i.Power != PowerGoal.Absent).ToList();
        var done = staying.Count(i => i.ReportedConfig == d.ConfigGeneration && i.Image == d.PackageSha256
            && i.GuestOs == d.Model.GuestOs && i.ReportedImage == i.ImageGeneration);
        var names = new BlockerNames(db, d.SubscriptionId, DeploymentRows.PathOf(d));
        return new DeploymentView(
            d.Id.Value,
            d.Service,
            d.Slot,
            d.Label,
            d.Package,
            d.PackageSha256,
            d.State,
            call.Absolute($"/subscriptions/{d.SubscriptionId}/operations/{d.Operation}"),
            d.Cluster?.Value,
            GuestOs(d.Model.GuestOs),
            d.Model.UpdateDomainCount,
            d.Vip is { } vip ? [vip.ToString()] : [],
            [.. d.Model.Roles.Select(RoleView.Of)],
            Of(db, instances, names),
            new UpdateStatusView(
                done == staying.Count ? "upToDate" : "inProgress", d.ConfigGeneration, done, staying.Count),
            d.Update is { } update ? Of(d, update, instances, names) : null,
            names.Of(instances, d.Update?.Blocker),
            new NetworkView(d.ProgrammedNetwork == d.NetworkGeneration, Rules(d, staying), networks),
            PlacementView.Of(d.Placement),
            Advice(text, d.Vip),
            withText ? text?.Xml : null,
            d.CreatedAt,
            d.Etag);
    }

    /// <summary>In the order of roles and numbers.</summary>
    public static List<FabricInstance> InstancesOf(RdfeDbContext db, Deployment d) =>
    [
        .. db.Set<FabricInstance>().AsNoTracking().Where(i => i.Owner == d.Id.Value).AsEnumerable()
            .OrderBy(i => i.Role, StringComparer.Ordinal).ThenBy(i => i.Index),
    ];

    public InstanceView Of(RdfeDbContext db, Deployment d, FabricInstance i) => Of(db, d, [i])[0];

    public IReadOnlyList<InstanceView> Of(RdfeDbContext db, Deployment d, IReadOnlyList<FabricInstance> instances) =>
        Of(db, instances, new BlockerNames(db, d.SubscriptionId, DeploymentRows.PathOf(d)));

    private List<InstanceView> Of(RdfeDbContext db, IReadOnlyList<FabricInstance> instances, BlockerNames names)
    {
        var known = urls.Of(db, instances.Select(i => i.Id));
        return [.. instances.Select(i => Of(i, known.GetValueOrDefault(i.Id), names))];
    }

    private UpdateView Of(Deployment d, DeploymentUpdate u, List<FabricInstance> instances, BlockerNames names) => new(
        call.Absolute($"/subscriptions/{d.SubscriptionId}/operations/{u.Operation}"),
        u.Kind,
        u.Mode,
        u.Stage,
        u.IsRollback,
        u.Current,
        u.Done,
        u.Current is null ? u.Domains : u.Domains.RemoveAt(0),
        [.. instances.Where(i => u.Baseline.Contains(i.Id)).Select(i => i.Name)],
        u.Blocker is { } blocker ? names.Of(blocker) : null);

    // What was told with the configuration, and what could not be told before there was an address.
    private AdviceView[] Advice(ConfigurationRow? text, Ipv4Address? vip)
    {
        if (text is null)
        {
            return [];
        }

        var advice = StoreJson.Read<AdviceView[]>(text.AdviceJson);
        return vip?.ToString() is { } address && text.Xml.Contains(address, StringComparison.Ordinal)
            && ServiceConfigurationXml.Read(text.Xml, options.Value.Packages) is { Refused: false } configuration
            ? [.. advice, .. PackageAdvice.Of(configuration.Value, address).Select(AdviceView.Of)]
            : advice;
    }

    private InstanceView Of(FabricInstance i, string? url, BlockerNames names) => new(
        i.Name,
        i.Role,
        i.Size,
        StatusOf(i),
        i.Phase,
        i.UpdateDomain,
        i.Node is { } node ? catalogue.Topology.Find(node)?.FaultDomain : null,
        i.Node?.Value,
        i.Dip?.ToString(),
        i.Phase is >= InstancePhase.GuestConnected and <= InstancePhase.Ready
            ? i.GuestAgent
            : null,
        i.GuestOs is { } image ? GuestOs(image) : null,
        i.PhaseSince,
        MoveView.Of(i),
        PastMaintenanceView.Of(i),
        names.Of([i]),
        url);

    public static InstanceStatus StatusOf(FabricInstance i) => Conditions.Of(i) ?? i switch
    {
        { Power: PowerGoal.Absent } => InstanceStatus.Leaving,
        // Reported 0 is before the first report: nothing has been asked to restart yet.
        { IsCurrent: false, ReportedBoot: > 0, Power: PowerGoal.Running } => InstanceStatus.Restarting,
        { IsReady: true } or { Phase: InstancePhase.Ready, Power: not PowerGoal.Running } => InstanceStatus.Ready,
        { Phase: InstancePhase.Stopping } => InstanceStatus.Stopping,
        { Phase: InstancePhase.Stopped } => InstanceStatus.Stopped,
        { Phase: InstancePhase.Deallocated } => InstanceStatus.Deallocated,
        { Phase: >= InstancePhase.Booting } => InstanceStatus.Starting,
        _ => InstanceStatus.Creating,
    };

    private string GuestOs(string image) => catalogue.Images.Find(image)?.Version ?? image;

    private static LoadBalancerRuleView[] Rules(Deployment d, List<FabricInstance> instances)
    {
        if (d.Vip is not { } vip || d.State == ProvisioningState.Deleting)
        {
            return [];
        }

        var (endpoints, members) = ServiceNetwork.Of(d.Model, instances);
        // The package was refused if two endpoints wanted one port, so the rules cannot be.
        return [.. LoadBalancer.Rules(vip, endpoints, members).Value.Select(r => new LoadBalancerRuleView(
            r.Vip.ToString(), r.PublicPort, Wire.EnumName(r.Transport), r.PrivatePort, [.. r.Dips.Select(a => a.ToString())]))];
    }
}
