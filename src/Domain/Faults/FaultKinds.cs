// Which fault may strike what, and with which figures: one table, read by the documents' reader and told in docs/faults.md.
using System.Collections.Immutable;

namespace Rdfe.Domain.Faults;

/// <summary>What holds for every fault of a kind.</summary>
/// <param name="Scopes">What it may strike.</param>
/// <param name="StrikesOnce">
/// True where it is a blow: done when it begins, and not undone by its end. The others last as long as they are active.
/// </param>
/// <param name="Parameters">The parameters that it may have.</param>
/// <param name="Needs">The one that it must have; null where none.</param>
public sealed record FaultRule(
    ImmutableArray<FaultScope> Scopes, bool StrikesOnce, ImmutableArray<string> Parameters, string? Needs);

/// <summary>The table of faults (H1).</summary>
public static class FaultKinds
{
    private static readonly ImmutableArray<FaultScope> Nodes = [FaultScope.Node, FaultScope.Rack, FaultScope.Cluster];

    private static readonly ImmutableArray<FaultScope> Guests = [FaultScope.Instance, FaultScope.Deployment];

    private static readonly ImmutableArray<FaultScope> Starts =
        [FaultScope.Instance, FaultScope.Deployment, FaultScope.Package, FaultScope.Node, FaultScope.Rack, FaultScope.Cluster, FaultScope.Fabric];

    /// <summary>The rule of a kind.</summary>
    public static FaultRule RuleOf(FaultKind kind) => kind switch
    {
        FaultKind.HostAgentCrash or FaultKind.HostCrash => Blow(Nodes),
        FaultKind.PowerLoss or FaultKind.Partition => Lasting(Nodes),
        FaultKind.HardwareFault => Lasting([FaultScope.Node]) with { Parameters = ["what"] },
        FaultKind.VmCrash or FaultKind.GuestAgentCrash or FaultKind.RoleCrash => Blow(Guests),
        FaultKind.RoleHang => Lasting(Guests),
        FaultKind.GuestAgentNeverConnects or FaultKind.IgnoresConfiguration => Lasting(Starts),
        FaultKind.LeapDayBug => Lasting(Starts) with { Parameters = ["guestAgents"] },
        FaultKind.RoleNeverReady or FaultKind.BadPackage =>
            Lasting([FaultScope.Package, FaultScope.Deployment, FaultScope.Instance]),
        FaultKind.SlowAgent => Lasting(Nodes) with { Parameters = ["factor"], Needs = "factor" },
        FaultKind.FlappingAgent => Lasting(Nodes) with { Parameters = ["period"] },
        FaultKind.LyingAgent => Lasting(Nodes),
        FaultKind.MaintenanceFails => Lasting(Nodes) with { Parameters = ["phase"] },
        FaultKind.Degrading => Lasting([FaultScope.Node]) with { Parameters = ["failsAfter", "defect"] },
        FaultKind.ClockJump => Lasting([FaultScope.Fabric]) with { Parameters = ["by"], Needs = "by" },
        _ => throw new System.Diagnostics.UnreachableException(kind.ToString()),
    };

    /// <summary>True where only the guest agent, or the role, of a role instance can be struck (H2).</summary>
    public static bool NeedsRole(FaultKind kind) => kind is FaultKind.GuestAgentCrash or FaultKind.RoleCrash or FaultKind.RoleHang
        or FaultKind.GuestAgentNeverConnects or FaultKind.LeapDayBug or FaultKind.RoleNeverReady or FaultKind.BadPackage
        or FaultKind.IgnoresConfiguration;

    private static FaultRule Blow(ImmutableArray<FaultScope> scopes) => new(scopes, true, [], null);

    private static FaultRule Lasting(ImmutableArray<FaultScope> scopes) => new(scopes, false, [], null);
}
