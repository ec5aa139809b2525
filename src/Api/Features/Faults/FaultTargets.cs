// What a fault document names becomes what the hosts know it by; inside the unit, so that it is there.
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Features.Deployments;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Faults;
using Rdfe.Domain.Topology;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.Faults;

internal static class FaultTargets
{
    private const int FewestDigits = 8;

    public static Outcome<FaultTarget> Find(RdfeDbContext db, FabricTopology topology, FaultDocument fault)
    {
        var target = fault.Target;
        return target.Scope switch
        {
            FaultScope.Fabric => new FaultTarget(FaultScope.Fabric, ""),
            FaultScope.Cluster => Place(target, topology.Find(new ClusterId(Names.KeyOf(target.Name)))?.Id.Value),
            FaultScope.Rack => Place(target, topology.Find(new RackId(Names.KeyOf(target.Name)))?.Id.Value),
            FaultScope.Node => Place(target, topology.Find(new NodeId(Names.KeyOf(target.Name)))?.Id.Value),
            FaultScope.Deployment => Deployment(db, target) is { } deployment
                ? new FaultTarget(FaultScope.Deployment, deployment.Id.Value)
                : Missing(target, "There is no such deployment."),
            FaultScope.Instance => Instance(db, fault),
            _ => Package(db, target),
        };
    }

    private static Outcome<FaultTarget> Place(FaultTargetText target, string? id) => id is null
        ? Missing(target, $"There is no {Words.Of(target.Scope)} '{target.Name}'.")
        : new FaultTarget(target.Scope, id);

    private static Deployment? Deployment(RdfeDbContext db, FaultTargetText target) =>
        DeploymentRows.Of(db, target.Subscription!.Value, target.Service!, target.Slot!.Value);

    private static Outcome<FaultTarget> Instance(RdfeDbContext db, FaultDocument fault)
    {
        var target = fault.Target;
        var found = target switch
        {
            { Service: not null } => Deployment(db, target) is { } d ? ReadDeployments.Instance(db, d, target.Name) : null,
            { Subscription: { } subscription } => Machine(db, subscription, target.Name),
            _ => ByIdOrName(db, target.Name),
        };
        return found is null ? Missing(target, "There is no such instance, or more than one of that name.")
            : found.Kind == InstanceKind.VirtualMachine && FaultKinds.NeedsRole(fault.Kind)
                ? Missing(target, $"A fault of kind {Words.Of(fault.Kind)} strikes role instances: a virtual machine has no guest agent.")
            : new FaultTarget(FaultScope.Instance, found.Id.Value);
    }

    private static FabricInstance? Machine(RdfeDbContext db, SubscriptionId subscription, string name)
    {
        var key = Names.KeyOf(name);
        return db.Set<VirtualMachine>().AsNoTracking()
            .FirstOrDefault(m => m.SubscriptionId == subscription && m.NameKey == key) is { } machine
                ? db.Set<FabricInstance>().AsNoTracking().FirstOrDefault(i => i.Id == machine.Instance)
                : null;
    }

    private static FabricInstance? ByIdOrName(RdfeDbContext db, string text)
    {
        var id = new InstanceId(text);
        if (db.Set<FabricInstance>().AsNoTracking().FirstOrDefault(i => i.Id == id) is { } instance)
        {
            return instance;
        }

        var key = Names.KeyOf(text);
        var machines = db.Set<VirtualMachine>().AsNoTracking().Where(m => m.NameKey == key).Take(2).ToList();
        return machines.Count == 1 ? Machine(db, machines[0].SubscriptionId, text) : null;
    }

    private static Outcome<FaultTarget> Package(RdfeDbContext db, FaultTargetText target)
    {
        var key = Names.KeyOf(target.Name);
        if (target.Subscription is { } subscription)
        {
            return db.Set<PackageRow>().AsNoTracking().FirstOrDefault(p => p.SubscriptionId == subscription && p.NameKey == key) is { } row
                ? new FaultTarget(FaultScope.Package, row.Sha256)
                : Missing(target, $"There is no package '{target.Name}'.");
        }

        var hashes = key.Length < FewestDigits
            ? []
            : db.Set<PackageRow>().AsNoTracking().Where(p => p.Sha256.StartsWith(key)).Select(p => p.Sha256).Distinct().Take(2).ToList();
        return hashes.Count == 1
            ? new FaultTarget(FaultScope.Package, hashes[0])
            : Missing(target, $"There is not exactly one package whose SHA-256 begins with '{target.Name}'; {FewestDigits} digits or more.");
    }

    private static Refusal Missing(FaultTargetText target, string message) =>
        Refusals.Invalid(FaultDocument.Invalid, "The fault strikes nothing that is there.", [(target.Path, message)]);
}
