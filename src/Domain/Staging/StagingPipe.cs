// F4: how many nodes of a cluster fetch an image at a time, and how long it takes until all have it? Staging may take a small share
// of what the cluster's network carries, and no more than the image repository gives. That is dealt out in strips of a fixed width,
// one for each node that fetches: so a fetch takes a time that is known whatever the others do, a node's guests never lose more than a
// strip of their node's network, and how long it takes for all is a division.
using System.Globalization;
using NodaTime;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Staging;

/// <summary>The figures of staging ahead of time (F4).</summary>
public sealed record StagingSettings
{
    /// <summary>False where nodes fetch only in their own turn.</summary>
    public bool Ahead { get; init; } = true;

    /// <summary>What a network of the generation DLA carries between racks, Mbit/s: 120 Gbit/s ([3], slide 8).</summary>
    public long DlaMbps { get; init; } = 120_000;

    /// <summary>The same of Quantum10: 30,000 Gbit/s ([3], slide 8).</summary>
    public long Quantum10Mbps { get; init; } = 30_000_000;

    /// <summary>Share of it that staging may take (our choice: tenants' traffic must not notice).</summary>
    public double NetworkShare { get; init; } = 0.02;

    /// <summary>The most that the image repository of a cluster gives to it, Mbit/s (our choice: a few servers).</summary>
    public long RepositoryMbps { get; init; } = 25_000;

    /// <summary>The strip of one node, Mbit/s (our choice: a twenty-fifth of its network; an image of 9 GiB takes about 3 min, as in a node's own turn).</summary>
    public long NodeMbps { get; init; } = 400;

    /// <summary>Tries of one node; after that it fetches in its own turn (our choice).</summary>
    public int Tries { get; init; } = 4;

    /// <summary>The second try comes after this, each further one after twice as long as the one before (our choice).</summary>
    public Duration RetryAfter { get; init; } = Duration.FromMinutes(5);

    /// <summary>What is wrong with the figures; empty when nothing is.</summary>
    public IEnumerable<string> Errors()
    {
        if (DlaMbps < 1 || Quantum10Mbps < 1 || RepositoryMbps < 1 || NodeMbps < 1)
        {
            yield return "Staging:DlaMbps, Quantum10Mbps, RepositoryMbps and NodeMbps must be at least 1.";
        }

        if (NetworkShare is not (> 0 and <= 1))
        {
            yield return "Staging:NetworkShare must be above 0 and at most 1.";
        }

        if (Tries is < 1 or > 20 || RetryAfter <= Duration.Zero)
        {
            yield return "Staging:Tries must be 1 to 20, and RetryAfter above 0.";
        }
    }
}

/// <summary>What staging an image on nodes of a cluster is predicted to take.</summary>
/// <param name="Network">The cluster's network.</param>
/// <param name="Nodes">How many nodes.</param>
/// <param name="ImageMib">Size of the image, MiB.</param>
/// <param name="AtATime">How many of them fetch at a time.</param>
/// <param name="Each">How long one takes.</param>
/// <param name="Takes">How long all of them take.</param>
public sealed record StagingForecast(NetworkGeneration Network, int Nodes, long ImageMib, int AtATime, Duration Each, Duration Takes)
{
    /// <summary>One sentence for people.</summary>
    public string Sentence => string.Create(CultureInfo.InvariantCulture,
        $"{ImageMib} MiB to {Nodes} nodes over {Words.Of(Network)}, {AtATime} at a time, {Each.TotalSeconds:0} s each: {Takes.TotalMinutes:0.#} min");
}

/// <summary>Divides a cluster's network among the nodes that fetch.</summary>
public static class StagingPipe
{
    /// <summary>How many nodes of a cluster fetch at a time: one at least, however thin the pipe.</summary>
    public static int AtATime(NetworkGeneration network, StagingSettings settings)
    {
        var carries = network == NetworkGeneration.Dla ? settings.DlaMbps : settings.Quantum10Mbps;
        return Math.Max(1, (int)(Math.Min(carries * settings.NetworkShare, settings.RepositoryMbps) / settings.NodeMbps));
    }

    /// <summary>How long one node fetches an image of so many MiB.</summary>
    public static Duration Fetch(long imageMib, StagingSettings settings) =>
        Duration.FromSeconds(imageMib * (8.0 * (1 << 20)) / (settings.NodeMbps * 1e6));

    /// <summary>What it takes for so many nodes.</summary>
    public static StagingForecast Forecast(NetworkGeneration network, int nodes, long imageMib, StagingSettings settings)
    {
        var (atATime, each) = (AtATime(network, settings), Fetch(imageMib, settings));
        return new(network, nodes, imageMib, atATime, each, each * ((nodes + atATime - 1) / atATime));
    }
}
