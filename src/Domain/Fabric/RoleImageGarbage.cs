// Which role images does a cluster's repository still need (F4)? Those of what is deployed there, and both ends of an update. Content is
// new in every version of a package, so that what nobody has any more would stay for ever.
using Rdfe.Domain.Deployments;

namespace Rdfe.Domain.Fabric;

/// <summary>Drops role images that nothing is made of.</summary>
internal static class RoleImageGarbage
{
    /// <summary>At the end of a turn in which a deployment was changed or has gone, or after a start.</summary>
    public static void Drop(Turn turn)
    {
        var state = turn.State;
        // Most that changes about deployments is their network: all of them are gone over only where images are concerned.
        if (state.RoleImages.Count == 0 || !(turn.Everything || turn.LetGo.Count > 0 || turn.RoleImages.Count > 0
            || turn.Deployments.Any(key => ImagesOf(turn.Deployments.Before(key)) != ImagesOf(state.Deployments.GetValueOrDefault(key)))))
        {
            return;
        }

        var needed = new HashSet<string?>(StringComparer.Ordinal);
        foreach (var d in state.Deployments.Values)
        {
            var (now, from, to) = ImagesOf(d);
            needed.UnionWith([now, from, to]);
        }

        foreach (var image in state.RoleImages.Where(i => !needed.Contains(i)).Order(StringComparer.Ordinal).ToList())
        {
            state.RoleImages.Remove(image);
            turn.RoleImages.Remove(image);
            turn.DroppedImages.Add(image);
        }
    }

    private static (string? Now, string? From, string? To) ImagesOf(Deployment? d) =>
        (d?.PackageSha256, d?.Update?.From.PackageSha256, d?.Update?.To.PackageSha256);
}
