// What deleting a named resource of a subscription is, wherever nothing has to be taken down for it: absent is fine, a
// precondition holds, whoever still needs it is named, and its quota is given back.
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features;

internal static class Deletion
{
    /// <param name="unit">The command's unit.</param>
    /// <param name="uses">The areas that may still need it.</param>
    /// <param name="subscription">Whose it is.</param>
    /// <param name="name">Its name, in any case.</param>
    /// <param name="kind">Its route segment, which is the name of its quota too.</param>
    /// <param name="also">Done in the same unit once the row is gone.</param>
    /// <param name="cancel">The caller has gone.</param>
    public static Task<Outcome<Reply>> Of<TRow>(
        CommandUnit unit, IEnumerable<IResourceUse> uses, SubscriptionId subscription, string name, string kind,
        Action<UnitOfWork>? also, CancellationToken cancel)
        where TRow : class, INamedRow =>
        unit.CommitAsync(
            work =>
            {
                var key = Names.KeyOf(name);
                var row = work.Find<TRow>(subscription, key);
                if (unit.Precondition(row?.ETag) is { } refusal)
                {
                    return refusal;
                }

                if (row is null)
                {
                    return Reply.NoContent();
                }

                if (uses.WhoUses(work, subscription, kind, key) is { } user)
                {
                    return Refusals.Conflict("inUse", $"{row.Name} is used by {user}.");
                }

                work.Delete<TRow>(subscription, key);
                work.Release(subscription, kind);
                also?.Invoke(work);
                return Reply.NoContent();
            },
            cancel);
}
