// How a bare node becomes one that takes instances (F3), as a table and three functions over it: begin, a step is done,
// a step has failed. Nothing happens here: each function says what is next and which command is to be given.
using System.Collections.Immutable;
using NodaTime;

namespace Rdfe.Domain.Topology;

/// <summary>What the fabric controller tells a node, or the power controller of its rack, to do (F3).</summary>
public enum ProvisionCommand
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Switch the node on.</summary>
    PowerOn,

    /// <summary>Boot the maintenance OS over the network.</summary>
    BootMaintenanceOs,

    /// <summary>Format the disk.</summary>
    FormatDisk,

    /// <summary>Download the host OS image.</summary>
    DownloadHostOs,

    /// <summary>Boot the host OS.</summary>
    BootHostOs,

    /// <summary>Specialise the host OS.</summary>
    Specialise,

    /// <summary>Reboot.</summary>
    Reboot,

    /// <summary>Connect the host agent to the fabric controller.</summary>
    ConnectHostAgent,
}

/// <summary>How far a node has come.</summary>
/// <param name="State">The state, which is the step under way.</param>
/// <param name="Attempt">Which attempt at this step it is, from 1; 0 where no step is under way.</param>
/// <param name="Since">When the state was entered, by its first attempt.</param>
/// <param name="Deadline">When the present attempt has failed; null where no step is under way.</param>
/// <param name="LastFailure">Why the last attempt failed, for people; kept until a step succeeds.</param>
public sealed record ProvisioningProgress(
    NodeState State, int Attempt, Instant Since, Instant? Deadline, string? LastFailure)
{
    /// <summary>A node that no step is under way on.</summary>
    public static ProvisioningProgress At(NodeState state, Instant since) => new(state, 0, since, null, null);
}

/// <summary>What is next, and the command to give for it.</summary>
/// <param name="Next">The progress to keep.</param>
/// <param name="Command">The command to give once that is kept.</param>
public sealed record ProvisioningDecision(ProvisioningProgress Next, ProvisionCommand Command);

/// <summary>One row of the machine.</summary>
/// <param name="State">The state in which the step is under way.</param>
/// <param name="Command">The command that starts it, again at each attempt.</param>
/// <param name="Next">The state that follows when it is done.</param>
/// <param name="Times">Its times among the settings.</param>
public sealed record ProvisioningStep(
    NodeState State, ProvisionCommand Command, NodeState Next, Func<ProvisioningSettings, StepTimes> Times);

/// <summary>The provisioning machine (F3).</summary>
public static class NodeProvisioning
{
    /// <summary>The machine as a table, in the order in which a node goes through it.</summary>
    public static ImmutableArray<ProvisioningStep> Steps { get; } =
    [
        new(NodeState.PoweringOn, ProvisionCommand.PowerOn, NodeState.MaintenanceOs, s => s.PowerOn),
        new(NodeState.MaintenanceOs, ProvisionCommand.BootMaintenanceOs, NodeState.FormattingDisk,
            s => s.MaintenanceOs),
        new(NodeState.FormattingDisk, ProvisionCommand.FormatDisk, NodeState.DownloadingHostOs, s => s.FormatDisk),
        new(NodeState.DownloadingHostOs, ProvisionCommand.DownloadHostOs, NodeState.BootingHostOs,
            s => s.DownloadHostOs),
        new(NodeState.BootingHostOs, ProvisionCommand.BootHostOs, NodeState.Specialising, s => s.BootHostOs),
        new(NodeState.Specialising, ProvisionCommand.Specialise, NodeState.Rebooting, s => s.Specialise),
        new(NodeState.Rebooting, ProvisionCommand.Reboot, NodeState.ConnectingHostAgent, s => s.Reboot),
        new(NodeState.ConnectingHostAgent, ProvisionCommand.ConnectHostAgent, NodeState.Ready, s => s.ConnectHostAgent),
    ];

    /// <summary>The row of a state; null where no step is under way in it.</summary>
    public static ProvisioningStep? StepOf(NodeState state) => Steps.FirstOrDefault(s => s.State == state);

    /// <summary>
    /// The first step. Whether the node may be provisioned is asked of <see cref="NodeActions"/> before.
    /// </summary>
    public static ProvisioningDecision Begin(Instant now, ProvisioningSettings settings) =>
        Enter(NodeState.PoweringOn, now, settings);

    /// <summary>The step under way is done: the next one, or ready. News of a step that is not under way changes
    /// nothing, because a node may say twice, or late, that it is done.</summary>
    public static ProvisioningDecision OnStepDone(
        ProvisioningProgress progress, NodeState step, Instant now, ProvisioningSettings settings) =>
        progress.State == step && StepOf(step) is { } row ? Enter(row.Next, now, settings) : Unchanged(progress);

    /// <summary>
    /// The clock says <paramref name="now"/>: where that is at or past the deadline, the attempt has failed.
    /// </summary>
    public static ProvisioningDecision OnStepTimedOut(
        ProvisioningProgress progress, Instant now, ProvisioningSettings settings)
    {
        if (progress.Deadline is not { } deadline || now < deadline || StepOf(progress.State) is not { } row)
        {
            return Unchanged(progress);
        }

        var minutes = row.Times(settings).Timeout.TotalMinutes;
        var why = string.Create(
            System.Globalization.CultureInfo.InvariantCulture, $"{row.Command} was not done within {minutes:0.##} min");
        return Next(progress, why, now, settings);
    }

    /// <summary>The node says that the step under way has failed: no need to wait for the deadline.</summary>
    public static ProvisioningDecision OnStepFailed(
        ProvisioningProgress progress, NodeState step, string why, Instant now, ProvisioningSettings settings) =>
        progress.State == step && StepOf(step) is not null ? Next(progress, why, now, settings) : Unchanged(progress);

    /// <summary>
    /// The same step again; after the last attempt a person has to look, and the reason is kept (H1).
    /// </summary>
    private static ProvisioningDecision Next(
        ProvisioningProgress progress, string why, Instant now, ProvisioningSettings settings)
    {
        var row = StepOf(progress.State)!;
        if (progress.Attempt >= settings.MaxAttempts)
        {
            var reason = $"{why} (attempt {progress.Attempt} of {settings.MaxAttempts} at {row.Command})";
            var given = ProvisioningProgress.At(NodeState.HumanInvestigate, now) with { LastFailure = reason };
            return new ProvisioningDecision(given, ProvisionCommand.None);
        }

        var again = progress with
        {
            Attempt = progress.Attempt + 1,
            Deadline = now + row.Times(settings).Timeout,
            LastFailure = why,
        };
        return new ProvisioningDecision(again, row.Command);
    }

    private static ProvisioningDecision Enter(NodeState state, Instant now, ProvisioningSettings settings) =>
        StepOf(state) is { } row
            ? new(new ProvisioningProgress(state, 1, now, now + row.Times(settings).Timeout, null), row.Command)
            : new(ProvisioningProgress.At(state, now), ProvisionCommand.None);

    private static ProvisioningDecision Unchanged(ProvisioningProgress progress) =>
        new(progress, ProvisionCommand.None);
}
