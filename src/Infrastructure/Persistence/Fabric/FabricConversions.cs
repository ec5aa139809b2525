// How values of the fabric are kept in columns: addresses and amounts as short text, nested values as JSON.
using System.Globalization;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Rdfe.Domain;
using Rdfe.Domain.Network;
using Rdfe.Domain.Placement;

namespace Rdfe.Infrastructure.Persistence.Fabric;

internal sealed class Ipv4AddressToText() : ValueConverter<Ipv4Address, string>(
    a => a.ToString(), t => Ipv4Address.Parse(t)!.Value);

internal sealed class GroupIdToText() : ValueConverter<GroupId, string>(id => id.Value, t => new GroupId(t));

internal sealed class ResourcesToText() : ValueConverter<Resources, string>(r => Write(r), t => Read(t))
{
    private static string Write(Resources r) =>
        string.Create(CultureInfo.InvariantCulture, $"{r.Cores} {r.MemoryMib} {r.LocalDiskGib} {r.NetworkMbps}");

    private static Resources Read(string text)
    {
        var parts = text.Split(' ');
        return new Resources(Number(parts[0]), Number(parts[1]), Number(parts[2]), Number(parts[3]));
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}

internal static class JsonColumn
{
    /// <summary>Keeps a nested value as JSON text.</summary>
    public static PropertyBuilder<T> AsJson<T>(this PropertyBuilder<T> property) =>
        property.HasConversion(v => StoreJson.Write(v), t => StoreJson.Read<T>(t));

    /// <summary>The same for one that may be null, which is kept as null.</summary>
    public static PropertyBuilder<T?> AsJsonOrNull<T>(this PropertyBuilder<T?> property)
        where T : class =>
        property.HasConversion(v => StoreJson.Write(v), t => StoreJson.Read<T>(t));
}
