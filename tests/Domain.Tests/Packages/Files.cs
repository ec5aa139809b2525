// A definition and a configuration that agree; tests change one thing and look at what is said.
using Rdfe.Domain.Packages;

namespace Rdfe.Domain.Tests.Packages;

internal static class Files
{
    public const string Csdef = """
        <?xml version="1.0" encoding="utf-8"?>
        <ServiceDefinition name="shop" upgradeDomainCount="3" xmlns="http://schemas.microsoft.com/ServiceHosting/2008/10/ServiceDefinition">
          <WebRole name="Web" vmsize="Small">
            <ConfigurationSettings>
              <Setting name="Api" />
            </ConfigurationSettings>
            <Endpoints>
              <InputEndpoint name="Http" protocol="http" port="80" localPort="8080" />
              <InternalEndpoint name="Cache" protocol="tcp" port="9000" />
              <InstanceInputEndpoint name="Debug" protocol="tcp" localPort="22">
                <AllocatePublicPortFrom>
                  <FixedPortRange min="20000" max="20009" />
                </AllocatePublicPortFrom>
              </InstanceInputEndpoint>
            </Endpoints>
          </WebRole>
          <WorkerRole name="Orders">
            <ConfigurationSettings>
              <Setting name="Retry" />
            </ConfigurationSettings>
            <LocalResources>
              <LocalStorage name="Outbox" sizeInMB="512" />
            </LocalResources>
          </WorkerRole>
        </ServiceDefinition>
        """;

    public const string Cscfg = """
        <?xml version="1.0" encoding="utf-8"?>
        <ServiceConfiguration serviceName="shop" osFamily="4" osVersion="*" xmlns="http://schemas.microsoft.com/ServiceHosting/2008/10/ServiceConfiguration">
          <Role name="Web">
            <Instances count="3" />
            <ConfigurationSettings>
              <Setting name="Api" value="https://api.example.org" />
            </ConfigurationSettings>
          </Role>
          <Role name="Orders">
            <Instances count="4" />
            <ConfigurationSettings>
              <Setting name="Retry" value="30" />
            </ConfigurationSettings>
          </Role>
        </ServiceConfiguration>
        """;

    public static readonly PackageLimits Limits = new();

    private static readonly Dictionary<string, VmSize> Sizes = new()
    {
        ["Small"] = new("Small", "A", new Resources(100, 1792, 225, 100)),
        ["ExtraSmall"] = new("ExtraSmall", "A", new Resources(25, 768, 1, 5)),
    };

    /// <summary>A text with one thing changed; changing nothing would make a test say nothing.</summary>
    public static string With(this string text, string old, string now)
    {
        Assert.Contains(old, text, StringComparison.Ordinal);
        return text.Replace(old, now, StringComparison.Ordinal);
    }

    public static Outcome<ServiceModel> Bind(string csdef = Csdef, string cscfg = Cscfg,
        PackageLimits? limits = null) =>
        ServiceModel.Bind(Definition(csdef), Configuration(cscfg), Sizes.GetValueOrDefault, limits ?? Limits,
            "shop.cloudapp.example");

    public static ServiceDefinition Definition(string csdef) => ServiceDefinitionXml.Read(csdef, Limits).Value;

    public static ServiceConfiguration Configuration(string cscfg) => ServiceConfigurationXml.Read(cscfg, Limits).Value;

    /// <summary>The refusal says exactly these things at these places: "place → part of the message".</summary>
    public static void Says<T>(this Outcome<T> outcome, string code, params string[] errors)
    {
        Assert.True(outcome.Refused, "It was accepted.");
        Assert.Equal(RefusalKind.Invalid, outcome.Refusal.Kind);
        Assert.Equal(code, outcome.Refusal.Code);
        var said = outcome.Refusal.Errors.SelectMany(e => e.Value.Select(m => (e.Key, Message: m))).ToList();
        foreach (var error in errors)
        {
            var (place, message) = (error.Split(" → ")[0], error.Split(" → ")[1]);
            Assert.True(said.Any(s => s.Key == place && s.Message.Contains(message, StringComparison.Ordinal)),
                $"Nobody said '{error}', but:\n{string.Join('\n', said)}");
        }

        Assert.True(said.Count == errors.Length, $"More was said than asked for:\n{string.Join('\n', said)}");
    }

    public static void Refuses(string csdef, params string[] errors) =>
        ServiceDefinitionXml.Read(csdef, Limits)
            .Says("invalidPackage", [.. errors.Select(e => "ServiceDefinition.csdef" + e)]);

    public static void RefusesConfiguration(string cscfg, params string[] errors) => ServiceConfigurationXml
        .Read(cscfg, Limits).Says("invalidConfiguration", [.. errors.Select(e => "ServiceConfiguration.cscfg" + e)]);
}
