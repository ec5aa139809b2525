// What happened, in words: which events tell the story, how they are put, and how many of a kind become one line.
using System.Globalization;
using System.Text.RegularExpressions;
using NodaTime;
using Rdfe.Infrastructure.Persistence.Fabric;

namespace Rdfe.Scenarios.Playing;

internal static partial class Telling
{
    /// <summary>More of a kind than this between two commands are told as one line.</summary>
    private const int MostAlike = 6;

    // Kind → how it is put. What is not here (each phase of each instance, each confirmed network) happens all the time.
    private static readonly Dictionary<string, string> Words = new(StringComparer.Ordinal)
    {
        ["deploymentPlaced"] = "placed",
        ["placementRefused"] = "not placed",
        ["operationEnded"] = "ended",
        ["updateBegan"] = "update begins",
        ["updateDomainDone"] = "update domain done",
        ["updateDomainUnhealthy"] = "update is stuck",
        ["updateWalked"] = "walked on",
        ["guestOsServicing"] = "new guest OS",
        ["configurationUnanswered"] = "no answer to configuration",
        ["promiseForced"] = "promise forced",
        ["roleTerminated"] = "role crashed",
        ["roleUnresponsive"] = "role unresponsive",
        ["outOfRotation"] = "out of rotation",
        ["guestAgentSilent"] = "guest agent silent",
        ["guestAgentNeverConnected"] = "guest never connected",
        ["instanceMoved"] = "moved",
        ["instanceCondemned"] = "placed no more",
        ["copyGone"] = "old copy gone",
        ["nodeSilent"] = "node silent",
        ["nodeHeard"] = "node heard again",
        ["nodeStateChanged"] = "node is now",
        ["nodeReturned"] = "node returned",
        ["bundlePushed"] = "bundle pushed",
        ["bundleBlocked"] = "BUNDLE HELD",
        ["bundleOverridden"] = "BUNDLE OVERRIDDEN",
        ["bundleStopped"] = "bundle stopped",
        ["bundleEnded"] = "bundle installed",
        ["installFailed"] = "install failed",
        ["versionsInstalled"] = "node has",
        ["guestAgentReplaced"] = "guest agent replaced",
        ["rolloutWaveBegan"] = "rollout wave",
        ["rolloutBakes"] = "rollout bakes",
        ["rolloutWaveDone"] = "rollout wave done",
        ["rolloutStopped"] = "ROLLOUT STOPPED",
        ["rolloutHeld"] = "rollout held",
        ["rolloutResumed"] = "rollout goes on",
        ["rolloutRollsBack"] = "rollout taken back",
        ["rolloutRolledBack"] = "rolled back",
        ["maintenanceDone"] = "node is done",
        ["maintenanceFailed"] = "MAINTENANCE FAILED",
        ["maintenanceChosen"] = "owner says: now",
        ["maintenancePerformed"] = "owner is done",
        ["scheduledEventPublished"] = "announced",
        ["scheduledEventAcknowledged"] = "acknowledged",
        ["hardwareFaulted"] = "hardware at fault",
        ["heartbeatCliff"] = "HEARTBEAT CLIFF",
        ["cliffOver"] = "CLIFF OVER",
        ["brakeOn"] = "BRAKE ON",
        ["brakeOff"] = "BRAKE OFF",
        ["brakeOverridden"] = "BRAKE OVERRIDDEN",
        ["overrideEnded"] = "OVERRIDE ENDED",
    };

    private static readonly HashSet<string> Turning =
        ["placementRefused", "bundleBlocked", "bundleOverridden", "brakeOn", "brakeOff", "heartbeatCliff", "cliffOver", "brakeOverridden", "overrideEnded"];

    /// <summary>The lines that tell these events.</summary>
    /// <param name="events">In the order in which they happened.</param>
    /// <param name="began">When the scenario began.</param>
    /// <param name="brief">True where only what turns the story is told.</param>
    public static IEnumerable<string> Of(IReadOnlyList<EventRow> events, Instant began, bool brief)
    {
        var told = events.Where(e => Words.ContainsKey(e.Kind) && !IsRoutine(e) && (!brief || Turning.Contains(e.Kind))).ToList();
        var many = told.GroupBy(KindOf).Where(g => g.Count() > MostAlike && !Turning.Contains(g.First().Kind))
            .ToDictionary(g => g.Key, g => (First: g.First(), Last: g.Last(), Count: g.Count()));
        foreach (var e in told)
        {
            if (!many.TryGetValue(KindOf(e), out var alike))
            {
                yield return Entry(e.At - began, Words[e.Kind], Who(e), Detail(e, began));
            }
            else if (ReferenceEquals(alike.First, e))
            {
                yield return Entry(e.At - began, Words[e.Kind], $"{alike.Count} times",
                    $"until {Clock(alike.Last.At - began)}; the first: {Who(e)}, {Detail(e, began)}");
            }
        }
    }

    /// <summary>A line of the log: when, what, whom, and more about it.</summary>
    public static string Entry(Duration at, string what, string who = "", string detail = "") =>
        $"{Clock(at),9}    {what,-22}  {who,-20}  {detail}".TrimEnd();

    /// <summary>A line about what was asked.</summary>
    public static string Asked(Duration at, string command) => $"{Clock(at),9}  > {command}";

    /// <summary>Fabric time since the beginning, as 26:15:00.</summary>
    public static string Clock(Duration at) => string.Create(CultureInfo.InvariantCulture,
        $"{(long)at.TotalHours}:{at.Minutes:00}:{at.Seconds:00}");

    /// <summary>An instance as people call it: its service and its number in its role.</summary>
    public static string Short(string text) => InstanceId().Replace(text, "$1/$2");

    private static string KindOf(EventRow e) => e.Kind switch
    {
        "nodeStateChanged" => $"{e.Kind} {e.Data.Split(':')[0]}",
        "operationEnded" => $"{e.Kind} {e.Data[..e.Data.LastIndexOf(' ')]}",
        "instanceMoved" => $"{e.Kind} {Reason().Match(e.Data).Value}",
        _ => e.Kind,
    };

    // Steps of provisioning are told by the node's last state.
    private static bool IsRoutine(EventRow e) =>
        e.Kind == "nodeStateChanged" && !Told().IsMatch(e.Data);

    private static string Who(EventRow e) => e.Kind == "operationEnded"
        ? e.Data.Split(' ')[2].Split('/')[^1] is { Length: > 0 } service ? service : "an operator's"
        : Short(e.Subject.Split('/')[^1]);

    private static string Detail(EventRow e, Instant began) => e.Kind == "operationEnded"
        ? string.Join(' ', e.Data.Split(' ')[..2])
        : Short(Moment().Replace(e.Data, m => Clock(NodaTime.Text.InstantPattern.ExtendedIso.Parse(m.Value).Value - began)));

    [GeneratedRegex(@"([\w-]+)\.(\w+_\d+)\.op-\w+")]
    private static partial Regex InstanceId();

    [GeneratedRegex(@"\((\w+)\)")]
    private static partial Regex Reason();

    [GeneratedRegex(@"\A(ready|humanInvestigate|outForRepair|decommissioned|poweredOff)\b")]
    private static partial Regex Told();

    // Times that are quoted.
    [GeneratedRegex(@"\d{4}-\d\d-\d\dT[\d:.]+Z")]
    private static partial Regex Moment();
}
