// Plays a script: prose is repeated, commands are done, and what came of them is told.
using NodaTime;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Notices;
using Rdfe.Testing;

namespace Rdfe.Scenarios.Playing;

internal sealed class Player : IDisposable
{
    private readonly Scenario scenario;
    private readonly Action<string> write;
    private readonly Func<int, bool> kills;
    private readonly Played played = new();
    private readonly List<(Duration At, Line Command)> later = [];
    private string topology = "small.json";
    private FabricSettings settings = new();
    private Stage? stage;
    private Duration? sampleEvery;
    private Duration? reportEvery;
    private bool brief;
    private string? watched;
    private string? seen;
    private int killed;
    private bool inProse;
    private CommitWatch? watch;
    private Stage? remembered;
    private int line;
    private Duration? advancesUntil;
    private (Duration At, Line Command)? doing;

    private Player(Scenario scenario, Action<string> write, Func<int, bool> kills) =>
        (this.scenario, this.write, this.kills) = (scenario, write, kills);

    private Stage Stage => stage ??= new Stage(topology, settings, watch);

    // Nobody looks on at a crash: each look would be a commit more.
    private bool IsCrash => watch is not null || remembered is not null;

    /// <summary>The line that it plays.</summary>
    public string Line => $"line {scenario.Lines[line].Number}: {scenario.Lines[line].Text}";

    /// <summary>Plays a scenario from its beginning to its end.</summary>
    /// <param name="scenario">Which.</param>
    /// <param name="write">Gets each line of the log as it is told.</param>
    /// <param name="kills">Which of the script's kills of the controller are done, by number from 1; all unless it says otherwise.</param>
    public static Played Play(Scenario scenario, Action<string>? write = null, Func<int, bool>? kills = null)
    {
        using var player = new Player(scenario, write ?? (_ => { }), kills ?? (_ => true));
        player.Go();
        return player.played;
    }

    /// <summary>Plays it under the eyes of somebody who is told of each commit and of who is playing; what was left in the end.</summary>
    public static IReadOnlyList<string> Play(Scenario scenario, Action<Player, string, CommitMoment> watch)
    {
        using var player = new Player(scenario, _ => { }, _ => true);
        player.watch = (folder, moment) => watch(player, folder, moment);
        player.Go();
        return FinalState.Whole(player.Stage);
    }

    /// <summary>What whoever plays remembers now, in the middle of a commit: enough to go on when the controller crashes in it.</summary>
    public Player Memory()
    {
        var copy = new Player(Scenario.Read(scenario.Name), _ => { }, kills)
        {
            topology = topology,
            settings = settings,
            remembered = stage?.Memory(),
            brief = brief,
            killed = killed,
            line = line,
            advancesUntil = advancesUntil,
        };
        copy.later.AddRange(later.Concat(doing is { } now ? [now] : []).Select(l => (l.At, new Line(l.Command.Number, l.Command.Text))));
        return copy;
    }

    /// <summary>Goes on, by what it remembers, on the files of a controller that crashed; what was left in the end.</summary>
    /// <param name="folder">The files.</param>
    /// <param name="log">Gets each line of the log.</param>
    public IReadOnlyList<string> GoOn(string folder, Action<string> log)
    {
        using var player = new Player(scenario, log, kills)
        {
            topology = topology,
            settings = settings,
            remembered = remembered,
            brief = brief,
            killed = killed,
            line = line,
            advancesUntil = advancesUntil,
            stage = new Stage(topology, settings, folder, remembered) { AsksAgain = true },
        };
        player.later.AddRange(later);
        // What had happened by then was told by nobody who is still there.
        player.Tell();
        player.Go();
        return FinalState.Whole(player.Stage);
    }

    public void Dispose() => stage?.Dispose();

    private void Go()
    {
        for (; line < scenario.Lines.Count; line++)
        {
            Do(scenario.Lines[line]);
            advancesUntil = null;
            if (stage is not null)
            {
                stage.AsksAgain = false;
            }
        }

        Stage.Town.CheckBooks();
    }

    private void Do(Line line)
    {
        if (line.IsBlank || line.IsProse)
        {
            Prose(line);
            return;
        }

        if (inProse)
        {
            Say("");
            inProse = false;
        }

        Command(line);
    }

    private void Prose(Line line)
    {
        var text = line.Text.TrimStart('#').Trim();
        if (!inProse && text.Length > 0)
        {
            Say("");
        }

        inProse |= text.Length > 0;
        if (text.Length > 0)
        {
            Say(text);
        }
    }

    private void Command(Line line)
    {
        switch (line.Next("a command"))
        {
            case "topology":
                topology = scenario.TopologyPath(line.Next("file"));
                return;
            case "brakes":
                Brakes(line);
                return;
            case "notices":
                settings = settings with { Notices = line.Next("on or off") == "on" ? new() : NoticeSettings.None };
                return;
            case "sample":
                line.Expect("every");
                sampleEvery = IsCrash ? null : line.Duration();
                return;
            case "report":
                line.Expect("every");
                (reportEvery, brief) = (IsCrash ? null : line.Duration(), true);
                Say(Reporting.Header(Stage));
                return;
            case "watch":
                watched = line.Next("instance");
                return;
            case "mark":
                played.Availability.Marks.Add((Stage.Elapsed, line.Rest().Text));
                return;
            case "at":
                later.Add((line.Duration(), line.Rest()));
                return;
            case "expect":
                Expectations.Check(line, Stage, played);
                return;
            case "status":
                Status(line);
                return;
            case "availability":
                Say("");
                played.Availability.Table().ToList().ForEach(row => Say("    " + row));
                return;
            case "total":
                Say("");
                played.Totals.AddRange(Reporting.Totals(Stage, played));
                played.Totals.ForEach(row => Say("    " + row));
                return;
            case "final":
                line.Expect("state");
                played.Final.AddRange(FinalState.Of(Stage));
                Say("");
                played.Final.ForEach(row => Say("    " + row));
                return;
            case "advance":
                Advance(line);
                return;
            case "kill":
                line.Expect("controller");
                Kill(line);
                return;
            default:
                Say(Telling.Asked(Stage.Elapsed, line.Text));
                Stage.Line = line.Number;
                Requests.Do(line, Stage);
                Tell();
                return;
        }
    }

    private void Brakes(Line line)
    {
        var enabled = line.Next("on or off") == "on";
        var health = settings.Health;
        settings = settings with { Health = health with { Brakes = health.Brakes with { Enabled = enabled } } };
        played.BrakesEnabled = enabled;
    }

    private void Advance(Line line)
    {
        if (line.Takes("until"))
        {
            AdvanceUntil(line);
            return;
        }

        var end = advancesUntil ?? Stage.Elapsed + line.Duration();
        advancesUntil = end;
        // What a crash interrupted is asked again first.
        DoDue(Stage.Elapsed);
        if (reportEvery is null)
        {
            Say(Telling.Asked(Stage.Elapsed, line.Text));
        }

        while (Stage.Elapsed < end)
        {
            var now = Stage.Elapsed;
            var next = later.Select(l => l.At).Append(Next(now, sampleEvery)).Append(Next(now, reportEvery)).Append(end)
                .Where(t => t > now).Min();
            Stage.Advance(next - now);
            Tell();
            DoDue(next);

            if (IsMultiple(next, sampleEvery))
            {
                Sample();
            }

            if (IsMultiple(next, reportEvery))
            {
                Say(Reporting.Row(Stage, played));
            }
        }
    }

    private void DoDue(Duration now)
    {
        foreach (var due in later.Where(l => l.At <= now).OrderBy(l => l.At).ThenBy(l => l.Command.Number).ToList())
        {
            later.Remove(due);
            doing = due;
            Do(due.Command);
            doing = null;
        }
    }

    private void Sample()
    {
        played.Take(Stage);
        if (watched is not null)
        {
            var id = Requests.InstanceOf(Stage, watched).Id;
            var (copies, writers) = (Stage.Town.Hosts.CopiesOf(id).Count, Stage.Town.Hosts.WritersOf(id));
            if (writers > 1)
            {
                throw new InvalidOperationException($"{writers} copies of {watched} can write at {Telling.Clock(Stage.Elapsed)}.");
            }

            var sight = $"{copies} {(copies == 1 ? "copy" : "copies")}, {writers} can write";
            if (sight != seen)
            {
                Say(Telling.Entry(Stage.Elapsed, "seen", watched, sight));
            }

            seen = sight;
        }
    }

    // In small steps where a phase of an update may be as short as an agent takes to answer. A crash in the commit that ends a
    // phase may let it pass unseen: the crash has then been what the line waits for.
    private void AdvanceUntil(Line line)
    {
        var text = line.Text;
        var (service, phase) = (line.Next("a service"), line.Next("a phase"));
        line.Expect("within");
        var limit = Stage.Elapsed + line.Duration();
        var step = phase is "awaitingHealth" or "removing" ? Duration.FromSeconds(5) : Duration.FromMilliseconds(250);
        while (!Stage.See(s => FinalState.IsIn(s, service, phase) || (Stage.AsksAgain && FinalState.IsPast(s, service, phase))))
        {
            if (Stage.Elapsed >= limit)
            {
                throw line.Wrong($"{service} was not {phase} by then");
            }

            Stage.Advance(step);
        }

        Tell();
        Say(Telling.Asked(Stage.Elapsed, text.Replace("advance until ", "", StringComparison.Ordinal).Split(" within")[0]));
    }

    private void Kill(Line line)
    {
        line.End();
        if (kills(++killed))
        {
            Say(Telling.Asked(Stage.Elapsed, "the controller is killed, and another begins on its store"));
            Stage.Kill();
            Tell();
        }
    }

    private void Status(Line line)
    {
        foreach (var service in line.AtEnd ? Stage.Services : [line.Next("service")])
        {
            Reporting.Status(Stage, service).ToList().ForEach(Say);
        }
    }

    // What happened since it was last told; all of it is counted, a part is said.
    private void Tell()
    {
        if (Stage.Refused is { } refused)
        {
            Say(Telling.Entry(Stage.Elapsed, "refused", refused.Service, refused.Why));
            Stage.Refused = null;
        }

        var news = Stage.News();
        played.Count(news, Stage);
        Telling.Of(news, Stage.Began, brief).ToList().ForEach(Say);
    }

    private void Say(string line)
    {
        if (line.Length == 0 && (played.Log.Count == 0 || played.Log[^1].Length == 0))
        {
            return;
        }

        played.Log.Add(line);
        write(line);
    }

    private static Duration Next(Duration now, Duration? every) =>
        every is { } e ? e * (Math.Floor(now.TotalSeconds / e.TotalSeconds) + 1) : Duration.FromDays(1000);

    private static bool IsMultiple(Duration at, Duration? every) =>
        every is { } e && (long)at.TotalSeconds % (long)e.TotalSeconds == 0;
}
