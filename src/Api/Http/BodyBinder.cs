// A document is checked whole against its record type, then bound, then held to its rules; every error of all three is
// reported at once, keyed by JSON path.
using System.Text.Json;
using System.Text.Json.Nodes;
using FluentValidation;
using Rdfe.Domain;

namespace Rdfe.Api.Http;

public sealed class BodyBinder(IServiceProvider services)
{
    /// <summary>
    /// Binds and collects what is wrong. The value is usable only where nothing was reported; otherwise it is a stand-
    /// in that let the rules run over what was right.
    /// </summary>
    public TBody Bind<TBody>(JsonObject document, Action<string, string> report) where TBody : class
    {
        var wrong = new HashSet<string>(StringComparer.Ordinal);
        var mended = Shape.Of(typeof(TBody)).Check(document, "$", (path, message) =>
        {
            wrong.Add(path);
            report(path, message);
        });
        TBody body;
        try
        {
            body = mended.Deserialize<TBody>(Wire.Options)!;
        }
        catch (JsonException e)
        {
            report(e.Path ?? "$", "Cannot be used here.");
            body = Shape.Of(typeof(TBody)).Stand().Deserialize<TBody>(Wire.Options)!;
            return body;
        }

        foreach (var (path, message) in Broken(body))
        {
            // A rule that fails on a stand-in says nothing new.
            if (!WithAllAbove(path).Any(wrong.Contains))
            {
                report(path, message);
            }
        }

        return body;
    }

    /// <summary>The same for a document made inside a unit, such as one that a merge patch was applied to.</summary>
    public Outcome<TBody> Bind<TBody>(JsonObject document) where TBody : class
    {
        var errors = new List<(string Path, string Message)>();
        var body = Bind<TBody>(document, (path, message) => errors.Add((path, message)));
        return errors.Count == 0 ? body : Invalid(errors);
    }

    public static Refusal Invalid(IEnumerable<(string Path, string Message)> errors) =>
        Refusals.Invalid("invalidRequest", "The request has errors; each is named at its place.", errors);

    private IEnumerable<(string Path, string Message)> Broken<TBody>(TBody body) where TBody : class =>
        services.GetService<IValidator<TBody>>() is { } rules
            ? rules.Validate(body).Errors.Select(e => (PathOf(e.PropertyName), e.ErrorMessage))
            : [];

    // "$.a[1].b" → itself, "$.a[1]", "$.a", "$". By looking up, not by comparing with all that is wrong: a body may have
    // hundreds of thousands of errors of either kind.
    private static IEnumerable<string> WithAllAbove(string path)
    {
        for (var end = path.Length; end > 0; end = path.LastIndexOfAny(['.', '['], end - 1))
        {
            yield return path[..end];
        }
    }

    // "Quotas.Cores" → "$.quotas.cores"; indexes stay as they are.
    private static string PathOf(string property) => property.Length == 0
        ? "$"
        : "$." + string.Join('.', property.Split('.').Select(JsonNamingPolicy.CamelCase.ConvertName));
}
