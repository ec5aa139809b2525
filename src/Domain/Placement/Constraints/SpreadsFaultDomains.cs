namespace Rdfe.Domain.Placement.Constraints;

/// <summary>
/// A group of n ≥ 2 instances loses at most ⌈n/2⌉ of them to one fault domain, which also makes it span two, and at
/// most
/// ⌈n ÷ MinFaultDomains⌉ when more was asked for (P1). n is the size of the group once the request is placed, so the
/// rule holds after each VM that joins an availability set.
/// </summary>
internal static class SpreadsFaultDomains
{
    /// <summary>The most members of a group of that size that one fault domain may host.</summary>
    public static int MostPerFaultDomain(int groupSize, int minFaultDomains)
    {
        var parts = Math.Max(groupSize >= 2 ? 2 : 1, minFaultDomains);
        return (groupSize + parts - 1) / parts;
    }

    public static bool Allows(GroupPlan plan, int faultDomain) =>
        !plan.Grouped || plan.MembersPerFaultDomain[faultDomain] < plan.MostPerFaultDomain;
}
