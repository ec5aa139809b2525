// The program as a table of contents: what it is made of, what a request passes, what can be asked. A process that was
// the primary and had to step down goes through it again, as a standby that remembers nothing (F2).
using Microsoft.Extensions.Options;
using Rdfe.Api;
using Rdfe.Api.Features;
using Rdfe.Api.Http;
using Rdfe.Api.OpenApi;
using Rdfe.Api.Pipeline;
using Rdfe.Infrastructure.Settings;

int? exit = null;
for (var first = true; exit is null; first = false)
{
    exit = await LiveAsync(args, first);
}

return exit.Value;

static async Task<int?> LiveAsync(string[] args, bool first)
{
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions
    {
        Args = args,
        // So that appsettings.json is found whatever the working directory is, under the test host too.
        ContentRootPath = AppContext.BaseDirectory,
    });

    builder.AddSettings();
    builder.AddStore();
    builder.AddFrontEnd();
    builder.AddFabric();
    builder.AddTelemetry();
    builder.Services.AddOpenApiDocument();
    builder.Services.AddPipeline(
        // What a command passes, in this order, before its handler.
        typeof(Authorise<>),
        typeof(Validate<>),
        typeof(Idempotency<>),
        typeof(SafeMode<>),
        typeof(ActivityLog<>));

    WebApplication app;
    Reign reign;
    StepDownMode stepDown;
    try
    {
        app = builder.Build();
        reign = app.Services.GetRequiredService<Reign>();
        stepDown = app.Services.GetRequiredService<IOptions<RdfeOptions>>().Value.Takeover.StepDown;
        if (first)
        {
            reign.TryAscend();
        }
    }
    catch (Exception e) when (Startup.IsForTheOperator(e))
    {
        // Wrong settings, a data folder that can't be used, a newer schema: one clear message, no stack trace.
        await Console.Error.WriteLineAsync(e.Message);
        return 1;
    }

    // What a request passes, in this order, before its route.
    app.UseMiddleware<EdgeMiddleware>();
    app.UseMiddleware<PrimaryOnly>();
    app.UseRouting();
    app.UseMiddleware<TooManyConnections>();
    app.UseRateLimiter();
    app.UseMiddleware<Gate>();

    app.MapSwaggerPages();
    app.MapRoutes();

    await app.RunAsync();
    return !reign.HasSteppedDown ? 0 : stepDown == StepDownMode.Exit ? 3 : null;
}

/// <summary>Visible to the test host.</summary>
public partial class Program;
