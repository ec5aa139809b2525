// Which role images does a cluster's repository still need (F4)? Those of what is deployed there, and both ends of an update. Content is
// new in every version of a package, so that what nobody has any more would stay for ever.
namespace Rdfe.Domain.Fabric;

/// <summary>Drops role images that nothing is made of.</summary>
internal static class RoleImageGarbage
{
    /// <summary>At the end of a turn in which a deployment was changed or has gone, or after a start.</summary>
    public static void Drop(Turn turn)
    {
        var state = turn.State;
        if (state.RoleImages.Count == 0 || turn is { Everything: false, Deployments.Count: 0, LetGo.Count: 0, RoleImages.Count: 0 })
        {
            return;
        }

        var needed = new HashSet<string>(StringComparer.Ordinal);
        foreach (var d in state.Deployments.Values)
        {
            needed.Add(d.PackageSha256);
            if (d.Update is { } update)
            {
                needed.Add(update.From.PackageSha256);
                needed.Add(update.To.PackageSha256);
            }
        }

        foreach (var image in state.RoleImages.Where(i => !needed.Contains(i)).Order(StringComparer.Ordinal).ToList())
        {
            state.RoleImages.Remove(image);
            turn.RoleImages.Remove(image);
            turn.DroppedImages.Add(image);
        }
    }
}
