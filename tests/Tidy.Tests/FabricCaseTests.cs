// The compiler doesn't notice when a switch forgets a new case of a closed record family (it asks for a default arm
// even when all are listed), so the families are counted here.
using System.Reflection;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Rdfe.Domain.Fabric;

namespace Rdfe.Tidy.Tests;

public sealed class FabricCaseTests
{
    [Theory]
    [InlineData(typeof(FabricEvent), "src/Domain/Fabric/FabricController.cs")]
    [InlineData(typeof(FabricRequest), "src/Domain/Fabric/FabricController.cs")]
    [InlineData(typeof(FabricEffect), "src/Infrastructure/Hosts")]
    [InlineData(typeof(SharedEffect), "src/Infrastructure/Engine")]
    public void Every_case_is_handled(Type family, string where)
    {
        var text = string.Join('\n', Tree.Files
            .Where(f => f.Path == where || (f.Is(".cs") && f.Folder.StartsWith(where, StringComparison.Ordinal)))
            .Select(f => f.Text));
        Rule.NobodyBreaks(
            $"Each case of {family.Name} has its arm in a switch in {where}.",
            Cases(family).Select(c => c.Name).Where(c => !Regex.IsMatch(
                text, $@"\bcase {family.Name}\.{c}\b|^\s*{family.Name}\.{c}\b[^;\n]*=>", RegexOptions.Multiline)));
    }

    [Fact]
    public void Every_request_can_be_kept_in_the_inbox_and_read_back()
    {
        var kept = typeof(FabricRequest).GetCustomAttributes<JsonDerivedTypeAttribute>().ToList();
        Rule.NobodyBreaks(
            "A request without [JsonDerivedType] on FabricRequest is lost between the commit and the cluster.",
            Cases(typeof(FabricRequest)).Where(c => kept.All(k => k.DerivedType != c)).Select(c => c.Name));
        Rule.NobodyBreaks(
            "Two requests are kept under one name.",
            kept.GroupBy(k => k.TypeDiscriminator).Where(g => g.Count() > 1).Select(g => $"{g.Key}"));
    }

    private static IEnumerable<Type> Cases(Type family) =>
        family.GetNestedTypes().Where(t => t.IsSubclassOf(family) && !t.IsAbstract);
}
