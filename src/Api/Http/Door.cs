// From route to slice and back. A slice says how a command is made from a call; reading, binding, sending and answering
// are the same for all.
using System.Text.Json.Nodes;
using MediatR;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Api.Http;

/// <summary>
/// What the body of a route is, for the OpenAPI document. Not the framework's metadata, which would answer 415 before
/// the gate.
/// </summary>
/// <param name="OrText">Another media type, with the one text that matters as it is.</param>
public sealed record BodyOf(Type Type, string MediaType, bool Optional, string? OrText = null);

/// <summary>A route that lists: it takes ?top and ?continuation.</summary>
public sealed record Lists;

/// <summary>A parameter of the query that narrows the answer down.</summary>
public sealed record Filter(string Name, string What);

public static class Door
{
    /// <summary>Whatever can be read answers HEAD as well (RFC 9110): the same headers, and no body.</summary>
    public static readonly string[] ReadMethods = ["GET", "HEAD"];

    /// <summary>A mutation with a JSON body.</summary>
    public static RouteHandlerBuilder MapCommand<TBody>(
        this IEndpointRouteBuilder routes, string verb, string pattern, Func<Call, TBody, ICommand> make,
        bool bodyOptional = false)
        where TBody : class =>
        routes.MapMethods(pattern, [verb], (Delegate)(async Task<IResult> (
            Call call, BodyReader reader, BodyBinder binder, IMediator mediator, CancellationToken cancel) =>
        {
            var document = await reader.ReadObjectAsync(call);
            if (document.Refused)
            {
                return new Answer(document.Refusal);
            }

            if (document.Value is null && !bodyOptional)
            {
                return new Answer(BodyReader.Invalid("A body is needed."));
            }

            var body = binder.Bind<TBody>(document.Value ?? [], call.Error);
            return new Answer(await mediator.Send(make(call, body), cancel));
        })).WithMetadata(new BodyOf(typeof(TBody), "application/json", bodyOptional));

    /// <summary>A mutation without a body.</summary>
    public static RouteHandlerBuilder MapCommand(
        this IEndpointRouteBuilder routes, string verb, string pattern, Func<Call, ICommand> make) =>
        routes.MapMethods(pattern, [verb], (Delegate)(async Task<IResult> (
            Call call, BodyReader reader, IMediator mediator, CancellationToken cancel) =>
        {
            var body = await reader.ReadObjectAsync(call);
            if (!body.Refused && body.Value is { Count: > 0 })
            {
                call.Error("$", "No body is expected here.");
            }

            return new Answer(body.Refused ? body.Refusal : await mediator.Send(make(call), cancel));
        }));

    /// <summary>A mutation whose body is not JSON, such as a package; read whole, up to a limit of its own.</summary>
    public static RouteHandlerBuilder MapUpload(
        this IEndpointRouteBuilder routes, string verb, string pattern, string mediaType, int limit,
        Func<Call, byte[], ICommand> make) =>
        routes.MapMethods(pattern, [verb], (Delegate)(async Task<IResult> (
            Call call, BodyReader reader, IMediator mediator, CancellationToken cancel) =>
        {
            var body = await reader.ReadAsync(call, [mediaType], limit);
            if (body.Refused)
            {
                return new Answer(body.Refusal);
            }

            return new Answer(body.Value.Length == 0
                ? BodyReader.Invalid("A body is needed.")
                : await mediator.Send(make(call, body.Value), cancel));
        })).WithMetadata(new BodyOf(typeof(byte[]), mediaType, false));

    /// <summary>PATCH: a merge patch, which the handler applies inside its unit to what it finds there.</summary>
    public static RouteHandlerBuilder MapPatch<TBody>(
        this IEndpointRouteBuilder routes, string pattern, Func<Call, MergePatch, ICommand> make)
        where TBody : class =>
        routes.MapMethods(pattern, ["PATCH"], (Delegate)(async Task<IResult> (
            Call call, BodyReader reader, IMediator mediator, CancellationToken cancel) =>
        {
            var document = await reader.ReadObjectAsync(call);
            if (document.Refused)
            {
                return new Answer(document.Refusal);
            }

            return new Answer(document.Value is { } patch
                ? await mediator.Send(make(call, new MergePatch(patch)), cancel)
                : BodyReader.Invalid("A merge patch is needed."));
        })).WithMetadata(new BodyOf(typeof(TBody), "application/json", false));

    /// <summary>A read: a projection without tracking, on a connection that waits for no writer.</summary>
    public static RouteHandlerBuilder MapRead(
        this IEndpointRouteBuilder routes, string pattern,
        Func<Call, RdfeDbContext, CancellationToken, Task<Outcome<Reply>>> read) =>
        routes.MapMethods(pattern, ReadMethods, (Delegate)(async Task<IResult> (
            Call call, IReadStore store, CancellationToken cancel) =>
        {
            await using var db = await store.OpenAsync(cancel);
            var outcome = call.SubscriptionOrNull is { } subscription
                && !await store.ExistsAsync(db, subscription, cancel)
                ? Gate.NoSubscription
                : await read(call, db, cancel);
            return new Answer(call.Errors.Count > 0 && outcome.Refusal != Gate.NoSubscription
                ? BodyBinder.Invalid(call.Errors)
                : outcome);
        }));

    /// <summary>A list, with the page that the caller asked for.</summary>
    public static RouteHandlerBuilder MapList(
        this IEndpointRouteBuilder routes, string pattern,
        Func<Call, RdfeDbContext, Page, CancellationToken, Task<object>> read, bool numbered = false) =>
        routes.MapRead(pattern, async (call, db, cancel) =>
        {
            var page = Page.Read(call, numbered);
            return call.Errors.Count > 0
                ? BodyBinder.Invalid(call.Errors)
                : Reply.Ok(await read(call, db, page, cancel));
        }).WithMetadata(new Lists());

    /// <summary>How the route appears in the OpenAPI document; the operation id is the slice's name.</summary>
    public static RouteHandlerBuilder Named(
        this RouteHandlerBuilder route, string slice, string tag, string summary) =>
        route.WithName(slice).WithTags(tag).WithSummary(summary);

    /// <summary>The document that is answered, with each of these codes.</summary>
    public static RouteHandlerBuilder Answers<TView>(this RouteHandlerBuilder route, params int[] codes)
    {
        foreach (var code in codes.Length == 0 ? [200] : codes)
        {
            route.Produces<TView>(code, "application/json");
        }

        return route;
    }

    public static RouteHandlerBuilder AnswersNothing(this RouteHandlerBuilder route) => route.Produces(204);
}
