// The program as a table of contents: what it is made of, what a request passes, what can be asked.
using Rdfe.Api;
using Rdfe.Api.Features;
using Rdfe.Api.Http;
using Rdfe.Api.OpenApi;
using Rdfe.Api.Pipeline;

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
try
{
    app = builder.Build();
    app.PrepareStore();
    app.PrepareFabric();
}
catch (Exception e) when (Startup.IsForTheOperator(e))
{
    // Wrong settings, a data folder in use, a newer schema: one clear message, no stack trace.
    await Console.Error.WriteLineAsync(e.Message);
    return 1;
}

// What a request passes, in this order, before its route.
app.UseMiddleware<EdgeMiddleware>();
app.UseRouting();
app.UseMiddleware<Gate>();

app.MapSwaggerPages();
app.MapRoutes();

await app.RunAsync();
return 0;

/// <summary>Visible to the test host.</summary>
public partial class Program;
