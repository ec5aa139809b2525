// One request after the other, drawn from the OpenAPI document and a seed: good ones, and such with a few things wrong in
// path, query, headers, media type or body.
using System.Text;
using System.Text.Json.Nodes;
using Rdfe.Testing;

namespace Rdfe.Api.Tests.Abuse;

/// <param name="Wire">What is sent, byte for byte.</param>
/// <param name="Head">Its answer has no body, whatever it says.</param>
/// <param name="EndsHere">The body is shorter than the request says, and nothing more comes.</param>
/// <param name="NotHttp">The server beneath the program may refuse it in its own words.</param>
internal sealed record FuzzRequest(ApiOperation Operation, byte[] Wire, bool Head, bool EndsHere, bool NotHttp);

internal sealed class FuzzRequests(Random draw)
{
    private static readonly string[] Segments =
    [
        "..", "%2e%2e", "%2F", "a%2Fb", "%00", "%c0%af", "%ff", "%F0%9F%98%80", "%E2%80%AE", "%ED%A0%80", "%5C", "%25", "%", "%zz", "+", "%20", "%0d%0a", "~", "a~b", ";a=b", ":", "*", "NUL",
        "nobodys", "None", "%E2%84%AA", "-", "_", ".", "'", "%22", "%3Cscript%3E",
    ];

    private static readonly string[] Types =
    [
        "application/json; charset=utf-16", "application/json; charset=\"utf-8\"", "application/json; charset=", "application/json;;;", "application/xml", "application/zip", "text/plain", "",
        "multipart/form-data; boundary=x", "application/x-www-form-urlencoded", "application/merge-patch+json", "APPLICATION/JSON", "application/json, text/plain", "json", "*/*", "application/octet-stream",
    ];

    private static readonly string[] Methods = ["HEAD", "OPTIONS", "TRACE", "GET", "PUT", "POST", "PATCH", "DELETE", "FOO", "get"];

    private static readonly Lazy<string> Topology = new(() => File.ReadAllText(System.IO.Path.Combine(Repository.Root, "topologies", "small.json")));

    private readonly HostileText hostile = new(draw);
    // A good request, of which there must be many: what is refused at the door says nothing of what is behind it.
    private bool calm;

    public FuzzRequest Next(AbusedTown town)
    {
        // Whoever puts the whole fabric back makes everything else wait: rarely, and mostly with something wrong.
        ApiOperation operation;
        do
        {
            operation = hostile.Of(ApiDocument.Operations);
        }
        while (operation.Id is "ResetFabric" or "RestoreSnapshot" or "SeedFabric" or "TakeSnapshot" && !hostile.Chance(5));

        calm = hostile.Chance(2);
        var target = Path(operation, town) + Query(operation);
        var headers = new List<string> { "Host: localhost", "Authorization: Bearer " + RdfeApp.OperatorKey };
        if (operation.Path.StartsWith("/instances", StringComparison.Ordinal) && (calm || !hostile.Chance(10)))
        {
            headers.Add("Metadata: true");
        }

        var (type, body) = Body(operation, town);
        if (!calm && hostile.Chance(10))
        {
            type = hostile.Of(Types);
        }

        if (type is not null && (body.Length > 0 || (!calm && hostile.Chance(2))))
        {
            headers.Add("Content-Type: " + type);
        }

        var notHttp = !calm && Spoil(headers);
        var method = !calm && hostile.Chance(25) ? hostile.Of(Methods) : operation.Method.Method;
        var (length, endsHere) = (body.Length, false);
        switch (calm ? 60 : draw.Next(60))
        {
            case 0 when length > 0:
                (length, endsHere) = (length + 1 + draw.Next(1000), true);
                break;
            case 1:
                headers.Add("Transfer-Encoding: chunked");
                body = Chunked(body, out var torn);
                (length, endsHere, notHttp) = (-1, torn, true);
                break;
            case 2 when method == "GET":
                body = Encoding.UTF8.GetBytes("{}");
                length = body.Length;
                headers.Add("Content-Type: application/json");
                break;
            default:
                break;
        }

        if (length >= 0 && (body.Length > 0 || method is not ("GET" or "HEAD")))
        {
            headers.Add($"Content-Length: {length}");
        }

        notHttp |= headers.Exists(h => h.Any(c => c > '~')) || method is "FOO" or "get" or "TRACE" || target.Contains("%00", StringComparison.Ordinal) || target.Contains('%', StringComparison.Ordinal) || target.Length > 8000;
        byte[] wire = [.. Encoding.Latin1.GetBytes($"{method} {target} HTTP/1.1\r\n{string.Join("\r\n", headers)}\r\n\r\n"), .. body];
        return new(operation, wire, method == "HEAD", endsHere, notHttp);
    }

    private string Path(ApiOperation operation, AbusedTown town)
    {
        // What is deleted or taken out of service is mostly something new, so that the town lives on.
        var spare = operation.Method == HttpMethod.Delete || operation.Method == HttpMethod.Put;
        var path = operation.Fill(name => draw.Next(calm ? 24 : 12) switch
        {
            < 24 when name == "node" && hostile.Chance(2) => $"south-c{1 + draw.Next(2)}-r{1 + draw.Next(4)}-n0{1 + draw.Next(6)}",
            < 24 when spare && name == operation.Names[^1] && name != "subscriptionId" && name != "slot" && hostile.Chance(2) => "new-" + draw.Next(20),
            >= 3 when calm => town.Value(operation, name),
            0 => hostile.Of(Segments),
            1 => name == "subscriptionId" ? town.Tenant.Id.ToString() : Uri.EscapeDataString(WellFormed(hostile.Text())),
            2 when name != "subscriptionId" => "new-" + draw.Next(20),
            3 => town.Value(operation, name).ToUpperInvariant(),
            _ => town.Value(operation, name),
        });
        return (calm ? 60 : draw.Next(60)) switch
        {
            0 => path + "/",
            1 => path.Replace("/", "//", StringComparison.Ordinal),
            2 => path + "/" + hostile.Of(Segments),
            3 => path + "/" + new string('p', 5000),
            4 => path.ToUpperInvariant(),
            5 => "/.." + path + "/../" + hostile.Of(Segments),
            _ => path,
        };
    }

    private string Query(ApiOperation operation)
    {
        var asked = operation.Queries.Where(_ => !calm && hostile.Chance(3)).Select(q => q + "=" + QueryValue(q)).ToList();
        switch (calm ? 25 : draw.Next(25))
        {
            case 0:
                asked.Add(hostile.Of((string[])["x=1", "=", "&&", "top=1&top=2", "api-version=1&api-version=2", "%00=%00", "%ff=%fe", "a[0]=b", "top", "continuation", "force=maybe", "?", "#x"]));
                break;
            case 1:
                asked.AddRange(Enumerable.Range(0, 1500).Select(i => $"k{i}="));
                break;
            case 2:
                asked.Add("q=" + new string('q', 10_000));
                break;
            default:
                break;
        }

        if (operation.Queries.Contains("api-version") && (calm || !hostile.Chance(4)))
        {
            asked.Add("api-version=" + (operation.Id.Contains("Scheduled", StringComparison.Ordinal) ? "2020-07-01" : "2021-02-01"));
        }

        return asked.Count == 0 ? "" : "?" + string.Join('&', asked);
    }

    private string QueryValue(string name) => draw.Next(3) switch
    {
        0 => name switch
        {
            "top" => "2",
            "continuation" => Convert.ToBase64String(Encoding.UTF8.GetBytes("k:" + hostile.Of((string[])["1", "a", "-1", "9223372036854775807", "\0", "a\nb", "a~b"]))).TrimEnd('='),
            "from" or "to" => "2012-03-01T00:00:00Z",
            "count" => "3",
            "force" => "true",
            _ => "succeeded",
        },
        1 => Uri.EscapeDataString(WellFormed(hostile.Text())),
        _ => hostile.Of(Segments),
    };

    private (string? Type, byte[] Body) Body(ApiOperation operation, AbusedTown town)
    {
        if (operation.Id == "PutPackage")
        {
            return ("application/zip", calm ? Samples.Package("hello-web") : hostile.Package());
        }

        if (operation.MediaTypes.Count == 0)
        {
            return ("application/json", !calm && hostile.Chance(6) ? Encoding.UTF8.GetBytes(hostile.Of((string[])["{}", "{\"a\":1}", "null", "x"])) : []);
        }

        if (operation.MediaTypes.Contains("application/xml") && hostile.Chance(3))
        {
            return ("application/xml", Encoding.UTF8.GetBytes(WellFormed(hostile.Xml(Samples.Configuration("hello-web")))));
        }

        var sample = operation.Id == "PutTopology" ? Topology.Value : SampleBodies.Text(operation.Id, town)!.Value.Body;
        if (calm)
        {
            var samples = SampleBodies.Text(operation.Id, town)!.Value;
            return ("application/json", Encoding.UTF8.GetBytes(operation.Id == "PutTopology" ? sample : hostile.Chance(2) ? samples.Body : samples.Other));
        }

        var document = hostile.Chance(3)
            ? hostile.Made(operation.Node["requestBody"]!["content"]!["application/json"]!["schema"]!) ?? new JsonObject()
            : JsonNode.Parse(sample)!;
        if (operation.Id is "ResetFabric" or "RestoreSnapshot" && document is JsonObject whole && !hostile.Chance(8))
        {
            whole["unknown"] = hostile.Text();
        }

        var text = hostile.Spoil(document);
        var bytes = Encoding.UTF8.GetBytes(text);
        return ("application/json", draw.Next(40) switch
        {
            0 => bytes[..draw.Next(bytes.Length + 1)],
            1 => [.. Encoding.UTF8.Preamble, .. bytes],
            2 => Encoding.Unicode.GetBytes(text),
            3 => [.. bytes, 0xff],
            4 => [.. bytes, .. bytes],
            5 => bytes.Select(b => hostile.Chance(50) ? (byte)draw.Next(256) : b).ToArray(),
            6 => [],
            7 => Encoding.UTF8.GetBytes("[" + text + "]"),
            8 when hostile.Chance(4) => Encoding.UTF8.GetBytes("{\"a\":\"" + new string('x', 1 << 20) + "\"}"),
            _ => bytes,
        });
    }

    // Says whether it is no longer what a server has to take for HTTP.
    private bool Spoil(List<string> headers)
    {
        switch (draw.Next(45))
        {
            case 0:
                headers.Add("Idempotency-Key: " + hostile.Of((string[])["", "k", "k2", new string('k', 256), new string('k', 255), "\u00e9\u00e9", "a b", "a\tb", "\"quoted\""]));
                return false;
            case 1:
                headers.Add("Idempotency-Key: a" + draw.Next(100_000));
                headers.Add("Idempotency-Key: b");
                return false;
            case 2 or 3:
                headers.Add($"{hostile.Of((string[])["If-Match", "If-None-Match"])}: {hostile.Of((string[])["*", "\"x\"", "W/\"x\"", "", ",,,", "\"", "*, *", "\u00ff", string.Join(',', Enumerable.Repeat("\"t\"", 1000))])}");
                return false;
            case 4:
                headers.RemoveAll(h => h.StartsWith("Authorization", StringComparison.Ordinal));
                headers.Add("Authorization: " + hostile.Of((string[])["Bearer", "Bearer ", "Basic eDp5", "Bearer wrong", "bearer " + RdfeApp.OperatorKey, "Bearer \u00e9", "Negotiate x", "Bearer " + new string('k', 9000)]));
                return false;
            case 5:
                headers.Add("Authorization: Bearer " + RdfeApp.OperatorKey);
                return true;
            case 6:
                headers[0] = "Host: " + hostile.Of((string[])["", "a b", "x:99999", "[::1]", "evil.example", "localhost:80:80", "\u00e9", "a/b", "a@b", new string('h', 300)]);
                return true;
            case 7:
                headers.Add("X-Long: " + new string('l', hostile.Of((int[])[20_000, 40_000, 200_000])));
                return true;
            case 8:
                headers.AddRange(Enumerable.Range(0, 150).Select(i => $"X-{i}: y"));
                return true;
            case 9:
                headers.Add(hostile.Of((string[])["Content-Encoding: gzip", "Accept: nonsense", "Accept-Encoding: *;q=2", "Range: bytes=0-", "X-Forwarded-For: 1.2.3.4", "X-HTTP-Method-Override: DELETE", "traceparent: 00-x-y-z", "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "baggage: a=b", "Cookie: a=\u00ff", "Date: never", "Connection: keep-alive, upgrade", "Upgrade: h2c"]));
                return true;
            case 10:
                headers.Add(hostile.Of((string[])["no colon", " folded: x", "X\0: y", "X-Nul: a\0b", ": empty", "X Y: z", "Content-Length: -1", "Content-Length: 5, 6", "Transfer-Encoding: gzip"]));
                return true;
            default:
                return false;
        }
    }

    private byte[] Chunked(byte[] body, out bool torn)
    {
        torn = hostile.Chance(3);
        var end = torn ? hostile.Of((string[])["zz\r\n", "5\r\nab", "ffffffffffffffff\r\n", "-1\r\n", ""]) : "0\r\n\r\n";
        return body.Length == 0
            ? Encoding.ASCII.GetBytes(end)
            : [.. Encoding.ASCII.GetBytes($"{body.Length:x}\r\n"), .. body, .. Encoding.ASCII.GetBytes("\r\n" + end)];
    }

    // Half a surrogate pair can be no part of a URL.
    private static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
}
