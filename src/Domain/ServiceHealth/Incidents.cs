// W4: notices of what has failed, opened, told and closed in the very turns in which it happens. Read off the state at the end of
// a turn, so that whoever changes it need not know of notices, and a restart in between loses none and opens none twice.
using NodaTime;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Health;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.ServiceHealth;

/// <summary>Keeps a cluster's notices.</summary>
public static class Incidents
{
    /// <summary>Tells of what this turn has changed.</summary>
    public static void Step(Turn turn)
    {
        var book = turn.State.Incidents;
        foreach (var id in Changed(turn))
        {
            var i = turn.State.Instances.GetValueOrDefault(id);
            var cause = i is null ? null : IncidentCause.Of(turn.State, i);
            if (book.Of(id) is { } notice)
            {
                // What has another cause now belongs to it, unless that is how the first one went on.
                Note(turn, notice, id, i, cause);
            }
            else if (cause is { } why && Tenancy.Of(turn.State, i!) is { } tenancy)
            {
                Open(turn, i!, why, tenancy);
            }
        }

        Instant? next = null;
        foreach (var notice in book.Open.ToList())
        {
            if (notice is { State: NoticeState.Mitigated, EndedAt: { } ended })
            {
                var closes = ended + turn.Settings.ServiceHealth.CloseAfter;
                if (closes <= turn.Now)
                {
                    Close(turn, notice);
                    continue;
                }

                next = next is null || closes < next ? closes : next;
            }
        }

        turn.State.Agenda.Set(IncidentBook.Item(turn.State), Earlier(next, SelfService(turn)));
    }

    // In order of id, each once: what was changed itself, and what is on nodes that were.
    private static SortedSet<InstanceId> Changed(Turn turn)
    {
        var (state, changed) = (turn.State, new SortedSet<InstanceId>(InstanceIndex<string>.ById));
        if (turn.Everything)
        {
            // A controller begins, or safe mode has ended: nothing is remembered of what was changed.
            changed.UnionWith(state.Instances.Values.Where(i => IncidentCause.Of(state, i) is not null).Select(i => i.Id));
            changed.UnionWith(state.Incidents.Open.SelectMany(n => n.Affected).Select(a => a.Instance));
        }

        foreach (var id in turn.Instances)
        {
            if (state.Incidents.Of(id) is not null || (state.Instances.TryGetValue(id, out var i) && IncidentCause.Of(state, i) is not null))
            {
                changed.Add(id);
            }
        }

        foreach (var id in turn.Nodes)
        {
            if (state.Nodes.TryGetValue(id, out var node)
                && (node.Health is not null || node.State == NodeState.HumanInvestigate || state.Incidents.Open.Count > 0))
            {
                changed.UnionWith(state.On(id).Select(i => i.Id));
            }
        }

        return changed;
    }

    private static void Open(Turn turn, FabricInstance i, IncidentCause cause, Tenancy tenancy)
    {
        var s = turn.Settings.ServiceHealth;
        var mine = turn.State.Incidents.Open.Where(n => n.Subscription == tenancy.Subscription).ToList();
        // Together by cause. Where there are too many notices, or no more room in them, the newest one counts it.
        var notice = mine.Find(n => n.Cause == cause.Key && n.Affected.Length < s.MostAffected) ?? (mine.Count >= s.MostOpen ? mine[^1] : null);
        if (notice is null)
        {
            var (title, sentence) = NoticeWords.Of(cause);
            notice = new ServiceNotice
            {
                Id = ServiceNotice.IdOf(tenancy.Subscription, cause.Key, turn.Now, mine.Count),
                Subscription = tenancy.Subscription,
                Cluster = turn.State.Id,
                Kind = cause.Kind,
                Cause = cause.Key,
                Title = title,
                Sentence = sentence,
                State = NoticeState.Active,
                OpenedAt = turn.Now,
                BeganAt = SinceOf(turn, i) ?? turn.Now,
            };
            turn.Say("serviceNoticeOpened", notice.Id, $"{Words.Of(cause.Kind)} for {tenancy.Subscription}: {cause.Key}");
        }

        if (notice.Affected.Length >= s.MostAffected)
        {
            // It is counted once: the book keeps no name for it, so that it is asked again only when it changes.
            return;
        }

        var affected = new AffectedResource(i.Id, turn.State.Id, tenancy.Path, tenancy.Within, AffectedState.AtRisk);
        turn.Put(notice with { Affected = notice.Affected.Add(affected), AffectedCount = notice.AffectedCount + 1 });
        Note(turn, turn.State.Incidents.Of(i.Id)!, i.Id, i, cause);
    }

    private static void Note(Turn turn, ServiceNotice notice, InstanceId id, FabricInstance? i, IncidentCause? cause)
    {
        var s = turn.Settings.ServiceHealth;
        var index = notice.Affected.IndexOf(notice.Affected.First(a => a.Instance == id));
        var (old, next) = (notice.Affected[index], Look(turn, notice.Affected[index], i, cause));
        var changed = old == next ? notice : notice with { Affected = notice.Affected.SetItem(index, next) };
        if (cause is { } why && next.IsTroubled && changed.Doing != Words.Of(why.Work))
        {
            changed = (changed with { Doing = Words.Of(why.Work) }).Said(turn.Now, NoticeWords.Of(why.Work), s);
        }

        var troubled = changed.Affected.Any(a => a.IsTroubled);
        if (troubled && changed.State == NoticeState.Mitigated)
        {
            changed = (changed with { State = NoticeState.Active, EndedAt = null }).Said(turn.Now, "It has come back.", s);
        }
        else if (!troubled && changed.State == NoticeState.Active)
        {
            changed = (changed with { State = NoticeState.Mitigated, EndedAt = turn.Now })
                .Said(turn.Now, NoticeWords.WellAgain(changed.Affected), s);
        }
        else if (old.IsTroubled && !next.IsTroubled && turn.Now - changed.Updates[^1].At >= s.ProgressInterval)
        {
            changed = changed.Said(
                turn.Now, $"{changed.Affected.Count(a => !a.IsTroubled)} of {NoticeWords.Count(changed.Affected.Length, "instance")} are well again.", s);
        }

        if (!ReferenceEquals(changed, notice))
        {
            turn.Put(changed);
        }
    }

    private static AffectedResource Look(Turn turn, AffectedResource a, FabricInstance? i, IncidentCause? cause)
    {
        var isDown = i is { Power: PowerGoal.Running } && !i.IsHealthy;
        var state = i is not { Power: PowerGoal.Running } ? AffectedState.Gone
            : i.Health is { Condemned: true } ? AffectedState.GivenUp
            : isDown ? AffectedState.Down
            : cause is not null ? AffectedState.AtRisk
            : AffectedState.Recovered;
        if (state == AffectedState.Down)
        {
            return a with { State = state, Since = a.Since ?? SinceOf(turn, i!) ?? turn.Now, At = null };
        }

        var next = a with { State = state, Since = null, At = state == AffectedState.AtRisk ? null : a.At ?? turn.Now };
        if (a.Since is not { } since)
        {
            return next;
        }

        // One that is in the same phase of the same boot as before was never down: it was only that nobody heard of it.
        return i is not null && i.IsHealthy && i.PhaseSince <= since
            ? next with { Unheard = a.Unheard + (turn.Now - since) }
            : next with { Down = a.Down + (turn.Now - since) };
    }

    // The last that was heard of it, where its node fell silent: silence is noticed only later.
    private static Instant? SinceOf(Turn turn, FabricInstance i)
    {
        var (down, silent) = (i.Health?.DownSince, i.Node is { } n ? turn.State.Nodes[n].Health?.SilentSince : null);
        return silent < down ? silent : down;
    }

    private static void Close(Turn turn, ServiceNotice notice)
    {
        var outcome = NoticeWords.OutcomeOf(notice.Kind, notice.Affected);
        turn.Say("serviceNoticeClosed", notice.Id, outcome);
        turn.Put((notice with { State = NoticeState.Closed, ClosedAt = turn.Now, Outcome = outcome })
            .Said(turn.Now, outcome, turn.Settings.ServiceHealth, last: true));
    }

    // W1: whoever keeps the rollout's notices is told when owners have no longer the choice; told twice, it says so once.
    private static Instant? SelfService(Turn turn)
    {
        if (turn.State.Rollout is not { } r || r.Part.SelfServiceUntil <= r.BeganAt || turn.State.Incidents.SelfServiceSaid == r.Part.Rollout)
        {
            return null;
        }

        if (r.Part.SelfServiceUntil > turn.Now)
        {
            return r.Part.SelfServiceUntil;
        }

        turn.State.Incidents.SelfServiceSaid = r.Part.Rollout;
        turn.Shared.Add(new SharedEffect.SelfServiceEnded(r.Part.Rollout));
        return null;
    }

    private static Instant? Earlier(Instant? a, Instant? b) => a is null || b < a ? b ?? a : a;
}
