// Reading deployments and their instances.
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.Deployments;

public static class ReadDeployments
{
    public const string Path = "/subscriptions/{subscriptionId}/services/{service}/deployments/{slot}";

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapRead(Path, (call, db, _) => Task.FromResult(Find(call, db) is { } deployment
                ? Reply.Ok(Views(call).Of(db, deployment, withText: true), deployment.Etag)
                : DeploymentRows.NotFound))
            .Needs(Access.Reader)
            .Answers<DeploymentView>()
            .Named("GetDeployment", Tags.Deployments, "Read a deployment");

        routes.MapRead("/subscriptions/{subscriptionId}/services/{service}/deployments", (call, db, _) =>
            {
                var (page, service) = (Page.Read(call), Names.KeyOf(call.Name("service")));
                if (db.Set<HostedServiceRow>().Find(call.Subscription, service) is null)
                {
                    return Task.FromResult<Outcome<Reply>>(Refusals.NotFound("such hosted service"));
                }

                // Two slots at most, so the store need not page them.
                var rows = db.Set<Deployment>().AsNoTracking()
                    .Where(d => d.SubscriptionId == call.Subscription && d.Service == service).AsEnumerable()
                    .OrderBy(d => Wire.EnumName(d.Slot), StringComparer.Ordinal)
                    .Where(d => string.CompareOrdinal(Wire.EnumName(d.Slot), page.After) > 0).Take(page.Top + 1).ToList();
                return Task.FromResult(Reply.Ok(page.Of(call, rows, d => Wire.EnumName(d.Slot), d => Views(call).Of(db, d))));
            })
            .WithMetadata(new Lists())
            .Needs(Access.Reader)
            .Answers<Listing<DeploymentView>>()
            .Named("ListDeployments", Tags.Deployments, "List the deployments of a service");

        // The listing of an empty slot is a 404 as well, so this is a read that pages by itself.
        routes.MapRead(Path + "/instances", (call, db, _) =>
            {
                var page = Page.Read(call);
                if (Find(call, db) is not { } deployment)
                {
                    return Task.FromResult<Outcome<Reply>>(DeploymentRows.NotFound);
                }

                var rows = DeploymentViews.InstancesOf(db, deployment)
                    .OrderBy(i => i.Name, StringComparer.Ordinal).ThenBy(i => i.Id.Value, StringComparer.Ordinal)
                    .Where(i => string.CompareOrdinal(i.Name, page.After) > 0).Take(page.Top + 1).ToList();
                return Task.FromResult(Reply.Ok(page.Of(call, Views(call).Of(db, deployment, rows), i => i.Name, i => i)));
            })
            .WithMetadata(new Lists())
            .Needs(Access.Reader)
            .Answers<Listing<InstanceView>>()
            .Named("ListInstances", Tags.Deployments, "List the instances of a deployment");

        routes.MapRead(Path + "/instances/{instance}", (call, db, _) =>
                Task.FromResult(Find(call, db) is { } deployment && Instance(db, deployment, call.Name("instance")) is { } i
                    ? Reply.Ok(Views(call).Of(db, deployment, i))
                    : Refusals.NotFound("such instance")))
            .Needs(Access.Reader)
            .Answers<InstanceView>()
            .Named("GetInstance", Tags.Deployments, "Read an instance");
    }

    /// <summary>The instance of that name; of two, while one is leaving, the one that stays.</summary>
    internal static FabricInstance? Instance(RdfeDbContext db, Deployment deployment, string name) =>
        DeploymentViews.InstancesOf(db, deployment)
            .Where(i => i.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            .OrderBy(i => i.Power == PowerGoal.Absent).FirstOrDefault();

    private static Deployment? Find(Call call, RdfeDbContext db) =>
        DeploymentRows.Of(db, call.Subscription, call.Name("service"), DeploymentRows.SlotOf(call));

    private static DeploymentViews Views(Call call) =>
        call.Http.RequestServices.GetRequiredService<DeploymentViews>();
}
