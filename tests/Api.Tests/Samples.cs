// The shipped samples as a tenant would send them, and the fabric's clock as a test moves it.
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Time;
using Rdfe.Testing;

namespace Rdfe.Api.Tests;

internal static class Samples
{
    /// <summary>The package of a sample: everything in its folder but the configuration.</summary>
    public static byte[] Package(string sample, params (string Name, string Text)[] more)
    {
        var folder = Path.Combine(Repository.Root, "samples", sample);
        var files = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(f => !f.EndsWith(".cscfg", StringComparison.Ordinal))
            .Select(f => (Path.GetRelativePath(folder, f).Replace('\\', '/'), File.ReadAllText(f)));
        return Zip([.. files.Order(), .. more]);
    }

    public static byte[] Zip(params (string Name, string Text)[] entries)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in entries)
            {
                var entry = zip.CreateEntry(name);
                entry.LastWriteTime = new DateTimeOffset(2012, 2, 29, 0, 0, 0, TimeSpan.Zero);
                using var to = entry.Open();
                to.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return file.ToArray();
    }

    /// <summary>The configuration of a sample, with other texts in it.</summary>
    public static string Configuration(string sample, params (string From, string To)[] changes) => changes.Aggregate(
        File.ReadAllText(Path.Combine(Repository.Root, "samples", sample, "ServiceConfiguration.cscfg")),
        (text, change) => text.Contains(change.From, StringComparison.Ordinal)
            ? text.Replace(change.From, change.To, StringComparison.Ordinal)
            : throw new ArgumentException($"The sample has no '{change.From}'."));

    public static Task<HttpResponseMessage> Upload(
        this Tenant tenant, string name, byte[] content, string mediaType = "application/zip") =>
        tenant.Http.PutAsync(tenant.Path("/packages/" + name), Body(content, mediaType));

    public static HttpContent Body(byte[] content, string mediaType = "application/zip")
    {
        var body = new ByteArrayContent(content);
        body.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return body;
    }

    /// <summary>A service with the sample in its production slot, up and running.</summary>
    public static async Task<string> Run(this Tenant tenant, string sample, string service)
    {
        await tenant.Upload(sample, Package(sample)).Expect(201);
        await tenant.Put("/services/" + service, new { region = "north" }).Expect(201);
        var slot = $"/services/{service}/deployments/production";
        await tenant.Put(slot, new { package = sample, configuration = Configuration(sample) }).Expect(202);
        await tenant.App.Advance(20);
        Assert.Equal("succeeded", (string?)(await tenant.Get(slot).Expect(200))["provisioningState"]);
        return slot;
    }

    public static async Task Advance(this RdfeApp app, double minutes)
    {
        _ = app.Operator;
        var now = app.Services.GetRequiredService<FabricClock>().Now;
        await app.Services.GetRequiredService<FabricEngine>().AdvanceTo(now + Duration.FromMinutes(minutes))
            .WaitAsync(TimeSpan.FromMinutes(1));
    }

    /// <summary>The operation that an answer points at.</summary>
    public static Task<JsonObject> Operation(this Tenant tenant, JsonObject accepted) =>
        tenant.Http.GetAsync((string)accepted["operation"]!).Expect(200);

    public static async Task<decimal> Used(this Tenant tenant, string resource) =>
        (await tenant.Get("/quotas").Expect(200))["value"]!.AsArray()
            .Where(q => (string?)q!["resource"] == resource || (string?)q["name"] == resource)
            .Select(q => (decimal)q!["used"]!).Single();
}
