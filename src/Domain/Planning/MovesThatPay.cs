// placeholder
using System.Collections.Immutable;
namespace Rdfe.Domain.Planning;
internal static class MovesThatPay { public static ImmutableArray<PlannedMove> Find(MaintenanceInventory i, PlanSettings s) => []; }
