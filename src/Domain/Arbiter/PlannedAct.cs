// One thing that somebody wants to do to one instance and that takes it down: asked for, granted by the promise,
// drained, then done. Restarts, reimages, moves and updates all take this one road (DESIGN, One arbiter).
using NodaTime;

namespace Rdfe.Domain.Arbiter;

/// <summary>What is to be done.</summary>
public enum ActKind
{
    /// <summary>Restart the guest.</summary>
    Restart,

    /// <summary>Make its disks anew and restart it.</summary>
    Reimage,

    /// <summary>Restart the role alone.</summary>
    RestartRole,

    /// <summary>Stop it.</summary>
    PowerOff,

    /// <summary>Stop it and give its node back.</summary>
    Deallocate,

    /// <summary>Move it to another node.</summary>
    Move,

    /// <summary>Move it to a node that has the update of the rollout under way (W1).</summary>
    PerformMaintenance,

    /// <summary>Give it the image, guest OS and configuration of its deployment's update.</summary>
    Update,

    /// <summary>Tell its role of a configuration; no drain, for the role may take it as it runs (U2).</summary>
    Configure,
}

/// <summary>Who asks.</summary>
public enum ActOrigin
{
    /// <summary>The tenant, for this one instance.</summary>
    User,

    /// <summary>An update of its deployment.</summary>
    Update,

    /// <summary>Healing: a move before it is too late.</summary>
    Healing,

    /// <summary>An operator or host maintenance.</summary>
    Platform,
}

/// <summary>How far an act has come.</summary>
public enum ActStage
{
    /// <summary>It waits for the promise.</summary>
    Waiting,

    /// <summary>It is granted: the load balancer sends no more traffic, and is waited for (N2).</summary>
    Draining,
}

/// <summary>An act on one instance.</summary>
/// <param name="Kind">What.</param>
/// <param name="Origin">Who.</param>
/// <param name="Why">For people: <c>reboot</c>, <c>update</c>, <c>hardwareFault</c> …</param>
/// <param name="Operation">The operation that it belongs to.</param>
/// <param name="AskedAt">When it was asked for.</param>
/// <param name="ForceAt">When it is done whatever the promise says; null for never.</param>
/// <param name="Stage">How far it has come.</param>
/// <param name="DrainGeneration">The network generation in which it is out of rotation.</param>
/// <param name="Blocker">What it waits for.</param>
public sealed record PlannedAct(
    ActKind Kind, ActOrigin Origin, string Why, OperationId? Operation, Instant AskedAt, Instant? ForceAt = null,
    ActStage Stage = ActStage.Waiting, int DrainGeneration = 0, Blocker? Blocker = null);
