// A fault as it is asked for and shown. What only answers have may come back in a PUT, and says nothing there.
using System.Text.Json;
using System.Text.Json.Nodes;
using NodaTime;
using Rdfe.Api.Features.Fabric;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Maintenance;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Faults;

/// <summary>Whether a fault is in effect.</summary>
public enum FaultState
{
    /// <summary>It has yet to begin.</summary>
    Pending,

    /// <summary>It has begun and not ended.</summary>
    Active,

    /// <summary>It is over; what it broke may need mending.</summary>
    Ended,
}

/// <param name="Slot">production or staging.</param>
public sealed record FaultDeploymentView(Guid Subscription, string Service, Slot Slot);

/// <param name="Name">Its name in the subscription.</param>
public sealed record FaultResourceView(Guid Subscription, string Name);

/// <summary>Exactly one of these.</summary>
/// <param name="Fabric">true: all of it.</param>
/// <param name="Instance">{ subscription, service, slot, instance }, an instance's id, or the name of a virtual machine.</param>
/// <param name="Package">{ subscription, name }, or the first eight or more digits of its SHA-256.</param>
public sealed record FaultTargetView(
    bool? Fabric = null, string? Cluster = null, string? Rack = null, string? Node = null, FaultDeploymentView? Deployment = null,
    JsonElement? Instance = null, FaultResourceView? VirtualMachine = null, JsonElement? Package = null);

/// <param name="Factor">slowAgent: how many times as long everything takes.</param>
/// <param name="Period">flappingAgent: from one silence to the next.</param>
/// <param name="By">clockJump: how far ahead the wall clock is.</param>
/// <param name="What">hardwareFault: what the agent says is broken.</param>
/// <param name="GuestAgents">leapDayBug: guest agents that have it.</param>
/// <param name="Phase">maintenanceFails: the phase that fails.</param>
/// <param name="FailsAfter">degrading: from the first signals until the node fails; P7D where left out.</param>
/// <param name="Defect">degrading: what is about to break; board, with some of every signal, where left out.</param>
public sealed record FaultParametersView(double? Factor = null, Duration? Period = null, Duration? By = null, string? What = null,
    IReadOnlyList<string>? GuestAgents = null, MaintenancePhase? Phase = null,
    Duration? FailsAfter = null, DefectKind? Defect = null);

/// <param name="From">When it begins: a time of the fabric, or a delay from now; at once where left out.</param>
/// <param name="Duration">How long it lasts; until it is deleted where left out.</param>
/// <param name="Strikes">In answers: scope and id of what it strikes.</param>
public sealed record FaultView(
    FaultKind Kind, FaultTargetView Target, string? From = null, Duration? Duration = null, FaultParametersView? Parameters = null,
    Instant? StartsAt = null, Instant? EndsAt = null, string? Strikes = null, FaultState? State = null,
    string? Name = null, string? Etag = null)
{
    internal static JsonObject Of(FaultRow row, FabricClock clock)
    {
        var (fault, now) = (row.Fault, clock.Now);
        var view = FabricDocument.View(row.Json, row.ETag, fault.Name);
        view["startsAt"] = NodaTime.Text.InstantPattern.ExtendedIso.Format(fault.From);
        if (fault.Until is { } end)
        {
            view["endsAt"] = NodaTime.Text.InstantPattern.ExtendedIso.Format(end);
        }

        view["strikes"] = $"{Words.Of(fault.Target.Scope)} {fault.Target.Id}".TrimEnd();
        view["state"] = Words.Of(
            now < fault.From ? FaultState.Pending : fault.IsActive(now) ? FaultState.Active : FaultState.Ended);
        return view;
    }
}
