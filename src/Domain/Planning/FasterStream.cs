// Which order gives the shortest stream (M2)? Orders come from rounds; each is pushed to the right and back to the left
// until that no longer helps, then shaken a little and tried again. What is kept never gets longer.
namespace Rdfe.Domain.Planning;

/// <summary>Searches an order; its time is how long the whole stream takes.</summary>
internal sealed class FasterStream
{
    private const int NodeBits = 20;

    private readonly Situation situation;
    private readonly Stream stream;
    private readonly Dice dice;
    private readonly int[] trial;
    private readonly int[] starts;
    private readonly long[] keys;
    private readonly int[] shaken;
    private int shakenTime = int.MaxValue;

    public FasterStream(Situation situation, Dice dice)
    {
        this.situation = situation;
        this.dice = dice;
        stream = new Stream(situation);
        var n = situation.Nodes.Length;
        trial = new int[n];
        (starts, keys, shaken) = (new int[n], new long[n], new int[n]);
        Order = [.. Enumerable.Range(0, n)];
        Starts = new int[n];
        Time = int.MaxValue;
    }

    /// <summary>The best order.</summary>
    public int[] Order { get; private set; }

    /// <summary>When each node begins in it.</summary>
    public int[] Starts { get; private set; }

    /// <summary>When the last one ends.</summary>
    public int Time { get; private set; }

    /// <summary>Round after round; long rounds first, and in a round long nodes first.</summary>
    public void TryRounds(int[] rounds)
    {
        TryRounds(rounds, heldLast: false);
        if (Array.Exists(situation.ReadyAt, ready => ready > 0))
        {
            TryRounds(rounds, heldLast: true);
        }
    }

    // Whoever waits for what is down now may hold up those that could use the time, so both ways are tried.
    private void TryRounds(int[] rounds, bool heldLast)
    {
        var count = rounds.Length == 0 ? 0 : rounds.Max() + 1;
        var longest = new int[count];
        for (var v = 0; v < rounds.Length; v++)
        {
            longest[rounds[v]] = Math.Max(longest[rounds[v]], situation.Takes[v]);
        }

        var place = Enumerable.Range(0, count).OrderByDescending(r => longest[r]).ThenBy(r => r).ToArray();
        var rank = new int[count];
        for (var i = 0; i < count; i++)
        {
            rank[place[i]] = i;
        }

        for (var v = 0; v < rounds.Length; v++)
        {
            var late = heldLast && situation.ReadyAt[v] > 0 ? count : 0;
            keys[v] = ((long)(rank[rounds[v]] + late) << 32) - situation.Takes[v];
        }

        SortByKeys();
        Keep(stream.Run(trial, starts));
        Justify();
    }

    /// <summary>An order that is known, such as the one of an earlier plan.</summary>
    public void TryOrder(IReadOnlyList<int> order)
    {
        for (var i = 0; i < trial.Length; i++)
        {
            trial[i] = order[i];
        }

        Keep(stream.Run(trial, starts));
    }

    /// <summary>Shakes the last good order and tries again.</summary>
    public void Shake()
    {
        if (trial.Length < 2)
        {
            return;
        }

        if (shakenTime == int.MaxValue)
        {
            Starts.CopyTo(shaken, 0);
            shakenTime = Time;
        }

        // Nodes change places with those that begin up to so much earlier or later: sometimes a few, sometimes many.
        var reach = 1 + (Time / (4 << dice.Below(5)));
        var share = 1 << dice.Below(7);
        for (var v = 0; v < trial.Length; v++)
        {
            keys[v] = shaken[v] + (dice.Below(share) == 0 ? dice.Below(reach) - (reach / 2) : 0);
        }

        SortByKeys();
        var time = stream.Run(trial, starts);
        Keep(time);
        time = Math.Min(time, Justify());
        if (time <= shakenTime + (shakenTime / 200))
        {
            starts.CopyTo(shaken, 0);
            shakenTime = time;
        }

        if (shakenTime > Time + (Time / 100))
        {
            Starts.CopyTo(shaken, 0);
            shakenTime = Time;
        }
    }

    // To the right, back to the left, as long as it pays.
    private int Justify()
    {
        var before = int.MaxValue;
        var time = Ends();
        for (var turn = 0; turn < 8 && time < before; turn++)
        {
            before = time;
            Sort(byEnd: true);
            stream.RunBackwards(trial, starts, time);
            Sort(byEnd: false);
            time = stream.Run(trial, starts);
            Keep(time);
        }

        return time;
    }

    private void Sort(bool byEnd)
    {
        for (var v = 0; v < trial.Length; v++)
        {
            keys[v] = byEnd ? starts[v] + situation.Takes[v] : starts[v];
        }

        SortByKeys();
    }

    // Times are below 2^32 s, ranks below 2^11 and nodes below 2^20, so one word holds both: equal keys are in order of node.
    private void SortByKeys()
    {
        for (var v = 0; v < keys.Length; v++)
        {
            keys[v] = (keys[v] << NodeBits) + v;
        }

        Array.Sort(keys);
        for (var i = 0; i < keys.Length; i++)
        {
            trial[i] = (int)(keys[i] & ((1 << NodeBits) - 1));
        }
    }

    private int Ends()
    {
        var end = 0;
        for (var v = 0; v < starts.Length; v++)
        {
            end = Math.Max(end, starts[v] + situation.Takes[v]);
        }

        return end;
    }

    private void Keep(int time)
    {
        if (time < Time)
        {
            (Time, Order, Starts) = (time, [.. trial], [.. starts]);
        }
    }
}
