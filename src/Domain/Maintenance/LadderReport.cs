// M4: what the ladder is asked, and what it answers: every rung with its figures and what ruled it out, the one that was
// chosen, and whose ceilings it would break.
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;
using NodaTime;
using Rdfe.Domain.Migration;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Maintenance;

/// <summary>Whether another node would take an instance.</summary>
/// <param name="Has">True where one would.</param>
/// <param name="Why">Why none would, for people.</param>
public sealed record RoomElsewhere(bool Has, string? Why = null)
{
    /// <summary>There is room.</summary>
    public static RoomElsewhere Yes { get; } = new(true);
}

/// <summary>A node as the ladder needs it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Hardware">What it is made of, what its network carries, and what it can do (M4).</param>
/// <param name="IsStaged">True where it holds already what it is to get (F4): it need not fetch it.</param>
public sealed record LadderNode(NodeId Id, HardwareProfile Hardware, bool IsStaged = false);

/// <summary>An instance as the ladder needs it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Name">Its name, for sentences.</param>
/// <param name="MemoryMib">Its memory, MiB.</param>
/// <param name="DirtyMibPerSecond">What it writes to its memory, MiB/s.</param>
/// <param name="Ceilings">What it bears.</param>
/// <param name="Runs">False for one that is stopped: nothing that is done to its node is felt.</param>
/// <param name="Room">Whether another node would take it.</param>
/// <param name="NotMoved">Why it is not moved as it runs, whatever the figures say: it was tried in vain; null where nothing is known.</param>
public sealed record LadderGuest(
    InstanceId Id, string Name, long MemoryMib, double DirtyMibPerSecond, MaintenanceCeilings Ceilings, bool Runs, RoomElsewhere Room,
    WhyNotMoved? NotMoved = null);

/// <summary>What rules a rung out.</summary>
public enum RuledOutBy
{
    /// <summary>The update does not allow it.</summary>
    Update,

    /// <summary>The node's hardware can't do it.</summary>
    Hardware,

    /// <summary>An instance can't be handled so.</summary>
    Instance,

    /// <summary>A tenant's ceiling forbids it.</summary>
    Ceiling,

    /// <summary>No other node has room.</summary>
    Room,

    /// <summary>It would take too long.</summary>
    Deadline,

    /// <summary>This fabric does not do it.</summary>
    Platform,
}

/// <summary>Which ceiling (M4).</summary>
public enum Ceiling
{
    /// <summary>The longest pause.</summary>
    MaxPause,

    /// <summary>Whether it may be rebooted.</summary>
    AllowReboot,

    /// <summary>Whether it may be placed elsewhere anew.</summary>
    AllowRedeploy,
}

/// <summary>Why a rung is not taken.</summary>
/// <param name="By">What rules it out.</param>
/// <param name="Code">A stable code.</param>
/// <param name="Sentence">For people, with figures.</param>
/// <param name="Instance">The instance that it is about; null for the node or the update.</param>
/// <param name="Ceiling">The ceiling that it breaks; null where it breaks none.</param>
public sealed record RuledOut(RuledOutBy By, string Code, string Sentence, InstanceId? Instance = null, Ceiling? Ceiling = null);

/// <summary>The pause that an instance is predicted to have.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Pause">How long it does not run.</param>
public sealed record PredictedPause(InstanceId Instance, Duration Pause);

/// <summary>One technology for one node.</summary>
/// <param name="Technology">Which.</param>
/// <param name="Pauses">What each running instance would feel.</param>
/// <param name="WorstPause">The longest of them; typical of the technology where nothing runs.</param>
/// <param name="NodeTakes">How long the node is under way.</param>
/// <param name="RuledOut">Why it is not taken; empty where it may be.</param>
public sealed record Rung(
    Technology Technology, ImmutableArray<PredictedPause> Pauses, Duration WorstPause, Duration NodeTakes, ImmutableArray<RuledOut> RuledOut)
{
    /// <summary>True where nothing but tenants' ceilings stands against it.</summary>
    [JsonIgnore]
    public bool IsPossible => RuledOut.All(r => r.By == RuledOutBy.Ceiling);
}

/// <summary>What is done to a node.</summary>
/// <param name="Update">The update.</param>
/// <param name="Technology">How.</param>
/// <param name="Predicted">What each running instance is predicted to feel.</param>
/// <param name="NodeTakes">How long the node is predicted to be under way.</param>
/// <param name="Better">Rungs with less impact, and what ruled each of them out.</param>
public sealed record MaintenanceChoice(
    HostUpdate Update, Technology Technology, ImmutableArray<PredictedPause> Predicted, Duration NodeTakes, ImmutableArray<Rung> Better)
{
    /// <summary>
    /// True where guests could be moved live once nodes that are being maintained are back, and the rung is a worse one because of that
    /// alone: it is waited for.
    /// </summary>
    public bool RoomComesBack { get; init; }

    /// <summary>True where the node holds already what it is to get (F4): it begins without fetching, and <see cref="NodeTakes"/> is without that.</summary>
    public bool IsStaged { get; init; }

    /// <summary>How long the node fetches what it gets, typically (F4).</summary>
    public Duration Fetches(MaintenanceSettings settings) => IsStaged ? Duration.Zero : Technologies.Procedures.Of(Technology, settings).Fetch;

    /// <summary>True where the longest pause counts as offline: the promise is asked for it (M1).</summary>
    public bool TakesOffline(MaintenanceSettings settings) =>
        Technologies.Procedures.Of(Technology, settings).Pause > settings.OfflinePause && Technology != Technology.LiveMigration;
}

/// <summary>A ceiling that nothing possible keeps: it is told, and broken when its time has come.</summary>
/// <param name="Instance">Whose.</param>
/// <param name="Ceiling">Which.</param>
/// <param name="Technology">What would be done.</param>
/// <param name="Deadline">From when on it is done regardless: the lead time, or 35 days (W1).</param>
/// <param name="Sentence">For people.</param>
public sealed record Escalation(InstanceId Instance, Ceiling Ceiling, Technology Technology, Instant Deadline, string Sentence);

/// <summary>The ladder's answer for one node.</summary>
/// <param name="Node">The node.</param>
/// <param name="Update">The update's name.</param>
/// <param name="Rungs">Every technology, the least impact first.</param>
/// <param name="Choice">What is done; where there are escalations, only when they are over. Null where nothing can be done.</param>
/// <param name="Escalations">Ceilings that it would break.</param>
public sealed record LadderReport(
    NodeId Node, string Update, ImmutableArray<Rung> Rungs, MaintenanceChoice? Choice, ImmutableArray<Escalation> Escalations)
{
    /// <summary>From when on the choice may be carried out; null where there is none to wait for.</summary>
    [JsonIgnore]
    public Instant? NotBefore => Escalations.IsEmpty ? null : Escalations.Max(e => e.Deadline);

    /// <summary>The ladder as text, a line for each rung: for people, and for tests.</summary>
    public override string ToString() => string.Join('\n', Rungs
        .Select(r => string.Create(CultureInfo.InvariantCulture,
            $"{(Choice?.Technology == r.Technology ? ">" : r.RuledOut.IsEmpty ? " " : "x")} {Words.Of(r.Technology),-22}{Shown(r.WorstPause),9}{Shown(r.NodeTakes),9}  {string.Join("; ", r.RuledOut.Select(Shown))}").TrimEnd())
        .Concat(Escalations.Select(e => string.Create(CultureInfo.InvariantCulture,
            $"! {e.Instance} {Words.Of(e.Ceiling)} until {e.Deadline}"))));

    private static string Shown(RuledOut r) => r.Instance is { } i ? $"{r.Code} {i}" : r.Code;

    private static string Shown(Duration d) =>
        d < Duration.FromSeconds(1) ? string.Create(CultureInfo.InvariantCulture, $"{d.TotalMilliseconds:0} ms")
        : d < Duration.FromMinutes(2) ? string.Create(CultureInfo.InvariantCulture, $"{d.TotalSeconds:0.#} s")
        : string.Create(CultureInfo.InvariantCulture, $"{d.TotalMinutes:0.#} min");
}
