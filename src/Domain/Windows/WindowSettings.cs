// The figures of windows as plain records, always passed in (W5).
namespace Rdfe.Domain.Windows;

/// <summary>The figures of windows that controllers decide by.</summary>
public sealed record WindowSettings
{
    /// <summary>The window of whoever has given none; null for one that is always open.</summary>
    public MaintenanceWindow? DefaultWindow { get; init; }
}
