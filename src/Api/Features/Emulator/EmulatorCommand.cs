// What the commands on the whole fabric share: safe mode is asked for before, since the fabric that is there afterwards may
// know nothing of it; and the activity log is written after, into the fabric that is there then (L3, R3).
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure.Emulator;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.Emulator;

/// <summary>One command on the whole fabric.</summary>
internal sealed class EmulatorCommand(Call call, CommandUnit unit, Admission admission, IReadStore reads)
{
    /// <summary>Where everything is read-only, the fabric is not replaced either.</summary>
    public async Task<Refusal?> ForbiddenAsync(CancellationToken cancel)
    {
        await using var db = await reads.OpenAsync(cancel);
        return await db.Set<SafeModeRow>().FirstOrDefaultAsync(r => r.Scope == SafeModeScopes.All, cancel) is { } row
            ? new Refusal(RefusalKind.Unavailable, "safeMode", $"Everything is read-only for now: {row.Reason}")
            : null;
    }

    /// <summary>Replaces the fabric, unless it is forbidden, and records that it was.</summary>
    public async Task<Outcome<Reply>> ReplaceAsync<T>(
        Func<Task<Outcome<T>>> replace, Func<T, Outcome<Reply>> answer, CancellationToken cancel)
    {
        if (await ForbiddenAsync(cancel) is { } forbidden)
        {
            return forbidden;
        }

        var replaced = await replace();
        return replaced.Refused ? replaced.Refusal : await RecordAsync(_ => answer(replaced.Value));
    }

    /// <summary>From here on it is a call to the fabric that is there now.</summary>
    public void Rejoin() => call.Era = admission.Era;

    /// <summary>The end of a command: its record, in the fabric that is there now, even if the caller has gone.</summary>
    public Task<Outcome<Reply>> RecordAsync(Func<UnitOfWork, Outcome<Reply>> work)
    {
        Rejoin();
        return unit.CommitAsync(work, CancellationToken.None);
    }
}
