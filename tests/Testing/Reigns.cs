// A controller's right to write, as a test gets it: without waiting, whoever has it now.
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Takeover;

namespace Rdfe.Testing;

public static class Reigns
{
    /// <summary>Takes over from whoever is there.</summary>
    public static Fence Begin(DbContextOptions<RdfeDbContext> options) => new(new Leases(options).Take(
        Contender.Self, TimeSpan.FromSeconds(10), Instant.FromUtc(2012, 2, 28, 12, 0), above: 0, _ => true)!.Epoch);
}
