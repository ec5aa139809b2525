// F2, U1: wherever in an update the controller is killed, what is left in the end is what an undisturbed run leaves.
using Rdfe.Scenarios.Playing;

namespace Rdfe.Scenarios;

public sealed class ControllerKilledTests
{
    private const string Script = "controller-killed";

    private static readonly Lazy<Played> Undisturbed = new(() => Player.Play(Scenario.Read(Script), kills: _ => false));

    [Fact, Trait("spec", "F2"), Trait("spec", "U1")]
    public void Killed_in_every_phase_of_an_update_it_ends_as_if_it_had_not_been_killed()
    {
        Assert.NotEmpty(Undisturbed.Value.Final);
        Assert.Equal(Undisturbed.Value.Final, Stories.Of(Script).Final);
    }

    [Theory, Trait("spec", "F2"), Trait("spec", "U1")]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void Killed_in_one_phase_of_an_update_it_ends_as_if_it_had_not_been_killed(int phase) =>
        Assert.Equal(Undisturbed.Value.Final, Player.Play(Scenario.Read(Script), kills: n => n == phase).Final);
}
