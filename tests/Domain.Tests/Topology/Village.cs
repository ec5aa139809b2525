// The smallest document that has one of everything; tests change one thing in it.
namespace Rdfe.Domain.Tests.Topology;

internal static class Village
{
    public const string Json = """
        {
          "hardware": [
            { "name": "plain", "family": "general", "cores": 8, "memoryMib": 16384, "localDiskGib": 500, "networkMbps": 1000 },
            { "name": "big", "family": "M", "cores": 64.5, "memoryMib": 1048576, "localDiskGib": 0, "networkMbps": 0 }
          ],
          "geos": [ { "name": "Home", "regions": [
            { "name": "East", "pair": "West", "clusters": [
              { "name": "east-c1", "vipPool": "65.52.0.0/28", "dipPool": "10.1.0.0/24",
                "fabricController": { "replicas": 2 },
                "racks": [
                  { "names": "r{08..10}", "nodes": 2, "hardware": "plain" },
                  { "name": "mixed", "state": "provisioning",
                    "nodes": [ { "count": 1, "hardware": "plain" }, { "count": 2, "hardware": "big" } ] }
                ] } ] },
            { "name": "West", "pair": "East", "clusters": [
              { "name": "west-c1", "vipPool": "65.52.1.0/28", "dipPool": "10.2.0.0/24",
                "racks": [ { "name": "r1", "nodes": 3, "hardware": "plain" } ] } ] }
          ] } ]
        }
        """;
}
