// "Why is it waiting?" in the words of the contract: for what, since when, what would end it, when it goes on regardless.
// What blocks is named by its path or name, never by an id of the fabric's, and only where it is the caller's to see.
using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Api.Features.VirtualMachines;
using Rdfe.Domain;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Api.Features.Deployments;

/// <param name="Code">Stable, such as <c>promise</c>, <c>draining</c>, <c>noRoom</c>, <c>brake</c>, <c>manualWalk</c>.</param>
/// <param name="Since">Since when it is so.</param>
/// <param name="Resource">What blocks: the path of an instance, deployment or machine, or the name of the cluster.</param>
/// <param name="UnblockedBy">What would end the wait.</param>
/// <param name="ForcedAt">When it goes on regardless; null for never by itself.</param>
public sealed record BlockerView(
    string Code, Instant Since, string Resource, string Detail, string UnblockedBy,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] Instant? ForcedAt)
{
    public static BlockerView? Of(Blocker? b) => b is null ? null : new(b.Code, b.Since, b.Resource, b.Detail, b.UnblockedBy, b.ForcedAt);
}

/// <summary>The last move of an instance to another node (H3).</summary>
/// <param name="Why"><c>nodeLost</c>, <c>hardwareFault</c>, <c>evacuation</c>, <c>redeploy</c> …</param>
/// <param name="TemporaryDiskLost">True: the temporary disk does not move along.</param>
public sealed record MoveView(Instant At, string From, string To, string Why, bool TemporaryDiskLost)
{
    public static MoveView? Of(FabricInstance? i) => i?.Health?.LastMove is { } m
        ? new MoveView(m.At, m.From.Value, m.To.Value, m.Why, m.TemporaryDiskLost)
        : null;
}

/// <summary>Names what blocks, for one answer.</summary>
/// <param name="viewer">Whose resources may be named; null for the operator, who may see everything.</param>
/// <param name="own">Path of what is answered: what may not be named is said of that.</param>
internal sealed class BlockerNames(RdfeDbContext db, SubscriptionId? viewer, string own)
{
    private readonly Dictionary<string, string> known = new(StringComparer.Ordinal);
    private readonly Dictionary<NodeId, FabricNode?> nodes = [];

    /// <summary>Everything that these instances wait for, each thing once.</summary>
    public IReadOnlyList<BlockerView> Of(IEnumerable<FabricInstance> instances, params IEnumerable<Blocker?> more) =>
    [
        .. more.OfType<Blocker>().Concat(instances.SelectMany(Blockers)).Select(Of)
            .DistinctBy(b => (b.Code, b.Resource, b.Detail)).OrderBy(b => b.Since).ThenBy(b => b.Code, StringComparer.Ordinal),
    ];

    /// <summary>One blocker.</summary>
    public BlockerView Of(Blocker b) => new(b.Code, b.Since, NameOf(b.Resource), b.Detail, b.UnblockedBy, b.ForcedAt);

    private IEnumerable<Blocker> Blockers(FabricInstance i)
    {
        var h = i.Health;
        if (h is { Condemned: true })
        {
            yield return new Blocker(
                BlockerCodes.Condemned, h.DownSince ?? i.PhaseSince, i.Id.Value,
                $"{i.Name} did not start on {h.NodesTaken.Length} nodes; it is placed no more.", "Its owner updates or reimages it.");
        }

        if (h?.Healing?.Blocker is { } healing)
        {
            yield return healing;
        }

        if (i.Planned?.Blocker is { } planned)
        {
            yield return planned;
        }

        if (h is { NodeSilent: true, Healing: null } && i.Node is { } on && NodeOf(on)?.Health?.Blocker is { } node)
        {
            yield return node;
        }
    }

    private FabricNode? NodeOf(NodeId id)
    {
        if (!nodes.TryGetValue(id, out var node))
        {
            nodes[id] = node = db.Set<FabricNode>().AsNoTracking().FirstOrDefault(n => n.Id == id);
        }

        return node;
    }

    private string NameOf(string resource)
    {
        if (!known.TryGetValue(resource, out var name))
        {
            known[resource] = name = Find(resource);
        }

        return name;
    }

    private string Find(string resource)
    {
        var (instance, deployment) = (new InstanceId(resource), new DeploymentId(resource));
        if (db.Set<FabricInstance>().AsNoTracking().FirstOrDefault(i => i.Id == instance) is { } i)
        {
            return i.Kind == InstanceKind.VirtualMachine
                ? Machine(i.Owner) ?? own
                : Deployment(new DeploymentId(i.Owner)) is { } path ? $"{path}/instances/{i.Name}" : own;
        }

        if (Deployment(deployment) is { } found)
        {
            return found;
        }

        if (Machine(resource) is { } machine)
        {
            return machine;
        }

        // A cluster is everybody's to name; any other name is one that the fabric gave, or somebody else's.
        var cluster = new ClusterId(resource);
        return viewer is null || db.Set<Infrastructure.Persistence.Fabric.ClusterLoadRow>().AsNoTracking().Any(c => c.Cluster == cluster)
            ? resource
            : own;
    }

    private string? Deployment(DeploymentId id) =>
        db.Set<Deployment>().AsNoTracking().FirstOrDefault(d => d.Id == id) is { } d && MaySee(d.SubscriptionId)
            ? DeploymentRows.PathOf(d)
            : null;

    private string? Machine(string key) =>
        key.Split('/') is [var owner, var name] && Guid.TryParse(owner, out var subscription) && MaySee(new SubscriptionId(subscription))
            && db.Set<VirtualMachine>().AsNoTracking()
                .FirstOrDefault(m => m.SubscriptionId == new SubscriptionId(subscription) && m.NameKey == name) is { } machine
            ? machine.Path()
            : null;

    private bool MaySee(SubscriptionId owner) => viewer is null || viewer == owner;
}

/// <summary>How an instance is when it is neither simply well nor simply on its way: the same for roles and machines.</summary>
internal static class Conditions
{
    /// <summary>What of its health comes before its phase; null where the phase says it all.</summary>
    public static InstanceStatus? Of(FabricInstance i) => i switch
    {
        { Power: not PowerGoal.Running } => null,
        { Health.Condemned: true } => InstanceStatus.Condemned,
        { Health.Healing: not null } => InstanceStatus.WaitingForNode,
        { Health.NodeSilent: true } => InstanceStatus.Recovering,
        _ when IsMoving(i) => InstanceStatus.Moving,
        { IsTakenDown: true } => InstanceStatus.Draining,
        { IsReady: true, Health: { Unresponsive: true } or { GuestSilentSince: not null } } => InstanceStatus.Unresponsive,
        { IsReady: true, Health.ProbeLost: true } => InstanceStatus.OutOfRotation,
        { IsReady: false, Health: { } h } when h.VmRestarts + h.RoleCrashes + h.ConnectFailures > 0 => InstanceStatus.Recovering,
        _ => null,
    };

    // Moved since it went down, and not up since.
    private static bool IsMoving(FabricInstance i) =>
        !i.IsReady && i.Health is { LastMove: { } move, DownSince: { } down } && move.At >= down;
}
