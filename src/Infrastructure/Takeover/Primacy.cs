// Is this process the primary (F2)? It contends for the lease, renews it, gives it up; and knows whether it may answer.
// One reign per life: who has stepped down starts anew, with nothing in memory of a time that is over (docs/adr/0011).
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Infrastructure.Hosts;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Settings;

namespace Rdfe.Infrastructure.Takeover;

public enum PrimacyState
{
    /// <summary>Another process is the primary; this one waits.</summary>
    Standby,

    /// <summary>It has the lease, and gets ready to serve.</summary>
    Ascending,

    /// <summary>It serves.</summary>
    Primary,

    /// <summary>It was the primary, and another process has taken over, or it could not go on.</summary>
    SteppedDown,
}

/// <summary>This process's part in the contest.</summary>
public sealed class Primacy(
    DataFolder folder, DbContextOptions<RdfeDbContext> options, TakeoverOptions settings, TimeProvider clock) : IDisposable
{
    /// <summary>The hosts' file in the data folder.</summary>
    public const string HostsFile = "hosts.db";

    private readonly Leases leases = new(options);
    private readonly LeaseWatch watch = new(Contender.Self, clock);
    private Fence? fence;
    private bool contestable;
    private long renewedAt;
    private volatile PrimacyState state;

    public PrimacyState State => state;

    /// <summary>The right to write. A standby has none: whatever asks for it was started too early.</summary>
    public Fence Fence => fence ?? throw new InvalidOperationException("A standby neither commits nor commands hosts.");

    /// <summary>The lease as the store has it; null while nobody ever had it.</summary>
    public LeaseRow? Read() => leases.Read();

    /// <summary>
    /// A sign of life beside the committer, for whoever keeps it busy: throws where another process has taken over.
    /// </summary>
    public LeaseRow Prolong()
    {
        Fence.Demand();
        var began = clock.GetTimestamp();
        if (!leases.Prolong(Fence.Epoch, Instant.FromDateTimeOffset(clock.GetUtcNow()) + Duration.FromTimeSpan(settings.LeaseDuration))
            || leases.Read() is not { } lease || lease.Epoch != Fence.Epoch)
        {
            throw Fence.Lose($"it had epoch {Fence.Epoch}, and the store has another");
        }

        Interlocked.Exchange(ref renewedAt, began);
        return lease;
    }

    /// <summary>
    /// Gives a store that is about to take the place of this one the present lease. A store that came with the lease of the
    /// time when it was copied would depose its owner, and its epoch would be given a second time.
    /// </summary>
    /// <param name="store">The file.</param>
    public void CarryInto(string store)
    {
        var lease = Prolong();
        var options = StoreStartup.OptionsOfCopy(store);
        StoreStartup.Prepare(options);
        new Leases(options).Put(lease);
    }

    /// <summary>Takes the lease if it is free; then nobody else can commit any more. False while another one has it.</summary>
    public bool TryAscend()
    {
        if (!contestable && !StoreStartup.HasLeases(options))
        {
            // Nobody can be the primary of such a store. One process at a time makes its tables.
            using var alone = folder.Alone();
            if (alone is null)
            {
                return false;
            }

            if (!StoreStartup.HasLeases(options))
            {
                StoreStartup.Prepare(options);
            }
        }

        contestable = true;
        // Looked at without a lock first: a standby does not hold the primary up.
        if (!watch.IsFree(leases.Read()))
        {
            return false;
        }

        var now = Instant.FromDateTimeOffset(clock.GetUtcNow());
        var began = clock.GetTimestamp();
        if (leases.Take(Contender.Self, settings.LeaseDuration, now, HostStore.EpochOf(folder.At(HostsFile)), watch.IsFree) is not { } lease)
        {
            return false;
        }

        (fence, renewedAt, state) = (new Fence(lease.Epoch), began, PrimacyState.Ascending);
        return true;
    }

    /// <summary>Everything is loaded: requests are answered from now on.</summary>
    public void Ascended()
    {
        if (state == PrimacyState.Ascending)
        {
            state = PrimacyState.Primary;
        }
    }

    /// <summary>No more requests are answered.</summary>
    public void StepDown() => state = PrimacyState.SteppedDown;

    /// <summary>A sign of life.</summary>
    public async Task RenewAsync(Committer committer)
    {
        var began = clock.GetTimestamp();
        var now = Instant.FromDateTimeOffset(clock.GetUtcNow());
        await committer.CommitAsync(unit => Leases.Renew(unit, Fence, settings.LeaseDuration, now));
        Interlocked.Exchange(ref renewedAt, began);
    }

    /// <summary>Gives the lease up, so that nobody has to wait for its end.</summary>
    public Task ReleaseAsync(Committer committer)
    {
        var now = Instant.FromDateTimeOffset(clock.GetUtcNow());
        return committer.CommitAsync(unit => Leases.Release(unit, Fence, now));
    }

    /// <summary>
    /// Whether requests may be answered. Commits are safe without it; it keeps a process that was paused from answering
    /// reads as of before, so one whose lease was not renewed in time looks before it answers.
    /// </summary>
    public bool MayServe()
    {
        if (state != PrimacyState.Primary || Fence.IsLost)
        {
            return false;
        }

        if (clock.GetElapsedTime(Interlocked.Read(ref renewedAt)) < settings.LeaseDuration)
        {
            return true;
        }

        var epoch = leases.Read()?.Epoch;
        if (epoch == Fence.Epoch)
        {
            return true;
        }

        Fence.Lose($"it had epoch {Fence.Epoch}, and the store has {epoch}");
        return false;
    }

    /// <inheritdoc/>
    public void Dispose() => fence?.Dispose();
}
