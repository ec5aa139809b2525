// L6: each tenant's availability over time: the share of the instances that its services shall have that are healthy.
// Told as a table, as CSV and as a picture, against the SLA.
using System.Globalization;
using System.Text;
using NodaTime;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;

namespace Rdfe.Scenarios.Playing;

/// <summary>What was seen at one moment: of each tenant how many instances there shall be, and how many are healthy.</summary>
internal sealed record Sample(Duration At, IReadOnlyDictionary<string, (int Wanted, int Healthy)> Tenants);

internal sealed class Availability
{
    /// <summary>What a tenant is promised, %.</summary>
    public const double Sla = 99.95;

    private readonly List<Sample> samples = [];

    public IReadOnlyList<Sample> Samples => samples;

    /// <summary>Tenants in the order in which they came.</summary>
    public List<string> Tenants { get; } = [];

    /// <summary>What to remember of a moment in the picture: its name, by time.</summary>
    public List<(Duration At, string Name)> Marks { get; } = [];

    public void Take(Duration at, ClusterState state)
    {
        var now = new Dictionary<string, (int Wanted, int Healthy)>(StringComparer.Ordinal);
        foreach (var d in state.Deployments.Values.OrderBy(d => d.CreatedAt).ThenBy(d => d.Key, StringComparer.Ordinal))
        {
            var tenant = Stage.TenantOf(d.Service);
            var (wanted, healthy) = now.GetValueOrDefault(tenant);
            now[tenant] = (wanted + d.Model.Roles.Sum(r => r.Count), healthy + state.InstancesOf(d.Key).Count(i => i.IsHealthy));
        }

        Tenants.AddRange(now.Keys.Where(t => !Tenants.Contains(t)));
        samples.Add(new Sample(at, now));
    }

    /// <summary>%, null while there is nothing to be available.</summary>
    public static double? Of(Sample sample, string tenant) => sample.Tenants.TryGetValue(tenant, out var t) && t.Wanted > 0
        ? Math.Min(100.0, 100.0 * t.Healthy / t.Wanted)
        : null;

    /// <summary>Of all samples of a tenant: the mean, the lowest, the last, and how long it was below the SLA.</summary>
    public (double Mean, double Lowest, double Last, Duration Below) Figures(string tenant)
    {
        var all = samples.Select(s => Of(s, tenant)).OfType<double>().ToList();
        var step = samples.Count > 1 ? samples[1].At - samples[0].At : Duration.Zero;
        return (all.Average(), all.Min(), all[^1], step * all.Count(a => a < Sla));
    }

    public IEnumerable<string> Table()
    {
        yield return $"{"tenant",-12} {"mean",9} {"lowest",9} {"at the end",11} {"below " + Percent(Sla),14}";
        foreach (var tenant in Tenants)
        {
            var (mean, lowest, last, below) = Figures(tenant);
            yield return $"{tenant,-12} {Percent(mean),9} {Percent(lowest),9} {Percent(last),11} {Telling.Clock(below),14}";
        }
    }

    public string Csv()
    {
        var csv = new StringBuilder("time,").AppendJoin(',', Tenants).Append('\n');
        foreach (var s in samples)
        {
            csv.Append(Telling.Clock(s.At)).Append(',')
                .AppendJoin(',', Tenants.Select(t => Of(s, t)?.ToString("0.00", CultureInfo.InvariantCulture) ?? "")).Append('\n');
        }

        return csv.ToString();
    }

    public static string Percent(double share) => share.ToString("0.00", CultureInfo.InvariantCulture) + " %";
}
