// Last behaviour: who did what, and what came of it, in the same unit as the effect (R3). Refused mutations are logged
// as well, so a handler that refuses before its commit has its refusal committed here.
using MediatR;
using NodaTime;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Pipeline;

public sealed class ActivityLog<TRequest>(Call call, CommandUnit unit, FabricClock clock)
    : IPipelineBehavior<TRequest, Outcome<Reply>>
    where TRequest : ICommand
{
    public async Task<Outcome<Reply>> Handle(
        TRequest request, CancellationToken cancellationToken, RequestHandlerDelegate<Outcome<Reply>> next)
    {
        var traceId = Call.TraceIdOf(call.Http);
        unit.Add((work, outcome) => work.Insert(new ActivityRow
        {
            Sequence = work.NextSequence<ActivityRow>(r => r.Sequence),
            SubscriptionId = call.SubscriptionOrNull,
            At = clock.Now,
            Caller = call.Caller.Name,
            Role = Wire.EnumName(call.Caller.Access),
            Method = call.Http.Request.Method,
            Path = call.Http.Request.Path.Value ?? "",
            Outcome = outcome.Refused ? "refused" : outcome.Value.Status == 202 ? "accepted" : "succeeded",
            Status = outcome.Refused ? Problems.StatusOf(outcome.Refusal) : outcome.Value.Status,
            Code = outcome.Refusal?.Code,
            ETagBefore = unit.ETagBefore,
            ETagAfter = outcome.Refused ? null : outcome.Value.ETag,
            Operation = outcome.Refused ? null : outcome.Value.Operation,
            TraceId = traceId,
        }));
        var outcome = await next();
        return unit.Committed ? outcome : await unit.CommitAsync(_ => outcome, cancellationToken);
    }
}
