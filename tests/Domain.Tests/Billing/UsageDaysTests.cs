using NodaTime;
using Rdfe.Domain.Billing;

namespace Rdfe.Domain.Tests.Billing;

[Trait("spec", "R2")]
public sealed class UsageDaysTests
{
    private static readonly SubscriptionId Tenant = new(Guid.Parse("11111111-1111-1111-1111-111111111111"));
    private static readonly LocalDate LeapDay = new(2012, 2, 29);
    private static readonly Instant Midnight = UsageDays.StartOf(LeapDay);

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 25)];

    [Theory, MemberData(nameof(Seeds))]
    public void Days_are_what_counting_second_by_second_gives(int seed)
    {
        var changes = Changes(seed, resources: 4, days: 3);
        var end = Midnight + Duration.FromDays(3);
        var used = UsageDays.Of(History(changes), LeapDay, LeapDay.PlusDays(2), end);
        for (var day = 0; day < 3; day++)
        {
            Assert.Equal(Slowly(changes, day), used.GetValueOrDefault((LeapDay.PlusDays(day), Tenant)));
        }
    }

    [Theory, MemberData(nameof(Seeds))]
    public void Days_add_up_to_the_whole_time(int seed)
    {
        var history = History(Changes(seed, resources: 8, days: 40));
        var end = Midnight + Duration.FromDays(40);
        var days = UsageDays.Of(history, LeapDay.PlusDays(-2), LeapDay.PlusDays(50), end).Values;
        var whole = history.Select(i => Used.Of(i.Had, (i.To ?? end).ToUnixTimeSeconds() - i.From.ToUnixTimeSeconds()));
        Assert.Equal(whole.Aggregate(default(Used), (a, b) => a + b), days.Aggregate(default(Used), (a, b) => a + b));
    }

    [Fact]
    public void What_lasts_over_midnight_counts_on_both_days_and_what_lasts_still_up_to_now()
    {
        UsageInterval[] history =
        [
            new(Tenant, "a", new Metered(1, 150, 1), Midnight - Duration.FromHours(1), Midnight + Duration.FromMinutes(30)),
            new(Tenant, "b", new Metered(1, 100, 0), Midnight + Duration.FromHours(23), null),
        ];
        var used = UsageDays.Of(history, LeapDay.PlusDays(-1), LeapDay.PlusDays(1), Midnight + Duration.FromHours(25));
        Assert.Equal(3, used.Count);
        Assert.Equal(new Used(3600, 540_000, 3600), used[(LeapDay.PlusDays(-1), Tenant)]);
        Assert.Equal(new Used(1800 + 3600, 270_000 + 360_000, 1800), used[(LeapDay, Tenant)]);
        Assert.Equal(new Used(3600, 360_000, 0), used[(LeapDay.PlusDays(1), Tenant)]);
    }

    [Fact]
    public void Parts_of_seconds_are_neither_lost_nor_counted_twice()
    {
        var tenths = Enumerable.Range(0, 100).Select(i => new UsageInterval(Tenant, "r" + (i % 2), new Metered(1, 0, 0),
            Midnight + Duration.FromMilliseconds((i * 100) + 50), Midnight + Duration.FromMilliseconds((i * 100) + 150)));
        Assert.Equal(10, UsageDays.Of(tenths, LeapDay, LeapDay, Midnight).Values.Single().InstanceSeconds);
    }

    [Fact]
    public void A_change_that_comes_after_its_day_was_sealed_counts_from_the_next()
    {
        var meter = Meter.Turn(null, Change(Midnight - Duration.FromHours(2), 1), Instant.MinValue).Now!;
        var late = Change(Midnight - Duration.FromHours(1), 0);
        Assert.Equal(Midnight - Duration.FromHours(1), Meter.Turn(meter, late, Instant.MinValue).Ended!.To);
        Assert.Equal(Midnight, Meter.Turn(meter, late, Midnight).Ended!.To);
        Assert.Null(Meter.Turn(meter, late, Midnight).Now);
        Assert.Equal(Midnight, Meter.Turn(null, Change(Midnight - Duration.FromHours(1), 1), Midnight).Now!.Since);
    }

    [Fact]
    public void A_clock_that_was_set_back_makes_no_time_negative()
    {
        var meter = Meter.Turn(null, Change(Midnight, 1), Instant.MinValue).Now!;
        var (ended, now) = Meter.Turn(meter, Change(Midnight - Duration.FromHours(1), 2), Instant.MinValue);
        Assert.Null(ended);
        Assert.Equal((Midnight, 2), (now!.Since, now.Has.Instances));
        Assert.Equal((null, now), Meter.Turn(now, Change(Midnight + Duration.FromHours(1), 2), Instant.MinValue));
    }

    private static UsageChange Change(Instant at, int instances) => new(at, "r", Tenant, new Metered(instances, 0, 0));

    private static List<UsageChange> Changes(int seed, int resources, int days)
    {
        int Pick(string what, int n, int below) => (int)(below * Draw.Unit((ulong)seed, what, "usage", n));
        var changes = new List<UsageChange>();
        for (var r = 0; r < resources; r++)
        {
            var at = Midnight;
            for (var n = 0; n < 3 + Pick("changes", r, 12); n++)
            {
                at += Duration.FromMilliseconds(Pick($"gap{r}", n, days * 10_800_000) / (1 + Pick($"short{r}", n, 2) * 50_000));
                var has = Pick($"none{r}", n, 3) == 0 ? Metered.Nothing
                    : new Metered(1, 25 * Pick($"cores{r}", n, 20), Pick($"vips{r}", n, 2));
                if (at < Midnight + Duration.FromDays(days))
                {
                    changes.Add(new UsageChange(at, "r" + r, Tenant, has));
                }
            }
        }

        return changes;
    }

    private static List<UsageInterval> History(IEnumerable<UsageChange> changes)
    {
        var meters = new Dictionary<string, Meter?>();
        var history = new List<UsageInterval>();
        foreach (var change in changes)
        {
            var (ended, now) = Meter.Turn(meters.GetValueOrDefault(change.Resource), change, Instant.MinValue);
            meters[change.Resource] = now;
            if (ended is not null)
            {
                history.Add(ended);
            }
        }

        return [.. history, .. meters.Values.OfType<Meter>().Select(m => m.Open)];
    }

    // What each resource has in each second of the day: no intervals, no boundaries.
    private static Used Slowly(List<UsageChange> changes, int day)
    {
        var sum = default(Used);
        var start = Midnight.ToUnixTimeSeconds() + (day * 86_400);
        foreach (var resource in changes.GroupBy(c => c.Resource))
        {
            var told = resource.Select(c => (Second: c.At.ToUnixTimeSeconds(), c.Has)).ToArray();
            for (var second = start; second < start + 86_400; second++)
            {
                var has = told.LastOrDefault(c => c.Second <= second).Has;
                sum += new Used(has.Instances, has.Cores, has.Vips);
            }
        }

        return sum;
    }
}
