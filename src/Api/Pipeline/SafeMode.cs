// Fourth behaviour: in safe mode nothing changes and everything stays readable (L3). Checked in the commit, so that a
// command which was already on its way changes nothing either.
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Pipeline;

public sealed class SafeMode<TRequest>(CommandUnit unit) : IPipelineBehavior<TRequest, Outcome<Reply>>
    where TRequest : ICommand
{
    public Task<Outcome<Reply>> Handle(
        TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<Outcome<Reply>> next)
    {
        if (request is not IEvenInSafeMode)
        {
            unit.Check(SafeModes.Forbids);
        }

        return next();
    }
}

/// <summary>Handlers that know their region or cluster ask for it as well, in their unit.</summary>
public static class SafeModes
{
    public static Refusal? Forbids(UnitOfWork unit) => Forbids(unit, SafeModeScopes.All, "safeMode", "Everything");

    public static Refusal? Forbids(UnitOfWork unit, RegionId region) =>
        Forbids(unit, SafeModeScopes.Of(region), "regionReadOnly", $"The region {region}");

    public static Refusal? Forbids(UnitOfWork unit, ClusterId cluster) =>
        Forbids(unit, SafeModeScopes.Of(cluster), "clusterReadOnly", $"The cluster {cluster}");

    private static Refusal? Forbids(UnitOfWork unit, string scope, string code, string what) =>
        unit.Find<SafeModeRow>(scope) is { } row
            ? new Refusal(RefusalKind.Unavailable, code, $"{what} is read-only for now: {row.Reason}")
            : null;
}
