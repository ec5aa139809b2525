// What people and programs send when they mean harm, or are broken: texts, numbers, documents, packages. All drawn from a
// seed, so that a request that found something can be sent again.
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;

namespace Rdfe.Api.Tests.Abuse;

internal sealed class HostileText(Random draw)
{
    // Stands in a document for text that is no JSON value, until the document is written.
    private const string Mark = "raw-7c0ffee-";
    private readonly List<string> raw = [];

    private static readonly string[] Texts =
    [
        "", " ", "\0", "a\0b", "\u202Egnp.exe", "e\u0301", "\u00e9", "\u212A", "\u0130stanbul", "\u017F", "\ud83d\ude00", "\ufeff", "\uffff", "\r\nX: y", "\t",
        "NaN", "Infinity", "null", "true", "undefined", "0", "-1", "1e400", "9223372036854775808", "../../etc/passwd", "..\\..\\x", "/", "%2F", "%00", "%", "~", "a~b",
        "'; DROP TABLE \"Events\"; --", "<script>alert(1)</script>", "${jndi:ldap://x}", "{{7*7}}", "-", ".", "..", "a b", "CON", "production", "staging", "north", "north-c1",
        "P99999999999D", "P9999D", "PT0S", "-PT5M", "P1Y", "PT1H", "PT", "2012-02-30T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "-9998-01-01T00:00:00Z", "2012-02-29",
        "2012-03-01T00:00:00Z", "2012-03-01T00:00:00+14:00", "00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}", "http://localhost/", "file:///etc/passwd",
        "http://[::1]:1/", "https://user:pass@example.org/", "javascript:x", "Small", "ubuntu-22.04", "Week Saturday", "Month day31", "0Days", "999999999Days", "Day", "Etc/UTC",
    ];

    private static readonly string[] Numbers =
    [
        "0", "-0", "-0.0", "1", "-1", "0.1", "1.0", "1E2", "1e400", "-1e400", "1e-400", "1e308", "1e28", "2147483647", "2147483648", "-2147483649", "4294967296", "9223372036854775807",
        "9223372036854775808", "-9223372036854775809", "18446744073709551616", "79228162514264337593543950336", "0.00000000000000000000000000000000001", "65535", "65536", "1000000", "20", "255",
    ];

    // These are no JSON at all.
    private static readonly string[] Broken = ["NaN", "Infinity", "00", ".5", "5.", "0x10", "1_000", "'a'", "undefined", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u00\"", "\"a", "{", "[", "]", ",", "/* a */ 1", "\"\n\"", "\"\\x\""];

    public bool Chance(int oneIn) => draw.Next(oneIn) == 0;

    public T Of<T>(IReadOnlyList<T> choices) => choices[draw.Next(choices.Count)];

    public int Below(int count) => draw.Next(count);

    public string Text() => draw.Next(40) switch
    {
        0 => new string('x', 70_000),
        1 => new string('\u0e01', 300),
        2 => string.Concat(Enumerable.Range(0, 1 + draw.Next(80)).Select(_ => char.ConvertFromUtf32(draw.Next(0xd800)))),
        3 => new string('a', 63 + draw.Next(3)),
        _ => Of(Texts),
    };

    /// <summary>Spoils a document at up to three places, and writes it.</summary>
    public string Spoil(JsonNode document)
    {
        for (var times = draw.Next(4); times > 0; times--)
        {
            var places = Places(document).ToList();
            if (places.Count > 0)
            {
                Spoil(Of(places));
            }
        }

        var text = document.ToJsonString();
        for (var i = raw.Count - 1; i >= 0; i--)
        {
            text = text.Replace($"\"{Mark}{i}\"", raw[i], StringComparison.Ordinal);
        }

        raw.Clear();
        return text;
    }

    /// <summary>A document that a schema describes, with values that fit, or look as if they would.</summary>
    public JsonNode? Made(JsonNode schema, int depth = 0)
    {
        var described = ApiDocument.Schema(schema);
        if (described["enum"] is JsonArray choices)
        {
            return choices[draw.Next(choices.Count)]!.DeepClone();
        }

        if (described["properties"] is JsonObject members && depth < 6)
        {
            var required = (described["required"]?.AsArray() ?? []).Select(r => (string)r!).ToHashSet();
            var made = new JsonObject();
            foreach (var (name, member) in members.Where(m => required.Contains(m.Key) || Chance(3)))
            {
                made[name] = Made(member!, depth + 1);
            }

            return made;
        }

        return (described["type"] is JsonArray types ? (string?)types[0] : (string?)described["type"]) switch
        {
            "array" => new JsonArray([.. Enumerable.Range(0, depth > 5 ? 0 : draw.Next(4)).Select(_ => Made(described["items"]!, depth + 1))]),
            "integer" or "number" => Chance(2) ? draw.Next(10) : Raw(Of(Numbers)),
            "boolean" => Chance(2),
            "string" => Text(),
            _ => new JsonObject { ["name"] = Text() },
        };
    }

    public string Xml(string document) => draw.Next(12) switch
    {
        0 => document[..draw.Next(document.Length)],
        1 => "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]><ServiceConfiguration serviceName=\"&c;\"/>",
        2 => "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><ServiceConfiguration serviceName=\"&x;\"/>",
        3 => string.Concat(Enumerable.Repeat("<a>", 10_000)) + string.Concat(Enumerable.Repeat("</a>", 10_000)),
        4 => document.Replace("count=\"3\"", $"count=\"{Of(Numbers)}\"", StringComparison.Ordinal),
        5 => document.Replace("</ServiceConfiguration>", string.Concat(Enumerable.Repeat("<Role name=\"Web\"><Instances count=\"3\"/></Role>", 500)) + "</ServiceConfiguration>", StringComparison.Ordinal),
        6 => document.Replace("Web", Text().Replace("<", "&lt;", StringComparison.Ordinal).Replace("&", "&amp;", StringComparison.Ordinal), StringComparison.Ordinal),
        7 => "\ufeff" + document,
        8 => document.Replace("utf-8", Of((string[])["utf-16", "utf-7", "x", "iso-8859-1"]), StringComparison.Ordinal),
        9 => document.Replace("2008/10", "2099/99", StringComparison.Ordinal),
        10 => document.Replace("value=\"", "value=\"" + new string('v', 20_000), StringComparison.Ordinal),
        _ => Flipped(document),
    };

    /// <summary>Packages: bombs, traversal, entries twice, and a good one with some bytes changed.</summary>
    public byte[] Package()
    {
        var good = Samples.Package("hello-web");
        switch (draw.Next(10))
        {
            case 0:
                return good[..draw.Next(good.Length)];
            case 1:
                return Zip(("ServiceDefinition.csdef", new string(' ', 60 << 20)));
            case 2:
                return Samples.Package("hello-web", (Of((string[])["../x", "/etc/x", "a/../../x", "C:\\x", "a\\..\\x", "a\0b", " ", ".", "a/", new string('n', 5000)]), "x"));
            case 3:
                return Samples.Package("hello-web", ("twice", "a"), ("twice", "b"), ("TWICE", "c"));
            case 4:
                return Zip([.. Enumerable.Range(0, 5000).Select(i => ($"f{i}", ""))]);
            case 5:
                var definition = Directory.EnumerateFiles(Path.Combine(Rdfe.Testing.Repository.Root, "samples", "hello-web"), "*.csdef").First();
                return Zip((Path.GetFileName(definition), Xml(File.ReadAllText(definition))));
            case 6:
                return [.. Enumerable.Range(0, draw.Next(5000)).Select(_ => (byte)draw.Next(256))];
            case 7:
                return good;
            default:
                var changed = good.ToArray();
                for (var times = 1 + draw.Next(8); times > 0; times--)
                {
                    changed[Chance(2) ? draw.Next(changed.Length) : changed.Length - 1 - draw.Next(Math.Min(200, changed.Length))] = (byte)draw.Next(256);
                }

                return changed;
        }
    }

    private static byte[] Zip(params (string Name, string Text)[] entries)
    {
        using var file = new MemoryStream();
        using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in entries)
            {
                using var to = zip.CreateEntry(name).Open();
                to.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return file.ToArray();
    }

    private string Flipped(string text)
    {
        var changed = text.ToCharArray();
        for (var times = 1 + draw.Next(4); times > 0; times--)
        {
            changed[draw.Next(changed.Length)] = (char)draw.Next(32, 127);
        }

        return new string(changed);
    }

    private static IEnumerable<(JsonNode Parent, string? Name, int Index)> Places(JsonNode? node) => node switch
    {
        JsonObject members => members.SelectMany(m => Places(m.Value).Prepend((members, m.Key, 0))),
        JsonArray items => items.SelectMany((item, i) => Places(item).Prepend((items, null, i))),
        _ => [],
    };

    private void Spoil((JsonNode Parent, string? Name, int Index) place)
    {
        var (parent, name, index) = place;
        var present = name is null ? parent[index] : parent[name];
        switch (draw.Next(14))
        {
            case 0 when parent is JsonObject members:
                members.Remove(name!);
                return;
            case 1 when parent is JsonObject members:
                members["extra"] = Text();
                return;
            case 2 when parent is JsonObject members:
                // The same member twice: the first one as it is, the second one inside its value's text.
                Put(Raw((present?.ToJsonString() ?? "null") + $", {JsonValue.Create(name)!.ToJsonString()}: 1"));
                return;
            case 3 when parent is JsonObject members:
                members.Remove(name!);
                members[Chance(2) ? name!.ToUpperInvariant() : Text()] = present;
                return;
            case 4:
                Put(null);
                return;
            case 5:
                Put(Chance(2) ? new JsonObject() : new JsonArray());
                return;
            case 6:
                Put(Chance(2));
                return;
            case 7 or 8:
                Put(Raw(Of(Numbers)));
                return;
            case 9:
                Put(Raw(Chance(30) ? new string('9', 10_000) : Of(Broken)));
                return;
            case 10 when Chance(4):
                var depth = Chance(2) ? 10_000 : 31;
                Put(Raw(new string('[', depth) + new string(']', depth)));
                return;
            case 11 when Chance(6):
                var item = Of((string[])["0", "\"a\"", "{}", "null", "[]", present?.ToJsonString() is { Length: < 9 } short_ ? short_ : "1"]);
                Put(Raw("[" + string.Join(',', Enumerable.Repeat(item, 100_000)) + "]"));
                return;
            case 12 when (present as JsonValue)?.TryGetValue<string>(out var xml) == true && xml.StartsWith("<?xml", StringComparison.Ordinal):
                Put(Xml(xml));
                return;
            default:
                Put(Text());
                return;
        }

        void Put(JsonNode? value)
        {
            if (name is null)
            {
                parent[index] = value;
            }
            else
            {
                parent[name] = value;
            }
        }
    }

    private JsonValue Raw(string text)
    {
        raw.Add(text);
        return JsonValue.Create(Mark + (raw.Count - 1));
    }
}
