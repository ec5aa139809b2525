// A fault as an operator writes it (H1): JSON in, a FaultDocument out, or every error at once, each with its path. What
// it names is looked up afterwards, where the resources are.
using System.Collections.Immutable;
using NodaTime;
using NodaTime.Text;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Documents;
using Rdfe.Domain.Maintenance;

namespace Rdfe.Domain.Faults;

/// <summary>What a document says that it strikes.</summary>
/// <param name="Scope">How much of the fabric.</param>
/// <param name="Path">Where the document says so.</param>
/// <param name="Name">An id; or the name of an instance, a package or a virtual machine.</param>
/// <param name="Subscription">Whose; null where the name is an id.</param>
/// <param name="Service">The service of a deployment or an instance.</param>
/// <param name="Slot">The slot of it.</param>
public sealed record FaultTargetText(
    FaultScope Scope, string Path, string Name, SubscriptionId? Subscription = null, string? Service = null, Slot? Slot = null);

/// <summary>A fault as it is written.</summary>
/// <param name="Kind">What goes wrong.</param>
/// <param name="Target">What it strikes, by name.</param>
/// <param name="From">When it begins; null where a delay says so, or it begins at once.</param>
/// <param name="After">How long after it was asked for it begins; null where not said.</param>
/// <param name="Lasts">How long it lasts; null for as long as the resource is there.</param>
/// <param name="Parameters">Its figures.</param>
public sealed record FaultDocument(
    FaultKind Kind, FaultTargetText Target, Instant? From, Duration? After, Duration? Lasts, FaultParameters Parameters)
{
    /// <summary>The code of the refusal that lists the errors of a document.</summary>
    public const string Invalid = "invalidFault";

    /// <summary>How long a flapping agent takes from one silence to the next, where nothing is said.</summary>
    public static Duration DefaultPeriod { get; } = Duration.FromMinutes(2);

    /// <summary>From the first signals of a degrading node until it fails, where nothing is said.</summary>
    public static Duration DefaultFailsAfter { get; } = Duration.FromDays(7);

    /// <summary>The members that answers have and that say nothing in a request.</summary>
    public static ImmutableArray<string> OfAnswers { get; } = ["startsAt", "endsAt", "strikes", "state"];

    /// <summary>Reads a document, or refuses it with all its errors (<see cref="Invalid"/>).</summary>
    public static Outcome<FaultDocument> Read(string json)
    {
        var errors = new DocumentErrors();
        var read = JsonText.Parse(json, errors) is { } root
            && JsonFields.Open(root, "$", ["kind", "target", "from", "duration", "parameters", .. OfAnswers], errors) is { } fields
                ? Read(fields, errors)
                : null;
        return errors.Count == 0 && read is not null ? read : errors.Refuse(Invalid, "fault");
    }

    private static FaultDocument? Read(JsonFields fields, DocumentErrors errors)
    {
        var word = fields.Word("kind", [.. Enum.GetValues<FaultKind>().Select(k => Words.Of(k))]);
        FaultKind? kind = word is null ? null : Enum.GetValues<FaultKind>().First(k => Words.Of(k) == word);
        var rule = kind is { } k ? FaultKinds.RuleOf(k) : null;
        var target = FaultTargetReader.Read(fields, kind, errors);
        var (from, after) = Start(fields, errors);
        var lasts = Length(fields, "duration", errors, Duration.Epsilon);
        var parameters = fields.Has("parameters") || rule?.Needs is not null ? Figures(fields, rule, errors) : new();
        if (kind == FaultKind.FlappingAgent && parameters is { Period: null })
        {
            parameters = parameters with { Period = DefaultPeriod };
        }

        if (kind == FaultKind.Degrading && parameters is not null)
        {
            parameters = parameters with { FailsAfter = parameters.FailsAfter ?? DefaultFailsAfter, Defect = parameters.Defect ?? DefectKind.Board };
        }

        return kind is null || target is null || parameters is null
            ? null
            : new FaultDocument(kind.Value, target, from, after, lasts, parameters);
    }

    // A time of the fabric, or how long from now.
    private static (Instant? At, Duration? After) Start(JsonFields fields, DocumentErrors errors)
    {
        if (fields.Text("from", required: false) is not { } text)
        {
            return (null, null);
        }

        if (OffsetDateTimePattern.Rfc3339.Parse(text) is { Success: true } at)
        {
            return (at.Value.ToInstant(), null);
        }

        if (LengthOf(text) is { } delay && delay >= Duration.Zero)
        {
            return (null, delay);
        }

        errors.Add(fields.At("from"), "Must be a time such as 2012-02-29T00:00:00Z, or a delay such as PT5M.");
        return (null, null);
    }

    private static FaultParameters? Figures(JsonFields fields, FaultRule? rule, DocumentErrors errors)
    {
        if (rule is null)
        {
            return null;
        }

        if (fields.Element("parameters", required: rule.Needs is not null) is not { } element
            || JsonFields.Open(element, fields.At("parameters"), rule.Parameters, errors) is not { } figures)
        {
            return null;
        }

        bool Takes(string name) => rule.Parameters.Contains(name, StringComparer.Ordinal);
        var what = Takes("what") ? figures.Text("what", required: false) : null;
        if (what is { Length: 0 or > 200 })
        {
            errors.Add(figures.At("what"), "Must have 1 to 200 characters.");
        }

        return new FaultParameters(
            Takes("factor") ? figures.Hundredths("factor", 1_000) / 100.0 : null,
            Takes("period") ? Length(figures, "period", errors, Duration.FromSeconds(10)) : null,
            Takes("by") ? Jump(figures, errors) : null,
            what,
            Takes("guestAgents") && figures.Has("guestAgents") ? Agents(figures, errors) : null,
            Takes("phase") ? figures.Word("phase", [.. Enum.GetValues<MaintenancePhase>().Select(p => Words.Of(p))], required: false) : null,
            Takes("failsAfter") ? Length(figures, "failsAfter", errors, Duration.FromSeconds(10)) : null,
            Takes("defect") && figures.Word("defect", [.. Enum.GetValues<DefectKind>().Select(k => Words.Of(k))], required: false) is { } defect
                ? Enum.GetValues<DefectKind>().First(k => Words.Of(k) == defect)
                : null);
    }

    private static List<string> Agents(JsonFields figures, DocumentErrors errors)
    {
        var agents = new List<string>();
        foreach (var (item, path) in figures.Items("guestAgents", least: 1))
        {
            if (JsonText.Of(item) is { Length: > 0 and <= 100 } agent)
            {
                agents.Add(agent);
            }
            else
            {
                errors.Add(path, "Must be a version of 1 to 100 characters.");
            }
        }

        return agents;
    }

    private static Duration? Jump(JsonFields figures, DocumentErrors errors)
    {
        if (figures.Text("by") is not { } text)
        {
            return null;
        }

        if (LengthOf(text) is { } by && by != Duration.Zero && by <= MostJump && by >= -MostJump)
        {
            return by;
        }

        errors.Add(figures.At("by"), "Must be a duration such as P1D or PT-1H, up to four years either way.");
        return null;
    }

    private static Duration MostJump { get; } = Duration.FromDays(1461);

    private static Duration MostLength { get; } = Duration.FromDays(3660);

    private static Duration? Length(JsonFields fields, string name, DocumentErrors errors, Duration least)
    {
        if (fields.Text(name, required: false) is not { } text)
        {
            return null;
        }

        if (LengthOf(text) is { } length && length >= least && length <= MostLength)
        {
            return length;
        }

        errors.Add(fields.At(name), least == Duration.Epsilon
            ? "Must be a duration above zero such as PT10M, at most ten years."
            : "Must be a duration such as PT2M, from 10 seconds to ten years.");
        return null;
    }

    // ISO 8601; months and years have no fixed length.
    private static Duration? LengthOf(string text)
    {
        var parsed = PeriodPattern.NormalizingIso.Parse(text);
        if (!parsed.Success || parsed.Value is { Months: not 0 } or { Years: not 0 })
        {
            return null;
        }

        try
        {
            return parsed.Value.ToDuration();
        }
        catch (OverflowException)
        {
            return null;
        }
    }
}
