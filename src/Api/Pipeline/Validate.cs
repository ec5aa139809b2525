// Second behaviour: whatever the binder, the path, the query and the command's own rules found wrong, in one answer.
using System.Text.Json;
using FluentValidation;
using MediatR;
using Rdfe.Api.Http;
using Rdfe.Domain;

namespace Rdfe.Api.Pipeline;

public sealed class Validate<TRequest>(Call call, IEnumerable<IValidator<TRequest>> rules)
    : IPipelineBehavior<TRequest, Outcome<Reply>>
    where TRequest : ICommand
{
    public async Task<Outcome<Reply>> Handle(
        TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<Outcome<Reply>> next)
    {
        foreach (var failure in rules.SelectMany(r => r.Validate(request).Errors))
        {
            call.Error(JsonNamingPolicy.CamelCase.ConvertName(failure.PropertyName), failure.ErrorMessage);
        }

        return call.Errors.Count > 0 ? BodyBinder.Invalid(call.Errors) : await next();
    }
}
