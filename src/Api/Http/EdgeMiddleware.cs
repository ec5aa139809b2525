// The outermost middleware: headers that every answer has, and a problem document for whatever nobody handled.
using Microsoft.EntityFrameworkCore;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Api.Http;

public sealed partial class EdgeMiddleware(
    RequestDelegate next, DbContextOptions<RdfeDbContext> store, ILogger<EdgeMiddleware> log)
{
    // Swagger UI needs inline styles and data: images; scripts come from this program alone.
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        + "img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
        + "frame-ancestors 'none'";

    public async Task InvokeAsync(HttpContext http)
    {
        var headers = http.Response.Headers;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = Policy;
        headers["Referrer-Policy"] = "no-referrer";
        headers.XFrameOptions = "DENY";
        // Pages of others neither embed what is answered here nor keep a hold of the window that shows it.
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.CacheControl = "no-store";
        try
        {
            await next(http);
            if (http.Response is { StatusCode: >= 400, HasStarted: false, ContentLength: null, ContentType: null })
            {
                await Problems.WriteStatusAsync(http);
            }
        }
        // Writes are told apart by the committer; a read meets a damaged or locked file by itself.
        catch (Exception e) when (StoreFault.Behind(e) is { } fault && !http.Response.HasStarted)
        {
            if (e is not StoreFault)
            {
                Faulted(log, http.Request.Method, PathForLog(http), e);
                StoreStartup.ForgetWhatWasRead(store, e);
            }

            await Problems.WriteAsync(http, Problems.Of(fault));
        }
        catch (BadHttpRequestException bad)
        {
            await (bad.StatusCode == 408
                ? Problems.WriteAsync(http, 408, "requestTimeout", "The body came too slowly.")
                : Problems.WriteAsync(http, bad.StatusCode, "badRequest", "The request cannot be read."));
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is left to answer.
        }
        catch (Exception e)
        {
            Unhandled(log, http.Request.Method, PathForLog(http), e);
            if (http.Response.HasStarted)
            {
                throw;
            }

            await Problems.WriteAsync(http, 500, "internalError",
                "Something went wrong here; quote the trace id when you report it.");
        }
    }

    // Below /instances the path itself is the key of a guest (D7): who reads logs must not become that guest.
    private static string PathForLog(HttpContext http) =>
        http.Request.Path.StartsWithSegments("/instances", out var rest) && rest.Value is { Length: > 1 } below
            ? "/instances/***" + (below.IndexOf('/', 1) is > 0 and var end ? new PathString(below[end..]).ToUriComponent() : "")
            : http.Request.Path.ToUriComponent();

    [LoggerMessage(2, LogLevel.Error, "The store failed: {Method} {Path}")]
    private static partial void Faulted(ILogger log, string method, string path, Exception cause);

    [LoggerMessage(1, LogLevel.Error, "Unhandled: {Method} {Path}")]
    private static partial void Unhandled(ILogger log, string method, string path, Exception cause);
}
