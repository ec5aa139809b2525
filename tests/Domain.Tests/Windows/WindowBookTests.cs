using NodaTime;
using Rdfe.Domain.Windows;

namespace Rdfe.Domain.Tests.Windows;

/// <summary>Whose window counts.</summary>
[Trait("spec", "W5")]
public sealed class WindowBookTests
{
    private static readonly SubscriptionId Tenant = new(Guid.Parse("11111111-1111-1111-1111-111111111111"));
    private static readonly SubscriptionId Other = new(Guid.Parse("22222222-2222-2222-2222-222222222222"));

    private static MaintenanceWindow Window { get; } =
        WindowReader.Read(new WindowText("2027-03-01T22:00", Duration.FromHours(2), "UTC", "Day")).Value;

    private static WindowResource[] Named(params string[] names) => [.. names.Select(n => WindowResource.Read(n)!.Value)];

    private static WindowBook Book(params (string Configuration, string[] Names)[] configurations) =>
        configurations.Aggregate(WindowBook.Empty, (book, c) => book.With(Tenant, c.Configuration, Window, Named(c.Names)));

    [Theory]
    // The machine's own, then its set's, then its host's, whatever order they are named in; a service's for its instances.
    [InlineData("services/shop dedicatedHosts/h availabilitySets/front virtualMachines/web1", "own")]
    [InlineData("availabilitySets/front dedicatedHosts/h virtualMachines/web2", "sets")]
    [InlineData("dedicatedHosts/h virtualMachines/web2", "hosts")]
    [InlineData("services/shop", "services")]
    [InlineData("virtualMachines/web2 availabilitySets/back", null)]
    public void The_most_specific_name_that_has_a_window_counts(string names, string? configuration)
    {
        var book = Book(
            ("hosts", ["dedicatedHosts/h"]), ("sets", ["availabilitySets/front"]), ("own", ["virtualMachines/web1"]), ("services", ["services/shop"]));
        Assert.Equal(configuration, book.Of(Tenant, Named(names.Split(' ')))?.Configuration);
    }

    [Fact]
    public void Nobody_elses_window_counts() => Assert.Null(Book(("nights", ["services/shop"])).Of(Other, Named("services/shop")));

    [Fact]
    public void A_configuration_holds_for_what_it_names_now_and_for_nothing_that_it_named_before()
    {
        var book = Book(("nights", ["services/a", "services/b"]), ("days", ["services/c"]), ("nights", ["services/b", "services/d"]));
        string? Of(string name) => book.Of(Tenant, Named(name))?.Configuration;
        Assert.Equal(" nights days nights", $"{Of("services/a")} {Of("services/b")} {Of("services/c")} {Of("services/d")}");
        Assert.Null(book.With(Tenant, "days", null, []).Of(Tenant, Named("services/c")));
    }

    [Theory]
    [InlineData("virtualMachines/Web1", "virtualMachines/web1")]
    [InlineData("virtualmachines/web1", null)]
    [InlineData("services/", null)]
    [InlineData("/web1", null)]
    [InlineData("web1", null)]
    [InlineData("roles/web1", null)]
    public void An_assignment_is_a_path_below_the_subscription(string text, string? read) =>
        Assert.Equal(read, WindowResource.Read(text)?.ToString());
}
