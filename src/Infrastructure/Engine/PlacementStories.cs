// What a request to place something carries along from cluster to cluster: candidates, tries, and where it may go (R5).
using System.Collections.Immutable;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Fabric;
using Rdfe.Domain.Placement;

namespace Rdfe.Infrastructure.Engine;

/// <summary>Reads and writes the story of a placement.</summary>
public static class PlacementStories
{
    /// <summary>Clusters that were asked already.</summary>
    public static ImmutableArray<ClusterId> Tried(FabricRequest.Placing request) =>
        [.. StoryOf(request).Tries.Select(t => t.Cluster)];

    /// <summary>What has come of it so far.</summary>
    public static PlacementStory StoryOf(FabricRequest.Placing request) => request switch
    {
        FabricRequest.PlaceDeployment r => r.Deployment.Placement,
        FabricRequest.PlaceVirtualMachine r => r.Machine.Placement,
        FabricRequest.PlaceDedicatedHost r => r.Host.Placement,
        _ => PlacementStory.Empty,
    };

    /// <summary>The same request with another story.</summary>
    public static FabricRequest.Placing WithStory(FabricRequest.Placing request, PlacementStory story) => request switch
    {
        FabricRequest.PlaceDeployment r => r with { Deployment = r.Deployment with { Placement = story } },
        FabricRequest.PlaceVirtualMachine r => r with { Machine = r.Machine with { Placement = story } },
        FabricRequest.PlaceDedicatedHost r => r with { Host = r.Host with { Placement = story } },
        _ => request,
    };

    /// <summary>The request after a cluster was tried in vain.</summary>
    public static FabricRequest.Placing WithTry(FabricRequest.Placing request, PlacementTry tried)
    {
        var story = StoryOf(request);
        return WithStory(request, story with { Tries = story.Tries.Add(tried) });
    }

    /// <summary>The request with the candidates and their figures.</summary>
    public static FabricRequest.Placing WithCandidates(FabricRequest.Placing request, ClusterChoice choice) =>
        WithStory(request, StoryOf(request) with { Candidates = [.. choice.Candidates.Select(Verdict)] });

    /// <summary>A candidate in the words of the story.</summary>
    public static ClusterVerdict Verdict(ClusterCandidate c) => new(
        c.Cluster, c.VipLoad, c.CoreLoad, c.Load,
        c.Rank switch { 1 => "chosen", null => "rejected", _ => "ranked" }, c.Because);

    /// <summary>The request as it goes to a cluster.</summary>
    public static FabricRequest.Placing WithScope(FabricRequest.Placing request, PlacementScope scope, ClusterId cluster)
    {
        var operation = request.Operation with { Cluster = cluster };
        return request switch
        {
            FabricRequest.PlaceDeployment r => r with
            {
                Scope = scope,
                Operation = operation,
                Deployment = r.Deployment with { Cluster = cluster },
            },
            FabricRequest.PlaceVirtualMachine r => r with
            {
                Scope = scope,
                Operation = operation,
                Machine = r.Machine with { Cluster = cluster },
            },
            FabricRequest.PlaceDedicatedHost r => r with { Scope = scope, Operation = operation, Host = r.Host with { Cluster = cluster } },
            _ => request,
        };
    }
}
