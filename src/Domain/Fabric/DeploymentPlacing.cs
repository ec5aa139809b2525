// D2: from an accepted deployment to instances with nodes. Role images first, then allocation, all or nothing (P4).
using System.Collections.Immutable;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Operations;
using Rdfe.Domain.Placement;
using Rdfe.Domain.Updates;

namespace Rdfe.Domain.Fabric;

/// <summary>Places deployments.</summary>
internal static class DeploymentPlacing
{
    /// <summary>Takes a deployment on: its role images are made first, unless the repository has them.</summary>
    public static void Begin(Turn turn, FabricRequest.PlaceDeployment request)
    {
        if (Placing.FollowsAway(turn, request))
        {
            return;
        }

        var image = request.Deployment.PackageSha256;
        if (turn.State.RoleImages.Contains(image))
        {
            Allocate(turn, request);
            return;
        }

        // The request waits inside the cluster, as part of the deployment's row, until the images are there.
        turn.Put(request.Deployment with { State = ProvisioningState.Running, Cluster = turn.State.Id, Waiting = request });
        turn.Put(request.Operation.Reach(StepNames.CreateRoleImages, turn.Now) with { Cluster = turn.State.Id });
        turn.Ask(new FabricEffect.BuildRoleImage(turn.State.Id, image, request.Deployment.Model.ImageMib));
    }

    /// <summary>Role images are in the repository: every deployment that waited for them is allocated.</summary>
    public static void ImageBuilt(Turn turn, FabricEvent.RoleImageBuilt e)
    {
        if (turn.State.RoleImages.Add(e.Sha256))
        {
            turn.RoleImages.Add(e.Sha256);
            turn.Say("roleImageBuilt", e.Sha256, turn.State.Id.Value);
        }

        UpdateRequests.ImageBuilt(turn, e.Sha256);
        foreach (var d in turn.State.Deployments.Values
            .Where(d => d.Waiting is not null && d.PackageSha256 == e.Sha256)
            .OrderBy(d => d.Waiting!.Operation.CreatedAt).ThenBy(d => d.Key, StringComparer.Ordinal)
            .ToList())
        {
            var request = d.Waiting!;
            turn.State.Remove(d);
            if (Placing.FollowsAway(turn, request))
            {
                continue;
            }

            Allocate(turn, request with { Operation = turn.State.Operations[request.Operation.Id] });
        }
    }

    /// <summary>After a restart: images that were asked for are asked for again.</summary>
    public static void Resume(Turn turn)
    {
        foreach (var d in turn.State.Deployments.Values.Where(d => d.Waiting is not null))
        {
            turn.Ask(new FabricEffect.BuildRoleImage(turn.State.Id, d.PackageSha256, d.Model.ImageMib));
        }
    }

    private static void Allocate(Turn turn, FabricRequest.PlaceDeployment request)
    {
        var deployment = request.Deployment with { Waiting = null };
        var drafts = deployment.Model.Roles
            .SelectMany(r => Seats(turn, deployment, r, r.Count, deployment.ConfigGeneration, request.Operation.Id))
            .ToList();
        var (placed, tried) = Placing.Ask(turn, Request(turn, deployment, drafts), request.Scope);
        if (placed is null)
        {
            Placing.HandOver(turn, request with { Deployment = deployment }, tried);
            return;
        }

        var vip = deployment.Model.NeedsVip ? turn.State.Vips.LowestFree() : null;
        turn.Put(deployment with
        {
            State = ProvisioningState.Running,
            Cluster = turn.State.Id,
            Vip = vip,
            Placement = deployment.Placement with { Tries = deployment.Placement.Tries.Add(tried) },
        });
        Settle(turn, drafts, placed);
        Placing.Landed(turn, request.Scope);
        turn.Put(request.Operation.Finish(StepNames.Allocate, turn.Now).Reach(StepNames.PrepareNodes, turn.Now) with
        {
            Cluster = turn.State.Id,
        });
        turn.Say("deploymentPlaced", request.Operation.Resource, tried.Detail);
    }

    /// <summary>New instances of a role, with update domains dealt so that the role stays even (P3); no nodes yet.</summary>
    public static IEnumerable<FabricInstance> Seats(
        Turn turn, Deployment deployment, RoleModel role, int count, int config, OperationId operation)
    {
        var present = turn.State.InstancesOf(deployment.Key)
            .Where(i => i.Role == role.Name && i.Power != PowerGoal.Absent).ToList();
        var perDomain = new int[deployment.Model.UpdateDomainCount];
        foreach (var i in present)
        {
            perDomain[i.UpdateDomain]++;
        }

        var numbers = Enumerable.Range(0, int.MaxValue).Where(n => present.TrueForAll(i => i.Index != n)).Take(count);
        return numbers.Zip(UpdateDomains.Deal(perDomain, count)).Select(x => new FabricInstance
        {
            // The operation makes the id unique: a number that was freed and given again is another instance.
            Id = new InstanceId($"{deployment.Id}.{role.Name}_{x.First}.{operation}"),
            Cluster = turn.State.Id,
            Kind = role.Kind,
            Owner = deployment.Key,
            Role = role.Name,
            Name = $"{role.Name}_IN_{x.First}",
            Index = x.First,
            Group = Placing.GroupOf(deployment, role.Name),
            UpdateDomain = x.Second,
            Size = role.Size,
            Needs = role.Needs,
            Image = deployment.PackageSha256,
            GuestOs = deployment.Model.GuestOs,
            ConfigGeneration = config,
            BootGeneration = 1,
            ImageGeneration = 1,
            Phase = InstancePhase.Placed,
            PhaseSince = turn.Now,
            Operation = operation,
            CreatedAt = turn.Now,
        });
    }

    /// <summary>What to ask of the allocator for new instances of a deployment.</summary>
    public static PlacementRequest Request(Turn turn, Deployment deployment, List<FabricInstance> drafts) => new(
        deployment.Key,
        [.. drafts.GroupBy(i => i.Role, StringComparer.Ordinal).Select(g =>
        {
            var role = deployment.Model.Roles.Single(r => r.Name == g.Key);
            return Placing.Demand(
                turn, Placing.GroupOf(deployment, role.Name), new VmSize(role.Size, role.Family, role.Needs), role.Count,
                [.. g.Select(i => new Seat(i.Id, i.UpdateDomain))], turn.Settings.FewestFaultDomains);
        })]);

    /// <summary>Puts placed instances into the books and raises the goals of their nodes.</summary>
    public static void Settle(Turn turn, List<FabricInstance> drafts, PlacementResult placed)
    {
        var nodeOf = placed.Placement!.Instances.ToDictionary(p => p.Instance, p => p.Node);
        foreach (var draft in drafts)
        {
            var node = nodeOf[draft.Id];
            turn.Put(draft with { Node = node, Dip = turn.State.Dips.LowestFree() });
            turn.ChangeGoalOf(node);
        }
    }
}
