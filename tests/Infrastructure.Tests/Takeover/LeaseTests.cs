// When a lease may be taken, and what taking it does (F2).
using NodaTime;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Takeover;
using Rdfe.Testing;

namespace Rdfe.Infrastructure.Tests.Takeover;

public sealed class LeaseTests : IDisposable
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(10);
    private static readonly Contender Here = Contender.Self;
    private static readonly Contender Elsewhere = Here with { Machine = "elsewhere", Home = "another boot" };

    private readonly StoreFixture store = new();
    private readonly TestClock clock = new();
    private readonly Leases leases;
    private readonly LeaseWatch watch;

    public LeaseTests()
    {
        leases = new Leases(store.Options);
        watch = new LeaseWatch(Here, clock);
        // The fixture's own, put aside: these tests begin with a lease that was given up.
        store.Committer.CommitAsync(unit => Leases.Release(unit, store.Fence, Now)).GetAwaiter().GetResult();
    }

    private Instant Now => Instant.FromDateTimeOffset(clock.GetUtcNow());

    [Fact, Trait("spec", "F2")]
    public void Each_owner_has_an_epoch_one_higher_than_the_last()
    {
        Assert.Equal(2, Take(Here)!.Epoch);
        Assert.Null(Take(Elsewhere));
        clock.Advance(Lease);
        Assert.Equal(3, Take(Elsewhere)!.Epoch);
        Assert.Equal("elsewhere", leases.Read()!.Machine);
    }

    [Fact, Trait("spec", "F2")]
    public async Task An_owner_that_renews_keeps_it_and_one_that_goes_leaves_it_at_once()
    {
        using var fence = new Fence(Take(Elsewhere)!.Epoch);
        using var committer = CommitterOf(fence);
        for (var i = 0; i < 5; i++)
        {
            clock.Advance(Lease / 3);
            Assert.False(watch.IsFree(leases.Read()));
            await committer.CommitAsync(unit => Leases.Renew(unit, fence, Lease, Now), TestContext.Current.CancellationToken);
        }

        await committer.CommitAsync(unit => Leases.Release(unit, fence, Now), TestContext.Current.CancellationToken);
        Assert.True(watch.IsFree(leases.Read()));
    }

    [Fact, Trait("spec", "F2")]
    public void A_lease_whose_time_is_over_is_free_for_whoever_looks_for_the_first_time()
    {
        var lease = Take(Elsewhere)!;
        clock.Advance(Lease - TimeSpan.FromSeconds(1));
        Assert.False(new LeaseWatch(Here, clock).IsFree(lease));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(new LeaseWatch(Here, clock).IsFree(lease));
    }

    [Fact, Trait("spec", "F2")]
    public void A_wall_clock_that_was_set_back_does_not_keep_a_dead_owner_in_office()
    {
        var lease = Take(Elsewhere)!;
        lease.ExpiresAt = Now + Duration.FromDays(30);
        Assert.False(watch.IsFree(lease));
        clock.Advance(Lease - TimeSpan.FromSeconds(1));
        Assert.False(watch.IsFree(lease));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.True(watch.IsFree(lease));
    }

    [Fact, Trait("spec", "F2")]
    public void Nobody_waits_for_an_owner_that_is_known_to_be_dead()
    {
        // Higher than any system counts its processes.
        const int id = int.MaxValue;
        Assert.True(watch.IsFree(Take(Here with { ProcessId = id, ProcessStart = 1 })));
        // An id that lives again is another process if it started at another time.
        Assert.True(watch.IsFree(Take(Here with { ProcessStart = Here.ProcessStart - 1 })));
        // Where its ids mean something else, nobody can tell.
        Assert.False(watch.IsFree(Take(Elsewhere with { ProcessId = id, ProcessStart = 1 })));
    }

    [Fact, Trait("spec", "F2")]
    public void Beside_hosts_that_knew_a_higher_epoch_the_next_one_is_higher_still() => Assert.Equal(
        42, leases.Take(Here, Lease, Now, above: 41, watch.IsFree)!.Epoch);

    [Fact, Trait("spec", "F2")]
    public async Task Of_many_that_try_at_once_one_has_it()
    {
        var tries = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(
            () => leases.Take(Elsewhere, Lease, Now, above: 0, l => l!.Released))));
        Assert.Single(tries, t => t is not null);
        Assert.Equal(2, leases.Read()!.Epoch);
    }

    public void Dispose() => store.Dispose();

    private LeaseRow? Take(Contender who) => leases.Take(who, Lease, Now, above: 0, watch.IsFree);

    private Persistence.Committer CommitterOf(Fence fence) =>
        new(store.Options, new(), fence, Microsoft.Extensions.Logging.Abstractions.NullLogger<Persistence.Committer>.Instance);
}
