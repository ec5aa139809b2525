// Who may call a route. Said on the route itself, and enforced before its body is read; a test fails for a route that
// says nothing.
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Http;

/// <summary>Each includes the ones before it.</summary>
public enum Access
{
    Anonymous,
    Reader,
    Contributor,
    Owner,
    Operator,
}

public sealed record Needs(Access Access);

/// <summary>Who is calling: the operator, or the holder of one subscription's key.</summary>
/// <param name="Name">What the activity log says: <c>operator</c>, or <c>key/{name}</c>.</param>
/// <param name="Id">Separates callers in rate limits and idempotency keys.</param>
public sealed record Caller(string Name, string Id, Access Access, Rdfe.Domain.SubscriptionId? Subscription)
{
    public static Caller Nobody { get; } = new("anonymous", "anonymous", Access.Anonymous, null);

    public bool IsOperator => Access == Access.Operator;

    public static Access AccessOf(KeyRole role) => role switch
    {
        KeyRole.Owner => Access.Owner,
        KeyRole.Contributor => Access.Contributor,
        _ => Access.Reader,
    };
}

public static class AccessExtensions
{
    public static TBuilder Needs<TBuilder>(this TBuilder builder, Access access)
        where TBuilder : IEndpointConventionBuilder => builder.WithMetadata(new Needs(access));
}
