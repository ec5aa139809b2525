using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Billing;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Operations;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Persistence.Billing;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Testing;

namespace Rdfe.Infrastructure.Tests.Engine;

[Trait("spec", "R2")]
public sealed class BillingTests
{
    private static readonly Duration Day = Duration.FromDays(1);

    [Fact]
    public void A_machine_costs_while_it_has_a_node_and_not_a_second_longer()
    {
        using var town = FabricTown.Open();
        town.Create("box", "Large");
        town.Advance(Duration.FromMinutes(20));
        var placed = town.One<FabricInstance>(i => i.Name == "box").CreatedAt;
        Power(town, "box", PowerAction.PowerOff);
        town.Advance(Duration.FromHours(5));
        Assert.Equal(1, town.One<MeterRow>(m => true).Instances);
        Power(town, "box", PowerAction.Deallocate);
        town.Advance(Duration.FromHours(1));
        var box = town.One<FabricInstance>(i => i.Name == "box");
        Assert.Null(box.Node);
        Assert.Empty(town.All<MeterRow>());
        var history = town.One<UsageIntervalRow>(i => true);
        Assert.Equal((1, box.Needs.Cores, 0), (history.Instances, history.Cores, history.Vips));
        Assert.Equal((placed, box.PhaseSince), (history.From, history.To));

        Power(town, "box", PowerAction.Start);
        town.Advance(Duration.FromHours(1));
        Assert.Single(town.All<MeterRow>());
        town.CheckBooks();
    }

    [Fact]
    public void A_host_costs_its_whole_node_and_machines_on_it_no_cores_more()
    {
        using var town = FabricTown.Open();
        town.Take("mine", "D");
        town.Advance(Duration.FromHours(1));
        var meter = town.One<MeterRow>(m => true);
        Assert.Equal((0, town.One<DedicatedHost>(h => true).Cores, 0), (meter.Instances, meter.Cores, meter.Vips));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Every_closed_day_computed_again_from_the_history_is_what_was_stored(int seed)
    {
        var town = FabricTown.Open();
        try
        {
            int Pick(string what, int n, int below) => (int)(below * Draw.Unit((ulong)seed, what, "billing", n));
            var start = town.Clock.Now;
            var kept = new Dictionary<(SubscriptionId, LocalDate), Used>();
            for (var n = 0; n < 40; n++)
            {
                Something(town, n, Pick);
                town.Advance(Duration.FromSeconds(Pick("long", n, 40_000)));
                if (Pick("restart", n, 8) == 0)
                {
                    town = town.Reopen();
                }

                if (Pick("close", n, 4) == 0)
                {
                    await Closing(town).CloseAsync(town.Clock.Now, CancellationToken.None);
                }

                town.CheckBooks();
                foreach (var row in town.All<UsageDayRow>())
                {
                    // Once stored, never other.
                    kept.TryAdd((row.SubscriptionId, row.Day), row.ToUsed());
                    Assert.Equal(kept[(row.SubscriptionId, row.Day)], row.ToUsed());
                }
            }

            town.Advance(Day);
            await Closing(town).CloseAsync(town.Clock.Now, CancellationToken.None);
            using var db = town.Read();
            var first = UsageDays.DayOf(start);
            var last = UsageHistory.ClosedBefore(db)!.Value.PlusDays(-1);
            Assert.Equal(UsageDays.DayOf(town.Clock.Now).PlusDays(-1), last);
            var again = UsageDays.Of(UsageHistory.Between(db, first, last), first, last, town.Clock.Now)
                .ToDictionary(d => (d.Key.Tenant, d.Key.Day), d => d.Value);
            Assert.True(again.Count > 5, $"Only {again.Count} days were used.");
            Assert.Equal(
                again.OrderBy(d => d.Key.Day).Select(d => (d.Key.Tenant, d.Key.Day, d.Value)),
                town.All<UsageDayRow>().OrderBy(r => r.Day).Select(r => (r.SubscriptionId, r.Day, r.ToUsed())));
        }
        finally
        {
            town.Dispose();
        }
    }

    [Fact]
    public async Task Closing_is_done_once_skips_what_is_empty_and_survives_a_clock_that_goes_back()
    {
        using var town = FabricTown.Open();
        var closing = Closing(town);
        Assert.Equal(0, await closing.CloseAsync(town.Clock.Now, CancellationToken.None));
        town.Advance(Duration.FromDays(400));
        town.Create("box");
        town.Advance(Duration.FromDays(3));
        Assert.Equal(3, await closing.CloseAsync(town.Clock.Now, CancellationToken.None));
        Assert.Equal(0, await closing.CloseAsync(town.Clock.Now, CancellationToken.None));
        Assert.Equal(0, await closing.CloseAsync(town.Clock.Now - Duration.FromDays(2), CancellationToken.None));
        Assert.Equal(3, town.All<UsageDayRow>().Count);
        using var db = town.Read();
        Assert.Equal(UsageDays.DayOf(town.Clock.Now), UsageHistory.ClosedBefore(db));

        // One that comes late, about a day that is sealed, changes no figure of that day.
        var before = town.All<UsageDayRow>().OrderBy(r => r.Day).Select(r => r.ToUsed()).ToList();
        var meter = town.One<MeterRow>(m => true);
        var late = new UsageChange(town.Clock.Now - Day - Day, meter.Resource, meter.SubscriptionId, Metered.Nothing);
        await town.Committer.CommitAsync(unit => UsageHistory.Record(unit, meter.Cluster, [late]));
        Assert.Equal(UsageDays.StartOf(UsageDays.DayOf(town.Clock.Now)), town.One<UsageIntervalRow>(i => true).To);
        var days = UsageHistory.Days(db, FabricTown.Tenant, UsageDays.DayOf(town.Clock.Now - Day * 3), UsageDays.DayOf(town.Clock.Now), town.Clock.Now);
        Assert.Equal([.. before, default], days.Select(d => d.Used));
        Assert.Equal([true, true, true, false], days.Select(d => d.Closed));
    }

    [Fact]
    public async Task Only_history_of_closed_days_is_trimmed_and_its_days_stay()
    {
        using var town = FabricTown.Open();
        town.Create("box");
        town.Advance(Duration.FromHours(1));
        Power(town, "box", PowerAction.Deallocate);
        town.Advance(Duration.FromDays(2));
        var closing = Closing(town);
        Assert.Equal(0, await closing.TrimAsync(town.Clock.Now, 10, CancellationToken.None));
        await closing.CloseAsync(town.Clock.Now, CancellationToken.None);
        var figures = town.All<UsageDayRow>().Sum(r => r.InstanceSeconds);
        Assert.True(figures > 3000);
        Assert.Equal(1, await closing.TrimAsync(town.Clock.Now, 1, CancellationToken.None));
        Assert.Empty(town.All<UsageIntervalRow>());
        await closing.CloseAsync(town.Clock.Now, CancellationToken.None);
        Assert.Equal(figures, town.All<UsageDayRow>().Sum(r => r.InstanceSeconds));
    }

    [Fact]
    public async Task What_runs_in_a_store_without_meters_is_metered_from_the_next_start_on()
    {
        var town = FabricTown.Open();
        try
        {
            town.Create("box");
            town.Deploy("web", 3);
            town.Take("mine", "D");
            town.Advance(Duration.FromHours(1));
            await town.Committer.CommitAsync(unit =>
            {
                unit.Db.Set<MeterRow>().ExecuteDelete();
                unit.Db.Set<InstanceCapabilityRow>().ExecuteDelete();
                unit.Insert(new MeterRow
                {
                    Resource = "instance/nobody",
                    Cluster = new ClusterId("north-c1"),
                    SubscriptionId = FabricTown.Tenant,
                    Instances = 1,
                    Since = town.Clock.Now,
                });
            });
            Assert.Throws<InvalidOperationException>(town.CheckBooks);
            town = town.Reopen();
            town.Advance(Duration.FromSeconds(1));
            town.CheckBooks();
            Assert.Equal(1 + 3 + 1 + 1, town.All<MeterRow>().Count);
        }
        finally
        {
            town.Dispose();
        }
    }

    private static DayClosing Closing(FabricTown town) => new(town.Committer, town.Reads);

    private static void Something(FabricTown town, int n, Func<string, int, int, int> pick)
    {
        var machines = town.All<VirtualMachine>().Where(m => m.State == ProvisioningState.Succeeded).OrderBy(m => m.NameKey).ToList();
        var deployments = town.All<Deployment>().Where(d => d.State == ProvisioningState.Succeeded).OrderBy(d => d.Service).ToList();
        switch (pick("what", n, 6))
        {
            case 0:
                town.Create($"box{n}", pick("size", n, 2) == 0 ? "Small" : "ExtraSmall");
                break;
            case 1:
                town.Deploy($"web{n}", 1 + pick("count", n, 4), package: "p" + pick("package", n, 2));
                break;
            case 2 when machines.Count > 0:
                var gone = machines[pick("who", n, machines.Count)];
                town.Ask(gone.Cluster!.Value, OperationKinds.DeleteVirtualMachine, StepNames.Delete,
                    o => new FabricRequest.DeleteVirtualMachine(gone.Key, o));
                break;
            case 3 when deployments.Count > 0:
                var old = deployments[pick("who", n, deployments.Count)];
                town.Ask(old.Cluster!.Value, OperationKinds.DeleteDeployment, StepNames.Delete,
                    o => new FabricRequest.DeleteDeployment(old.Id, o));
                break;
            default:
                if (machines.Count > 0)
                {
                    var actions = new[] { PowerAction.Start, PowerAction.PowerOff, PowerAction.Deallocate, PowerAction.Deallocate };
                    Power(town, machines[pick("who", n, machines.Count)].Name, actions[pick("action", n, actions.Length)]);
                }

                break;
        }
    }

    private static void Power(FabricTown town, string name, PowerAction action)
    {
        var machine = town.One<VirtualMachine>(m => m.Name == name);
        var (kind, steps) = action switch
        {
            PowerAction.Start => (OperationKinds.StartVirtualMachine, StepNames.PowerCycle),
            PowerAction.PowerOff => (OperationKinds.PowerOffVirtualMachine, StepNames.PowerDown),
            _ => (OperationKinds.DeallocateVirtualMachine, StepNames.PowerDown),
        };
        town.Ask(machine.Cluster!.Value, kind, steps,
            o => new FabricRequest.PowerInstance(machine.Instance, action, o));
    }
}
