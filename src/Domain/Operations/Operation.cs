// R6: every long operation is durable, queryable and ends exactly once. This file is the only place that ends one.
using System.Collections.Immutable;
using System.Text.Json.Serialization;
using NodaTime;

namespace Rdfe.Domain.Operations;

/// <summary>Where an operation stands (API.md).</summary>
public enum OperationStatus
{
    /// <summary>Accepted and durable; nobody has begun.</summary>
    NotStarted,

    /// <summary>Under way.</summary>
    Running,

    /// <summary>Ended well.</summary>
    Succeeded,

    /// <summary>Ended without its effect; <see cref="Operation.Error"/> says why.</summary>
    Failed,

    /// <summary>Ended by the caller's wish or because a later request superseded it.</summary>
    Canceled,
}

/// <summary>One visible step of an operation (D2).</summary>
/// <param name="Name">camelCase name, part of the contract.</param>
/// <param name="Status">Where the step stands.</param>
/// <param name="StartedAt">Fabric time at which it began.</param>
/// <param name="EndedAt">Fabric time at which it ended.</param>
public sealed record OperationStep(
    string Name,
    OperationStatus Status,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] Instant? StartedAt = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] Instant? EndedAt = null);

/// <summary>Why an operation failed: the same code and sentence that a synchronous refusal would carry.</summary>
/// <param name="Code">Stable camelCase code.</param>
/// <param name="Message">For people.</param>
public sealed record OperationError(string Code, string Message);

/// <summary>A long-running operation (R6). Immutable: each method gives the next state.</summary>
public sealed record Operation
{
    /// <summary>Its id, unique in the whole system.</summary>
    public required OperationId Id { get; init; }

    /// <summary>The tenant; null for the operator's work under <c>/fabric</c>.</summary>
    public SubscriptionId? SubscriptionId { get; init; }

    /// <summary>What it does, camelCase: <c>createDeployment</c>, <c>restartVirtualMachine</c> …</summary>
    public required string Kind { get; init; }

    /// <summary>Path of the resource that it works on.</summary>
    public required string Resource { get; init; }

    /// <summary>Where it stands.</summary>
    public OperationStatus Status { get; init; }

    /// <summary>0 to 100; 100 only when it has succeeded.</summary>
    public int PercentComplete { get; init; }

    /// <summary>Fabric time of acceptance.</summary>
    public required Instant CreatedAt { get; init; }

    /// <summary>Fabric time at which work began.</summary>
    public Instant? StartedAt { get; init; }

    /// <summary>Fabric time at which it ended; set exactly once.</summary>
    public Instant? EndedAt { get; init; }

    /// <summary>The visible steps, in order (D2).</summary>
    public ImmutableArray<OperationStep> Steps { get; init; } = [];

    /// <summary>Why it failed or was canceled.</summary>
    public OperationError? Error { get; init; }

    /// <summary>The cluster whose actor owns it; null while none does.</summary>
    public ClusterId? Cluster { get; init; }

    /// <summary>True once the caller asked for it to be taken back.</summary>
    public bool CancelRequested { get; init; }

    /// <summary>True once ended.</summary>
    public bool Ended => EndedAt is not null;

    /// <summary>A fresh operation with its steps, the first <paramref name="done"/> of them already done by the front end.</summary>
    public static Operation Accept(
        OperationId id, SubscriptionId? subscription, string kind, string resource, ClusterId? cluster,
        IEnumerable<string> steps, int done, Instant now)
    {
        var list = steps.Select((name, i) => i < done
            ? new OperationStep(name, OperationStatus.Succeeded, now, now)
            : new OperationStep(name, OperationStatus.NotStarted)).ToImmutableArray();
        return new Operation
        {
            Id = id,
            SubscriptionId = subscription,
            Kind = kind,
            Resource = resource,
            Cluster = cluster,
            CreatedAt = now,
            Steps = list,
            PercentComplete = list.Length == 0 ? 0 : 100 * done / (list.Length + 1),
        };
    }

    /// <summary>Marks <paramref name="step"/> as running, and all before it as done.</summary>
    public Operation Reach(string step, Instant now) => Advance(step, now, finishThatStep: false);

    /// <summary>Marks <paramref name="step"/> and all before it as done.</summary>
    public Operation Finish(string step, Instant now) => Advance(step, now, finishThatStep: true);

    /// <summary>Ends it well; every step is done.</summary>
    public Operation Succeed(Instant now) => End(OperationStatus.Succeeded, null, now) with
    {
        PercentComplete = 100,
        Steps = [.. Steps.Select(s => s.Status == OperationStatus.Succeeded
            ? s
            : s with { Status = OperationStatus.Succeeded, StartedAt = s.StartedAt ?? now, EndedAt = now })],
    };

    /// <summary>Ends it as failed; the step under way is the one that failed.</summary>
    public Operation Fail(OperationError error, Instant now) =>
        End(OperationStatus.Failed, error, now) with { Steps = Close(OperationStatus.Failed, now) };

    /// <summary>Ends it as canceled.</summary>
    public Operation Cancel(OperationError why, Instant now) =>
        End(OperationStatus.Canceled, why, now) with { Steps = Close(OperationStatus.Canceled, now) };

    private Operation Advance(string step, Instant now, bool finishThatStep)
    {
        ThrowIfEnded();
        var at = -1;
        for (var i = 0; i < Steps.Length; i++)
        {
            if (Steps[i].Name == step)
            {
                at = i;
                break;
            }
        }

        if (at < 0)
        {
            throw new InvalidOperationException($"Operation {Id} ({Kind}) has no step '{step}'.");
        }

        var next = Steps.ToBuilder();
        var changed = false;
        for (var i = 0; i <= at; i++)
        {
            var s = next[i];
            if (s.Status == OperationStatus.Succeeded)
            {
                continue;
            }

            if (i < at || finishThatStep)
            {
                next[i] = s with { Status = OperationStatus.Succeeded, StartedAt = s.StartedAt ?? now, EndedAt = now };
                changed = true;
            }
            else if (s.Status == OperationStatus.NotStarted)
            {
                next[i] = s with { Status = OperationStatus.Running, StartedAt = now };
                changed = true;
            }
        }

        if (!changed && Status == OperationStatus.Running)
        {
            return this;
        }

        var done = next.Count(s => s.Status == OperationStatus.Succeeded);
        return this with
        {
            Status = OperationStatus.Running,
            StartedAt = StartedAt ?? now,
            Steps = next.ToImmutable(),
            // One more than the steps: 100 is said only when it has succeeded.
            PercentComplete = 100 * done / (next.Count + 1),
        };
    }

    private Operation End(OperationStatus status, OperationError? error, Instant now)
    {
        ThrowIfEnded();
        return this with { Status = status, Error = error, StartedAt = StartedAt ?? now, EndedAt = now };
    }

    private ImmutableArray<OperationStep> Close(OperationStatus status, Instant now)
    {
        var closed = Steps.ToBuilder();
        for (var i = 0; i < closed.Count; i++)
        {
            if (closed[i].Status == OperationStatus.Running)
            {
                closed[i] = closed[i] with { Status = status, EndedAt = now };
            }
        }

        return closed.ToImmutable();
    }

    private void ThrowIfEnded()
    {
        if (Ended)
        {
            throw new InvalidOperationException($"Operation {Id} has ended already ({Status}): an operation ends once (R6).");
        }
    }
}
