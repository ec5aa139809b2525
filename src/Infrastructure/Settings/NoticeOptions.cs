// The figures of notices as settings (W3): TimeSpans here, calendar types inside, under the same names.
using NodaTime;
using Rdfe.Domain.Notices;

namespace Rdfe.Infrastructure.Settings;

/// <summary>Notices: the section <c>Rdfe:Notices</c>. What each figure means, and where it is from, stands with <see cref="NoticeSettings"/>.</summary>
public sealed class NoticeOptions
{
    /// <summary>Before a pause with memory kept; nothing switches it off.</summary>
    public TimeSpan Freeze { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Before a restart; nothing switches it off.</summary>
    public TimeSpan Reboot { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Before a move to another node; nothing switches it off.</summary>
    public TimeSpan Redeploy { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>A guest that has not read for so long is not waited for when its owner restarts it.</summary>
    public TimeSpan ReadWithin { get; set; } = TimeSpan.FromHours(24);

    /// <summary>What was done to a machine counts as over by then.</summary>
    public TimeSpan LongestStarted { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long those that have ended can be read, in fabric time.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(60);

    /// <summary>The domain's settings.</summary>
    public NoticeSettings ToSettings() => new()
    {
        Freeze = Duration.FromTimeSpan(Freeze),
        Reboot = Duration.FromTimeSpan(Reboot),
        Redeploy = Duration.FromTimeSpan(Redeploy),
        ReadWithin = Duration.FromTimeSpan(ReadWithin),
        LongestStarted = Duration.FromTimeSpan(LongestStarted),
    };

    internal IEnumerable<string> Errors() => ToSettings().Errors()
        .Concat(Retention > TimeSpan.Zero ? [] : ["Retention must be above 0."])
        .Select(e => $"Rdfe:Notices:{e}");
}
