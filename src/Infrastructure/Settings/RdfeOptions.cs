// The section Rdfe of appsettings.json (or the environment, with __). Bound and validated at start, all errors at once.
using Microsoft.Extensions.Options;
using Rdfe.Domain.Packages;

namespace Rdfe.Infrastructure.Settings;

public sealed class RdfeOptions
{
    /// <summary>Shorter keys could be guessed at the rate that guesses are let through.</summary>
    public const int LeastOperatorKey = 16;

    public string? OperatorKey { get; set; }

    public string? DataFolder { get; set; }

    public string? Topology { get; set; }

    public ClockOptions Clock { get; set; } = new();

    public LimitOptions Limits { get; set; } = new();

    public StoreOptions Store { get; set; } = new();

    public TakeoverOptions Takeover { get; set; } = new();

    /// <summary>Quotas of a subscription that asks for none of its own.</summary>
    public QuotaOptions Quotas { get; set; } = new();

    public FabricOptions Fabric { get; set; } = new();

    /// <summary>Maintenance of hosts (M3, M4).</summary>
    public MaintenanceOptions Maintenance { get; set; } = new();

    /// <summary>What bounds packages and configurations (D1).</summary>
    public PackageLimits Packages { get; set; } = new();

    public EventOptions Events { get; set; } = new();

    public BillingOptions Billing { get; set; } = new();

    /// <summary>Rollouts of host updates (M5, W1).</summary>
    public RolloutOptions Rollouts { get; set; } = new();

    /// <summary>Notices to guests (W3).</summary>
    public NoticeOptions Notices { get; set; } = new();

    /// <summary>Webhooks of owners (W3).</summary>
    public WebhookOptions Webhooks { get; set; } = new();

    /// <summary>Notices of service health (W4).</summary>
    public ServiceHealthOptions ServiceHealth { get; set; } = new();

    /// <summary>Maintenance windows (W5).</summary>
    public WindowOptions Windows { get; set; } = new();
}

/// <summary>When days are closed, and how long what they were made of is kept (R2); all in fabric time.</summary>
public sealed class BillingOptions
{
    /// <summary>How long after midnight a day is closed: what is reported late still counts on its day until then.</summary>
    public TimeSpan CloseAfter { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long the history of closed days is kept, so that they can be computed again.</summary>
    public TimeSpan HistoryRetention { get; set; } = TimeSpan.FromDays(60);

    /// <summary>How long the figures of closed days are kept: seven years, as books are.</summary>
    public TimeSpan DayRetention { get; set; } = TimeSpan.FromDays(2557);
}

/// <summary>The log of events and of ended operations: how long it is kept, and how it is read.</summary>
public sealed class EventOptions
{
    /// <summary>How long events are kept, in fabric time.</summary>
    public TimeSpan Retention { get; set; } = TimeSpan.FromDays(60);

    /// <summary>How long ended operations are kept, in fabric time.</summary>
    public TimeSpan OperationRetention { get; set; } = TimeSpan.FromDays(60);

    /// <summary>How long it is known who did what (R3), in fabric time; as long as Azure keeps it.</summary>
    public TimeSpan ActivityRetention { get; set; } = TimeSpan.FromDays(90);

    /// <summary>How often what is too old is looked for, in real time.</summary>
    public TimeSpan TrimInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Rows that one unit of the trimmer deletes: bounds how long others wait for it.</summary>
    public int TrimBatch { get; set; } = 1000;

    /// <summary>Streams that may be open at once.</summary>
    public int MaxStreams { get; set; } = 50;

    /// <summary>Events that a reader may lag behind once it has caught up; one that is slower is told of a gap.</summary>
    public int MaxLag { get; set; } = 10_000;
}

/// <summary>How fabric time passes.</summary>
public enum ClockMode
{
    /// <summary>At a rate, and it can be advanced.</summary>
    Virtual,

    /// <summary>As the wall clock.</summary>
    Real,
}

public sealed class ClockOptions
{
    public ClockMode Mode { get; set; } = ClockMode.Virtual;

    public double Rate { get; set; } = 60;

    /// <summary>Where a virtual clock starts on a new store, RFC 3339; empty for the time of the first start.</summary>
    public string Start { get; set; } = "";

    /// <summary>
    /// Where time leaps, because it is advanced, it stops at whole multiples of this alone, and all that falls due in between is
    /// decided together. Longer is faster; zero stops at every moment at which something is due.
    /// </summary>
    public TimeSpan Grain { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The same as an instant; null when there is none, or it can't be read.</summary>
    public NodaTime.Instant? StartsAt =>
        NodaTime.Text.OffsetDateTimePattern.Rfc3339.Parse(Start) is { Success: true } start ? start.Value.ToInstant() : null;
}

public sealed class LimitOptions
{
    /// <summary>Requests a second that one key may make; bursts of the same size.</summary>
    public int RequestsPerSecond { get; set; } = 1000;

    /// <summary>Requests a second that one address may make without a valid key.</summary>
    public int UnauthenticatedPerSecond { get; set; } = 100;

    public int MaxBodyBytes { get; set; } = 1 << 20;

    /// <summary>A topology of 200,000 nodes, written out, has a few MiB.</summary>
    public int MaxTopologyBytes { get; set; } = 32 << 20;

    public int MaxHeaderBytes { get; set; } = 32 << 10;

    public int MaxJsonDepth { get; set; } = 32;

    /// <summary>How long an emulator's command that replaces the fabric waits for callers who are inside.</summary>
    public TimeSpan EmulatorDrain { get; set; } = TimeSpan.FromSeconds(5);

    public TimeSpan IdempotencyRetention { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Requests under way at once; those that cost much, and streams, are counted by themselves.</summary>
    public int MaxRequests { get; set; } = 1024;

    /// <summary>Requests that wait for one under way to end; beyond it callers are turned away.</summary>
    public int MaxWaitingRequests { get; set; } = 8192;

    /// <summary>The same of uploads and of commands on the whole fabric: each takes a disk or a core for a while.</summary>
    public int MaxHeavyRequests { get; set; } = 16;

    public int MaxWaitingHeavyRequests { get; set; } = 256;

    /// <summary>Connections whose requests are served; those of some more are answered that there are too many.</summary>
    public int MaxConnections { get; set; } = 10_000;

    /// <summary>A body that comes more slowly, after the grace, is given up. Real time, as the next ones.</summary>
    public int MinBodyBytesPerSecond { get; set; } = 240;

    public TimeSpan BodyGrace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the headers of a request may take.</summary>
    public TimeSpan HeadersTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a connection may say nothing between two requests.</summary>
    public TimeSpan KeepAliveTimeout { get; set; } = TimeSpan.FromSeconds(130);

    /// <summary>What bounds how much is under way at once, and how slowly it may come: everything wrong with it.</summary>
    internal IEnumerable<string> OverloadErrors()
    {
        if (MaxRequests <= 0 || MaxHeavyRequests <= 0 || MaxConnections <= 0)
        {
            yield return "Rdfe:Limits:MaxRequests, MaxHeavyRequests and MaxConnections must be above 0.";
        }

        if (MaxWaitingRequests < 0 || MaxWaitingHeavyRequests < 0)
        {
            yield return "Rdfe:Limits:MaxWaitingRequests and MaxWaitingHeavyRequests must not be negative.";
        }

        // Kestrel looks once a second.
        if (MinBodyBytesPerSecond <= 0 || BodyGrace <= TimeSpan.FromSeconds(1))
        {
            yield return "Rdfe:Limits:MinBodyBytesPerSecond must be above 0, and Rdfe:Limits:BodyGrace above a second.";
        }

        if (HeadersTimeout <= TimeSpan.Zero || KeepAliveTimeout <= TimeSpan.Zero
            || HeadersTimeout > TimeSpan.FromHours(1) || KeepAliveTimeout > TimeSpan.FromHours(1))
        {
            yield return "Rdfe:Limits:HeadersTimeout and KeepAliveTimeout must be above 0, and at most an hour.";
        }
    }
}

public sealed class StoreOptions
{
    public int MaxBatch { get; set; } = 256;

    public int MaxQueued { get; set; } = 10_000;
}

/// <summary>What a primary does when another process has taken over from it.</summary>
public enum StepDownMode
{
    /// <summary>Starts anew as a standby, in the same process.</summary>
    StandBy,

    /// <summary>Ends, for a supervisor to start it again.</summary>
    Exit,
}

/// <summary>Who is the primary (F2). All times are real.</summary>
public sealed class TakeoverOptions
{
    /// <summary>How long a primary that gives no sign of life stays the primary. It gives one in each third of this.</summary>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a standby looks whether it may take over.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    public StepDownMode StepDown { get; set; }
}

public sealed class QuotaOptions
{
    public decimal Cores { get; set; } = 100;

    public int Services { get; set; } = 20;

    public int Vips { get; set; } = 20;

    public int Vms { get; set; } = 50;

    public int AffinityGroups { get; set; } = 20;

    public int VirtualNetworks { get; set; } = 20;

    public int StorageAccounts { get; set; } = 20;

    public int Keys { get; set; } = 50;
}

public sealed class RdfeOptionsRules : IValidateOptions<RdfeOptions>
{
    public ValidateOptionsResult Validate(string? name, RdfeOptions options)
    {
        var errors = new List<string>();
        void Check(bool good, string message)
        {
            if (!good)
            {
                errors.Add(message);
            }
        }

        Check(string.IsNullOrEmpty(options.OperatorKey) || options.OperatorKey.Length >= RdfeOptions.LeastOperatorKey,
            $"Rdfe:OperatorKey must have {RdfeOptions.LeastOperatorKey} characters at least, or be left out: then one is made.");
        Check(options.Clock.Rate is >= 0 and <= 1_000_000, "Rdfe:Clock:Rate must be 0 (stands still) to 1,000,000.");
        Check(options.Clock.Start.Length == 0 || options.Clock.StartsAt is not null,
            "Rdfe:Clock:Start must be empty, or an RFC 3339 timestamp such as 2012-02-28T23:00:00Z.");
        Check(options.Clock.Start.Length == 0 || options.Clock.Mode == ClockMode.Virtual,
            "Rdfe:Clock:Start is for a virtual clock; a real one starts now.");
        Check(options.Clock.Grain >= TimeSpan.Zero && options.Clock.Grain <= TimeSpan.FromMinutes(1), "Rdfe:Clock:Grain must be 0 to 1 minute.");
        Check(Enum.IsDefined(options.Clock.Mode), "Rdfe:Clock:Mode must be 'virtual' or 'real'.");
        Check(options.Limits.RequestsPerSecond > 0, "Rdfe:Limits:RequestsPerSecond must be above 0.");
        Check(options.Limits.UnauthenticatedPerSecond > 0, "Rdfe:Limits:UnauthenticatedPerSecond must be above 0.");
        Check(options.Limits.MaxBodyBytes >= 1024, "Rdfe:Limits:MaxBodyBytes must be at least 1024.");
        Check(options.Limits.MaxTopologyBytes >= 1024, "Rdfe:Limits:MaxTopologyBytes must be at least 1024.");
        Check(options.Events.Retention > TimeSpan.Zero && options.Events.OperationRetention > TimeSpan.Zero && options.Events.ActivityRetention > TimeSpan.Zero,
            "Rdfe:Events:Retention, OperationRetention and ActivityRetention must be above 0.");
        Check(options.Events.TrimInterval >= TimeSpan.FromSeconds(1) && options.Events.TrimInterval <= TimeSpan.FromDays(1),
            "Rdfe:Events:TrimInterval must be a second to a day.");
        Check(options.Events is { TrimBatch: > 0, MaxStreams: > 0, MaxLag: > 0 },
            "Rdfe:Events:TrimBatch, MaxStreams and MaxLag must be above 0.");
        Check(options.Billing.CloseAfter >= TimeSpan.Zero && options.Billing.CloseAfter <= TimeSpan.FromDays(7),
            "Rdfe:Billing:CloseAfter must be from nothing to 7 days.");
        Check(options.Billing.HistoryRetention > TimeSpan.Zero && options.Billing.DayRetention >= options.Billing.HistoryRetention,
            "Rdfe:Billing:HistoryRetention must be above 0, and Rdfe:Billing:DayRetention at least as long.");
        Check(options.Limits.MaxHeaderBytes >= 1024, "Rdfe:Limits:MaxHeaderBytes must be at least 1024.");
        Check(options.Limits.MaxJsonDepth is >= 4 and <= 128, "Rdfe:Limits:MaxJsonDepth must be 4 to 128.");
        Check(options.Limits.EmulatorDrain > TimeSpan.Zero && options.Limits.EmulatorDrain <= TimeSpan.FromMinutes(10),
            "Rdfe:Limits:EmulatorDrain must be above 0, and at most ten minutes.");
        Check(options.Limits.IdempotencyRetention >= TimeSpan.FromMinutes(1),
            "Rdfe:Limits:IdempotencyRetention must be at least a minute.");
        errors.AddRange(options.Limits.OverloadErrors());
        Check(options.Store.MaxBatch is > 0 and <= 10_000, "Rdfe:Store:MaxBatch must be 1 to 10,000.");
        Check(options.Store.MaxQueued > 0, "Rdfe:Store:MaxQueued must be above 0.");
        Check(options.Takeover.LeaseDuration >= TimeSpan.FromSeconds(0.5) && options.Takeover.LeaseDuration <= TimeSpan.FromHours(1),
            "Rdfe:Takeover:LeaseDuration must be half a second to an hour.");
        Check(options.Takeover.PollInterval >= TimeSpan.FromMilliseconds(10)
            && options.Takeover.PollInterval <= options.Takeover.LeaseDuration,
            "Rdfe:Takeover:PollInterval must be 10 ms to Rdfe:Takeover:LeaseDuration.");
        Check(Enum.IsDefined(options.Takeover.StepDown), "Rdfe:Takeover:StepDown must be 'standBy' or 'exit'.");
        Check(options.Quotas is
        {
            Cores: >= 0, Services: >= 0, Vips: >= 0, Vms: >= 0, AffinityGroups: >= 0,
            VirtualNetworks: >= 0, StorageAccounts: >= 0, Keys: > 0
        }, "Rdfe:Quotas must not be negative.");
        foreach (var figure in typeof(PackageLimits).GetProperties())
        {
            // Every limit is a positive number: 0 would refuse all that it bounds.
            Check(figure.GetValue(options.Packages) is not (long or int) and not null
                || Convert.ToInt64(figure.GetValue(options.Packages), System.Globalization.CultureInfo.InvariantCulture) > 0,
                $"Rdfe:Packages:{figure.Name} must be above 0.");
        }

        Check(options.Packages.DefaultVmSize is { Length: > 0 }, "Rdfe:Packages:DefaultVmSize must name a size.");
        Check(options.Packages.DefaultUpgradeDomainCount <= options.Packages.MaxUpgradeDomainCount,
            "Rdfe:Packages:DefaultUpgradeDomainCount must be at most Rdfe:Packages:MaxUpgradeDomainCount.");
        var fabric = options.Fabric;
        Check(fabric.FewestFaultDomains >= 1, "Rdfe:Fabric:FewestFaultDomains must be at least 1.");
        Check(fabric.MaxUpdateDomainCount is >= 1 and <= 20, "Rdfe:Fabric:MaxUpdateDomainCount must be 1 to 20.");
        Check(fabric.UpdateDomainCount >= 1 && fabric.UpdateDomainCount <= fabric.MaxUpdateDomainCount,
            "Rdfe:Fabric:UpdateDomainCount must be 1 to Rdfe:Fabric:MaxUpdateDomainCount.");
        Check(fabric.AffinityGroupClusterCount >= 1, "Rdfe:Fabric:AffinityGroupClusterCount must be at least 1.");
        Check(fabric.Provisioning.MaxAttempts >= 1, "Rdfe:Fabric:Provisioning:MaxAttempts must be at least 1.");
        foreach (var (step, times) in fabric.Provisioning.Steps)
        {
            Check(times.Typical > TimeSpan.Zero && times.Timeout > times.Typical,
                $"Rdfe:Fabric:Provisioning:{step} must have a Typical above 0 and a Timeout above it.");
        }

        Check(fabric.MaxFaults >= 1, "Rdfe:Fabric:MaxFaults must be at least 1.");
        errors.AddRange(options.Windows.Errors());
        errors.AddRange(options.Rollouts.Errors());
        errors.AddRange(options.Notices.Errors());
        errors.AddRange(options.Webhooks.Errors());
        errors.AddRange(options.ServiceHealth.Errors());
        errors.AddRange(fabric.Health.Errors());
        errors.AddRange(fabric.Prediction.ToSettings().Errors().Select(e => $"Rdfe:Fabric:Prediction: {e}"));
        errors.AddRange(fabric.Hosts.Signals.Errors());
        errors.AddRange(options.Maintenance.ToSettings().Errors().Select(e => $"Rdfe:Maintenance:{e}"));
        Check(fabric.Bundles.HealthyShare is >= 0 and <= 1, "Rdfe:Fabric:Bundles:HealthyShare must be 0 to 1.");
        Check(fabric.Bundles.ConcurrentNodes >= 1 && fabric.Bundles.ConcurrentNodes <= fabric.Bundles.MostConcurrentNodes,
            "Rdfe:Fabric:Bundles:ConcurrentNodes must be 1 to Rdfe:Fabric:Bundles:MostConcurrentNodes.");
        Check(fabric.Bundles.InstallTimeout > TimeSpan.Zero, "Rdfe:Fabric:Bundles:InstallTimeout must be above 0.");
        Check(fabric.Bundles.InstallTries >= 1, "Rdfe:Fabric:Bundles:InstallTries must be at least 1.");
        Check(fabric.Hosts.All.All(d => d >= TimeSpan.Zero), "Rdfe:Fabric:Hosts must have no negative durations.");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
