// Safe mode (L3): where nothing may change for now. Everything stays readable; what is under way goes on, and facts are
// recorded. Requests that a cluster had not taken when it closed wait until it opens.
using System.Collections.Immutable;
using FluentValidation;
using MediatR;
using Microsoft.EntityFrameworkCore;
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.ServiceHealth;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Fabric;

/// <param name="Name">all, region/{name} or cluster/{name}.</param>
public sealed record SafeModeScopeView(string Name, string Reason, string By, Instant Since);

public sealed record SafeModeView(IReadOnlyList<SafeModeScopeView> Scopes, string Etag)
{
    public static SafeModeView Of(IEnumerable<SafeModeRow> rows)
    {
        var scopes = rows.OrderBy(r => r.Scope, StringComparer.Ordinal)
            .Select(r => new SafeModeScopeView(r.Scope, r.Reason, r.By, r.Since)).ToList();
        return new(scopes, ETags.Of(scopes.Select(s => new { s.Name, s.Reason })));
    }
}

public static class PutSafeMode
{
    public sealed record Scope(string Name, string Reason, string? By = null, Instant? Since = null);

    public sealed record Body(IReadOnlyList<Scope> Scopes, string? Etag = null);

    public sealed record Command(Body Body) : ICommand, IEvenInSafeMode;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapCommand<Body>("PUT", "/fabric/safeMode", (_, body) => new Command(body))
            .Needs(Access.Operator)
            .Answers<SafeModeView>()
            .Named(nameof(PutSafeMode), Tags.Fabric, "Say where nothing may change for now; an empty list opens everything");

        routes.MapRead("/fabric/safeMode", async (_, db, cancel) =>
            {
                var view = SafeModeView.Of(await db.Set<SafeModeRow>().ToListAsync(cancel));
                return Reply.Ok(view, view.Etag);
            })
            .Needs(Access.Operator)
            .Answers<SafeModeView>()
            .Named("GetSafeMode", Tags.Fabric, "Where nothing may change for now, and why");
    }

    public sealed class Validator : AbstractValidator<Body>
    {
        public Validator(FabricCatalogue catalogue)
        {
            RuleFor(b => b.Scopes).Must(s => s.Select(x => x.Name).Distinct(StringComparer.OrdinalIgnoreCase).Count() == s.Count)
                .WithMessage("Each scope is named once.");
            RuleForEach(b => b.Scopes).ChildRules(scope =>
            {
                scope.RuleFor(s => s.Name).Must(name => Known(catalogue, name))
                    .WithMessage("A scope is all, region/{name} or cluster/{name} of the topology.");
                scope.RuleFor(s => s.Reason).Must(r => r.Length is > 0 and <= 500).WithMessage("A reason has 1 to 500 characters.");
            });
        }

        private static bool Known(FabricCatalogue catalogue, string name) =>
            name == SafeModeScopes.All
            || catalogue.Topology.Regions.Any(r => SafeModeScopes.Of(r.Id) == name)
            || catalogue.Topology.Clusters.Any(c => SafeModeScopes.Of(c.Id) == name);
    }

    internal sealed class Handler(CommandUnit unit, FabricCatalogue catalogue, Wakeups wakeups, Call call, FabricClock clock)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Put(work, command.Body), cancellationToken);

        private Outcome<Reply> Put(UnitOfWork work, Body body)
        {
            var before = work.Db.Set<SafeModeRow>().AsNoTracking().ToList();
            if (unit.Precondition(SafeModeView.Of(before).Etag) is { } refusal)
            {
                return refusal;
            }

            var now = clock.Now;
            var after = body.Scopes.Select(s => before.Find(b => b.Scope == s.Name && b.Reason == s.Reason) ?? new SafeModeRow
            {
                Scope = s.Name,
                Reason = s.Reason,
                By = call.Caller.Name,
                Since = now,
            }).ToList();
            before.ForEach(row => work.Delete<SafeModeRow>(row.Scope));
            after.ForEach(work.Insert);
            SafeModeDesk.Tell(work, catalogue.Topology, [.. after.Select(r => r.Scope)], now, catalogue.ServiceHealth);
            work.AfterCommit(() =>
            {
                catalogue.SafeMode = after.ToImmutableDictionary(r => r.Scope, r => r.Reason);
                // Whoever waited may go on; who still has to wait finds that out for itself.
                foreach (var cluster in catalogue.Topology.Clusters)
                {
                    wakeups.Wake(cluster.Id);
                }
            });
            var view = SafeModeView.Of(after);
            return Reply.Ok(view, view.Etag);
        }
    }
}
