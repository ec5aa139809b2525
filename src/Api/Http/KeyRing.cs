// Keys → callers. Only hashes are kept and compared; a lookup is cached and forgotten as soon as a key changes.
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Emulator;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Settings;

namespace Rdfe.Api.Http;

public sealed partial class KeyRing(
    IOptions<RdfeOptions> options,
    DataFolder folder,
    IdSource ids,
    IDbContextFactory<RdfeDbContext> stores,
    ILogger<KeyRing> log) : IReloads
{
    private readonly ConcurrentDictionary<string, Caller> known = new(StringComparer.Ordinal);
    private byte[] operatorHash = [];
    private long changes;

    public static string HashOf(string key) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <summary>
    /// Takes the operator's key from the settings, else from the data folder, else makes and prints one.
    /// </summary>
    public void Open()
    {
        var key = options.Value.OperatorKey;
        if (string.IsNullOrEmpty(key))
        {
            var path = folder.At(DataFolder.OperatorKeyName);
            key = File.Exists(path) ? File.ReadAllText(path).Trim() : "";
            if (key.Length == 0)
            {
                key = ids.NextSecret();
                folder.WriteSecret(DataFolder.OperatorKeyName, key);
                // The one time that a secret is printed: otherwise nobody could call a fresh installation.
                Console.WriteLine($"The operator's key is {key} (kept in {path}).");
            }
        }

        operatorHash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        Opened(log);
    }

    /// <summary>The caller behind a key that was looked up before; asks nobody.</summary>
    public Caller? Known(string key)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        return CryptographicOperations.FixedTimeEquals(hash, operatorHash)
            ? new Caller("operator", "operator", Access.Operator, null)
            : known.GetValueOrDefault(Convert.ToHexStringLower(hash));
    }

    /// <summary>Looks a key up in the store; null when it is nobody's.</summary>
    public async Task<Caller?> FindAsync(string key, CancellationToken cancel)
    {
        var hash = HashOf(key);
        var before = Interlocked.Read(ref changes);
        await using var db = await stores.CreateDbContextAsync(cancel);
        var row = await db.Set<AccessKeyRow>().AsNoTracking().FirstOrDefaultAsync(k => k.Hash == hash, cancel);
        // The index found it by an ordered compare; what decides is a compare whose time tells nothing.
        if (row is null || !CryptographicOperations.FixedTimeEquals(
            Encoding.ASCII.GetBytes(row.Hash), Encoding.ASCII.GetBytes(hash)))
        {
            return null;
        }

        var caller = new Caller("key/" + row.Name, hash, Caller.AccessOf(row.Role), row.SubscriptionId);
        // A key that changed while we looked must not come back into the cache with its old rights.
        if (before == Interlocked.Read(ref changes))
        {
            known[hash] = caller;
            if (before != Interlocked.Read(ref changes))
            {
                known.TryRemove(hash, out _);
            }
        }

        return caller;
    }

    /// <summary>Call after the commit that changed or removed keys.</summary>
    public void Forget()
    {
        Interlocked.Increment(ref changes);
        known.Clear();
    }

    /// <inheritdoc/>
    public void Reload(RdfeDbContext db) => Forget();

    [LoggerMessage(1, LogLevel.Information, "The key ring is open")]
    private static partial void Opened(ILogger log);
}
