using Rdfe.Domain.Packages;
using static Rdfe.Domain.Tests.Packages.Files;

namespace Rdfe.Domain.Tests.Packages;

public class ServiceModelTests
{
    [Fact, Trait("spec", "D4")]
    public void A_definition_and_a_configuration_that_agree_make_a_model()
    {
        var model = Bind().Value;

        Assert.Equal(("shop", 3, 4, "*"), (model.Name, model.UpdateDomainCount, model.OsFamily, model.OsVersion));
        Assert.Equal([("Web", 3), ("Orders", 4)], model.Roles.Select(r => (r.Name, r.InstanceCount)));
        Assert.Equal("30", model.Roles[1].Settings["Retry"]);
        Assert.Empty(model.Advice);
    }

    [Fact, Trait("spec", "D1")]
    public void Every_contradiction_is_reported_at_once() => Bind(
            Csdef.With("vmsize=\"Small\"", "vmsize=\"Huge\""),
            Cscfg.With("serviceName=\"shop\"", "serviceName=\"Shop\"")
                .With("<Role name=\"Orders\">", "<Role name=\"orders\">")
                .With("<Setting name=\"Api\"", "<Setting name=\"api\""))
        .Says("invalidConfiguration",
            "ServiceDefinition.csdef:3 WebRole/@vmsize → no size 'Huge'",
            "ServiceConfiguration.cscfg:2 ServiceConfiguration/@serviceName → 'Shop' here, and 'shop'",
            "ServiceConfiguration.cscfg:3 Role → 'Api' of the role 'Web' has no value",
            "ServiceConfiguration.cscfg:6 Role/ConfigurationSettings/Setting/@name → does not declare the setting "
            + "'api'. Case matters",
            "ServiceDefinition.csdef:17 WorkerRole → not in the configuration",
            "ServiceConfiguration.cscfg:9 Role/@name → no role 'orders'. Case matters");

    [Fact, Trait("spec", "D4")]
    public void A_size_that_the_catalogue_lacks_is_the_package_s_error() => Bind(Csdef.With("\"Small\"", "\"Huge\""))
        .Says("invalidPackage", "ServiceDefinition.csdef:3 WebRole/@vmsize → no size 'Huge'");

    [Fact, Trait("spec", "D4")]
    public void Local_stores_fit_on_the_size() => Bind(Csdef
            .With("<WorkerRole name=\"Orders\">", "<WorkerRole name=\"Orders\" vmsize=\"ExtraSmall\">")
            .With("sizeInMB=\"512\"", "sizeInMB=\"1025\""))
        .Says("invalidPackage", "ServiceDefinition.csdef:17 WorkerRole → take 1025 MiB, and the size ExtraSmall has "
            + "1024");

    [Fact, Trait("spec", "D1")]
    public void An_instance_endpoint_has_a_public_port_for_each_instance() => Bind(cscfg: Cscfg.With("\"3\"", "\"11\""))
        .Says("invalidConfiguration", "ServiceConfiguration.cscfg:4 Role/Instances/@count → 'Debug' has 10 public "
            + "ports");

    [Theory, Trait("spec", "D4")]
    [InlineData("0"), InlineData("1001"), InlineData("-3"), InlineData("three"), InlineData("1e3")]
    public void A_role_has_1_to_1000_instances(string count) => RefusesConfiguration(
        Cscfg.With("count=\"3\"", $"count=\"{count}\""), ":4 Role/Instances/@count → from 1 to 1000");

    [Fact, Trait("spec", "D1")]
    public void A_configuration_says_how_many_instances_and_names_each_once() => RefusesConfiguration(
        Cscfg.With("<Instances count=\"4\" />", "").With("name=\"Orders\"", "name=\"Web\"")
            .With("<Setting name=\"Api\" value=\"https://api.example.org\" />",
                "<Setting name='A' value=''/><Setting name='A' value=''/>"),
        ":6 Role/ConfigurationSettings/Setting/@name → there already",
        ":9 Role → number of instances is missing",
        ":9 Role/@name → there already, on line 3");

    [Theory, Trait("spec", "D1")]
    [InlineData("osFamily=\"4\"", "osFamily=\"four\"", "osFamily → whole number")]
    [InlineData("osVersion=\"*\"", "osVersion=\"?\"", "osVersion → neither '*' nor a version")]
    [InlineData("osVersion=\"*\"", "osVersion=\"WA-GUEST-OS-5.10_202001-01\"",
        "osVersion → of family 5, and osFamily says 4")]
    public void The_guest_os_is_one_that_can_exist(string old, string now, string error) =>
        RefusesConfiguration(Cscfg.With(old, now), $":2 ServiceConfiguration/@{error}");

    [Fact, Trait("spec", "D1")]
    public void A_published_os_version_names_its_family() => Assert.Equal(5,
        Configuration(Cscfg.With("osFamily=\"4\" osVersion=\"*\"", "osVersion=\"WA-GUEST-OS-5.10_202001-01\""))
            .OsFamily);

    [Fact, Trait("spec", "D1")]
    public void Settings_of_an_imported_module_need_no_declaration()
    {
        var cscfg = Cscfg.With("<Setting name=\"Api\"",
            "<Setting name='Microsoft.WindowsAzure.Plugins.Diagnostics.ConnectionString' value='x' /><Setting "
            + "name=\"Api\"");
        var csdef = Csdef.With("<WebRole name=\"Web\" vmsize=\"Small\">",
            "<WebRole name=\"Web\" vmsize=\"Small\"><Imports><Import moduleName='Diagnostics' /></Imports>");

        Assert.False(Bind(csdef, cscfg).Refused);
        Assert.True(Bind(Csdef, cscfg).Refused);
    }

    [Theory, Trait("spec", "D6")]
    [InlineData("1", "singleInstance"), InlineData("2", "fewInstances")]
    public void Few_instances_are_advised_against(string count, string code)
    {
        var advice = Assert.Single(Bind(cscfg: Cscfg.With("count=\"4\"", $"count=\"{count}\"")).Value.Advice);
        Assert.Equal((code, "ServiceConfiguration.cscfg:10 Role/Instances/@count"), (advice.Code, advice.Where));
    }

    [Fact, Trait("spec", "D6")]
    public void A_single_update_domain_is_advised_against() => Assert.Equal(
        ("fewUpdateDomains", "ServiceDefinition.csdef:2 ServiceDefinition/@upgradeDomainCount"),
        Assert.Single(Bind(Csdef.With("upgradeDomainCount=\"3\"", "upgradeDomainCount=\"1\"")).Value.Advice) is var a
            ? (a.Code, a.Where) : default);

    [Theory, Trait("spec", "D6")]
    [InlineData("http://SHOP.cloudapp.example:80/orders", true)]
    [InlineData("shop.cloudapp.example", true)]
    [InlineData("http://webshop.cloudapp.example/", false)]
    [InlineData("http://shop.cloudapp.example.org/", false)]
    [InlineData("webshop.cloudapp.example,shop.cloudapp.example", true)]
    public void Traffic_through_its_own_vip_is_advised_against(string value, bool advised) => Assert.Equal(
        advised ? ["trafficThroughVip"] : [],
        Bind(cscfg: Cscfg.With("https://api.example.org", value)).Value.Advice.Select(a => a.Code));

    [Fact, Trait("spec", "D6")]
    public void Roles_that_can_only_meet_through_the_vip_are_advised_to_have_an_internal_endpoint()
    {
        const string Internal = "<InternalEndpoint name=\"Cache\" protocol=\"tcp\" port=\"9000\" />";
        var advice = Assert.Single(Bind(Csdef.With(Internal, "")).Value.Advice);
        Assert.Equal(("noInternalEndpoint", "ServiceDefinition.csdef:3 WebRole"), (advice.Code, advice.Where));
        Assert.Contains("only the roles know whether they do", advice.Message, StringComparison.Ordinal);
    }

    [Fact, Trait("spec", "D6")]
    public void An_oversized_package_is_advised_against()
    {
        var definition = Definition(Csdef);

        Assert.Empty(PackageAdvice.Of(definition, Limits.OversizedPackageAdviceBytes, Limits));
        var advice = Assert.Single(PackageAdvice.Of(definition, Limits.OversizedPackageAdviceBytes + 1, Limits));
        Assert.Equal("oversizedPackage", advice.Code);
        Assert.Contains("copied up to four times", advice.Message, StringComparison.Ordinal);
    }
}
