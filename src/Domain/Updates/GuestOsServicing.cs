// U3: guest OS servicing. Services that follow the newest guest OS of their family get it by update domain, each when
// nothing else is under way on it; others keep the version that they named.
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Operations;

namespace Rdfe.Domain.Updates;

/// <summary>Services guest operating systems.</summary>
internal static class GuestOsServicing
{
    /// <summary>A newer image of a family is there.</summary>
    public static void Published(Turn turn, FabricRequest.GuestOsPublished request)
    {
        foreach (var d in turn.State.Deployments.Values
            .Where(d => d.Model.GuestOsAutomatic && request.Older.Contains(d.NextGuestOs ?? d.Model.GuestOs))
            .OrderBy(d => d.Key, StringComparer.Ordinal).ToList())
        {
            turn.Put(d with { NextGuestOs = request.Image });
        }
    }

    /// <summary>Begins when nothing else is under way.</summary>
    public static void Step(Turn turn, string owner)
    {
        if (!turn.State.Deployments.TryGetValue(owner, out var d) || d.NextGuestOs is not { } image
            || d.State != ProvisioningState.Succeeded || d.Update is not null || Brake.Holds(turn) is not null)
        {
            // L2: infrastructure work stops with healing; it begins when the brake lets go.
            return;
        }

        if (!d.Model.GuestOsAutomatic || d.Model.GuestOs == image)
        {
            // Its owner has named a version meanwhile, or has brought it there.
            turn.Put(d with { NextGuestOs = null });
            return;
        }

        var id = new OperationId($"op-{Draw.Hash(0, d.Key, image, d.NetworkGeneration):x16}");
        var operation = Operation.Accept(
            id, d.SubscriptionId, OperationKinds.UpdateGuestOs,
            $"/subscriptions/{d.SubscriptionId}/services/{d.Service}/deployments/{Words.Of(d.Slot)}",
            turn.State.Id, StepNames.UpdateDeployment, done: 2, turn.Now);
        turn.Put(d with { NextGuestOs = null });
        turn.Say("guestOsServicing", d.Key, $"{d.Model.GuestOs} -> {image}");
        UpdateRequests.Begin(turn, new FabricRequest.UpdateDeployment(
            d.Id, UpdateKind.GuestOs, UpdateMode.Auto, UpdateTarget.Of(d) with { Model = d.Model with { GuestOs = image } },
            operation, QuotaTaken.None, 0));
        Updating.Step(turn, owner);
    }
}
