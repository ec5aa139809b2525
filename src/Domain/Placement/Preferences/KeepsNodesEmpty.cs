namespace Rdfe.Domain.Placement.Preferences;

/// <summary>Prefer nodes that are in use: empty ones stay whole for large sizes, isolated VMs and dedicated hosts
/// (P2, P6).</summary>
internal static class KeepsNodesEmpty
{
    public static double Value(bool empty) => empty ? 0.0 : 1.0;
}
