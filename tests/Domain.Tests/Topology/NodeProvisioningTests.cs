using System.Text.RegularExpressions;
using NodaTime;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Tests.Topology;

// A progress as text: state, attempt, minute of entry, minute of the deadline, last failure; then "!" and the command.
public sealed class NodeProvisioningTests
{
    private static readonly Instant Start = Instant.FromUtc(2014, 10, 1, 0, 0);
    private static readonly ProvisioningSettings Settings = ProvisioningSettings.Default;

    [Fact, Trait("spec", "F3")]
    public void A_node_goes_through_every_step_to_ready()
    {
        var lines = new List<string>();
        var decision = NodeProvisioning.Begin(Start, Settings);
        var now = Start;
        while (decision.Next.State != NodeState.Ready)
        {
            lines.Add(Shown(decision));
            now += NodeProvisioning.StepOf(decision.Next.State)!.Times(Settings).Typical;
            decision = NodeProvisioning.OnStepDone(decision.Next, decision.Next.State, now, Settings);
        }

        lines.Add(Shown(decision));
        Assert.Equal(
            """
            PoweringOn 1 @0 <3 !PowerOn
            MaintenanceOs 1 @1 <7 !BootMaintenanceOs
            FormattingDisk 1 @3 <12 !FormatDisk
            DownloadingHostOs 1 @6 <24 !DownloadHostOs
            BootingHostOs 1 @12 <24 !BootHostOs
            Specialising 1 @16 <31 !Specialise
            Rebooting 1 @21 <33 !Reboot
            ConnectingHostAgent 1 @25 <31 !ConnectHostAgent
            Ready 0 @27 !None
            """,
            string.Join("\n", lines));
    }

    [Theory, Trait("spec", "F3")]
    [InlineData("time 5", "MaintenanceOs 1 @0 <6", "MaintenanceOs 1 @0 <6 !None")] // not yet
    [InlineData("time 6", "MaintenanceOs 1 @0 <6",
        "MaintenanceOs 2 @0 <12 (BootMaintenanceOs was not done within 6 min) !BootMaintenanceOs")]
    [InlineData("time 20", "MaintenanceOs 2 @0 <12",
        "MaintenanceOs 3 @0 <26 (BootMaintenanceOs was not done within 6 min) !BootMaintenanceOs")]
    [InlineData("time 26", "MaintenanceOs 3 @0 <26",
        "HumanInvestigate 0 @26 (BootMaintenanceOs was not done within 6 min (attempt 3 of 3 at BootMaintenanceOs)) !None")]
    [InlineData("fail 2 FormattingDisk", "FormattingDisk 1 @0 <9", "FormattingDisk 2 @0 <11 (no disk) !FormatDisk")]
    [InlineData("fail 2 FormattingDisk", "FormattingDisk 3 @0 <9",
        "HumanInvestigate 0 @2 (no disk (attempt 3 of 3 at FormatDisk)) !None")]
    [InlineData("done 7 FormattingDisk", "FormattingDisk 3 @0 <9", "DownloadingHostOs 1 @7 <25 !DownloadHostOs")]
    [InlineData("done 7 MaintenanceOs", "FormattingDisk 1 @0 <9", "FormattingDisk 1 @0 <9 !None")] // said twice
    [InlineData("fail 7 MaintenanceOs", "FormattingDisk 1 @0 <9", "FormattingDisk 1 @0 <9 !None")] // said late
    [InlineData("done 7 ConnectingHostAgent", "ConnectingHostAgent 2 @0 <9", "Ready 0 @7 !None")]
    [InlineData("time 99", "Ready 0 @0", "Ready 0 @0 !None")]
    [InlineData("done 9 Ready", "Ready 0 @0", "Ready 0 @0 !None")]
    [InlineData("fail 9 HumanInvestigate", "HumanInvestigate 0 @0", "HumanInvestigate 0 @0 !None")]
    [InlineData("done 9 PoweredOff", "PoweredOff 0 @0", "PoweredOff 0 @0 !None")]
    public void A_step_is_tried_again_until_a_person_has_to_look(string news, string before, string after)
    {
        var words = news.Split(' ');
        var now = Minute(words[1]);
        var progress = Parse(before);
        var step = words.Length > 2 ? Enum.Parse<NodeState>(words[2]) : progress.State;
        var decision = words[0] switch
        {
            "done" => NodeProvisioning.OnStepDone(progress, step, now, Settings),
            "fail" => NodeProvisioning.OnStepFailed(progress, step, "no disk", now, Settings),
            _ => NodeProvisioning.OnStepTimedOut(progress, now, Settings),
        };

        Assert.Equal(after, Shown(decision));
    }

    [Fact, Trait("spec", "F3")]
    public void A_step_that_succeeds_forgets_the_failures_before_it()
    {
        var retried = NodeProvisioning.OnStepFailed(
            Parse("Rebooting 1 @0 <12"), NodeState.Rebooting, "hung", Minute("1"), Settings).Next;

        Assert.Equal("hung", retried.LastFailure);
        Assert.Null(NodeProvisioning.OnStepDone(retried, NodeState.Rebooting, Minute("2"), Settings).Next.LastFailure);
    }

    [Fact, Trait("spec", "F3")]
    public void Every_step_has_a_time_out_about_three_times_what_it_takes_and_a_command_of_its_own()
    {
        Assert.All(NodeProvisioning.Steps, s =>
            Assert.Equal(s.Times(Settings).Typical * 3, s.Times(Settings).Timeout));
        Assert.Equal(
            Enum.GetValues<ProvisionCommand>().Skip(1), NodeProvisioning.Steps.Select(s => s.Command));
        Assert.Equal(Enum.GetValues<NodeState>().Where(s => s.IsProvisioning()), NodeProvisioning.Steps.Select(s => s.State));
    }

    // One row an action; a column a state, in the order of the enumeration; "-" where it is refused.
    [Fact, Trait("spec", "F3")]
    public void An_operator_may_ask_of_a_node_what_its_state_allows()
    {
        var table = Enum.GetValues<NodeAction>().Select(action => string.Join(" ", Enum.GetValues<NodeState>()
            .Select(state => NodeActions.Apply(state, action))
            .Select(o => o.Refused ? "-" : o.Value.ToString())
            .Prepend(action.ToString())));

        Assert.Equal(
            """
            Provision PoweringOn - - - - - - - - PoweringOn - - -
            Repair OutForRepair OutForRepair OutForRepair OutForRepair OutForRepair OutForRepair OutForRepair OutForRepair OutForRepair OutForRepair - OutForRepair -
            Return - - - - - - - - - - PoweredOff PoweredOff -
            Decommission Decommissioned - - - - - - - - Decommissioned Decommissioned Decommissioned -
            """,
            string.Join("\n", table));
        Assert.Equal(
            "A node that is outForRepair cannot be told to provision.",
            NodeActions.Apply(NodeState.OutForRepair, NodeAction.Provision).Refusal!.Detail);
    }

    private static Instant Minute(string text) =>
        Start + Duration.FromMinutes(int.Parse(text, System.Globalization.CultureInfo.InvariantCulture));

    private static ProvisioningProgress Parse(string text)
    {
        var match = Regex.Match(text, @"^(\w+) (\d) @(\d+)(?: <(\d+))?$");
        return new ProvisioningProgress(
            Enum.Parse<NodeState>(match.Groups[1].Value),
            int.Parse(match.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture),
            Minute(match.Groups[3].Value),
            match.Groups[4].Success ? Minute(match.Groups[4].Value) : null,
            null);
    }

    private static string Shown(ProvisioningDecision decision)
    {
        var (state, attempt, since, deadline, failure) = decision.Next;
        return $"{state} {attempt} @{(since - Start).TotalMinutes}"
            + (deadline is { } d ? $" <{(d - Start).TotalMinutes}" : "")
            + (failure is null ? "" : $" ({failure})")
            + $" !{decision.Command}";
    }
}
