// Seeded mutations of real documents: whatever comes in, the answer is a topology or a refusal with paths, never an exception.
using System.Text.Json.Nodes;
using Rdfe.Domain.Images;
using Rdfe.Domain.Sizes;
using Rdfe.Domain.Topology;

namespace Rdfe.Domain.Tests.Topology;

public sealed class TopologyFuzzTests
{
    private static readonly string[] Odd =
    [
        "null", "true", "0", "-1", "1e400", "9223372036854775808", "0.001", "50.0", "\"\"", "\"\\ud800\"", "\"x y\"", "[]", "{}",
        "[[]]", "[null]", "{\"\\ud800\":1}", "\"r{1..200}\"", "\"r{200..1}\"", "\"10.1.0.0/8\"", "\"0.0.0.0/8\"", "\"us-north\"",
        "\"general-16\"", "[{\"count\":200,\"hardware\":\"d-32\"},{\"count\":200,\"hardware\":\"d-32\"}]", "200", "1",
        "\"255.255.255.252/30\"", "\"provisioning\"", "\"\\u0000\"", "\"r{000001..000200}{}\"",
    ];

    [Fact, Trait("spec", "F1")]
    public void A_mutated_topology_is_read_or_refused_with_paths()
    {
        var text = Shipped.Text("default.json");
        var refused = 0;
        for (var round = 0; round < 300; round++)
        {
            var outcome = TopologyDocument.Read(Mutate(text, round));
            Check(outcome.Refusal, "invalidTopology", round);
            refused += outcome.Refused ? 1 : 0;
        }

        // Were every mutation refused, or none, the fuzzing would prove little.
        Assert.InRange(refused, 150, 299);
    }

    [Fact, Trait("spec", "F1")]
    public void Broken_text_is_refused()
    {
        var text = Shipped.Text("small.json");
        for (var round = 0; round < 600; round++)
        {
            var characters = text.ToCharArray();
            for (var i = 0; i <= Pick(round, "edits", 3); i++)
            {
                characters[Pick(round, $"where{i}", characters.Length)] = "{}[]\",:0e\ud800\\"[Pick(round, $"what{i}", 11)];
            }

            Check(TopologyDocument.Read(new string(characters)).Refusal, "invalidTopology", round);
        }
    }

    [Fact, Trait("spec", "D4")]
    public void Mutated_sizes_and_images_are_read_or_refused_with_paths()
    {
        for (var round = 0; round < 300; round++)
        {
            Check(SizeCatalogue.Read(Mutate(Shipped.Text("sizes.json"), round)).Refusal, SizeCatalogue.Invalid, round);
            Check(ImageRepository.Read(Mutate(Shipped.Text("images.json"), round)).Refusal, Image.Invalid, round);
        }
    }

    private static void Check(Refusal? refusal, string code, int round)
    {
        if (refusal is not null)
        {
            Assert.True(refusal.Code == code && !refusal.Errors.IsEmpty, $"round {round}: {refusal}");
            Assert.All(refusal.Errors.Keys, path => Assert.StartsWith("$", path, StringComparison.Ordinal));
        }
    }

    // Text is put in by replacing a marker, because some of the odd values are ones that a JSON library would not write.
    private static string Mutate(string text, int round)
    {
        var root = JsonNode.Parse(text)!;
        var edits = 1 + Pick(round, "edits", 4);
        for (var i = 0; i < edits; i++)
        {
            var node = root;
            for (var depth = 0; ; depth++)
            {
                var stop = Pick(round, $"stop{i}.{depth}", 4) == 0;
                if (node is JsonObject { Count: > 0 } o)
                {
                    var name = o.ElementAt(Pick(round, $"member{i}.{depth}", o.Count)).Key;
                    if (stop || o[name] is JsonValue or null)
                    {
                        Change(round, i, () => o.Remove(name), marker => o[name] = marker, marker => o[name + "2"] = marker);
                        break;
                    }

                    node = o[name]!;
                }
                else if (node is JsonArray { Count: > 0 } a)
                {
                    var index = Pick(round, $"item{i}.{depth}", a.Count);
                    if (stop || a[index] is JsonValue or null)
                    {
                        Change(round, i, () => a.RemoveAt(index), marker => a[index] = marker,
                            _ => a.Add(a[index]?.DeepClone()));
                        break;
                    }

                    node = a[index]!;
                }
                else
                {
                    break;
                }
            }
        }

        var mutated = root.ToJsonString();
        for (var i = 0; i < edits; i++)
        {
            mutated = mutated.Replace($"\"marker-{i}\"", Odd[Pick(round, $"odd{i}", Odd.Length)], StringComparison.Ordinal);
        }

        return mutated;
    }

    private static void Change(int round, int i, Action remove, Action<string> set, Action<string> add)
    {
        switch (Pick(round, $"how{i}", 4))
        {
            case 0:
                remove();
                break;
            case 1:
                add($"marker-{i}");
                break;
            default:
                set($"marker-{i}");
                break;
        }
    }

    private static int Pick(int round, string purpose, int count) => (int)(Draw.Unit(20141001, "fuzz", purpose, round) * count);
}
