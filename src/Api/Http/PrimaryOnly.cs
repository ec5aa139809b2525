// Only the primary answers (F2): a standby has loaded nothing, and one that was taken over from knows only the past.
// Whether the process lives and serves can be asked of all.
using Rdfe.Infrastructure.Takeover;

namespace Rdfe.Api.Http;

public sealed class PrimaryOnly(RequestDelegate next, Primacy primacy)
{
    public Task InvokeAsync(HttpContext http) => http.Request.Path.StartsWithSegments("/health") || primacy.MayServe()
        ? next(http)
        : Problems.WriteAsync(http, Problems.NotPrimary);
}
