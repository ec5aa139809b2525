// Where an instance asks about itself (D7). The URL carries the capability, so it is shown to those alone who may write the
// instance anyway.
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.InstanceMetadata;

public sealed class MetadataUrls(Call call)
{
    private static readonly Dictionary<InstanceId, string> None = [];

    /// <summary>By instance; empty for a caller who may only read.</summary>
    public IReadOnlyDictionary<InstanceId, string> Of(RdfeDbContext db, IEnumerable<InstanceId> instances)
    {
        if (call.Caller.Access < Access.Contributor)
        {
            return None;
        }

        var asked = instances.ToList();
        return db.Set<InstanceCapabilityRow>().AsNoTracking().Where(c => asked.Contains(c.Instance))
            .ToDictionary(c => c.Instance, c => call.Absolute($"/instances/{c.Token}/metadata"));
    }
}
