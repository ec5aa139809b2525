// Makes a world, resource by resource, in the order in which they refer to each other; gathers everything that is refused,
// each at its place in the body.
using System.Text;
using System.Text.Json.Nodes;
using Rdfe.Api.Features.AffinityGroups;
using Rdfe.Api.Features.AvailabilitySets;
using Rdfe.Api.Features.DedicatedHosts;
using Rdfe.Api.Features.Deployments;
using Rdfe.Api.Features.HostedServices;
using Rdfe.Api.Features.Packages;
using Rdfe.Api.Features.StorageAccounts;
using Rdfe.Api.Features.Subscriptions;
using Rdfe.Api.Features.VirtualMachines;
using Rdfe.Api.Features.VirtualNetworks;
using Rdfe.Infrastructure;

namespace Rdfe.Api.Features.Emulator;

/// <summary>One run of a seed.</summary>
internal sealed class SeedRun(InnerCalls calls, IdSource ids)
{
    private readonly List<(string Path, string Message)> errors = [];
    private readonly List<string> operations = [];
    private int resources;

    /// <summary>Everything that was refused, at its place.</summary>
    public IReadOnlyList<(string Path, string Message)> Errors => errors;

    public async Task<SeedView> RunAsync(IReadOnlyList<SeedSubscription> subscriptions)
    {
        var made = new List<SeededSubscription>();
        for (var i = 0; i < subscriptions.Count; i++)
        {
            var wanted = subscriptions[i];
            // Drawn even where it is given, so that naming one does not change the ids of the others.
            var drawn = ids.NextGuid();
            var id = wanted.Id ?? drawn;
            operations.Clear();
            resources = 0;
            await SubscriptionAsync($"$.subscriptions[{i}]", id.ToString("D"), wanted);
            made.Add(new SeededSubscription(id, wanted.DisplayName, resources, [.. operations]));
        }

        return new SeedView(made);
    }

    private async Task SubscriptionAsync(string place, string id, SeedSubscription wanted)
    {
        var body = new JsonObject { ["displayName"] = wanted.DisplayName };
        if (wanted.Quotas is not null)
        {
            body["quotas"] = wanted.Quotas.DeepClone();
        }

        // Whatever is below a subscription that there isn't would only be refused for the same reason again.
        if (!await CreateAsync(place, nameof(PutSubscription), new() { ["subscriptionId"] = id }, body))
        {
            return;
        }

        await EachAsync(place + ".affinityGroups", nameof(PutAffinityGroup), id, wanted.AffinityGroups);
        await EachAsync(place + ".storageAccounts", nameof(PutStorageAccount), id, wanted.StorageAccounts);
        for (var i = 0; i < (wanted.Packages?.Count ?? 0); i++)
        {
            await PackageAsync($"{place}.packages[{i}]", id, wanted.Packages![i]);
        }

        for (var i = 0; i < (wanted.Services?.Count ?? 0); i++)
        {
            await ServiceAsync($"{place}.services[{i}]", id, wanted.Services![i]);
        }

        await EachAsync(place + ".virtualNetworks", nameof(PutVirtualNetwork), id, wanted.VirtualNetworks);
        await EachAsync(place + ".availabilitySets", nameof(PutAvailabilitySet), id, wanted.AvailabilitySets);
        await EachAsync(place + ".dedicatedHosts", nameof(PutDedicatedHost), id, wanted.DedicatedHosts);
        await EachAsync(place + ".virtualMachines", nameof(PutVirtualMachine), id, wanted.VirtualMachines);
    }

    private async Task EachAsync(string place, string slice, string subscription, IReadOnlyList<JsonObject>? items)
    {
        for (var i = 0; i < (items?.Count ?? 0); i++)
        {
            var (name, body) = Named(items![i]);
            await CreateAsync($"{place}[{i}]", slice, new() { ["subscriptionId"] = subscription, ["name"] = name }, body);
        }
    }

    private async Task PackageAsync(string place, string subscription, SeedPackage wanted)
    {
        byte[]? content = null;
        if (wanted.Sample is null == wanted.Content is null)
        {
            errors.Add((place, "Say either sample, a shipped package, or content, in base64."));
        }
        else if (wanted.Sample is { } sample)
        {
            content = IsSample(place, sample) ? ShippedSamples.Package(sample) : null;
        }
        else if (!TryDecode(wanted.Content!, out content))
        {
            errors.Add((place + ".content", "This is not base64."));
        }

        if (content is not null)
        {
            Take(place, await calls.CreateAsync(nameof(PutPackage),
                new Dictionary<string, string>(StringComparer.Ordinal) { ["subscriptionId"] = subscription, ["name"] = wanted.Name },
                content, PutPackage.MediaType));
        }
    }

    private async Task ServiceAsync(string place, string subscription, JsonObject wanted)
    {
        var (name, body) = Named(wanted);
        body.Remove("deployments", out var below);
        if (!await CreateAsync(place, nameof(PutHostedService), new() { ["subscriptionId"] = subscription, ["service"] = name }, body))
        {
            return;
        }

        if (below is not (null or JsonArray))
        {
            errors.Add((place + ".deployments", "Expected a list."));
        }

        var deployments = below as JsonArray ?? [];
        for (var i = 0; i < deployments.Count; i++)
        {
            var here = $"{place}.deployments[{i}]";
            if (deployments[i] is JsonObject deployment)
            {
                await DeploymentAsync(here, subscription, name, (JsonObject)deployment.DeepClone());
            }
            else
            {
                errors.Add((here, "Expected an object."));
            }
        }
    }

    private async Task DeploymentAsync(string place, string subscription, string service, JsonObject body)
    {
        var slot = Text(body, "slot") ?? "production";
        body.Remove("slot");
        if (Text(body, "sample") is { } sample)
        {
            body.Remove("sample");
            if (!IsSample(place, sample))
            {
                return;
            }

            body.TryAdd("package", sample);
            body.TryAdd("configuration", ShippedSamples.Configuration(sample));
        }

        await CreateAsync(place, nameof(PutDeployment),
            new() { ["subscriptionId"] = subscription, ["service"] = service, ["slot"] = slot }, body);
    }

    private async Task<bool> CreateAsync(string place, string slice, Dictionary<string, string> values, JsonObject body) =>
        Take(place, await calls.CreateAsync(slice, values, Encoding.UTF8.GetBytes(body.ToJsonString())));

    private bool Take(string place, InnerAnswer answer)
    {
        if (answer.Succeeded)
        {
            resources++;
            if (answer.Status == 202)
            {
                operations.Add((string)answer.Document["operation"]!);
            }

            return true;
        }

        var found = answer.Document["errors"] as JsonObject ?? [];
        foreach (var (path, messages) in found)
        {
            foreach (var message in messages!.AsArray())
            {
                errors.Add((place + (path.StartsWith('$') ? path[1..] : "." + path), (string)message!));
            }
        }

        if (found.Count == 0)
        {
            errors.Add((place, $"{answer.Document["code"]}: {answer.Document["detail"]}"));
        }

        return false;
    }

    private bool IsSample(string place, string name)
    {
        var known = ShippedSamples.Packages.Contains(name, StringComparer.Ordinal);
        if (!known)
        {
            errors.Add((place + ".sample", $"The shipped packages are {string.Join(", ", ShippedSamples.Packages)}."));
        }

        return known;
    }

    private static (string Name, JsonObject Body) Named(JsonObject item)
    {
        var body = (JsonObject)item.DeepClone();
        var name = Text(body, "name") ?? "";
        body.Remove("name");
        return (name, body);
    }

    private static string? Text(JsonObject item, string member) =>
        item[member] is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    private static bool TryDecode(string text, out byte[]? content)
    {
        var buffer = new byte[(text.Length * 3 / 4) + 3];
        var good = Convert.TryFromBase64String(text, buffer, out var written);
        content = good ? buffer[..written] : null;
        return good;
    }
}
