// How long the steps of provisioning take, and how long they may (F3). The figures are ours: the deck names the steps,
// not their times. A time-out is about three times what is typical, so that a slow node is not given up for a dead one.
using NodaTime;

namespace Rdfe.Domain.Topology;

/// <summary>The times of one step of provisioning.</summary>
/// <param name="Typical">How long it usually takes: what a simulated node draws around.</param>
/// <param name="Timeout">After how long without word from the node the attempt has failed.</param>
public readonly record struct StepTimes(Duration Typical, Duration Timeout)
{
    /// <summary>Both in minutes.</summary>
    public static StepTimes Minutes(double typical, double timeout) =>
        new(Duration.FromMinutes(typical), Duration.FromMinutes(timeout));
}

/// <summary>The figures of node provisioning (F3).</summary>
public sealed record ProvisioningSettings
{
    /// <summary>The default figures: 27 minutes from off to ready when nothing goes wrong.</summary>
    public static ProvisioningSettings Default { get; } = new();

    /// <summary>Attempts at one step before a person has to look at the node.</summary>
    public int MaxAttempts { get; init; } = 3;

    /// <summary>The power controller switches the node on.</summary>
    public StepTimes PowerOn { get; init; } = StepTimes.Minutes(1, 3);

    /// <summary>The maintenance OS boots over the network (PXE).</summary>
    public StepTimes MaintenanceOs { get; init; } = StepTimes.Minutes(2, 6);

    /// <summary>The disk is formatted.</summary>
    public StepTimes FormatDisk { get; init; } = StepTimes.Minutes(3, 9);

    /// <summary>The host OS image is downloaded: some GiB through a shared top-of-rack switch.</summary>
    public StepTimes DownloadHostOs { get; init; } = StepTimes.Minutes(6, 18);

    /// <summary>The host OS boots for the first time.</summary>
    public StepTimes BootHostOs { get; init; } = StepTimes.Minutes(4, 12);

    /// <summary>The host OS specialises itself.</summary>
    public StepTimes Specialise { get; init; } = StepTimes.Minutes(5, 15);

    /// <summary>It reboots.</summary>
    public StepTimes Reboot { get; init; } = StepTimes.Minutes(4, 12);

    /// <summary>The host agent connects to the fabric controller.</summary>
    public StepTimes ConnectHostAgent { get; init; } = StepTimes.Minutes(2, 6);
}
