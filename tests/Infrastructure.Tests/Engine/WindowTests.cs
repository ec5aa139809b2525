// W5, W1 through the production engine: what a cluster knows of its tenants' windows, and what it writes down when it could
// not wait for one.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Windows;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Testing;

namespace Rdfe.Infrastructure.Tests.Engine;

public sealed class WindowTests
{
    private static readonly RegionId North = new("north");

    // A window in UTC, so many hours from now.
    private static WindowText In(Story story, int hours, int lasts = 2) => new(
        WindowReader.Format(story.Town.Clock.Now.Plus(Duration.FromHours(hours)).InUtc().LocalDateTime.Date
            .At(new LocalTime(story.Town.Clock.Now.Plus(Duration.FromHours(hours)).InUtc().Hour, 0))),
        Duration.FromHours(lasts), "UTC", "Day");

    private static void Configure(Story story, WindowText window, string name, params string[] resources) => story.Town.Commit(unit =>
    {
        var row = new MaintenanceConfigurationRow
        {
            SubscriptionId = FabricTown.Tenant,
            NameKey = name,
            Name = name,
            WindowJson = StoreJson.Write(window),
            CreatedAt = story.Town.Clock.Now,
        };
        unit.Upsert(row);
        foreach (var resource in resources)
        {
            unit.Upsert(new MaintenanceAssignmentRow
            {
                SubscriptionId = FabricTown.Tenant,
                Resource = resource,
                Name = resource.Split('/')[1],
                Configuration = name,
                Region = North,
            });
        }

        MaintenanceBook.Tell(unit, story.Town.Desk, row, [], story.Town.Clock.Now);
    });

    private static (string, string)? WindowOf(Story story)
    {
        story.Town.Advance(Duration.FromSeconds(1));
        var id = story.Instances[0].Id;
        var window = story.Town.Engine.Ask(story.Cluster, state => new Known(state.WindowOf(state.Instances[id]))).GetAwaiter().GetResult().Value.Window;
        return window is null ? null : (window.Configuration, window.Window.Text.Recurrence);
    }

    [Fact, Trait("spec", "W5")]
    public void A_cluster_hears_of_a_window_of_its_change_and_of_its_end_and_knows_it_after_a_restart()
    {
        using var story = Story.Running();
        Assert.Null(WindowOf(story));

        var window = In(story, 6);
        Configure(story, window, "nights", "services/shop");
        Assert.Equal(("nights", "Day"), WindowOf(story));
        Configure(story, window with { Recurrence = "Week Sunday" }, "nights");
        Assert.Equal(("nights", "Week Sunday"), WindowOf(story));

        story.Restart();
        Assert.Equal(("nights", "Week Sunday"), WindowOf(story));

        story.Town.Commit(unit => MaintenanceBook.Drop(
            unit, story.Town.Desk, FabricTown.Tenant, WindowScope.Services, "shop", story.Town.Clock.Now));
        Assert.Null(WindowOf(story));
        Assert.Empty(story.Town.All<InboxRow>());
    }

    [Fact, Trait("spec", "W1"), Trait("spec", "H3")]
    public void What_is_healed_while_the_window_is_closed_is_in_the_ledger_with_its_reason()
    {
        using var story = Story.Running();
        var web = story.Instances[0];
        var window = In(story, 6);
        Configure(story, window, "nights", "services/shop");

        story.Strike(FaultKind.PowerLoss, FaultScope.Node, web.Node!.Value.Value);
        story.After(Duration.FromMinutes(30));

        Assert.NotEqual(web.Node, story.Of(web).Node);
        var entry = Assert.Single(story.Town.All<MaintenanceLedgerRow>(), e => e.Instance == web.Id);
        Assert.Equal(
            (WindowLedgerReason.HardwareFailure, "services/shop", "nights", "services/shop", web.Node, story.Cluster),
            (entry.Reason, entry.Resource, entry.Configuration, entry.Through, entry.Node, entry.Cluster));
        Assert.Equal(WindowReader.Read(window).Value.Next(entry.At)!.Start, entry.NextWindow);
        Assert.Contains("nodeLost", entry.Detail, StringComparison.Ordinal);
    }

    [Fact, Trait("spec", "W1")]
    public void What_is_done_while_the_window_is_open_or_to_somebody_without_one_is_not()
    {
        using var story = Story.Running();
        Configure(story, In(story, -2, lasts: 12), "nights", "services/shop");
        story.Town.Create("lone");
        story.After(Duration.FromMinutes(20));

        story.Strike(FaultKind.PowerLoss, FaultScope.Node, story.Instances[0].Node!.Value.Value);
        story.Strike(FaultKind.PowerLoss, FaultScope.Node, story.Town.One<Domain.Deployments.FabricInstance>(i => i.Name == "lone").Node!.Value.Value);
        story.After(Duration.FromMinutes(30));

        Assert.NotEqual(story.Instances[0].Node, story.Of(story.Instances[0]).Node);
        Assert.Empty(story.Town.All<MaintenanceLedgerRow>());
    }

    [Fact, Trait("spec", "W1")]
    public void An_instance_is_maintained_in_its_owners_window_or_in_the_platforms_where_it_has_none()
    {
        using var story = Story.Running();
        var (id, now) = (story.Instances[0].Id, story.Town.Clock.Now);
        var nights = new WindowSettings { DefaultWindow = WindowReader.Read(In(story, 6)).Value };
        bool May(WindowSettings settings, int hours) => story.Town.Engine.Ask(story.Cluster, state =>
            state.MayMaintain(state.Instances[id], settings, now + Duration.FromHours(hours), Duration.FromMinutes(30))).GetAwaiter().GetResult().Value;

        Assert.True(May(new WindowSettings(), 0));
        Assert.Equal((false, true), (May(nights, 0), May(nights, 6)));
        Configure(story, In(story, 10), "mornings", "services/shop");
        story.After(Duration.FromSeconds(1));
        Assert.Equal((false, false, true), (May(nights, 0), May(nights, 6), May(nights, 10)));
    }

    private sealed record Known(AssignedWindow? Window);
}
