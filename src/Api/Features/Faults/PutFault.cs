// Makes something go wrong on simulated hosts (H1). Committed first; then the engine's thread is woken, and the hosts take
// the fault up at the fabric time of its next round. A fault with the same words again is the same fault.
using System.Text.Json;
using System.Text.Json.Nodes;
using MediatR;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using NodaTime;
using Rdfe.Api.Features.Fabric;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Faults;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Hosts;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.Faults;

public static class PutFault
{
    public sealed record Command(string Name, string Document) : ICommand, IEvenInSafeMode;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapDocument<FaultView>("/fabric/faults/{name}", (call, text) => new Command(call.Name("name"), text))
        .Needs(Access.Operator)
        .Answers<FaultView>(200, 201)
        .Named(nameof(PutFault), Tags.Fabric, "Make simulated hosts fail; other words replace the fault by a new one");

    /// <summary>Faults are for hosts that can be made to fail.</summary>
    internal static Refusal NotSimulated { get; } =
        Refusals.Conflict("hostsNotSimulated", "These hosts are real: nothing here makes them fail.");

    internal sealed class Handler(
        CommandUnit unit, FabricCatalogue catalogue, FaultBoard board, FabricClock clock, IOptions<RdfeOptions> options)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken)
        {
            if (!board.IsOpen)
            {
                return Task.FromResult<Outcome<Reply>>(NotSimulated);
            }

            var read = FaultDocument.Read(command.Document);
            return read.Refused
                ? Task.FromResult<Outcome<Reply>>(read.Refusal)
                : unit.CommitAsync(work => Put(work, command, read.Value), cancellationToken);
        }

        private Outcome<Reply> Put(UnitOfWork work, Command command, FaultDocument document)
        {
            var (key, words) = (Names.KeyOf(command.Name), WordsOf(command.Document));
            var old = work.Find<FaultRow>(key);
            if (unit.Precondition(old?.ETag) is { } refusal)
            {
                return refusal;
            }

            if (old?.Json == words)
            {
                return Reply.Put(existed: true, FaultView.Of(old, clock), old.ETag);
            }

            var most = options.Value.Fabric.MaxFaults;
            if (old is null && work.Db.Set<FaultRow>().Count() >= most)
            {
                return Refusals.Conflict("tooManyFaults", $"There are {most} faults, and no more may be kept: delete some.");
            }

            var now = clock.Now;
            if (document.From < now)
            {
                return Refusals.Invalid(FaultDocument.Invalid, "The fault begins in the past.", [("$.from", $"It is {now} already.")]);
            }

            var target = FaultTargets.Find(work.Db, catalogue.Topology, document);
            return target.Refused ? target.Refusal : Keep(work, command.Name, key, words, document, target.Value, old, now);
        }

        private Outcome<Reply> Keep(
            UnitOfWork work, string name, string key, string words, FaultDocument document, FaultTarget target, FaultRow? old, Instant now)
        {
            var from = document.From ?? now + (document.After ?? Duration.Zero);
            var number = work.NextSequence<FaultRow>(r => r.Number);
            var row = new FaultRow
            {
                NameKey = key,
                Number = number,
                Json = words,
                Fault = new Fault(
                    old?.Fault.Name ?? name, number, document.Kind, target, from,
                    document.Lasts is { } lasts ? from + lasts : null, document.Parameters),
                ETag = FabricDocuments.ETagOf(words),
                CreatedAt = old?.CreatedAt ?? now,
            };
            work.Upsert(row);
            var all = FaultBoard.Of(work.Db);
            work.AfterCommit(() => board.Put(all));
            return Reply.Put(old is not null, FaultView.Of(row, clock), row.ETag);
        }

        // The members that say something, in a fixed order: what an answer adds is no other fault.
        private static string WordsOf(string document)
        {
            var asked = JsonNode.Parse(document)!.AsObject();
            var words = new JsonObject();
            foreach (var member in (string[])["kind", "target", "from", "duration", "parameters"])
            {
                if (asked[member] is { } value)
                {
                    words[member] = value.DeepClone();
                }
            }

            return words.ToJsonString(new JsonSerializerOptions(JsonSerializerOptions.Default));
        }
    }
}
