using NodaTime;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Faults;

namespace Rdfe.Domain.Tests.Faults;

[Trait("spec", "H1")]
public sealed class FaultDocumentTests
{
    [Fact]
    public void A_document_says_what_goes_wrong_where_when_and_how_much()
    {
        var read = FaultDocument.Read("""
            { "kind": "slowAgent", "target": { "rack": "north-c1-r1" }, "from": "PT5M", "duration": "PT1H", "parameters": { "factor": 2.5 } }
            """).Value;
        Assert.Equal((FaultKind.SlowAgent, FaultScope.Rack, "north-c1-r1"), (read.Kind, read.Target.Scope, read.Target.Name));
        Assert.Equal((null, Duration.FromMinutes(5), Duration.FromHours(1)), (read.From, read.After, read.Lasts));
        Assert.Equal(2.5, read.Parameters.Factor);
    }

    [Fact]
    public void A_beginning_may_be_a_time_and_a_clock_may_jump_back()
    {
        var read = FaultDocument.Read("""
            { "kind": "clockJump", "target": { "fabric": true }, "from": "2012-02-29T00:00:00Z", "parameters": { "by": "PT-2H" } }
            """).Value;
        Assert.Equal(Instant.FromUtc(2012, 2, 29, 0, 0), read.From);
        Assert.Equal(Duration.FromHours(-2), read.Parameters.By);
    }

    [Fact]
    public void Instances_are_named_as_tenants_name_them()
    {
        var read = FaultDocument.Read("""
            { "kind": "roleCrash", "target": { "instance": { "subscription": "11111111-1111-1111-1111-111111111111",
              "service": "shop", "slot": "production", "instance": "Web_IN_0" } } }
            """).Value;
        Assert.Equal(("Web_IN_0", "shop", Slot.Production), (read.Target.Name, read.Target.Service, read.Target.Slot));
    }

    [Fact]
    public void A_flapping_agent_has_a_period_even_where_none_is_said() => Assert.Equal(
        FaultDocument.DefaultPeriod,
        FaultDocument.Read("""{ "kind": "flappingAgent", "target": { "node": "n" } }""").Value.Parameters.Period);

    [Theory]
    [InlineData("""{}""", "$.kind", "$.target")]
    [InlineData("""[]""", "$")]
    [InlineData("""nonsense""", "$")]
    [InlineData("""{ "kind": "fire", "target": { "node": "n" } }""", "$.kind")]
    [InlineData("""{ "kind": "powerLoss", "target": { "node": "n", "rack": "r" } }""", "$.target")]
    [InlineData("""{ "kind": "powerLoss", "target": {} }""", "$.target")]
    [InlineData("""{ "kind": "powerLoss", "target": { "instance": "i" } }""", "$.target.instance")]
    [InlineData("""{ "kind": "hardwareFault", "target": { "rack": "r" } }""", "$.target.rack")]
    [InlineData("""{ "kind": "roleCrash", "target": { "virtualMachine": { "subscription": "11111111-1111-1111-1111-111111111111", "name": "vm" } } }""",
        "$.target.virtualMachine")]
    [InlineData("""{ "kind": "leapDayBug", "target": { "fabric": false } }""", "$.target.fabric")]
    [InlineData("""{ "kind": "powerLoss", "target": { "node": 7 } }""", "$.target.node")]
    [InlineData("""{ "kind": "powerLoss", "target": { "node": "n" }, "from": "yesterday", "duration": "PT0S", "extra": 1 }""",
        "$.duration", "$.extra", "$.from")]
    [InlineData("""{ "kind": "powerLoss", "target": { "node": "n" }, "from": "PT-1H", "duration": "P1M" }""", "$.duration", "$.from")]
    [InlineData("""{ "kind": "slowAgent", "target": { "node": "n" } }""", "$.parameters")]
    [InlineData("""{ "kind": "slowAgent", "target": { "node": "n" }, "parameters": { "factor": 0, "by": "PT1H" } }""",
        "$.parameters.by", "$.parameters.factor")]
    [InlineData("""{ "kind": "flappingAgent", "target": { "node": "n" }, "parameters": { "period": "PT1S" } }""", "$.parameters.period")]
    [InlineData("""{ "kind": "clockJump", "target": { "fabric": true }, "parameters": { "by": "P9999D" } }""", "$.parameters.by")]
    [InlineData("""{ "kind": "roleCrash", "target": { "deployment": { "subscription": "me", "service": "", "slot": "third", "x": 1 } } }""",
        "$.target.deployment.service", "$.target.deployment.slot", "$.target.deployment.subscription", "$.target.deployment.x")]
    public void Every_error_is_told_with_its_place(string json, params string[] paths)
    {
        var refusal = FaultDocument.Read(json).Refusal!;
        Assert.Equal(FaultDocument.Invalid, refusal.Code);
        Assert.Equal(paths, refusal.Errors.Keys);
    }

    [Fact]
    public void Every_kind_has_something_that_it_can_strike() => Assert.All(
        Enum.GetValues<FaultKind>(),
        kind => Assert.NotEmpty(FaultKinds.RuleOf(kind).Scopes));

    [Fact]
    public void A_deployment_takes_in_its_own_instances_and_no_others()
    {
        var target = new FaultTarget(FaultScope.Deployment, "d-1");
        Assert.True(target.TakesIn(new InstanceId("d-1.Web_0.op-1"), ""));
        Assert.False(target.TakesIn(new InstanceId("d-10.Web_0.op-1"), ""));
    }

    [Fact]
    public void The_documentation_tells_of_every_kind()
    {
        var page = File.ReadAllText(Path.Combine(Testing.Repository.Root, "docs", "faults.md"));
        Assert.All(Enum.GetValues<FaultKind>(), kind =>
        {
            Assert.Contains($"| `{Words.Of(kind)}` |", page, StringComparison.Ordinal);
            Assert.Contains($"\"kind\": \"{Words.Of(kind)}\"", page, StringComparison.Ordinal);
        });
    }
}
