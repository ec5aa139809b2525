// M4: live migrations as simulated nodes keep them: those under way on the node that a guest leaves, and how the last ones ended
// on both. A restart of the program goes on where the hosts were, and what was said into a dead line is said again.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Maintenance;
using Rdfe.Domain.Migration;

namespace Rdfe.Infrastructure.Hosts;

/// <summary>A migration under way.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Generation">Which migration of it.</param>
/// <param name="Target">The node that it goes to.</param>
/// <param name="Lease">The lease of its disks that it has there.</param>
/// <param name="Until">The pause is not begun after this.</param>
/// <param name="Phase">Pre-copying, or stopped and copied.</param>
/// <param name="Since">When that began.</param>
/// <param name="PreCopy">How long the rounds take.</param>
/// <param name="Pause">How long the guest stands still for the rest.</param>
/// <param name="Converges">False where it would stand still for too long.</param>
/// <param name="Measured">What is measured of it.</param>
/// <param name="Starts">How often the node had started when it began.</param>
public sealed record HostMigration(
    InstanceId Instance, int Generation, NodeId Target, int Lease, Instant Until, MaintenancePhase Phase, Instant Since, Duration PreCopy,
    Duration Pause, bool Converges, MeasuredMove Measured, int Starts);

/// <summary>A migration that has ended.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Generation">Which migration of it.</param>
/// <param name="Measured">What was measured; null where it had not begun.</param>
/// <param name="Failure">Why it came to nothing; null where the instance has moved.</param>
public sealed record HostMigrated(InstanceId Instance, int Generation, MeasuredMove? Measured, MigrationFailure? Failure);

/// <summary>All of them on one node.</summary>
/// <param name="UnderWay">Those that leave it.</param>
/// <param name="Ended">The last of those that left it, came to it, or were refused.</param>
public sealed record HostMigrations(ImmutableArray<HostMigration> UnderWay, ImmutableArray<HostMigrated> Ended)
{
    private const int Kept = 20;

    /// <summary>None.</summary>
    public static HostMigrations None { get; } = new([], []);

    /// <summary>How a migration of that instance and generation, or a later one, ended; null where none has.</summary>
    public HostMigrated? EndOf(InstanceId instance, int generation) =>
        Ended.FirstOrDefault(e => e.Instance == instance && e.Generation >= generation);

    /// <summary>These, and one that has ended: of each instance the last one, and of all not too many.</summary>
    public HostMigrations With(HostMigrated ended) => new(
        UnderWay.RemoveAll(m => m.Instance == ended.Instance && m.Generation <= ended.Generation),
        [ended, .. Ended.Where(e => e.Instance != ended.Instance).Take(Kept - 1)]);

    /// <summary>These, and one under way.</summary>
    public HostMigrations With(HostMigration migration) =>
        this with { UnderWay = [.. UnderWay.Where(m => m.Instance != migration.Instance), migration] };
}
