// Everything that one command makes durable, in one unit: the effect, the checks that let it happen, the idempotency
// record and the activity-log entry. Behaviours add to it before the handler runs; the handler commits it once.
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Infrastructure.Emulator;
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Api.Pipeline;

public sealed class CommandUnit(Committer committer, Admission admission, Call call)
{
    private readonly List<Func<UnitOfWork, Refusal?>> checks = [];
    private readonly List<Action<UnitOfWork, Outcome<Reply>>> additions = [];
    private bool compared;

    public bool Committed { get; private set; }

    /// <summary>The etag that the command found; null when the resource was absent.</summary>
    public string? ETagBefore { get; private set; }

    /// <summary>A check inside the unit, before the handler's work; the first refusal wins.</summary>
    public void Check(Func<UnitOfWork, Refusal?> check) => checks.Add(check);

    /// <summary>
    /// A row that goes with the outcome, whatever it is: a refused effect is undone before it is added.
    /// </summary>
    public void Add(Action<UnitOfWork, Outcome<Reply>> addition) => additions.Add(addition);

    /// <summary>Holds If-Match and If-None-Match against the present etag. Call it before changing anything.</summary>
    public Refusal? Precondition(string? current)
    {
        ETagBefore = current;
        compared = true;
        return ETags.Check(call.IfMatch, call.IfNoneMatch, current);
    }

    /// <summary>
    /// Runs the work on the committer's thread and answers when it is durable. Only look things up and change rows in
    /// it: every other caller waits meanwhile.
    /// </summary>
    public async Task<Outcome<Reply>> CommitAsync(Func<UnitOfWork, Outcome<Reply>> work, CancellationToken cancel)
    {
        if (Committed)
        {
            throw new InvalidOperationException("A command commits once.");
        }

        Committed = true;
        var decided = await committer.CommitAsync(unit => new Decided(Decide(unit, work)), cancel);
        return decided.Outcome;
    }

    private Outcome<Reply> Decide(UnitOfWork unit, Func<UnitOfWork, Outcome<Reply>> work)
    {
        var outcome = FirstRefusal(unit) is { } refusal ? refusal : work(unit);
        if (!outcome.Refused && !compared && call.IfMatch.Count > 0 && !call.IfMatch.Contains("*"))
        {
            // Whoever sends a condition must not be answered as if it held (RFC 9110): here there is nothing to compare.
            outcome = new Refusal(RefusalKind.PreconditionFailed, "preconditionFailed",
                "If-Match cannot hold: what this works on has no etag.");
        }

        if (outcome.Refused)
        {
            unit.Undo();
        }
        else
        {
            unit.SaveTracked();
        }

        foreach (var addition in additions)
        {
            addition(unit, outcome);
        }

        return outcome;
    }

    private Refusal? FirstRefusal(UnitOfWork unit)
    {
        // What it looked up before this was in another fabric.
        if (call.Era != admission.Era)
        {
            return new Refusal(RefusalKind.Unavailable, "fabricReplaced",
                "The emulator's whole fabric was replaced while the request was on its way; send it again.");
        }

        foreach (var check in checks)
        {
            if (check(unit) is { } refusal)
            {
                return refusal;
            }
        }

        return null;
    }

    // Hides a refusal from the committer, which would undo the record of it as well.
    private sealed record Decided(Outcome<Reply> Outcome);
}
