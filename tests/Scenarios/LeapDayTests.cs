// L6: what is promised of the leap day, besides its logs: how far it may go with the brakes on, that it is a cascade with
// the brakes off, and that docs/leap-day.md and its pictures tell what really comes of both.
using NodaTime;
using Rdfe.Scenarios.Playing;
using Rdfe.Testing;

namespace Rdfe.Scenarios;

public sealed class LeapDayTests
{
    private const string On = "leap-day-brakes-on";
    private const string Off = "leap-day-brakes-off";
    private const string SecondOn = "leap-day-phase-2-brakes-on";
    private const string SecondOff = "leap-day-phase-2-brakes-off";
    private static readonly Duration EndOfDay = Duration.FromHours(36);

    [Fact, Trait("spec", "L2"), Trait("spec", "L6")]
    public void Brakes_on_no_more_nodes_than_the_brake_allows_end_in_human_investigate()
    {
        var played = Stories.Of(On);

        Assert.Equal(18, played.Threshold);
        Assert.InRange(played.MostInvestigated, 1, played.Threshold + played.InFlightAtBrake);
    }

    [Fact, Trait("spec", "L2"), Trait("spec", "L6")]
    public void Brakes_on_healing_takes_no_running_instance_from_anybody()
    {
        var played = Stories.Of(On);

        Assert.Equal(0, played.RunningLost.Values.Sum());
        Assert.True(played.Moves > 0);
        // A tenant that keeps still and whose hardware goes on working notices nothing at all.
        Assert.All(played.Availability.Samples.Where(s => s.At <= EndOfDay), s => Assert.Equal(100.0, Availability.Of(s, "maps")));
    }

    [Fact, Trait("spec", "L2"), Trait("spec", "L6")]
    public void Brakes_off_healing_carries_the_fault_through_the_cluster_to_tenants_who_did_nothing()
    {
        var (on, off) = (Stories.Of(On), Stories.Of(Off));

        Assert.True(off.MostInvestigated > 10 * off.Threshold, $"{off.MostInvestigated} nodes");
        Assert.True(off.RunningLost.Values.Sum() > 50, $"{off.RunningLost.Values.Sum()} running instances");
        Assert.All(["bank", "news", "maps", "games"], t => Assert.True(At(off, t) < At(on, t), $"{t}: {At(off, t)} with brakes off, {At(on, t)} with brakes on"));
    }

    [Fact, Trait("spec", "L4"), Trait("spec", "L6")]
    public void Phase_2_everybody_is_down_either_way_but_only_without_brakes_do_the_nodes_follow()
    {
        var (on, off) = (Stories.Of(SecondOn), Stories.Of(SecondOff));

        Assert.All([on, off], p => Assert.All(p.Availability.Tenants, t => Assert.Equal(0.0, p.Availability.Figures(t).Lowest)));
        Assert.InRange(on.MostInvestigated, 1, on.Threshold + on.InFlightAtBrake);
        Assert.True(off.MostInvestigated > 5 * off.Threshold, $"{off.MostInvestigated} nodes");
        Assert.All([on, off], p => Assert.Equal(0, p.RunningLost.Values.Sum()));
        Assert.All(on.Availability.Tenants, t => Assert.True(on.Availability.Figures(t).Mean > off.Availability.Figures(t).Mean, t));
    }

    [Theory, Trait("spec", "L6")]
    [InlineData(On, "brakes-on")]
    [InlineData(Off, "brakes-off")]
    [InlineData(SecondOn, "phase-2-brakes-on")]
    [InlineData(SecondOff, "phase-2-brakes-off")]
    public void Its_figures_and_pictures_are_in_the_documents(string name, string file)
    {
        var (played, docs) = (Stories.Of(name), Path.Combine(Repository.Root, "docs"));

        Expected.Compare(Path.Combine(docs, "leap-day", file + ".csv"), played.Availability.Csv());
        Expected.Compare(Path.Combine(docs, "leap-day", file + ".svg"), Chart.Draw(played.Availability, played.Title));
        var page = File.ReadAllText(Path.Combine(docs, "leap-day.md"));
        Assert.All(played.Availability.Table(), row => Assert.Contains(row.TrimEnd(), page, StringComparison.Ordinal));
        Assert.All(played.Totals, row => Assert.Contains(row.TrimEnd(), page, StringComparison.Ordinal));
    }

    // Twelve hours into the day, when the story with the brakes off ends.
    private static double? At(Played played, string tenant) =>
        Availability.Of(played.Availability.Samples.Single(s => s.At == Duration.FromHours(24)), tenant);
}
