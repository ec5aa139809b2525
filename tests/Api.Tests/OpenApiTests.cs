using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rdfe.Api.Tests;

public sealed class OpenApiTests(RdfeApp app)
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    [Fact]
    public async Task The_checked_in_document_is_the_one_that_is_served()
    {
        var served = JsonNode.Parse(await app.Operator.GetStringAsync("/swagger/v1/swagger.json"))!
            .ToJsonString(Indented).ReplaceLineEndings("\n") + "\n";
        var path = Path.Combine(Root(), "openapi", "rdfe.v1.json");
        if (Environment.GetEnvironmentVariable("UPDATE_EXPECTED") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await File.WriteAllTextAsync(path, served);
        }

        Assert.True(
            File.Exists(path) && (await File.ReadAllTextAsync(path)).ReplaceLineEndings("\n") == served,
            "openapi/rdfe.v1.json differs from what is served: run with UPDATE_EXPECTED=1 and review the change.");
    }

    [Fact]
    public async Task Every_operation_has_an_id_a_chapter_a_summary_and_its_problems()
    {
        var document = JsonNode.Parse(await app.Operator.GetStringAsync("/swagger/v1/swagger.json"))!;
        var chapters = document["tags"]!.AsArray().Select(t => (string?)t!["name"]).ToHashSet();
        var ids = new HashSet<string>();
        foreach (var (path, verbs) in document["paths"]!.AsObject())
        {
            foreach (var (verb, operation) in verbs!.AsObject())
            {
                Assert.True(ids.Add((string)operation!["operationId"]!), $"{verb} {path} shares its id.");
                Assert.False(string.IsNullOrEmpty((string?)operation["summary"]), $"{verb} {path} has no summary.");
                Assert.Contains((string?)operation["tags"]![0], chapters);
                Assert.NotNull(operation["responses"]!["429"]!["content"]!["application/problem+json"]);
                if (operation["responses"]!["202"] is { } accepted)
                {
                    var schema = ((string)accepted["content"]!["application/json"]!["schema"]!["$ref"]!).Split('/')[^1];
                    Assert.NotNull(document["components"]!["schemas"]![schema]!["properties"]!["operation"]);
                    Assert.NotNull(accepted["headers"]!["Operation-Location"]);
                }
            }
        }
    }

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Rdfe.sln")))
        {
            folder = folder.Parent!;
        }

        return folder.FullName;
    }
}
