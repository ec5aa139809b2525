using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Infrastructure.Tests;

public sealed class CommitterTests : IDisposable
{
    private static readonly SubscriptionId Subscription = new(Guid.Parse("00000000-0000-4000-8000-000000000001"));
    private readonly StoreFixture store = new();

    [Fact]
    public async Task What_was_answered_is_there_for_every_other_connection()
    {
        await store.Committer.CommitAsync(u => u.Insert(Row("a")));
        await using var db = store.Read();
        Assert.Equal("value", (await db.Set<MetaRow>().SingleAsync(m => m.Key == "a")).Value);
    }

    [Fact]
    public async Task Units_that_wait_together_share_one_commit()
    {
        using var hold = new ManualResetEventSlim();
        var first = store.Committer.CommitAsync(_ => hold.Wait(TimeSpan.FromSeconds(10)));
        var others = Enumerable.Range(0, 50)
            .Select(i => store.Committer.CommitAsync(u => u.Insert(Row("g" + i)))).ToArray();
        hold.Set();
        await Task.WhenAll([first, .. others]);
        var (batches, units) = store.Committer.Committed;
        Assert.Equal(51, units);
        Assert.InRange(batches, 1, 3);
    }

    [Fact]
    public async Task A_unit_that_throws_or_refuses_is_undone_alone()
    {
        using var hold = new ManualResetEventSlim();
        var first = store.Committer.CommitAsync(_ => hold.Wait(TimeSpan.FromSeconds(10)));
        var hooks = 0;
        var before = store.Committer.CommitAsync(u => { u.Insert(Row("before")); u.AfterCommit(() => hooks++); });
        var throwing = store.Committer.CommitAsync(u =>
        {
            u.Insert(Row("thrown"));
            u.Db.Add(Row("tracked"));
            u.AfterCommit(() => hooks += 100);
            throw new InvalidOperationException("a bug");
        });
        var refusing = store.Committer.CommitAsync<Outcome<int>>(u =>
        {
            u.Insert(Row("refused"));
            return Refusals.NotFound("such thing");
        });
        var after = store.Committer.CommitAsync(u => { u.Db.Add(Row("after")); });
        hold.Set();
        await Task.WhenAll(first, before, after);
        Assert.Equal("a bug", (await Assert.ThrowsAsync<InvalidOperationException>(() => throwing)).Message);
        Assert.True((await refusing).Refused);
        await using var db = store.Read();
        Assert.Equal(["after", "before"], await Keys(db));
        Assert.Equal(1, hooks);
    }

    [Fact]
    public async Task A_unit_may_undo_its_effect_and_still_record_it()
    {
        await store.Committer.CommitAsync(u =>
        {
            u.Insert(Row("effect"));
            u.Undo();
            u.Insert(Row("record"));
        });
        await using var db = store.Read();
        Assert.Equal(["record"], await Keys(db));
    }

    [Fact]
    public async Task When_the_commit_fails_everybody_in_it_is_told_and_the_next_one_works()
    {
        store.Committer.BeforeCommit = () => throw new SqliteException("no space", 13);
        var fault = await Assert.ThrowsAsync<StoreFault>(() => store.Committer.CommitAsync(u => u.Insert(Row("lost"))));
        Assert.Equal(StoreFaultKind.DiskFull, fault.Kind);
        store.Committer.BeforeCommit = null;
        await store.Committer.CommitAsync(u => u.Insert(Row("kept")));
        await using var db = store.Read();
        Assert.Equal(["kept"], await Keys(db));
    }

    [Fact, Trait("spec", "R6")]
    public async Task A_commit_that_was_done_before_its_answer_was_lost_is_answered_as_done()
    {
        var (hooks, lost) = (0, 0);
        store.Committer.AfterCommit = () => throw new SqliteException("disk I/O error", lost++ == 0 ? 10 : 5);
        Assert.Equal("a", await store.Committer.CommitAsync(u =>
        {
            u.Insert(Row("a"));
            u.AfterCommit(() => hooks++);
            return "a";
        }));
        Assert.Equal(1, hooks);
        await store.Committer.CommitAsync(u => u.Insert(Row("b")));
        Assert.Equal(2, lost);
        await using var db = store.Read();
        Assert.Equal(["a", "b"], await Keys(db));
    }

    [Fact, Trait("spec", "R6")]
    public async Task What_follows_a_commit_in_doubt_follows_as_soon_as_the_store_can_be_read()
    {
        var told = new List<string>();
        store.Committer.AfterCommit = () => throw new SqliteException("disk I/O error", 10);
        store.Committer.BeforeLook = () => throw new SqliteException("unable to open database file", 14);
        var fault = await Assert.ThrowsAsync<StoreFault>(() => store.Committer.CommitAsync(u =>
        {
            u.Insert(Row("a"));
            u.AfterCommit(() => told.Add("a"));
        }));
        Assert.Equal(StoreFaultKind.InputOutput, fault.Kind);
        Assert.Empty(told);

        (store.Committer.AfterCommit, store.Committer.BeforeLook) = (null, null);
        await store.Committer.CommitAsync(u => u.AfterCommit(() => told.Add("b")));
        await store.Committer.CommitAsync(u => u.AfterCommit(() => told.Add("c")));
        Assert.Equal(["a", "b", "c"], told);
    }

    [Fact, Trait("spec", "R6")]
    public async Task Nothing_follows_a_commit_in_doubt_that_turns_out_not_to_have_been_done()
    {
        var told = new List<string>();
        store.Committer.BeforeCommit = () => throw new SqliteException("disk I/O error", 10);
        store.Committer.BeforeLook = () => throw new SqliteException("unable to open database file", 14);
        await Assert.ThrowsAsync<StoreFault>(() => store.Committer.CommitAsync(u =>
        {
            u.Insert(Row("a"));
            u.AfterCommit(() => told.Add("a"));
        }));

        (store.Committer.BeforeCommit, store.Committer.BeforeLook) = (null, null);
        await store.Committer.CommitAsync(u => u.AfterCommit(() => told.Add("b")));
        Assert.Equal(["b"], told);
        await using var db = store.Read();
        Assert.Empty(await Keys(db));
    }

    [Fact]
    public async Task A_full_disk_inside_a_unit_is_a_fault_of_the_store()
    {
        await store.Committer.CommitAsync(u => u.Db.Database.ExecuteSqlRaw("PRAGMA max_page_count=1"));
        var large = new string('x', 4 << 20);
        var fault = await Assert.ThrowsAsync<StoreFault>(() =>
            store.Committer.CommitAsync(u => u.Insert(new MetaRow { Key = "large", Value = large })));
        Assert.Equal(StoreFaultKind.DiskFull, fault.Kind);
        // The fault brought a fresh connection, whose limit is the default.
        await store.Committer.CommitAsync(u => u.Insert(Row("kept")));
    }

    [Fact]
    public async Task A_lock_held_by_another_program_is_told_apart()
    {
        await using var other = new SqliteConnection($"Data Source={store.File}");
        await other.OpenAsync();
        await using (var transaction = other.BeginTransaction())
        {
            var fault = await Assert.ThrowsAsync<StoreFault>(() => store.Committer.CommitAsync(u =>
                u.Insert(Row("a"))));
            Assert.Equal(StoreFaultKind.Locked, fault.Kind);
        }

        await store.Committer.CommitAsync(u => u.Insert(Row("a")));
    }

    [Fact]
    public async Task A_full_queue_turns_callers_away()
    {
        using var small = new StoreFixture(new CommitterSettings(MaxBatch: 1, MaxQueued: 1));
        using var hold = new ManualResetEventSlim();
        using var started = new ManualResetEventSlim();
        var first = small.Committer.CommitAsync(_ => { started.Set(); hold.Wait(TimeSpan.FromSeconds(10)); });
        started.Wait(TimeSpan.FromSeconds(10));
        var second = small.Committer.CommitAsync(_ => { });
        var fault = await Assert.ThrowsAsync<StoreFault>(() => small.Committer.CommitAsync(_ => { }));
        Assert.Equal(StoreFaultKind.Overloaded, fault.Kind);
        hold.Set();
        await Task.WhenAll(first, second);
    }

    [Fact]
    public async Task Stopping_commits_what_is_queued()
    {
        var waiting = Enumerable.Range(0, 20).Select(i => store.Committer.CommitAsync(u =>
            u.Insert(Row("q" + i)))).ToArray();
        store.Committer.Dispose();
        await Task.WhenAll(waiting);
        await using var db = store.Read();
        Assert.Equal(20, (await Keys(db)).Length);
        await Assert.ThrowsAsync<StoreFault>(() => store.Committer.CommitAsync(_ => { }));
    }

    [Fact, Trait("spec", "R1")]
    public async Task No_number_of_concurrent_callers_gets_past_a_quota()
    {
        await store.Committer.CommitAsync(u =>
            u.Insert(new QuotaRow { SubscriptionId = Subscription, Resource = "vms", Limit = 40 }));
        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(() =>
            store.Committer.CommitAsync<Outcome<bool>>(u => u.TryTake(Subscription, "vms") is { } no ? no : true))));
        Assert.Equal(40, answers.Count(a => !a.Refused));
        Assert.All(answers.Where(a => a.Refused), a => Assert.Equal("quotaExceeded", a.Refusal!.Code));
        await store.Committer.CommitAsync(u => u.Release(Subscription, "vms", 10));
        await using (var db = store.Read())
        {
            Assert.Equal(30, (await db.Set<QuotaRow>().SingleAsync(q => q.Resource == "vms")).Used);
        }

        await store.Committer.CommitAsync(u => u.Release(Subscription, "vms", 30));
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            store.Committer.CommitAsync(u => u.Release(Subscription, "vms")));
    }

    public void Dispose() => store.Dispose();

    private static MetaRow Row(string key) => new() { Key = key, Value = "value" };

    private static Task<string[]> Keys(RdfeDbContext db) =>
        db.Set<MetaRow>().Where(m => m.Key != "schema" && m.Key != "commit").Select(m => m.Key).OrderBy(k => k).ToArrayAsync();
}
