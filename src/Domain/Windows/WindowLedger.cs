// What the platform did to an instance although its owner's window was closed, and why (W1, W2): it is written down in the
// commit that does it, for the owner to read.
using NodaTime;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;

namespace Rdfe.Domain.Windows;

/// <summary>Why the platform did not wait for a window.</summary>
public enum WindowLedgerReason
{
    /// <summary>What had to be done was due before the next window (W1, W2).</summary>
    DeadlinePassed,

    /// <summary>It closes a hole that can't wait (M5).</summary>
    SecurityCritical,

    /// <summary>The node failed, or is about to (H1, H4).</summary>
    HardwareFailure,

    /// <summary>An operator ordered it, and said why (L4).</summary>
    Override,

    /// <summary>It was begun inside the window and took longer than was thought.</summary>
    Overrun,

    /// <summary>The instance is not healthy so long after its restart that it holds maintenance of others no more (M1).</summary>
    Unresponsive,
}

/// <summary>One thing that was done outside a window.</summary>
/// <param name="At">When (fabric time).</param>
/// <param name="Reason">Why it did not wait.</param>
/// <param name="Subscription">Whose it is.</param>
/// <param name="Resource">The machine or service, as it is named in assignments.</param>
/// <param name="Instance">Its instance.</param>
/// <param name="Name">What its owner calls the instance.</param>
/// <param name="Node">Where it ran.</param>
/// <param name="Configuration">Whose window was closed; empty where it is about none.</param>
/// <param name="Through">What that configuration is assigned to; empty where it is about none.</param>
/// <param name="NextWindow">When the window would have opened; null where it never opens again.</param>
/// <param name="Detail">What was done, as a sentence.</param>
public sealed record WindowLedgerEntry(
    Instant At, WindowLedgerReason Reason, SubscriptionId Subscription, string Resource, InstanceId Instance, string Name, NodeId? Node,
    string Configuration, string Through, Instant? NextWindow, string Detail);

/// <summary>Writes the ledger.</summary>
internal static class WindowLedger
{
    /// <summary>
    /// Notes what is done to an instance, if its owner has given it a window and that is closed. Given as it was before the
    /// change, in the turn that makes it.
    /// </summary>
    public static void Note(Turn turn, FabricInstance instance, WindowLedgerReason reason, string detail)
    {
        if (turn.State.WindowOf(instance) is not { } assigned || assigned.Window.IsOpenAt(turn.Now)
            || WindowResolution.OwnerOf(turn.State, instance) is not { } owner)
        {
            return;
        }

        turn.Ledger.Add(new WindowLedgerEntry(
            turn.Now, reason, owner.Subscription, owner.Names[0].ToString(), instance.Id, instance.Name, instance.Node,
            assigned.Configuration, assigned.Through.ToString(), assigned.Window.Next(turn.Now)?.Start, detail));
    }

    /// <summary>Notes that an instance holds planned work no more (M1), whether or not its owner has given it a window.</summary>
    public static void NoteUnresponsive(Turn turn, FabricInstance instance, Duration limit)
    {
        if (WindowResolution.OwnerOf(turn.State, instance) is { } owner)
        {
            turn.Ledger.Add(new WindowLedgerEntry(
                turn.Now, WindowLedgerReason.Unresponsive, owner.Subscription, owner.Names[0].ToString(), instance.Id, instance.Name, instance.Node,
                "", "", null, $"Not healthy {limit.TotalMinutes:0.#} min after its restart: maintenance waits for it no more."));
        }
    }
}
