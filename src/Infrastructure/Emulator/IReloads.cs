// Whoever keeps something of the store in memory, when another fabric has taken the place of the one it knew.
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Infrastructure.Emulator;

/// <summary>Told after another fabric was put in place, before anybody is let in or the engine goes on.</summary>
public interface IReloads
{
    /// <summary>Forgets what it knew, and takes from the store what it needs.</summary>
    void Reload(RdfeDbContext db);
}
