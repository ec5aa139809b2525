// R2, asked of what is committed: whatever has a node or an address is metered with what it has, nothing else is, and what is billed
// in the end is what was there, second by second. Nothing here calls what it checks.
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Billing;
using Rdfe.Domain.Fabric;

namespace Rdfe.Simulation;

internal sealed class Bills(World world)
{
    private readonly Dictionary<string, (Metered Has, Instant Since)> meters = new(StringComparer.Ordinal);
    private readonly Dictionary<InstanceId, string> names = [];
    private (long Instances, long Cores, long Vips) present;
    private (double Instances, double Cores, double Vips) seen;
    private (double Instances, double Cores, double Vips) billed;
    private (double Instances, double Cores, double Vips) late;
    private Instant looked = world.Now;

    public void After(Turn turn)
    {
        // What was there since the last commit, as the records had it then.
        Look();
        foreach (var change in turn.Usage)
        {
            var (has, since) = meters.GetValueOrDefault(change.Resource);
            if (has != default && change.At < since)
            {
                throw new Broken($"R2: {change.Resource} has {change.Has} at {change.At}, and had {has} since {since}.");
            }

            Bill(has, since, change.At);
            // What is decided late, since the store kept everybody waiting, counts from when it happened: not more than that may differ.
            var seconds = (world.Now - change.At).TotalSeconds;
            late = (late.Instances + Math.Abs(has.Instances - change.Has.Instances) * seconds, late.Cores + Math.Abs(has.Cores - change.Has.Cores) * seconds,
                late.Vips + Math.Abs(has.Vips - change.Has.Vips) * seconds);
            if (change.Has == Metered.Nothing)
            {
                meters.Remove(change.Resource);
            }
            else
            {
                meters[change.Resource] = (change.Has, change.At);
            }
        }

        present = default;
        var due = 0;
        foreach (var i in world.Instances.Values)
        {
            if (i.Node is not null)
            {
                due++;
                Demand(NameOf(i.Id), new Metered(
                    1, i.HostOwner is null ? i.Needs.Cores : 0, world.Machines.GetValueOrDefault(i.Owner)?.Vip is null ? 0 : 1));
            }
        }

        foreach (var d in world.Deployments.Values)
        {
            if (d.Vip is not null)
            {
                due++;
                Demand($"deployment/{d.Id}", new Metered(0, 0, 1));
            }
        }

        // Each that is due has a meter: when there are more meters, one of them is of something that is not.
        if (meters.Count != due)
        {
            throw new Broken($"R2: {due} resources have something, and there are meters of {string.Join(", ", meters.Keys)}.");
        }
    }

    public void AtRest()
    {
        Look();
        foreach (var (has, since) in meters.Values)
        {
            Bill(has, since, world.Now);
        }

        meters.Clear();
        if (Math.Abs(billed.Instances - seen.Instances) > late.Instances + 1 || Math.Abs(billed.Cores - seen.Cores) > late.Cores + 1
            || Math.Abs(billed.Vips - seen.Vips) > late.Vips + 1)
        {
            throw new Broken($"R2: {billed} seconds are billed, and {seen} were there.");
        }
    }

    private void Demand(string resource, Metered has)
    {
        if (meters.GetValueOrDefault(resource).Has is var metered && metered != has)
        {
            throw new Broken($"R2: {resource} has {has}, and its meter says {metered}.");
        }

        present = (present.Instances + has.Instances, present.Cores + has.Cores, present.Vips + has.Vips);
    }

    // The text is asked for after every commit.
    private string NameOf(InstanceId id) => names.TryGetValue(id, out var name) ? name : names[id] = $"instance/{id}";

    private void Look()
    {
        var seconds = (world.Now - looked).TotalSeconds;
        seen = (seen.Instances + present.Instances * seconds, seen.Cores + present.Cores * seconds, seen.Vips + present.Vips * seconds);
        looked = world.Now;
    }

    private void Bill(Metered has, Instant since, Instant until)
    {
        var seconds = has == default ? 0 : (until - since).TotalSeconds;
        billed = (billed.Instances + has.Instances * seconds, billed.Cores + has.Cores * seconds, billed.Vips + has.Vips * seconds);
    }
}
