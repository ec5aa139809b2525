// M4, W1: what a tenant bears of the platform's maintenance. A ceiling is never overlooked: what can't be brought on under
// it is told to the tenant, and done when the lead time is over (Ladder.cs).
using System.Text.Json.Serialization;
using NodaTime;

namespace Rdfe.Domain.Maintenance;

/// <summary>What one instance bears. What is null is not spoken of.</summary>
/// <param name="MaxPause">The longest pause; zero for none that is felt.</param>
/// <param name="AllowReboot">Whether it may be restarted with its node.</param>
/// <param name="AllowRedeploy">Whether it may be moved to another node, losing its temporary disk.</param>
/// <param name="LeadTime">How long before the other ceilings may be broken the tenant is told, and may do it in person.</param>
public sealed record MaintenanceCeilings(
    Duration? MaxPause = null, bool? AllowReboot = null, bool? AllowRedeploy = null, Duration? LeadTime = null)
{
    /// <summary>Everything is borne.</summary>
    public static MaintenanceCeilings None { get; } = new();

    /// <summary>Longest pause that can be asked for: beyond it a ceiling says nothing.</summary>
    public static Duration LongestPause { get; } = Duration.FromHours(1);

    /// <summary>Longest lead time that can be asked for (W1: about a month; peers give 35 days).</summary>
    public static Duration LongestLeadTime { get; } = Duration.FromDays(35);

    /// <summary>True when it says nothing at all.</summary>
    [JsonIgnore]
    public bool SaysNothing => this == None;

    /// <summary>These, and where they say nothing what <paramref name="set"/> says.</summary>
    public MaintenanceCeilings Over(MaintenanceCeilings? set) => set is null
        ? this
        : new(MaxPause ?? set.MaxPause, AllowReboot ?? set.AllowReboot, AllowRedeploy ?? set.AllowRedeploy, LeadTime ?? set.LeadTime);

    /// <summary>Own ceilings over those of a set; null where neither says anything.</summary>
    public static MaintenanceCeilings? Of(MaintenanceCeilings? own, MaintenanceCeilings? set) =>
        (own ?? None).Over(set) is { SaysNothing: false } both ? both : null;

    /// <summary>What is wrong with them, with the member that it is about.</summary>
    public IEnumerable<(string Member, string Message)> Errors()
    {
        if (MaxPause is { } pause && (pause < Duration.Zero || pause > LongestPause))
        {
            yield return ("maxPause", "A pause is from nothing to PT1H.");
        }

        if (LeadTime is { } lead && (lead < Duration.Zero || lead > LongestLeadTime))
        {
            yield return ("leadTime", "A lead time is from nothing to P35D.");
        }
    }
}
