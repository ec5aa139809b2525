// An update of a deployment as it is kept (U1, U2): from where, to where, which update domains are still to be walked,
// and what it waits for. The walk itself is read off the instances, so that a restart can't lose a step.
using System.Collections.Immutable;
using System.Text.Json.Serialization;
using NodaTime;
using Rdfe.Domain.Arbiter;
using Rdfe.Domain.Deployments;

namespace Rdfe.Domain.Updates;

/// <summary>What an update changes.</summary>
public enum UpdateKind
{
    /// <summary>The package: new images, old code stopped, new started (U2).</summary>
    Code,

    /// <summary>Settings alone: roles are told, and restarted only where they do not answer (U2).</summary>
    Configuration,

    /// <summary>The guest OS, because the service follows its newest version (U3).</summary>
    GuestOs,
}

/// <summary>Who moves an update on from one update domain to the next (U1).</summary>
public enum UpdateMode
{
    /// <summary>The fabric.</summary>
    Auto,

    /// <summary>The tenant, domain by domain.</summary>
    Manual,
}

/// <summary>Where an update stands.</summary>
public enum UpdateStage
{
    /// <summary>Role images of the new package are made (F4).</summary>
    CreatingImages,

    /// <summary>The owner has to order the next update domain.</summary>
    AwaitingWalk,

    /// <summary>The present update domain is being changed.</summary>
    Walking,

    /// <summary>An instance of the present update domain has not become healthy in time; the owner decides.</summary>
    Unhealthy,

    /// <summary>Every domain is done; instances that the new configuration no longer has are leaving.</summary>
    Removing,
}

/// <summary>One end of an update: everything that it sets.</summary>
/// <param name="Package">The package's name.</param>
/// <param name="PackageSha256">Its content.</param>
/// <param name="ConfigGeneration">Which stored configuration applies.</param>
/// <param name="Model">What shall run.</param>
/// <param name="Label">Free text.</param>
/// <param name="Etag">Entity tag over what the tenant set.</param>
public sealed record UpdateTarget(
    string Package, string PackageSha256, int ConfigGeneration, DeploymentModel Model, string? Label, string Etag)
{
    /// <summary>What a deployment is set to now.</summary>
    public static UpdateTarget Of(Deployment d) =>
        new(d.Package, d.PackageSha256, d.ConfigGeneration, d.Model, d.Label, d.Etag);
}

/// <summary>An update that has not ended.</summary>
public sealed record DeploymentUpdate
{
    /// <summary>Its operation.</summary>
    public required OperationId Operation { get; init; }

    /// <summary>What it changes.</summary>
    public required UpdateKind Kind { get; init; }

    /// <summary>Who moves it on.</summary>
    public required UpdateMode Mode { get; init; }

    /// <summary>Where it came from: where a rollback goes.</summary>
    public required UpdateTarget From { get; init; }

    /// <summary>Where it goes.</summary>
    public required UpdateTarget To { get; init; }

    /// <summary>Where it stands.</summary>
    public required UpdateStage Stage { get; init; }

    /// <summary>True for one that takes another one back.</summary>
    public bool IsRollback { get; init; }

    /// <summary>Update domains still to be walked, in order; the first is the present one.</summary>
    public ImmutableArray<int> Domains { get; init; } = [];

    /// <summary>Update domains that are done, in the order in which they were.</summary>
    public ImmutableArray<int> Done { get; init; } = [];

    /// <summary>
    /// Instances that were not healthy before the update (each judged against the state before it): they do not hold it.
    /// </summary>
    public ImmutableArray<InstanceId> Baseline { get; init; } = [];

    /// <summary>When the last instance of the present domain was changed; null before that.</summary>
    public Instant? DomainChangedAt { get; init; }

    /// <summary>The order to walk that is under way, so that its operation can end with the domain; null for none.</summary>
    public OperationId? Walk { get; init; }

    /// <summary>What it waits for.</summary>
    public Blocker? Blocker { get; init; }

    /// <summary>When it is next to be looked at by itself.</summary>
    public Instant? Deadline { get; init; }

    /// <summary>Hundredths of cores held of the quota for both ends together; what the end does not need is given back then.</summary>
    public long CoresHeld { get; init; }

    /// <summary>The update domain that is being changed; null between two and after the last.</summary>
    [JsonIgnore]
    public int? Current => Stage is UpdateStage.Walking or UpdateStage.Unhealthy && Domains.Length > 0 ? Domains[0] : null;

    /// <summary>True while it can't go on without its owner.</summary>
    [JsonIgnore]
    public bool IsStuck => Stage == UpdateStage.Unhealthy;

    /// <summary>It gives way to a later one while it is stuck, and while its owner is to order the next domain; never to the platform's.</summary>
    public bool MayGiveWayTo(UpdateKind next) =>
        next != UpdateKind.GuestOs && (IsStuck || Stage == UpdateStage.AwaitingWalk || Kind == UpdateKind.GuestOs);
}
