// What tests of the operator's resources share.
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Tests;

internal static class FabricHelp
{
    public static Task<HttpResponseMessage> Put(this HttpClient http, string path, JsonNode body, string? ifMatch = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = RdfeApp.Text(body.ToJsonString()) };
        if (ifMatch is not null)
        {
            request.Headers.TryAddWithoutValidation("If-Match", $"\"{ifMatch}\"");
        }

        return http.SendAsync(request);
    }

    public static Task<HttpResponseMessage> Post(this HttpClient http, string path, object? body = null) =>
        http.PostAsync(path, body is null ? null : RdfeApp.Json(body));

    public static async Task AdvanceAsync(this RdfeApp app, Duration by)
    {
        var clock = app.Services.GetRequiredService<FabricClock>();
        await app.Services.GetRequiredService<FabricEngine>().AdvanceTo(clock.Now + by).WaitAsync(TimeSpan.FromMinutes(1));
    }

    /// <summary>Polls until the operation has ended.</summary>
    public static async Task<JsonObject> EndedAsync(this HttpClient http, string path)
    {
        for (var i = 0; i < 500; i++)
        {
            var operation = await http.GetAsync(path).Expect(200);
            if (operation["endedAt"] is not null)
            {
                return operation;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        throw new TimeoutException($"{path} has not ended.");
    }

    public static JsonArray Racks(this JsonNode topology, int region, int cluster) =>
        topology["geos"]![0]!["regions"]![region]!["clusters"]![cluster]!["racks"]!.AsArray();
}
