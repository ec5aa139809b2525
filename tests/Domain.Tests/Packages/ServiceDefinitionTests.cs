using Rdfe.Domain.Packages;
using static Rdfe.Domain.Tests.Packages.Files;

namespace Rdfe.Domain.Tests.Packages;

public class ServiceDefinitionTests
{
    [Fact, Trait("spec", "D1")]
    public void A_definition_is_read_with_its_roles_endpoints_settings_and_stores()
    {
        var definition = Definition(Csdef);

        Assert.Equal(("shop", 3), (definition.Name, definition.UpgradeDomainCount));
        var (web, orders) = (definition.Roles[0], definition.Roles[1]);
        Assert.Equal(("Web", RoleKind.Web, "Small"), (web.Name, web.Kind, web.VmSize));
        Assert.Equal(("Orders", RoleKind.Worker, "Small"), (orders.Name, orders.Kind, orders.VmSize));
        Assert.Equal(["Api"], web.SettingNames);
        Assert.Equal(512, Assert.Single(orders.LocalStorage).SizeMib);
        Assert.Equal(new PortRange(80, 80), web.Endpoints[0].PublicPorts);
        Assert.Equal(new PortRange(8080, 8080), web.Endpoints[0].LocalPorts);
        Assert.Equal((null, new PortRange(9000, 9000)),
            (web.Endpoints[1].PublicPorts, web.Endpoints[1].LocalPorts!.Value));
        Assert.Equal(new PortRange(20000, 20009), web.Endpoints[2].PublicPorts);
        Assert.Equal("ServiceDefinition.csdef:8 WebRole/Endpoints/InputEndpoint", web.Endpoints[0].At.ToString());
    }

    [Fact, Trait("spec", "P3")]
    public void A_definition_that_names_no_update_domains_has_five() =>
        Assert.Equal(5, Definition(Csdef.With(" upgradeDomainCount=\"3\"", "")).UpgradeDomainCount);

    [Theory, Trait("spec", "P3")]
    [InlineData("0"), InlineData("21"), InlineData("-1"), InlineData("many"), InlineData(""), InlineData("99999999999")]
    public void Update_domains_are_1_to_20(string count) => Refuses(
        Csdef.With("upgradeDomainCount=\"3\"", $"upgradeDomainCount=\"{count}\""),
        ":2 ServiceDefinition/@upgradeDomainCount → 1 to 20");

    [Theory, Trait("spec", "P3")]
    [InlineData("1"), InlineData("20"), InlineData(" 7 ")]
    public void Update_domains_at_the_limits_are_accepted(string count) =>
        Assert.Equal(int.Parse(count.Trim(), System.Globalization.CultureInfo.InvariantCulture),
            Definition(Csdef.With("upgradeDomainCount=\"3\"", $"upgradeDomainCount=\"{count}\"")).UpgradeDomainCount);

    [Fact, Trait("spec", "D1")]
    public void Every_error_is_reported_at_once_each_at_its_line() => Refuses(
        Csdef.With("protocol=\"http\" port=\"80\"", "protocol=\"gopher\" port=\"70000\"")
            .With("name=\"Web\" vmsize", "name=\"Web\" vmSize")
            .With("sizeInMB=\"512\"", "sizeInMB=\"0\"")
            .With("<WorkerRole name=\"Orders\">", "<WorkerRole>"),
        ":3 WebRole/@vmSize → Case matters: write vmsize",
        ":8 WebRole/Endpoints/InputEndpoint/@protocol → not one of http, https, tcp, udp",
        ":8 WebRole/Endpoints/InputEndpoint/@port → from 1 to 65535",
        ":17 WorkerRole/@name → required",
        ":22 WorkerRole/LocalResources/LocalStorage/@sizeInMB → from 1 to");

    [Fact, Trait("spec", "D1")]
    public void An_unknown_element_is_an_error() => Refuses(
        Csdef.With("<WorkerRole name=\"Orders\">", "<WorkerRole name=\"Orders\"><Magic /><imports />"),
        ":17 WorkerRole/Magic → no element 'Magic'",
        ":17 WorkerRole/imports → write Imports");

    [Fact, Trait("spec", "D6")]
    public void A_known_element_without_effect_is_kept_and_said_once()
    {
        var definition = Definition(Csdef.With("<WorkerRole name=\"Orders\">", """
            <WorkerRole name="Orders" enableNativeCodeExecution="true"><Startup><Task commandLine="run.cmd" /></Startup>
            """));

        Assert.Equal(
            ["ServiceDefinition.csdef:17 WorkerRole/@enableNativeCodeExecution",
                "ServiceDefinition.csdef:17 WorkerRole/Startup"],
            definition.Advice.Where(a => a.Code == AdviceCodes.NotActedOn).Select(a => a.Where));
    }

    [Fact, Trait("spec", "D1")]
    public void An_unknown_attribute_inside_a_kept_element_is_an_error_too() => Refuses(
        Csdef.With("<WorkerRole name=\"Orders\">",
            "<WorkerRole name=\"Orders\"><Startup><Task commandLine=\"a\" x=\"1\"/></Startup>"),
        ":17 WorkerRole/Startup/Task/@x → no attribute 'x'");

    [Fact, Trait("spec", "D1")]
    public void An_element_that_may_be_there_once_is_refused_twice() => Refuses(
        Csdef.With("<LocalResources>", "<Endpoints /><Endpoints /><LocalResources>"),
        ":21 WorkerRole/Endpoints → one Endpoints only");

    [Theory, Trait("spec", "D1")]
    [InlineData("ServiceHosting/2008/10/ServiceDefinition", "ServiceHosting/2009/10/ServiceDefinition")]
    [InlineData(" xmlns=\"http://schemas.microsoft.com/ServiceHosting/2008/10/ServiceDefinition\"", "")]
    public void Another_namespace_is_refused(string old, string now) => Refuses(
        Csdef.With(old, now), ":2 ServiceDefinition → not in the namespace http://schemas.microsoft.com/");

    [Fact, Trait("spec", "D1")]
    public void A_configuration_is_not_a_definition() => Refuses(
        Cscfg, ":2 ServiceConfiguration → not in the namespace");

    [Fact, Trait("spec", "D1")]
    public void A_definition_needs_a_role() => Refuses(
        "<ServiceDefinition name='a' xmlns='http://schemas.microsoft.com/ServiceHosting/2008/10/ServiceDefinition'/>",
        ":1 ServiceDefinition → 1 to 25 roles; this one has 0");

    [Theory, Trait("spec", "D1")]
    [InlineData("Orders", "web"), InlineData("Orders", "Web")]
    public void Roles_that_differ_by_case_only_are_the_same(string old, string now) => Refuses(
        Csdef.With($"name=\"{old}\"", $"name=\"{now}\""), ":17 WorkerRole/@name → there already, on line 3");

    [Fact, Trait("spec", "D1")]
    public void Endpoints_settings_and_stores_have_unique_names() => Refuses(
        Csdef.With("name=\"Cache\"", "name=\"http\"")
            .With("<Setting name=\"Api\" />", "<Setting name=\"Api\" /><Setting name=\"Api\" />")
            .With("</LocalResources>", "</LocalResources><LocalStorage name=\"outbox\" />"),
        ":5 WebRole/ConfigurationSettings/Setting/@name → there already",
        ":9 WebRole/Endpoints/InternalEndpoint/@name → there already, on line 8",
        ":23 WorkerRole/LocalStorage/@name → there already");

    [Theory, Trait("spec", "D1")]
    [InlineData("../Web"), InlineData("a/b"), InlineData("a\\b"), InlineData("NUL"), InlineData("com1.x"),
        InlineData("")]
    [InlineData("."), InlineData("a."), InlineData("a b"), InlineData("C:"), InlineData("-rf"),
        InlineData("a&#x202E;b")]
    public void A_role_name_that_is_no_folder_name_is_refused(string name) => Refuses(
        Csdef.With("name=\"Orders\"", $"name=\"{name}\""), ":17 WorkerRole/@name → is not a name");

    [Theory, Trait("spec", "D1")]
    [InlineData("Заказы"), InlineData("注文"), InlineData("Bestellübersicht"), InlineData("आदेश"), InlineData("𐐀𐐁")]
    public void A_role_name_may_be_in_any_alphabet(string name) =>
        Assert.Equal(name, Definition(Csdef.With("name=\"Orders\"", $"name=\"{name}\"")).Roles[1].Name);

    [Fact, Trait("spec", "D1")]
    public void Public_ports_may_not_clash_in_the_whole_service() => Refuses(
        Csdef.With("<LocalResources>",
            "<Endpoints><InputEndpoint name='A' protocol='tcp' port='80'/>\n<InputEndpoint name='B' protocol='udp' "
            + "port='80'/>\n"
            + "<InputEndpoint name='C' protocol='tcp' port='20005' localPort='*'/></Endpoints><LocalResources>"),
        ":21 WorkerRole/Endpoints/InputEndpoint → public port 80 clashes with 80 of the endpoint 'Http' on line 8",
        ":23 WorkerRole/Endpoints/InputEndpoint → public port 20005 clashes with 20000-20009 of the endpoint 'Debug'");

    [Fact, Trait("spec", "D1")]
    public void Local_ports_may_not_clash_in_a_role() => Refuses(
        Csdef.With("port=\"9000\" />", "><FixedPortRange min=\"8000\" max=\"8100\" /></InternalEndpoint>"),
        ":9 WebRole/Endpoints/InternalEndpoint → local port 8000-8100 clashes with 8080 of the endpoint 'Http'");

    [Fact, Trait("spec", "D1")]
    public void Ports_are_given_once_and_forwards() => Refuses(
        Csdef.With("port=\"9000\" />", "port=\"9000\"><FixedPort port=\"9001\" /></InternalEndpoint>")
            .With("min=\"20000\" max=\"20009\"", "min=\"20009\" max=\"20000\""),
        ":9 WebRole/Endpoints/InternalEndpoint → more than once",
        ":12 WebRole/Endpoints/InstanceInputEndpoint/AllocatePublicPortFrom/FixedPortRange/@min → ends at 20000");

    [Fact, Trait("spec", "D1")]
    public void An_instance_endpoint_needs_its_public_range() => Refuses(
        Csdef.With("<FixedPortRange min=\"20000\" max=\"20009\" />", ""),
        ":10 WebRole/Endpoints/InstanceInputEndpoint → public ports are missing");

    [Fact, Trait("spec", "D1")]
    public void An_https_endpoint_names_a_certificate_of_its_role() => Refuses(
        Csdef.With("protocol=\"http\" port", "protocol=\"https\" port")
            .With("port=\"9000\" />", "port=\"9000\" />\n<InputEndpoint name='S' protocol='HTTPS' port='443' "
                + "certificate='None'/>"),
        ":8 WebRole/Endpoints/InputEndpoint/@certificate → names a certificate",
        ":10 WebRole/Endpoints/InputEndpoint/@certificate → no certificate 'None'");

    [Fact, Trait("spec", "D1")]
    public void More_than_25_endpoints_of_a_kind_are_refused() => Refuses(
        Csdef.With("<LocalResources>", "<Endpoints>" + string.Concat(Enumerable.Range(1, 25)
            .Select(i => $"<InputEndpoint name='E{i}' protocol='udp' port='{i}'/>")) + "</Endpoints><LocalResources>"),
        ":21 WorkerRole/Endpoints/InputEndpoint → at most 25");

    [Fact, Trait("spec", "D6")]
    public void What_only_a_code_update_can_change_is_advised_against()
    {
        var definition = Definition(Csdef.With("<Setting name=\"Retry\" />", "").With("<LocalResources>",
            "<Runtime><Environment><Variable name=\"MODE\" value=\"fast\" /></Environment></Runtime><LocalResources>"));

        Assert.Equal(
            ["ServiceDefinition.csdef:17 WorkerRole",
                "ServiceDefinition.csdef:21 WorkerRole/Runtime/Environment/Variable/@value"],
            definition.Advice.Where(a => a.Code == AdviceCodes.CodeUpdateOnly).Select(a => a.Where));
    }
}
