// F4: how long an image takes to all nodes of a cluster, by the generation of its network.
using Rdfe.Domain.Staging;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Tests.Staging;

[Trait("spec", "F4")]
public sealed class StagingPipeTests
{
    [Fact]
    public void How_long_it_takes_hangs_on_the_network_of_the_cluster_the_image_and_the_number_of_nodes()
    {
        var shown = string.Join('\n',
            from network in Enum.GetValues<NetworkGeneration>()
            from mib in (long[])[2048, 9216]
            from nodes in (int[])[0, 1, 100, 1000]
            select StagingPipe.Forecast(network, nodes, mib, new StagingSettings()).Sentence);
        Assert.Equal("""
            2048 MiB to 0 nodes over dla, 6 at a time, 43 s each: 0 min
            2048 MiB to 1 nodes over dla, 6 at a time, 43 s each: 0.7 min
            2048 MiB to 100 nodes over dla, 6 at a time, 43 s each: 12.2 min
            2048 MiB to 1000 nodes over dla, 6 at a time, 43 s each: 119.5 min
            9216 MiB to 0 nodes over dla, 6 at a time, 193 s each: 0 min
            9216 MiB to 1 nodes over dla, 6 at a time, 193 s each: 3.2 min
            9216 MiB to 100 nodes over dla, 6 at a time, 193 s each: 54.8 min
            9216 MiB to 1000 nodes over dla, 6 at a time, 193 s each: 537.9 min
            2048 MiB to 0 nodes over quantum10, 62 at a time, 43 s each: 0 min
            2048 MiB to 1 nodes over quantum10, 62 at a time, 43 s each: 0.7 min
            2048 MiB to 100 nodes over quantum10, 62 at a time, 43 s each: 1.4 min
            2048 MiB to 1000 nodes over quantum10, 62 at a time, 43 s each: 12.2 min
            9216 MiB to 0 nodes over quantum10, 62 at a time, 193 s each: 0 min
            9216 MiB to 1 nodes over quantum10, 62 at a time, 193 s each: 3.2 min
            9216 MiB to 100 nodes over quantum10, 62 at a time, 193 s each: 6.4 min
            9216 MiB to 1000 nodes over quantum10, 62 at a time, 193 s each: 54.8 min
            """.ReplaceLineEndings("\n"), shown);
    }

    [Fact]
    public void However_thin_the_pipe_one_node_fetches()
    {
        var thin = new StagingSettings { RepositoryMbps = 1, NodeMbps = 400 };
        Assert.Equal(1, StagingPipe.AtATime(NetworkGeneration.Quantum10, thin));
    }

    [Theory]
    [InlineData(0, 1, 0.5, 1, "DlaMbps, Quantum10Mbps, RepositoryMbps and NodeMbps")]
    [InlineData(1, 0, 0.5, 1, "DlaMbps, Quantum10Mbps, RepositoryMbps and NodeMbps")]
    [InlineData(1, 1, 0, 1, "NetworkShare")]
    [InlineData(1, 1, 1.1, 1, "NetworkShare")]
    [InlineData(1, 1, 1, 0, "Tries")]
    public void Figures_that_mean_nothing_are_refused(long repository, long node, double share, int tries, string named) =>
        Assert.Contains(named, Assert.Single(new StagingSettings { RepositoryMbps = repository, NodeMbps = node, NetworkShare = share, Tries = tries }.Errors()), StringComparison.Ordinal);
}
