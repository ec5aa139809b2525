// Tells owners what happened (W3): at least once, in order for each webhook, until it is taken or given up. What has been tried is in
// the store, so that a crash or a takeover neither loses a delivery nor begins to hammer.
using System.Collections.Concurrent;
using System.Net.Sockets;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Webhooks;

namespace Rdfe.Api.Features.Webhooks;

public sealed partial class WebhookSender(
    IHttpClientFactory clients, IDbContextFactory<RdfeDbContext> stores, Committer committer, IOptions<RdfeOptions> options,
    TimeProvider clock, ILogger<WebhookSender> log) : BackgroundService
{
    public const string ClientName = "webhooks";

    private readonly WebhookOptions settings = options.Value.Webhooks;
    private readonly ConcurrentDictionary<(SubscriptionId, string), Task> busy = new();

    private Instant Now => Instant.FromDateTimeOffset(clock.GetUtcNow());

    /// <summary>
    /// Where it may connect to is decided at the moment of connecting: a name can mean another address than it did when it was
    /// written down. No proxies, no cookies, no redirections: each of them leads elsewhere.
    /// </summary>
    public static SocketsHttpHandler HandlerFor(WebhookOptions settings) => new()
    {
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
        ConnectTimeout = settings.Timeout,
        PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        ConnectCallback = async (context, cancel) =>
        {
            var addresses = await System.Net.Dns.GetHostAddressesAsync(context.DnsEndPoint.Host, cancel);
            var allowed = addresses.Where(a => PublicAddresses.Allows(a, settings.AllowLoopback, settings.AllowPrivateAddresses)).ToArray();
            if (allowed.Length == 0)
            {
                throw new HttpRequestException($"{context.DnsEndPoint.Host} has no address that may be connected to.");
            }

            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(allowed, context.DnsEndPoint.Port, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(settings.PollInterval, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    Begin(stoppingToken);
                }
                catch (System.Data.Common.DbException fault)
                {
                    // The next round looks again.
                    LookFailed(log, fault);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // What is under way is sent again by whoever comes next: at least once.
        }

        await Task.WhenAll(busy.Values);
    }

    // Each webhook by itself: one that answers slowly holds up nobody else.
    private void Begin(CancellationToken cancel)
    {
        using var db = stores.CreateDbContext();
        var now = Now;
        var first = db.Set<WebhookDeliveryRow>().AsNoTracking().GroupBy(d => new { d.SubscriptionId, d.Webhook }).Select(g => g.Min(d => d.Id)).ToList();
        foreach (var head in db.Set<WebhookDeliveryRow>().AsNoTracking().Where(d => first.Contains(d.Id)).ToList()
            .Where(d => d.NextAt is null || d.NextAt <= now))
        {
            var hook = (head.SubscriptionId, head.Webhook);
            if (busy.Count >= settings.Concurrency)
            {
                break;
            }

            if (!busy.ContainsKey(hook))
            {
                // It takes itself off the list at its end, and must be on it by then.
                var listed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                busy[hook] = Task.Run(async () =>
                {
                    await listed.Task;
                    try
                    {
                        await SendAllAsync(head.SubscriptionId, head.Webhook, cancel);
                    }
                    catch (Exception fault) when (fault is StoreFault or System.Data.Common.DbException or OperationCanceledException or ObjectDisposedException)
                    {
                        LookFailed(log, fault);
                    }
                    finally
                    {
                        busy.TryRemove(hook, out _);
                    }
                }, CancellationToken.None);
                listed.SetResult();
            }
        }
    }

    // One after the other, until there is none, or one fails.
    private async Task SendAllAsync(SubscriptionId subscription, string name, CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            WebhookRow? hook;
            WebhookDeliveryRow? next;
            await using (var db = await stores.CreateDbContextAsync(cancel))
            {
                hook = await db.Set<WebhookRow>().AsNoTracking().FirstOrDefaultAsync(w => w.SubscriptionId == subscription && w.NameKey == name, cancel);
                next = await db.Set<WebhookDeliveryRow>().AsNoTracking().Where(d => d.SubscriptionId == subscription && d.Webhook == name)
                    .OrderBy(d => d.Id).FirstOrDefaultAsync(cancel);
            }

            if (hook is null || next is null || next.NextAt > Now)
            {
                return;
            }

            var (status, error) = await SendAsync(hook, next, cancel);
            await committer.CommitAsync(unit => Note(unit, next, status, error), CancellationToken.None);
            if (error is not null)
            {
                return;
            }
        }
    }

    private async Task<(int? Status, string? Error)> SendAsync(WebhookRow hook, WebhookDeliveryRow delivery, CancellationToken cancel)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timeout.CancelAfter(settings.Timeout);
        try
        {
            using var client = clients.CreateClient(ClientName);
            using var request = WebhookMessage.RequestTo(hook, delivery, Now);
            // What is in the answer does not matter, and may have no end.
            using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token);
            return ((int)response.StatusCode, response.IsSuccessStatusCode ? null : $"It answered {(int)response.StatusCode}.");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (null, $"No answer within {settings.Timeout.TotalSeconds:0.#} s.");
        }
        catch (HttpRequestException fault)
        {
            return (null, fault.InnerException is HttpRequestException inner ? inner.Message : fault.Message);
        }
    }

    // A delivery that is deleted meanwhile, with its webhook, is not brought back.
    private bool Note(UnitOfWork unit, WebhookDeliveryRow sent, int? status, string? error)
    {
        if (unit.Find<WebhookRow>(sent.SubscriptionId, sent.Webhook) is not { } hook || unit.Find<WebhookDeliveryRow>(sent.Id) is not { } row
            || row.DeliveryId != sent.DeliveryId)
        {
            return false;
        }

        var (now, h) = (Now, hook.Health);
        if (error is null)
        {
            unit.Delete<WebhookDeliveryRow>(row.Id);
            hook.Health = h with { DeliveredAt = now, TriedAt = now, Status = status, Error = null, Failures = 0 };
        }
        else
        {
            row.Tries++;
            row.FirstTriedAt ??= now;
            row.NextAt = now + PauseAfter(row);
            hook.Health = h with { TriedAt = now, Status = status, Error = error, Failures = h.Failures + 1 };
            GiveUp(unit, hook, row, error);
        }

        unit.Upsert(hook);
        return true;
    }

    private void GiveUp(UnitOfWork unit, WebhookRow hook, WebhookDeliveryRow row, string error)
    {
        var waiting = unit.Db.Set<WebhookDeliveryRow>().Count(d => d.SubscriptionId == hook.SubscriptionId && d.Webhook == hook.NameKey);
        if (row.NextAt - row.FirstTriedAt > Duration.FromTimeSpan(settings.GiveUpAfter))
        {
            unit.Delete<WebhookDeliveryRow>(row.Id);
            hook.Health = hook.Health with
            {
                GivenUp = hook.Health.GivenUp + 1,
                GivenUpBecause = $"{row.Kind} {row.DeliveryId} failed {row.Tries} times; at last: {error}",
            };
            return;
        }

        unit.Upsert(row);
        if (waiting - settings.MaxWaiting is > 0 and var over)
        {
            var old = unit.Db.Set<WebhookDeliveryRow>().Where(d => d.SubscriptionId == hook.SubscriptionId && d.Webhook == hook.NameKey)
                .OrderBy(d => d.Id).Take(over).Select(d => d.Id).ToList();
            unit.Db.Set<WebhookDeliveryRow>().Where(d => old.Contains(d.Id)).ExecuteDelete();
            hook.Health = hook.Health with { GivenUp = hook.Health.GivenUp + over, GivenUpBecause = $"More than {settings.MaxWaiting} waited." };
        }
    }

    // Twice as long each time, and a fifth more or less, so that many that failed together do not come back together.
    private Duration PauseAfter(WebhookDeliveryRow row)
    {
        var doubled = settings.FirstRetry * Math.Pow(2, Math.Min(row.Tries - 1, 30));
        var bounded = doubled < settings.LongestRetry ? doubled : settings.LongestRetry;
        return Duration.FromTimeSpan(bounded) * (0.8 + (0.4 * Draw.Unit(0, row.DeliveryId, "webhook retry", row.Tries)));
    }

    [LoggerMessage(1, LogLevel.Warning, "Webhooks were not looked after for a moment")]
    private static partial void LookFailed(ILogger log, Exception cause);
}
