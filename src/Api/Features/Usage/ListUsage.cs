// What a subscription used, day by day (R2). Days are those of UTC in fabric time; one that is not closed yet is counted
// from the history when it is asked for, and gives the figures that it will be closed with.
using NodaTime;
using NodaTime.Text;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Domain.Billing;
using Rdfe.Infrastructure.Persistence.Billing;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Usage;

/// <param name="Day">The day, such as 2012-02-29 (UTC).</param>
/// <param name="Closed">Whether the figures are final. Those of today grow.</param>
/// <param name="InstanceHours">Hours of instances that had a node; rounded, as the other hours are.</param>
/// <param name="InstanceSeconds">The same, exactly.</param>
/// <param name="CoreSeconds">Exactly; a size may have a part of a core.</param>
public sealed record UsageView(
    string Day, bool Closed, decimal InstanceHours, decimal CoreHours, decimal VipHours,
    long InstanceSeconds, decimal CoreSeconds, long VipSeconds)
{
    public static UsageView Of(UsageDay day) => new(
        LocalDatePattern.Iso.Format(day.Day), day.Closed,
        Hours(day.Used.InstanceSeconds), Hours(day.Used.CoreSeconds / 100m), Hours(day.Used.VipSeconds),
        day.Used.InstanceSeconds, day.Used.CoreSeconds / 100m, day.Used.VipSeconds);

    private static decimal Hours(decimal seconds) => Math.Round(seconds / 3600m, 4);
}

public static class ListUsage
{
    /// <summary>Days that one request may span: a leap year.</summary>
    public const int MostDays = 366;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapRead("/subscriptions/{subscriptionId}/usage", (call, db, _) =>
        {
            var page = Page.Read(call);
            var now = call.Http.RequestServices.GetRequiredService<FabricClock>().Now;
            var (from, to) = Span(call, UsageDays.DayOf(now));
            if (page.After.Length > 0)
            {
                if (Parse(page.After) is { } after)
                {
                    from = LocalDate.Max(from, after.PlusDays(1));
                }
                else
                {
                    call.Error("continuation", "This is not a continuation that a list has given.");
                }
            }

            if (call.Errors.Count > 0)
            {
                return Task.FromResult<Outcome<Reply>>(BodyBinder.Invalid(call.Errors));
            }

            var last = LocalDate.Min(to, from.PlusDays(page.Top));
            var days = UsageHistory.Days(db, call.Subscription, from, last, now);
            return Task.FromResult(Reply.Ok(page.Of(call, days, d => LocalDatePattern.Iso.Format(d.Day), UsageView.Of)));
        })
        .WithMetadata(new Lists())
        .WithMetadata(new Filter("from", "The first day, such as 2012-02-01; the first of the last day's month where it is left out."))
        .WithMetadata(new Filter("to", "The last day, included; today where it is left out. At most 366 days in all."))
        .Needs(Access.Reader)
        .Answers<Listing<UsageView>>()
        .Named(nameof(ListUsage), Tags.Usage, "What was used on each day");

    private static (LocalDate From, LocalDate To) Span(Call call, LocalDate today)
    {
        var before = call.Errors.Count;
        var to = Date(call, "to") ?? today;
        var from = Date(call, "from") ?? new LocalDate(to.Year, to.Month, 1);
        if (call.Errors.Count > before)
        {
            return (today, today);
        }

        if (from > to)
        {
            call.Error("from", "from must not be after to.");
        }
        else if (Period.DaysBetween(from, to) >= MostDays)
        {
            call.Error("from", $"from and to may span at most {MostDays} days.");
        }

        return (from, to);
    }

    private static LocalDate? Date(Call call, string parameter)
    {
        if (!call.Http.Request.Query.TryGetValue(parameter, out var text))
        {
            return null;
        }

        if (text.Count == 1 && Parse(text.ToString()) is { } date)
        {
            return date;
        }

        call.Error(parameter, $"{parameter} must be a date such as 2012-02-29.");
        return null;
    }

    // Years that leave room to count on from, and that Unix time begins before.
    private static LocalDate? Parse(string text) =>
        LocalDatePattern.Iso.Parse(text).TryGetValue(default, out var date) && date.Year is >= 1970 and <= 9000 ? date : null;
}
