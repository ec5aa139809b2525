// W3: how long before something is felt its guests are told.
using NodaTime;

namespace Rdfe.Domain.Notices;

/// <summary>The figures of notices. No time at all switches that kind of notice off.</summary>
public sealed record NoticeSettings
{
    /// <summary>No notices at all.</summary>
    public static NoticeSettings None { get; } = new() { Freeze = Duration.Zero, Reboot = Duration.Zero, Redeploy = Duration.Zero };

    /// <summary>Before a pause with memory kept (Azure's figure).</summary>
    public Duration Freeze { get; init; } = Duration.FromMinutes(15);

    /// <summary>Before a restart (Azure's figure).</summary>
    public Duration Reboot { get; init; } = Duration.FromMinutes(15);

    /// <summary>Before a move to another node (Azure's figure).</summary>
    public Duration Redeploy { get; init; } = Duration.FromMinutes(10);

    /// <summary>A guest that has not read for so long is not waited for when its owner restarts it (Azure's figure).</summary>
    public Duration ReadWithin { get; init; } = Duration.FromHours(24);

    /// <summary>What was done to a machine counts as over by then, even where the machine is not well (our choice).</summary>
    public Duration LongestStarted { get; init; } = Duration.FromHours(1);

    /// <summary>The least notice of a kind.</summary>
    public Duration Of(NoticeType type) => type switch
    {
        NoticeType.Freeze => Freeze,
        NoticeType.Reboot => Reboot,
        NoticeType.Redeploy => Redeploy,
        _ => Duration.Zero,
    };

    /// <summary>What is wrong with the figures; empty when nothing is.</summary>
    public IEnumerable<string> Errors()
    {
        foreach (var figure in typeof(NoticeSettings).GetProperties().Where(p => p.PropertyType == typeof(Duration)))
        {
            if ((Duration)figure.GetValue(this)! < Duration.Zero || (Duration)figure.GetValue(this)! > Duration.FromDays(7))
            {
                yield return $"{figure.Name} must be from nothing to 7 days.";
            }
        }

        if (ReadWithin == Duration.Zero || LongestStarted == Duration.Zero)
        {
            yield return "ReadWithin and LongestStarted must be above 0.";
        }
    }
}
