using System.Text.Json;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Domain.Maintenance;
using Rdfe.Infrastructure.Persistence;

namespace Rdfe.Infrastructure.Tests;

/// <summary>What is put into words once is what would be written anew each time.</summary>
public sealed class StoreJsonTests
{
    private static readonly JsonSerializerOptions Plain = StoreJson.Configure(new JsonSerializerOptions());

    private static readonly MaintenanceChoice Choice = new(
        new HostUpdate { Name = "firmware «8»", Component = MaintainedComponent.Firmware, Version = "8.0", NeedsHostReboot = true },
        Technology.Reboot, [new PredictedPause(new InstanceId("i"), Duration.FromMinutes(12))], Duration.FromMinutes(20),
        [new Rung(Technology.HotPatch, [], Duration.Zero, Duration.FromSeconds(5), [])])
    {
        IsStaged = true,
    };

    private static readonly NodeMaintenance Maintenance = new()
    {
        Generation = 1,
        Choice = Choice,
        Technology = Technology.Reboot,
        Versions = Choice.Update.Versions,
        BeganAt = Instant.FromUtc(2012, 2, 29, 0, 0),
    };

    [Fact]
    public void A_choice_that_was_kept_is_written_as_any_other()
    {
        Assert.Equal(JsonSerializer.Serialize(Choice, Plain), StoreJson.Write(Choice));
        foreach (var m in new[] { Maintenance, Maintenance with { Stage = MaintenanceStage.Working } })
        {
            Assert.Equal(JsonSerializer.Serialize(m, Plain), StoreJson.Write(m));
        }
    }

    [Fact]
    public void Another_choice_has_words_of_its_own()
    {
        _ = StoreJson.Write(Choice);
        var other = Choice with { RoomComesBack = true };

        Assert.Equal(JsonSerializer.Serialize(other, Plain), StoreJson.Write(other));
    }

    [Fact]
    public void What_was_written_is_read()
    {
        var read = StoreJson.Read<NodeMaintenance>(StoreJson.Write(Maintenance));

        Assert.Equal(Choice.Predicted.AsEnumerable(), read.Choice.Predicted);
        Assert.Equal(JsonSerializer.Serialize(Maintenance, Plain), JsonSerializer.Serialize(read, Plain));
    }
}
