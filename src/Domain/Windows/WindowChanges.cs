// How a cluster learns of a window that a tenant has given, changed or taken back (W5).
using Rdfe.Domain.Fabric;

namespace Rdfe.Domain.Windows;

/// <summary>What the cluster is told of windows.</summary>
internal static class WindowChanges
{
    /// <summary>A configuration has changed: from here on it is decided by the new one.</summary>
    public static void Take(Turn turn, FabricRequest.WindowsChanged request)
    {
        // What was accepted once is readable for ever: zones keep their names. If not, an older book is worse than none.
        var window = request.Window is { } text && WindowReader.Read(text) is { Refused: false } read ? read.Value : null;
        turn.State.Windows = turn.State.Windows.With(
            request.Subscription, request.Configuration, window, request.Resources.Select(r => WindowResource.Read(r)).OfType<WindowResource>());
    }
}
