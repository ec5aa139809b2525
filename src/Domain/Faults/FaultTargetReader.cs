// The target of a fault document: exactly one member says how much of the fabric, and its value says which.
using System.Collections.Immutable;
using System.Text.Json;
using Rdfe.Domain.Deployments;
using Rdfe.Domain.Documents;

namespace Rdfe.Domain.Faults;

/// <summary>Reads <c>target</c>.</summary>
internal static class FaultTargetReader
{
    private const string VirtualMachine = "virtualMachine";

    private static readonly ImmutableArray<string> Members =
        ["fabric", "cluster", "rack", "node", "deployment", "instance", VirtualMachine, "package"];

    /// <summary>The target; null, with errors, where it can't be one of that kind.</summary>
    public static FaultTargetText? Read(JsonFields fields, FaultKind? kind, DocumentErrors errors)
    {
        if (fields.Element("target") is not { } element
            || JsonFields.Open(element, fields.At("target"), Members, errors) is not { } target)
        {
            return null;
        }

        var named = Members.Where(target.Has).ToList();
        if (named.Count != 1)
        {
            errors.Add(target.Path, $"Must have exactly one of {string.Join(", ", Members)}.");
            return null;
        }

        var member = named[0];
        var scope = member == VirtualMachine ? FaultScope.Instance : Enum.GetValues<FaultScope>().First(s => Words.Of(s) == member);
        if (kind is { } k && !FaultKinds.RuleOf(k).Scopes.Contains(scope))
        {
            var scopes = string.Join(", ", FaultKinds.RuleOf(k).Scopes.Select(s => Words.Of(s)));
            errors.Add(target.At(member), $"A fault of kind {Words.Of(k)} strikes one of {scopes}.");
            return null;
        }

        if (kind is { } roleKind && member == VirtualMachine && FaultKinds.NeedsRole(roleKind))
        {
            errors.Add(target.At(member), $"A fault of kind {Words.Of(roleKind)} strikes role instances: a virtual machine has no guest agent.");
            return null;
        }

        return Read(target, member, scope, errors);
    }

    private static FaultTargetText? Read(JsonFields target, string member, FaultScope scope, DocumentErrors errors)
    {
        var element = target.Element(member)!.Value;
        var path = target.At(member);
        if (member == "fabric")
        {
            if (element.ValueKind == JsonValueKind.True)
            {
                return new FaultTargetText(scope, path, "");
            }

            errors.Add(path, "Must be true.");
            return null;
        }

        var mayBeText = member is not ("deployment" or VirtualMachine);
        if (mayBeText && JsonText.Of(element) is { } id)
        {
            if (id.Length is > 0 and <= 300)
            {
                return new FaultTargetText(scope, path, id);
            }

            errors.Add(path, "Must have 1 to 300 characters.");
            return null;
        }

        if (scope is not (FaultScope.Deployment or FaultScope.Instance or FaultScope.Package))
        {
            target.Text(member);
            return null;
        }

        return Named(element, path, member, scope, errors);
    }

    private static FaultTargetText? Named(JsonElement element, string path, string member, FaultScope scope, DocumentErrors errors)
    {
        ImmutableArray<string> known = member switch
        {
            "deployment" => ["subscription", "service", "slot"],
            "instance" => ["subscription", "service", "slot", "instance"],
            _ => ["subscription", "name"],
        };
        if (JsonFields.Open(element, path, known, errors) is not { } fields)
        {
            return null;
        }

        var subscription = fields.Text("subscription") is { } text ? Subscription(text, fields, errors) : null;
        if (member is "deployment" or "instance")
        {
            var service = fields.Name("service");
            var slot = fields.Word("slot", [.. Enum.GetValues<Slot>().Select(s => Words.Of(s))]);
            var name = member == "instance" ? fields.Name("instance") : "";
            return subscription is null || service is null || slot is null || name is null
                ? null
                : new FaultTargetText(scope, path, name, subscription, service, Enum.GetValues<Slot>().First(s => Words.Of(s) == slot));
        }

        return fields.Name() is { } named && subscription is not null ? new FaultTargetText(scope, path, named, subscription) : null;
    }

    private static SubscriptionId? Subscription(string text, JsonFields fields, DocumentErrors errors)
    {
        if (Guid.TryParseExact(text, "D", out var id))
        {
            return new SubscriptionId(id);
        }

        errors.Add(fields.At("subscription"), "Must be a GUID.");
        return null;
    }
}
