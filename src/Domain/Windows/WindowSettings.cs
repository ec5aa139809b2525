// The figures of maintenance as plain records, always passed in (W5).
namespace Rdfe.Domain.Windows;

/// <summary>The figures of maintenance that controllers decide by.</summary>
public sealed record WindowSettings
{
    /// <summary>The window of whoever has given none; null for one that is always open.</summary>
    public MaintenanceWindow? DefaultWindow { get; init; }
}
