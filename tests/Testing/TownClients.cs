// A client that asks again until it has an answer, with the same key each time, as the front end's own store of answers has it.
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Testing;

public static class TownClients
{
    private const string Caller = "client";

    /// <summary>Asks for something: asked again with the same key, the first answer is given, and nothing is done twice.</summary>
    public static Outcome<string> Once(this FabricTown town, string key, Func<UnitOfWork, Outcome<string>> ask) =>
        town.Committer.CommitAsync<Outcome<string>>(unit =>
        {
            if (unit.Find<IdempotencyRow>(Caller, key) is { } answered)
            {
                return answered.AnswerJson;
            }

            var answer = ask(unit);
            if (!answer.Refused)
            {
                unit.Insert(new IdempotencyRow { Caller = Caller, Key = key, RequestHash = "", AnswerJson = answer.Value, CreatedAt = town.Clock.Now });
            }

            return answer;
        }).GetAwaiter().GetResult();
}
