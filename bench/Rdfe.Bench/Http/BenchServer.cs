// The whole program in this process, on Kestrel over loopback and a data folder that goes with it: what a client meets,
// with its committer within reach of whoever counts.
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rdfe.Api.Http;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Testing;

namespace Rdfe.Bench.Http;

/// <summary>The factory takes any type of the program; the name Program is ours here.</summary>
internal sealed class BenchServer : WebApplicationFactory<KeyRing>
{
    private const string OperatorKey = "operator-key-of-the-bench";
    private readonly Dictionary<string, string> settings = new(StringComparer.Ordinal);

    /// <summary>A server that has started, and is ready.</summary>
    public BenchServer(string topology, double rate, string? folder = null)
    {
        Folder = folder ?? Directory.CreateTempSubdirectory("rdfe-bench-").FullName;
        foreach (var quota in (string[])["Cores", "Services", "Vips", "Vms", "AffinityGroups", "VirtualNetworks", "StorageAccounts", "Keys"])
        {
            settings[$"Rdfe:Quotas:{quota}"] = "10000000";
        }

        settings["Rdfe:OperatorKey"] = OperatorKey;
        settings["Rdfe:Limits:RequestsPerSecond"] = "1000000";
        settings["Rdfe:Limits:UnauthenticatedPerSecond"] = "1000000";
        settings["Rdfe:Events:OperationRetention"] = "3650.00:00:00";
        settings["Rdfe:DataFolder"] = Folder;
        settings["Rdfe:Topology"] = Path.Combine(Repository.Root, "topologies", topology);
        settings["Rdfe:Clock:Rate"] = rate.ToString(System.Globalization.CultureInfo.InvariantCulture);
        UseKestrel(0);
        StartServer();
        Operator = ClientWith(OperatorKey);
    }

    public string Folder { get; }

    public HttpClient Operator { get; }

    public string Database => Services.GetRequiredService<DataFolder>().Database;

    public Committer Committer => Services.GetRequiredService<Committer>();

    /// <summary>Rounds that the engine has run.</summary>
    public long Rounds => Services.GetRequiredService<FabricEngine>().Rounds;

    public HttpClient ClientWith(string key)
    {
        var client = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false })
        {
            BaseAddress = ClientOptions.BaseAddress,
        };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>A fresh subscription, and a client with a contributor's key.</summary>
    public async Task<(Guid Id, HttpClient Http)> TenantAsync()
    {
        var id = new Guid("6f0e1d2c-0000-4000-8000-000000000001");
        await Sent(Operator.PutAsJsonAsync($"/subscriptions/{id}", new { displayName = "Bench" }), 201);
        var key = await Sent(Operator.PutAsJsonAsync($"/subscriptions/{id}/keys/bench", new { role = "contributor" }), 201);
        return (id, ClientWith((string)key["secret"]!));
    }

    /// <summary>The document of an answer that must have this status.</summary>
    public static async Task<JsonObject> Sent(Task<HttpResponseMessage> sending, params int[] statuses)
    {
        using var response = await sending;
        var text = await response.Content.ReadAsStringAsync();
        return statuses.Contains((int)response.StatusCode)
            ? text.Length == 0 ? [] : (JsonObject)JsonNode.Parse(text)!
            : throw new InvalidOperationException($"{(int)response.StatusCode} instead of {string.Join(" or ", statuses)}: {text}");
    }

    public RdfeDbContext Store() => Services.GetRequiredService<IDbContextFactory<RdfeDbContext>>().CreateDbContext();

    /// <summary>Throws where a book of the store is wrong.</summary>
    public void CheckBooks()
    {
        using var db = Store();
        Books.Check(db, Services.GetRequiredService<FabricCatalogue>().Topology);
    }

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        foreach (var (key, value) in settings)
        {
            builder.UseSetting(key, value);
        }

        builder.UseEnvironment("Production");
        builder.ConfigureLogging(l => l.AddFilter(null, LogLevel.Warning));
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing && Directory.Exists(Folder))
        {
            Operator.Dispose();
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(Folder, recursive: true);
        }
    }
}
