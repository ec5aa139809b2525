// The figures of webhooks as settings (W3). All times are real.
namespace Rdfe.Infrastructure.Settings;

/// <summary>The section <c>Rdfe:Webhooks</c>.</summary>
public sealed class WebhookOptions
{
    /// <summary>Webhooks that a subscription may have.</summary>
    public int MaxPerSubscription { get; set; } = 10;

    /// <summary>Deliveries that may wait for one; of more, the oldest are given up.</summary>
    public int MaxWaiting { get; set; } = 10_000;

    /// <summary>How often what is due is looked for.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long an answer is waited for.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long after the first failure it is tried again; twice as long after each further one …</summary>
    public TimeSpan FirstRetry { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>… up to this.</summary>
    public TimeSpan LongestRetry { get; set; } = TimeSpan.FromHours(1);

    /// <summary>A delivery is given up when it has been tried for so long.</summary>
    public TimeSpan GiveUpAfter { get; set; } = TimeSpan.FromDays(3);

    /// <summary>Webhooks that are sent to at a time.</summary>
    public int Concurrency { get; set; } = 16;

    /// <summary>True lets owners name this machine, also without TLS; for development.</summary>
    public bool AllowLoopback { get; set; }

    /// <summary>True lets owners name private and other special addresses.</summary>
    public bool AllowPrivateAddresses { get; set; }

    internal IEnumerable<string> Errors()
    {
        if (this is not { MaxPerSubscription: > 0, MaxWaiting: > 0, Concurrency: > 0 and <= 1000 })
        {
            yield return "Rdfe:Webhooks:MaxPerSubscription and MaxWaiting must be above 0, Concurrency 1 to 1000.";
        }

        if (PollInterval < TimeSpan.FromMilliseconds(10) || PollInterval > TimeSpan.FromMinutes(10)
            || Timeout < TimeSpan.FromMilliseconds(100) || Timeout > TimeSpan.FromMinutes(5))
        {
            yield return "Rdfe:Webhooks:PollInterval must be 10 ms to 10 minutes, Timeout 100 ms to 5 minutes.";
        }

        if (FirstRetry <= TimeSpan.Zero || LongestRetry < FirstRetry || GiveUpAfter < FirstRetry)
        {
            yield return "Rdfe:Webhooks:FirstRetry must be above 0, LongestRetry and GiveUpAfter at least as long.";
        }
    }
}
