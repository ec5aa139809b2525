using Rdfe.Domain.Bundles;
using Rdfe.Domain.Images;
using Rdfe.Domain.Maintenance;

namespace Rdfe.Domain.Tests.Maintenance;

[Trait("spec", "M4")]
public sealed class HostUpdateDocumentTests
{
    private static readonly ImageRepository Images = ImageRepository.Read(Shipped.Text("images.json")).Value;

    [Fact]
    public void A_document_is_read_with_what_it_leaves_out()
    {
        var update = HostUpdateDocument.Read("os", """
            { "component": "hostOs", "version": "120.1", "image": "HOST-os-2014.10", "memoryPreserving": "heavy",
              "requires": [{ "component": "hostAgent", "from": "118" }], "impact": "a pause" }
            """, Images).Value;

        Assert.Equal((MaintainedComponent.HostOs, "host-os-2014.10", MemoryPreserving.Heavy), (update.Component, update.Image, update.MemoryPreserving));
        Assert.Equal((true, true, false, false), (update.NeedsHostReboot, update.LiveMigratable, update.HotPatchable, update.SecurityCritical));
        Assert.Equal(new VersionSet(HostOs: "120.1"), update.Versions);
        Assert.Equal((Component.HostOs, Component.HostAgent), (update.Rules[0].Of, update.Rules[0].With));
    }

    [Theory]
    [InlineData("""{ }""", "$.component: Missing.")]
    [InlineData("""{ "component": "hostOs", "version": "1" }""", "$.image: Missing.")]
    [InlineData("""{ "component": "hostOs", "version": "1", "image": "debian-12" }""", "$.image: The image repository has no image of a host OS with this name.")]
    [InlineData("""{ "component": "firmware", "version": "1", "memoryPreserving": "heavy" }""", "$.memoryPreserving: Memory is not kept over a change of firmware.")]
    [InlineData("""{ "component": "hostAgent", "version": "1", "hypervisorReplaceable": true }""", "$.hypervisorReplaceable: Only a hypervisor is replaced by a hot restart of it.")]
    [InlineData("""{ "component": "hardware", "version": "1" }""", "$.version: Hardware that goes has no version after it.")]
    [InlineData("""{ "component": "hypervisor", "version": "1", "needsHostReboot": false }""", "$.needsHostReboot: An update of hypervisor that needs no reboot says how else it takes effect.")]
    [InlineData("""{ "component": "hostAgent", "version": "1", "hotPatchable": "yes", "kernel": 1 }""", "$.hotPatchable: Must be true or false, not a string.")]
    public void What_does_not_hold_is_refused_with_its_place(string json, string error)
    {
        var read = HostUpdateDocument.Read("u", json, Images);
        Assert.Equal(HostUpdate.Invalid, read.Refusal!.Code);
        Assert.Contains(error, read.Refusal!.Errors.SelectMany(e => e.Value.Select(m => $"{e.Key}: {m}")));
    }

    [Fact]
    public void All_errors_come_at_once()
    {
        var read = HostUpdateDocument.Read("u", """
            { "component": "firmware", "version": "", "image": "x", "hotPatchable": 1, "memoryPreserving": "some", "requires": [{ "component": "clock" }], "more": true }
            """, Images);
        Assert.True(read.Refusal!.Errors.Count >= 6, string.Join(", ", read.Refusal.Errors.Keys));
    }
}
