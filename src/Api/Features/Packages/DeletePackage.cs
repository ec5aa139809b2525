// Deletes a package that no live deployment uses by this name. Its content goes once nothing else refers to it.
using MediatR;
using Microsoft.EntityFrameworkCore;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.Deployments;
using Rdfe.Infrastructure.Packages;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features.Packages;

public static class DeletePackage
{
    public sealed record Command(SubscriptionId Subscription, string Name) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand("DELETE", "/subscriptions/{subscriptionId}/packages/{name}",
            call => new Command(call.Subscription, call.Name("name")))
        .Needs(Access.Contributor)
        .AnswersNothing()
        .Named(nameof(DeletePackage), Tags.Packages, "Delete a package that no deployment uses");

    internal sealed class Handler(CommandUnit unit, PackageGarbage garbage) : IRequestHandler<Command, Outcome<Reply>>
    {
        public async Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken)
        {
            string? gone = null;
            var outcome = await unit.CommitAsync(work => Delete(work, command, out gone), cancellationToken);
            if (!outcome.Refused && gone is not null)
            {
                await garbage.CollectAsync(gone);
            }

            return outcome;
        }

        private Outcome<Reply> Delete(UnitOfWork work, Command command, out string? gone)
        {
            var (subscription, key) = (command.Subscription, Names.KeyOf(command.Name));
            var row = work.Find<PackageRow>(subscription, key);
            gone = row?.Sha256;
            if (unit.Precondition(row?.ETag) is { } refusal)
            {
                return refusal;
            }

            if (row is null)
            {
                return Reply.NoContent();
            }

            var user = work.Db.Set<Deployment>().AsNoTracking()
                .Where(d => d.SubscriptionId == subscription && d.Package == row.Name
                    && d.State != ProvisioningState.Failed && d.State != ProvisioningState.Canceled)
                .Select(d => new { d.Service, d.Slot }).FirstOrDefault()
                // An update needs the packages of both its ends: it may be rolled back (U1).
                ?? work.Db.Set<Deployment>().AsNoTracking().Where(d => d.SubscriptionId == subscription && d.Update != null)
                    .AsEnumerable().Where(d => d.Update!.From.Package == row.Name || d.Update.To.Package == row.Name)
                    .Select(d => new { d.Service, d.Slot }).FirstOrDefault();
            if (user is not null)
            {
                return Refusals.Conflict("packageInUse",
                    $"{row.Name} is used by the {Wire.EnumName(user.Slot)} deployment of {user.Service}.");
            }

            work.Delete<PackageRow>(subscription, key);
            return Reply.NoContent();
        }
    }
}
