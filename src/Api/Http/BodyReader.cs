// Reads a body within its limit, and JSON within its depth. Limits hold here, in the application, whatever serves it.
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Rdfe.Domain;
using Rdfe.Infrastructure.Settings;

namespace Rdfe.Api.Http;

public sealed class BodyReader(IOptions<RdfeOptions> options)
{
    /// <summary>The whole body, at most <paramref name="limit"/> bytes; hashed for idempotency.</summary>
    public async Task<Outcome<byte[]>> ReadAsync(Call call, IReadOnlyList<string> mediaTypes, int? limit = null)
    {
        var request = call.Http.Request;
        var max = limit ?? options.Value.Limits.MaxBodyBytes;
        var tooLarge = new Refusal(RefusalKind.TooLarge, "bodyTooLarge", $"A body may have {max} bytes here.");
        if (request.ContentLength > max)
        {
            return tooLarge;
        }

        using var kept = new MemoryStream();
        var buffer = new byte[16 << 10];
        int read;
        while ((read = await NextAsync(request.Body, buffer, call.Http.RequestAborted)) > 0)
        {
            kept.Write(buffer, 0, read);
            if (kept.Length > max)
            {
                return tooLarge;
            }
        }

        // Only what has a body needs a media type: a POST that says nothing may go without.
        if (kept.Length > 0 && !Understood(request.ContentType, mediaTypes))
        {
            return new Refusal(RefusalKind.UnsupportedMediaType, "unsupportedMediaType",
                $"The body must be {string.Join(" or ", mediaTypes)}.");
        }

        if (kept.Length > 0 && request.Headers.ContentEncoding.Any(e => e is not "identity"))
        {
            return new Refusal(RefusalKind.UnsupportedMediaType, "unsupportedMediaType",
                "Bodies are sent as they are, without a Content-Encoding.");
        }

        var bytes = kept.ToArray();
        call.HashBody(bytes);
        return bytes;
    }

    // Of a chunk too large for any number Kestrel says that the connection failed; it is the request that is wrong.
    private static async Task<int> NextAsync(Stream body, byte[] buffer, CancellationToken cancel)
    {
        try
        {
            return await body.ReadAsync(buffer, cancel);
        }
        catch (IOException e) when (e is not BadHttpRequestException)
        {
            throw new BadHttpRequestException("The body cannot be read.", e);
        }
    }

    /// <summary>The body as a JSON object; null when there is none.</summary>
    public async Task<Outcome<JsonObject?>> ReadObjectAsync(Call call)
    {
        var body = await ReadAsync(call, ["application/json", "application/merge-patch+json"]);
        if (body.Refused)
        {
            return body.Refusal;
        }

        if (body.Value.Length == 0)
        {
            return (JsonObject?)null;
        }

        try
        {
            // The parser takes any bytes inside a string, and throws only when somebody reads it.
            if (!Utf8.IsValid(body.Value))
            {
                return Invalid("The body is not UTF-8.");
            }

            var text = body.Value.AsSpan();
            var node = JsonNode.Parse(text.StartsWith(Encoding.UTF8.Preamble) ? text[3..] : text, documentOptions: new JsonDocumentOptions
            {
                MaxDepth = options.Value.Limits.MaxJsonDepth,
                AllowDuplicateProperties = false,
            });
            Read(node);
            return node is JsonObject document ? document : Invalid("The body must be a JSON object.");
        }
        catch (InvalidOperationException)
        {
            // Only half of a surrogate pair was escaped: JSON allows it, but it is not text.
            return Invalid("A string is not valid Unicode.");
        }
        catch (JsonException e)
        {
            var at = e.LineNumber is { } line ? $" (line {line + 1}, byte {e.BytePositionInLine + 1})" : "";
            return Invalid(e.Message.Contains("uplicate", StringComparison.Ordinal)
                ? $"A member appears twice{at}."
                : $"This is not JSON, or it is nested deeper than {options.Value.Limits.MaxJsonDepth}{at}.");
        }
    }

    public static Refusal Invalid(string message) =>
        Refusals.Invalid("invalidBody", "The body cannot be used.", [("$", message)]);

    // Reads every name and string once, so that what cannot be read is found here.
    private static void Read(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject document:
                document.ToList().ForEach(m => Read(m.Value));
                break;
            case JsonArray array:
                array.ToList().ForEach(Read);
                break;
            case JsonValue value when value.GetValueKind() == JsonValueKind.String:
                _ = value.GetValue<string>();
                break;
            default:
                break;
        }
    }

    private static bool Understood(string? contentType, IReadOnlyList<string> mediaTypes) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && mediaTypes.Contains(type.MediaType.Value, StringComparer.OrdinalIgnoreCase)
        && (type.Charset.Length == 0 || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));
}
