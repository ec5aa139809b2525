using NodaTime;
using Rdfe.Domain.Packages;
using Rdfe.Domain.VirtualMachines;

namespace Rdfe.Domain.Tests.VirtualMachines;

[Trait("spec", "D6")]
public sealed class MachineAdviceTests
{
    [Theory]
    [InlineData(null, 0, 1, "singleInstance")]
    [InlineData("front", 0, 5, "singleInstance")]
    [InlineData("front", 1, 5, "singleInstance")]
    [InlineData("front", 2, 5, "fewInstances")]
    [InlineData("front", 3, 5, "")]
    [InlineData("front", 3, 2, "")]
    [InlineData("front", 3, 1, "fewUpdateDomains")]
    [InlineData("front", 2, 1, "fewInstances fewUpdateDomains")]
    public void Machines_are_advised_not_to_be_alone(string? set, int members, int updateDomains, string codes) =>
        Assert.Equal(codes, Codes(Machine(set, updateDomains), members));

    [Theory]
    [InlineData("", "")]
    [InlineData("100", "unstripedDataDisks")]
    [InlineData("100 100", "")]
    [InlineData("100 200", "unstripedDataDisks")]
    [InlineData("100 100 100 50", "unstripedDataDisks")]
    public void Data_disks_are_advised_to_be_several_and_equal(string sizes, string codes)
    {
        var disks = sizes.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select((s, lun) => new DataDisk(lun, int.Parse(s), DiskCaching.None));
        Assert.Equal(codes, Codes(Machine("front", 5, [.. disks]), 3));
    }

    [Fact]
    public void A_stripe_wants_one_kind_of_caching() => Assert.Equal("unstripedDataDisks", Codes(
        Machine("front", 5, new(0, 10, DiskCaching.None), new(1, 10, DiskCaching.ReadOnly)), 3));

    private static string Codes(VirtualMachine machine, int members) =>
        string.Join(' ', MachineAdvice.Of(machine, members, new PackageLimits()).Select(a => a.Code));

    private static VirtualMachine Machine(string? set, int updateDomains, params DataDisk[] disks) => new()
    {
        SubscriptionId = default,
        Name = "box",
        Needs = Resources.None,
        Family = "any",
        Etag = "e",
        Operation = new OperationId("op"),
        Instance = new InstanceId("i"),
        CreatedAt = NodaConstants.UnixEpoch,
        UpdateDomainCount = updateDomains,
        Spec = new VirtualMachineSpec
        {
            Size = "Small",
            Image = "debian-12",
            AvailabilitySet = set,
            OsDisk = new OsDisk(DiskCaching.ReadWrite, 30),
            DataDisks = [.. disks],
        },
    };
}
