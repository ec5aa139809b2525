// Creates or replaces a maintenance configuration (W5): a window that recurs, and the resources that it holds for. Their
// clusters are told in the same commit.
using MediatR;
using Microsoft.Extensions.Options;
using Rdfe.Api.Http;
using Rdfe.Api.Pipeline;
using Rdfe.Domain;
using Rdfe.Domain.VirtualMachines;
using Rdfe.Domain.Windows;
using Rdfe.Infrastructure.Engine;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;
using Rdfe.Infrastructure.Settings;
using Rdfe.Infrastructure.Time;

namespace Rdfe.Api.Features.MaintenanceConfigurations;

public static class PutMaintenanceConfiguration
{
    /// <param name="Assignments">What it holds for; nothing where it is left out.</param>
    public sealed record Body(WindowView Window, IReadOnlyList<string>? Assignments = null);

    public sealed record Command(SubscriptionId Subscription, string Name, Body Body) : ICommand;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapCommand<Body>("PUT", "/subscriptions/{subscriptionId}/maintenanceConfigurations/{name}",
            (call, body) => new Command(call.Subscription, call.Name("name"), body))
        .Needs(Access.Contributor)
        .Answers<MaintenanceConfigurationView>(200, 201)
        .Named(nameof(PutMaintenanceConfiguration), Tags.Maintenance, "Create or replace a maintenance configuration");

    internal sealed class Handler(CommandUnit unit, PlacementDesk desk, FabricClock clock, IOptions<RdfeOptions> options)
        : IRequestHandler<Command, Outcome<Reply>>
    {
        private readonly WindowOptions settings = options.Value.Windows;

        public Task<Outcome<Reply>> Handle(Command command, CancellationToken cancellationToken) =>
            unit.CommitAsync(work => Put(work, command), cancellationToken);

        private Outcome<Reply> Put(UnitOfWork work, Command command)
        {
            var (subscription, key) = (command.Subscription, Names.KeyOf(command.Name));
            var old = work.Find<MaintenanceConfigurationRow>(subscription, key);
            var before = old is null ? [] : MaintenanceBook.Assignments(work, subscription, key);
            var shown = old is null ? null : MaintenanceConfigurationView.Of(old, before);
            if (unit.Precondition(shown?.Etag) is { } refusal)
            {
                return refusal;
            }

            var errors = new List<(string Path, string Message)>();
            var window = WindowReader.Read(
                command.Body.Window.ToText(), settings.Limits, (member, message) => errors.Add(("$.window." + member, message)));
            var after = Assignments(work, subscription, key, command.Body.Assignments ?? [], errors);
            if (errors.Count > 0)
            {
                return BodyBinder.Invalid(errors);
            }

            if (Taken(work, subscription, key, after) is { } taken)
            {
                return taken;
            }

            if (old is null && work.Db.Set<MaintenanceConfigurationRow>().Count(c => c.SubscriptionId == subscription) >= settings.MaxConfigurations)
            {
                return Refusals.Conflict("tooManyMaintenanceConfigurations",
                    $"The subscription has {settings.MaxConfigurations} maintenance configurations, and no more may be kept.");
            }

            var row = old ?? new MaintenanceConfigurationRow
            {
                SubscriptionId = subscription,
                NameKey = key,
                Name = command.Name,
                WindowJson = "",
                CreatedAt = clock.Now,
            };
            row.WindowJson = StoreJson.Write(window!.Text);
            var view = MaintenanceConfigurationView.Of(row, after.Select(a => a.Row));
            if (view.Etag != shown?.Etag)
            {
                before.ForEach(a => work.Delete<MaintenanceAssignmentRow>(a.SubscriptionId, a.Resource));
                work.Upsert(row);
                after.ForEach(a => work.Insert(a.Row));
                MaintenanceBook.Tell(work, desk, row, before.Select(a => a.Region), clock.Now);
            }

            return Reply.Put(old is not null, view, view.Etag);
        }

        // A set: the order in which resources are named makes no difference, and naming one twice neither.
        private List<(MaintenanceAssignmentRow Row, string Path)> Assignments(
            UnitOfWork work, SubscriptionId subscription, string key, IReadOnlyList<string> names, List<(string, string)> errors)
        {
            if (names.Count > settings.MaxAssignments)
            {
                errors.Add(("$.assignments", $"At most {settings.MaxAssignments} resources."));
                return [];
            }

            var rows = new Dictionary<string, (MaintenanceAssignmentRow, string)>(StringComparer.Ordinal);
            for (var i = 0; i < names.Count; i++)
            {
                var path = $"$.assignments[{i}]";
                if (WindowResource.Read(names[i]) is not { } resource || !Names.IsName(names[i][(names[i].IndexOf('/', StringComparison.Ordinal) + 1)..]))
                {
                    errors.Add((path, WindowResource.Rule));
                }
                else if (Find(work, subscription, resource) is not { } there)
                {
                    errors.Add((path, $"There is no {names[i]} in this subscription."));
                }
                else
                {
                    rows.TryAdd(resource.ToString(), (new MaintenanceAssignmentRow
                    {
                        SubscriptionId = subscription,
                        Resource = resource.ToString(),
                        Name = there.Name,
                        Configuration = key,
                        Region = there.Region,
                    }, path));
                }
            }

            return [.. rows.Values];
        }

        private static (string Name, RegionId Region)? Find(UnitOfWork work, SubscriptionId subscription, WindowResource resource)
        {
            var key = resource.Key;
            return resource.Scope switch
            {
                WindowScope.VirtualMachines => work.Find<VirtualMachine>(subscription, key) is { } m ? (m.Name, new RegionId(m.Spec.Region!)) : null,
                WindowScope.AvailabilitySets => work.Find<AvailabilitySetRow>(subscription, key) is { } s ? (s.Name, s.Region) : null,
                WindowScope.DedicatedHosts => work.Find<DedicatedHost>(subscription, key) is { } h ? (h.Name, new RegionId(h.Region)) : null,
                _ => work.Find<HostedServiceRow>(subscription, key) is { } s ? (s.Name, s.Region) : null,
            };
        }

        // Two windows for one resource would be a riddle: whoever maintains it must know which one counts.
        private static Refusal? Taken(
            UnitOfWork work, SubscriptionId subscription, string key, List<(MaintenanceAssignmentRow Row, string Path)> after)
        {
            var taken = after
                .Select(a => (a.Path, a.Row.Resource, Other: work.Find<MaintenanceAssignmentRow>(subscription, a.Row.Resource)?.Configuration))
                .Where(a => a.Other is not null && a.Other != key)
                .Select(a => (a.Path, $"{a.Resource} is assigned to {work.Find<MaintenanceConfigurationRow>(subscription, a.Other!)!.Name} already."))
                .ToList();
            return taken.Count == 0
                ? null
                : Refusals.Invalid("assignedElsewhere",
                    $"A resource has one maintenance configuration: {taken[0].Item2}", taken) with
                { Kind = RefusalKind.Conflict };
        }
    }
}
