// Time that leaps in grains (DESIGN, Time): fewer turns, the same order of what happened, and the same end however many leaps there are.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Time;
using Rdfe.Testing;

namespace Rdfe.Infrastructure.Tests.Engine;

public sealed class GrainTests
{
    private static readonly Duration FiveSeconds = Duration.FromSeconds(5);

    [Theory]
    [InlineData(0, "12:00:03.2", "12:00:03.2")]
    [InlineData(5, "12:00:03.2", "12:00:05")]
    [InlineData(5, "12:00:05", "12:00:05")]
    [InlineData(5, "12:00:05.0000001", "12:00:10")]
    public void A_leap_stops_at_the_end_of_the_grain_in_which_something_is_due(int grain, string due, string stop)
    {
        var clock = new FabricClock(TimeProvider.System, ClockMode.Virtual, rate: 0, At("12:00:00"), Duration.FromSeconds(grain));

        Assert.Equal(At(stop), clock.StopFor(At(due)));
    }

    [Fact]
    public void One_leap_and_many_end_alike()
    {
        using var once = Living(out _);
        once.Advance(Duration.FromHours(2));
        using var often = Living(out _);
        for (var minute = 0; minute < 120; minute++)
        {
            often.Advance(Duration.FromMinutes(1));
        }

        Assert.Equal(What(once), What(often));
        Assert.Contains(What(once), e => e.Contains("instanceMoved", StringComparison.Ordinal) || e.Contains("healed", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void What_happened_keeps_its_own_time_and_takes_fewer_turns()
    {
        using var coarse = Living(out var coarseRounds);
        using var fine = Living(out var fineRounds, Duration.Zero);

        Assert.True(coarseRounds < fineRounds / 2, $"{coarseRounds} rounds, {fineRounds} without a grain");
        Assert.Contains(coarse.All<EventRow>(), e => e.At.ToUnixTimeTicks() % FiveSeconds.BclCompatibleTicks != 0);
        Assert.Equal(
            fine.All<FabricInstance>().Select(i => (i.Name, i.Phase, i.IsHealthy)).Order(),
            coarse.All<FabricInstance>().Select(i => (i.Name, i.Phase, i.IsHealthy)).Order());
    }

    [Fact]
    public void Turns_that_ask_for_nothing_share_a_commit_with_the_next_one_and_keep_their_order()
    {
        using var town = Living(out _, Duration.Zero);
        var (commits, events) = (town.Committer.Committed.Batches, town.All<EventRow>().Count);
        town.Advance(Duration.FromHours(2));

        var happened = town.All<EventRow>().OrderBy(e => e.Id).Skip(events).Select(e => e.At).ToList();
        var (moments, shared) = (happened.Distinct().Count(), town.Committer.Committed.Batches - commits);
        Assert.True(shared < moments, $"{shared} commits for what happened at {moments} moments");
        Assert.Equal(happened.Order(), happened);
    }

    // A service that has come up, and a node of which loses its power.
    private static FabricTown Living(out long rounds, Duration? grain = null)
    {
        var town = FabricTown.Open(grain: grain ?? FiveSeconds);
        var before = town.Engine.Rounds;
        town.Deploy("shop", 20);
        town.Advance(Duration.FromMinutes(30));
        rounds = town.Engine.Rounds - before;
        var node = town.All<FabricInstance>().OrderBy(i => i.Index).First().Node!.Value;
        town.Hosts.SetFaults([new Fault("f", 1, FaultKind.PowerLoss, new FaultTarget(FaultScope.Node, node.Value), town.Clock.Now + Duration.FromMinutes(3), null, new FaultParameters())]);
        return town;
    }

    private static List<string> What(FabricTown town) =>
        [.. town.All<EventRow>().OrderBy(e => e.Id).Select(e => $"{e.At} {e.Kind} {e.Subject} {e.Data}")];

    private static Instant At(string time) => NodaTime.Text.InstantPattern.ExtendedIso.Parse($"2026-01-01T{time}Z").Value;
}
