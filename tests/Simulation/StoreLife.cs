// One random life on a store that fails: the production committer, engine and SQLite file, with commits that are refused, that
// are done and whose acknowledgement is lost, controllers that die in one, and controllers that are followed and do not know it.
// Threads are real here: a seed gives the same acts and the same faults at the same commits, as long as there are as many of them.
using Microsoft.Data.Sqlite;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Updates;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Testing;

namespace Rdfe.Simulation;

internal sealed class StoreLife : IDisposable
{
    // SQLITE_BUSY, SQLITE_IOERR, SQLITE_FULL, SQLITE_CANTOPEN.
    private static readonly int[] Errors = [5, 10, 13, 14];

    private readonly ulong seed;
    private readonly List<Fault> faults = [];
    private readonly Lock gate = new();
    private FabricTown town;
    private long draws;
    private long commits;
    private int troubles = 5;
    private bool quiet = true;
    private bool dead;

    public StoreLife(ulong seed)
    {
        this.seed = seed;
        town = FabricTown.Open(mayFail: true, watch: Watch);
        quiet = false;
    }

    /// <summary>What the store did to it.</summary>
    public List<string> Log { get; } = [];

    public void Run(int acts = 14)
    {
        for (var n = 0; n < acts; n++)
        {
            Act(n);
            Advance(Duration.FromSeconds(Between(1, 1500)));
        }

        Rest();
    }

    public void Dispose() => town.Dispose();

    // On the committer's thread. A controller that dies before the commit has it refused; one that dies after it hears nothing.
    private void Watch(string folder, CommitMoment moment)
    {
        lock (gate)
        {
            if (dead)
            {
                throw new SqliteException("the process is dead", 10);
            }

            if (quiet || troubles == 0)
            {
                return;
            }

            var luck = Draw.Unit(seed, "store", $"{moment}", ++commits);
            if (luck >= (moment == CommitMoment.Look ? 0.5 : 0.02))
            {
                return;
            }

            if (moment == CommitMoment.Look)
            {
                Log.Add($"commit {commits} is in doubt");
                throw new SqliteException("the store cannot be read", 14);
            }

            troubles--;
            dead = luck < 0.007;
            var error = Errors[(int)(luck * 1e6) % Errors.Length];
            Log.Add($"{moment} commit {commits}: {(dead ? "the controller dies" : $"error {error}")}");
            throw new SqliteException(moment == CommitMoment.Before ? "the commit failed" : "the acknowledgement is lost", error);
        }
    }

    private void Act(int n)
    {
        var key = $"act {n}";
        switch (Between(0, 9))
        {
            case 0 or 1 or 2:
                var (count, domains) = (Between(1, 9), Between(2, 6));
                Insist(key, unit => Placed(unit, town.Service(town.NextOperation(), $"s{n}", count, updateDomains: domains)));
                break;
            case 3:
                Insist(key, unit => Placed(unit, town.Machine(town.NextOperation(), $"vm{n}", set: n % 2 == 0 ? "set" : null)));
                break;
            case 4 when Any<Deployment>() is { } d:
                Insist(key, unit => Posted(unit, d.Cluster!.Value, OperationKinds.UpdateDeployment, StepNames.UpdateDeployment, o => new FabricRequest.UpdateDeployment(
                    d.Id, UpdateKind.Code, UpdateMode.Auto, UpdateTarget.Of(d) with { PackageSha256 = $"v{n}", ConfigGeneration = d.ConfigGeneration + 1 }, o, QuotaTaken.None, 0)));
                break;
            case 5 when Any<Deployment>() is { } d:
                Insist(key, unit => Posted(unit, d.Cluster!.Value, OperationKinds.DeleteDeployment, StepNames.Delete, o => new FabricRequest.DeleteDeployment(d.Id, o)));
                break;
            case 6 when Any<VirtualMachine>() is { } m:
                Insist(key, unit => Posted(unit, m.Cluster!.Value, OperationKinds.RestartVirtualMachine, StepNames.PowerCycle, o => new FabricRequest.PowerInstance(m.Instance, PowerAction.Restart, o)));
                break;
            case 7:
                Strike(n);
                break;
            case 8:
                Follow(key);
                break;
        }
    }

    // A client asks again, with the same key, until it is answered: what it asked for may have been done already.
    private void Insist(string key, Func<UnitOfWork, Outcome<string>> ask)
    {
        for (var tries = 0; tries < 20; tries++)
        {
            try
            {
                town.Once(key, ask);
                return;
            }
            catch (StoreFault)
            {
                Revive();
            }
        }

        throw new Broken($"R6: {key} was not answered in 20 tries.");
    }

    private Outcome<string> Placed(UnitOfWork unit, FabricRequest.Placing request)
    {
        var placed = town.Desk.Open(unit, request, town.Clock.Now);
        return placed.Refused ? placed.Refusal : request.Operation.Id.Value;
    }

    private Outcome<string> Posted(UnitOfWork unit, ClusterId cluster, string kind, IEnumerable<string> steps, Func<Operation, FabricRequest> request)
    {
        var operation = Operation.Accept(town.NextOperation(), FabricTown.Tenant, kind, "/resource", cluster, steps, 0, town.Clock.Now);
        unit.Upsert(operation.ToRow());
        town.Desk.Post(unit, cluster, request(operation), town.Clock.Now);
        return operation.Id.Value;
    }

    private void Strike(int n)
    {
        var nodes = town.Catalogue.Topology.Nodes.OrderBy(x => x.Id.Value, StringComparer.Ordinal).ToList();
        var kind = Between(0, 2) == 0 ? FaultKind.PowerLoss : FaultKind.Partition;
        faults.Add(new Fault($"f{n}", n + 1, kind, new FaultTarget(FaultScope.Node, nodes[Between(0, nodes.Count)].Id.Value),
            town.Clock.Now, town.Clock.Now + Duration.FromMinutes(Between(1, 60)), new FaultParameters()));
        town.Hosts.SetFaults([.. faults]);
    }

    // F2: another one has taken over, and the old one lives. Whatever it tries from now on, nothing comes of it.
    private void Follow(string key)
    {
        var old = town;
        Quietly(() => town = old.TakeOver(faults));
        (old.OwnsFolder, town.OwnsFolder) = (false, true);
        try
        {
            var row = old.Once($"{key} deposed", unit => Placed(unit, old.Machine(new OperationId($"deposed-{key}"), "deposed")));
            throw new Broken($"F2: a controller that was followed has committed: {row.Refusal?.Detail ?? row.Value}.");
        }
        catch (StoreFault fault) when (fault.Kind == StoreFaultKind.NotPrimary)
        {
            Log.Add("a controller was followed");
        }

        var before = old.All<FabricInstance>().Select(i => i.ToString()).ToHashSet(StringComparer.Ordinal);
        try
        {
            old.Advance(Duration.FromHours(1));
            throw new Broken("F2: the clock of a controller that was followed went on.");
        }
        catch (AggregateException e) when (e.InnerException is OperationCanceledException or StoreFault)
        {
            // It has found out, and has stopped.
        }

        if (!old.Fence.IsLost || !before.SetEquals(town.All<FabricInstance>().Select(i => i.ToString())))
        {
            throw new Broken("F2: a controller that was followed has acted.");
        }

        old.Dispose();
    }

    private void Advance(Duration by)
    {
        var end = town.Clock.Now + by;
        while (town.Clock.Now < end)
        {
            var there = town.Engine.AdvanceTo(end);
            while (!there.Wait(TimeSpan.FromMilliseconds(20)))
            {
                if (dead)
                {
                    break;
                }
            }

            Revive();
        }
    }

    // Dead until it is closed: what it still has queued is refused, and nobody is asked for anything any more.
    private void Revive()
    {
        if (!dead)
        {
            return;
        }

        var old = town;
        old.OwnsFolder = false;
        old.Dispose();
        Quietly(() => town = FabricTown.OpenOn(old.Folder, watch: Watch, faults: faults, mayFail: true));
    }

    // Opening a store that fails is another story: then there is no controller yet that could go on.
    private void Quietly(Action open)
    {
        var was = quiet;
        Hush(true);
        open();
        Hush(was);
    }

    private void Hush(bool hushed)
    {
        lock (gate)
        {
            (dead, quiet) = (false, hushed);
        }
    }

    private void Rest()
    {
        lock (gate)
        {
            quiet = true;
        }

        Revive();
        faults.Clear();
        town.Hosts.SetFaults([]);
        town.Advance(Duration.FromHours(8));
        Check();
    }

    private void Check()
    {
        town.CheckBooks();
        if (town.All<Infrastructure.Persistence.Rows.OperationRow>().Select(o => o.ToOperation()).FirstOrDefault(o => !o.Ended) is { } open)
        {
            throw new Broken($"R6: {open.Id} ({open.Kind} of {open.Resource}) has not ended: {open.Status}, waits in {town.All<InboxRow>().Count} inboxes.");
        }

        foreach (var i in town.All<FabricInstance>().Where(i => i.Node is not null))
        {
            if (town.Hosts.WritersOf(i.Id) != 1 || town.Hosts.CopiesOf(i.Id).Count != 1)
            {
                throw new Broken($"H3: {i.Id} has {town.Hosts.CopiesOf(i.Id).Count} copies, of which {town.Hosts.WritersOf(i.Id)} can write.");
            }

            if (!i.IsHealthy)
            {
                throw new Broken($"Liveness: {i.Id} is not healthy: {i}");
            }
        }
    }

    private T? Any<T>()
        where T : class
    {
        var all = town.All<T>().Where(x => x is Deployment { State: ProvisioningState.Succeeded, Cluster: not null } or VirtualMachine { State: ProvisioningState.Succeeded, Cluster: not null })
            .OrderBy(x => (x as Deployment)?.Key ?? (x as VirtualMachine)!.Key, StringComparer.Ordinal).ToList();
        return all.Count == 0 ? null : all[Between(0, all.Count)];
    }

    private int Between(int least, int beyond) => least + (int)(Draw.Unit(seed, "life", "draw", ++draws) * (beyond - least));
}
