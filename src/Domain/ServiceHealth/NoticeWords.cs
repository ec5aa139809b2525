// W4: what tenants read. Plain words, figures as people say them; no node, no rack, nobody else, no operator's reason.
using System.Collections.Immutable;
using System.Globalization;
using NodaTime;
using Rdfe.Domain.Maintenance;

namespace Rdfe.Domain.ServiceHealth;

/// <summary>Titles and sentences of notices.</summary>
public static class NoticeWords
{
    /// <summary>A count and what is counted.</summary>
    public static string Count(int count, string noun) => string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");

    /// <summary>A time as people say it.</summary>
    public static string Span(Duration d) => d switch
    {
        { TotalMilliseconds: < 1000 } => string.Create(CultureInfo.InvariantCulture, $"{d.TotalMilliseconds:0.#} ms"),
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{d.TotalSeconds:0.#} s"),
        { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(d.TotalMinutes):0} min {d.Seconds} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(d.TotalHours):0} h {d.Minutes} min"),
    };

    /// <summary>Title and sentence of an incident.</summary>
    internal static (string Title, string Sentence) Of(IncidentCause cause) => cause.Key.Split('/')[0] switch
    {
        "silent" => ("Servers are not heard",
            "Servers that host instances of yours are not heard: they have failed, or lost power or network. What ran there is brought back on them, or on others."),
        "cliff" => ("Many servers are not heard at once",
            "Many servers of a cluster fell silent together. It is likelier that the platform can't see them than that they have failed, so nothing is moved until that is known."),
        "hardware" => ("Hardware of a server is failing",
            "The hardware of a server that hosts instances of yours reports a fault. They are moved to other servers, one update domain at a time."),
        "predicted" => ("A server is likely to fail",
            "A server that hosts instances of yours shows signs that it will fail. They are moved to other servers before it does, one update domain at a time."),
        "repair" => ("A server is taken out for repair",
            "A server that hosts instances of yours goes for repair. They are moved to other servers, one update domain at a time."),
        "decommission" => ("A server is retired",
            "A server that hosts instances of yours is taken out of service for good. They are moved to other servers, one update domain at a time."),
        _ => ("Instances do not start",
            "Instances of yours did not start in several tries. The servers that they were on are looked into by people."),
    };

    /// <summary>What the fabric does now.</summary>
    internal static string Of(IncidentWork work) => work switch
    {
        IncidentWork.Waits => "Repairs are held back for now, so that they do not spread the damage.",
        IncidentWork.Recovers => "The servers' power is being cycled.",
        IncidentWork.Moves => "The servers did not come back; what ran on them is being placed on others.",
        IncidentWork.Empties => "What runs there is being moved, as your update domains allow.",
        _ => "The servers are being looked into by people.",
    };

    /// <summary>Nobody is affected any more.</summary>
    internal static string WellAgain(ImmutableArray<AffectedResource> affected)
    {
        var left = affected.Count(a => a.State is AffectedState.Gone or AffectedState.GivenUp);
        return $"{affected.Length - left} of {Count(affected.Length, "instance")} {(affected.Length == 1 ? "is" : "are")} well again"
            + (left == 0 ? "" : $", the others were stopped, deleted or given up") + ". It is being watched.";
    }

    /// <summary>What an incident came to (W4: "closed with what really happened").</summary>
    internal static string OutcomeOf(NoticeKind kind, ImmutableArray<AffectedResource> affected)
    {
        var parts = new List<string>();
        var down = affected.Where(a => a.Down > Duration.Zero).Select(a => a.Down).Order().ToList();
        if (down.Count > 0)
        {
            parts.Add($"{down.Count} of {Count(affected.Length, "instance")} {(down.Count == 1 ? "was" : "were")} down, for {Spread(down)}");
        }

        var unheard = affected.Where(a => a.Down == Duration.Zero && a.Unheard > Duration.Zero).Select(a => a.Unheard).Order().ToList();
        if (unheard.Count > 0)
        {
            parts.Add($"{unheard.Count} went on running and {(unheard.Count == 1 ? "was" : "were")} not heard, for {Spread(unheard)}");
        }

        Add(parts, affected, AffectedState.GivenUp, "did not start in all tries and wait for a change by their owner");
        Add(parts, affected, AffectedState.Gone, "were stopped or deleted meanwhile");
        var unhurt = affected.Count(a => a is { State: AffectedState.Recovered } && a.Down == Duration.Zero && a.Unheard == Duration.Zero);
        if (unhurt > 0)
        {
            parts.Add($"{unhurt} felt nothing");
        }

        return parts.Count == 0 ? "Nothing was felt." : string.Join("; ", parts) + (kind == NoticeKind.Incident ? ". Nothing of this was planned." : ".");
    }

    /// <summary>What maintenance came to, compared with what was predicted (M6, W4).</summary>
    internal static string OutcomeOfMaintenance(ImmutableArray<AffectedResource> affected, int count, bool calledOff)
    {
        var parts = new List<string>();
        var done = affected.Where(a => a.State == AffectedState.Done).ToList();
        parts.Add($"{done.Count} of {Count(count, "instance")} {(done.Count == 1 ? "was" : "were")} maintained");
        foreach (var by in done.GroupBy(a => a.Technology).OrderByDescending(g => g.Count()).ThenBy(g => g.Key))
        {
            var measured = by.Select(a => a.Down).Order().ToList();
            var predicted = by.Select(a => a.Predicted).OfType<Duration>().DefaultIfEmpty().Max();
            var over = by.Count(a => a.Predicted is { } p && a.Down > p);
            parts.Add($"{measured.Count} by {Words.Of(by.Key!.Value)}, paused for {Spread(measured)}"
                + (by.Any(a => a.Predicted is not null) ? $" (predicted: at most {Span(predicted)}; longer than predicted: {over})" : ""));
        }

        Add(parts, affected, AffectedState.Untouched, "needed nothing where they are");
        Add(parts, affected, AffectedState.Pending, calledOff ? "were not come to" : "could not be done");
        Add(parts, affected, AffectedState.Gone, "were stopped or deleted meanwhile");
        return string.Join("; ", parts) + ".";
    }

    /// <summary>What an update of hosts changes, for tenants.</summary>
    internal static string Of(MaintainedComponent component) => component switch
    {
        MaintainedComponent.HostOs => "operating system",
        MaintainedComponent.Hypervisor => "hypervisor",
        MaintainedComponent.HostAgent => "management agent",
        MaintainedComponent.NetworkAgent => "network agent",
        MaintainedComponent.VirtualDiskDriver => "disk driver",
        MaintainedComponent.Firmware => "firmware",
        _ => "hardware",
    };

    private static void Add(List<string> parts, ImmutableArray<AffectedResource> affected, AffectedState state, string what)
    {
        if (affected.Count(a => a.State == state) is > 0 and var count)
        {
            parts.Add($"{count} {what}");
        }
    }

    private static string Spread(List<Duration> ordered) => ordered.Count == 1 || ordered[0] == ordered[^1]
        ? Span(ordered[^1])
        : $"{Span(ordered[(ordered.Count - 1) / 2])} at the median and {Span(ordered[^1])} at most";
}
