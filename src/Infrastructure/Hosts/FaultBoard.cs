// Where the faults that are kept meet what they strike: the simulated hosts, and the wall clock. Handed over as a whole
// after each commit and at the start, so that one that was lost costs nothing.
using Microsoft.EntityFrameworkCore;
using Rdfe.Domain.Faults;
using Rdfe.Infrastructure.Emulator;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Infrastructure.Hosts;

/// <summary>Puts faults into effect.</summary>
public sealed class FaultBoard(IHostAgents hosts, FabricClock clock) : IReloads
{
    /// <summary>True when there are simulated hosts, which alone can be made to fail.</summary>
    public bool IsOpen => hosts is ReplaceableHosts;

    /// <summary>Every fault that is kept, in the order of their numbers.</summary>
    public static IReadOnlyList<Fault> Of(RdfeDbContext db) =>
        [.. db.Set<FaultRow>().AsNoTracking().OrderBy(r => r.Number).AsEnumerable().Select(r => r.Fault)];

    /// <inheritdoc/>
    public void Reload(RdfeDbContext db) => Put(Of(db));

    /// <summary>These are all faults there are, from now on. Safe on any thread, and quick.</summary>
    public void Put(IReadOnlyList<Fault> all)
    {
        if (hosts is not ReplaceableHosts simulated)
        {
            return;
        }

        clock.Jumps = [.. WallClockJump.Among(all)];
        simulated.SetFaults(all);
    }
}
