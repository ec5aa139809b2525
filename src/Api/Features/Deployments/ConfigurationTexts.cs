// The configuration texts of a deployment, by generation: which are kept, and which number the next one gets.
using Microsoft.EntityFrameworkCore;
using Rdfe.Domain.Deployments;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;

namespace Rdfe.Api.Features.Deployments;

internal static class ConfigurationTexts
{
    /// <summary>
    /// Keeps a text under the next number, which is never given twice. Of the others, the one that applies stays, and
    /// those of both ends of an update: a rollback shows the one that it goes back to.
    /// </summary>
    public static int Keep(UnitOfWork work, Deployment there, string xml, string adviceJson)
    {
        var texts = work.Db.Set<ConfigurationRow>().AsNoTracking().Where(c => c.Deployment == there.Id)
            .Select(c => c.Generation).ToArray();
        int[] needed = there.Update is { } update
            ? [there.ConfigGeneration, update.From.ConfigGeneration, update.To.ConfigGeneration]
            : [there.ConfigGeneration];
        foreach (var old in texts.Except(needed))
        {
            work.Delete<ConfigurationRow>(there.Id, old);
        }

        var generation = Math.Max(needed.Max(), texts.DefaultIfEmpty().Max()) + 1;
        work.Upsert(new ConfigurationRow { Deployment = there.Id, Generation = generation, Xml = xml, AdviceJson = adviceJson });
        return generation;
    }
}
