// The first plan of a process would take three times as long as the second: the rest is the compiler's. A program that is to answer
// in milliseconds lets it do that beforehand, on a town that nobody lives in.
using System.Collections.Immutable;
using NodaTime;
using Rdfe.Domain.Placement;

namespace Rdfe.Domain.Planning;

/// <summary>Makes plans that nobody needs, so that the first one that somebody does need is as fast as all others (M2).</summary>
public static class WarmUp
{
    // Often enough for the compiler to take it for worth its while; some tens of milliseconds in all.
    private const int Plans = 40;
    private const int Nodes = 60;
    private const int Roles = 24;
    private const int UpdateDomains = 5;

    /// <summary>Plans; nothing comes of it but compiled code.</summary>
    public static void Run()
    {
        var town = Town();
        for (var i = 0; i < Plans; i++)
        {
            MaintenancePlanner.Plan(town);
        }
    }

    /// <summary>A town of roles with two instances in each update domain, strewn so that many nodes exclude each other.</summary>
    public static MaintenanceInventory Town()
    {
        var on = Enumerable.Range(0, Nodes).Select(_ => ImmutableArray.CreateBuilder<MaintainedInstance>()).ToArray();
        for (var role = 0; role < Roles; role++)
        {
            for (var i = 0; i < 2 * UpdateDomains; i++)
            {
                on[((role * 7) + (i * (5 + role))) % Nodes].Add(new MaintainedInstance(new($"r{role}.{i}"), new GroupId($"r{role}"), i % UpdateDomains));
            }
        }

        return new MaintenanceInventory(
            Instant.FromUnixTimeTicks(0),
            [.. on.Select((instances, n) => new MaintainedNode(new($"n{n}"), Duration.FromMinutes(15 + (n % 16)), instances.ToImmutable()))],
            [], Nodes);
    }
}
