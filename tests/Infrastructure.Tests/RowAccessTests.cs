using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.CompilerServices;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using NodaTime;
using Rdfe.Domain.Fabric;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Fabric;

namespace Rdfe.Infrastructure.Tests;

/// <summary>The fast path writes and reads exactly what EF would, for every table that there is.</summary>
public sealed class RowAccessTests : IDisposable
{
    private readonly StoreFixture store = new();

    public static TheoryData<Type> MappedTypes()
    {
        using var db = new RdfeDbContext(StoreStartup.OptionsFor("unused.db"));
        return new(db.Model.GetEntityTypes()
            .Where(e => !e.GetNavigations().Any() && !e.GetProperties().Any(p => p.IsShadowProperty()))
            .Select(e => e.ClrType));
    }

    [Theory]
    [MemberData(nameof(MappedTypes))]
    public async Task A_row_makes_the_round_trip_as_through_EF(Type type)
    {
        var run = GetType().GetMethod(nameof(RoundTrip), BindingFlags.Instance | BindingFlags.NonPublic)!;
        await (Task)run.MakeGenericMethod(type).Invoke(this, null)!;
    }

    [Fact]
    public async Task Only_columns_that_differ_are_written_where_the_row_before_is_known()
    {
        var before = EventOf("before", "data");
        await store.Committer.CommitAsync(u => u.Insert(before));
        await store.Committer.CommitAsync(u => u.Execute("""UPDATE "Events" SET "Data" = 'of another' WHERE "Id" = 7"""));

        await store.Committer.CommitAsync(u => u.Upsert(EventOf("after", "data"), before));

        var now = await ThroughEf<EventRow>([7L]);
        Assert.Equal(("after", "of another"), (now!.Subject, now.Data));
    }

    [Fact]
    public async Task A_row_that_should_be_there_and_is_not_is_written_whole()
    {
        await store.Committer.CommitAsync(u => u.Upsert(EventOf("after", "data"), EventOf("before", "data")));

        var now = await ThroughEf<EventRow>([7L]);
        Assert.Equal(("after", "data"), (now!.Subject, now.Data));
    }

    public void Dispose() => store.Dispose();

    private static EventRow EventOf(string subject, string data) => new()
    {
        Id = 7,
        Cluster = new("north-c1"),
        Sequence = 1,
        At = Instant.FromUtc(2012, 2, 29, 0, 0),
        Kind = "kind",
        Subject = subject,
        Data = data,
    };

    private async Task RoundTrip<T>() where T : class
    {
        await using var db = store.Read();
        var entity = db.Model.FindEntityType(typeof(T))!;
        foreach (var nulls in (bool[])[false, true])
        {
            var first = Fill<T>(entity, 1, nulls);
            var second = Fill<T>(entity, 2, nulls);
            var key = entity.FindPrimaryKey()!.Properties.Select(p => p.PropertyInfo!.GetValue(first)!).ToArray();
            foreach (var property in entity.FindPrimaryKey()!.Properties)
            {
                property.PropertyInfo!.SetValue(second, property.PropertyInfo.GetValue(first));
            }

            await store.Committer.CommitAsync(u => u.Insert(first));
            Same(entity, first, await ThroughEf<T>(key));
            await store.Committer.CommitAsync(u => u.Upsert(second));
            Same(entity, second, await ThroughEf<T>(key));
            Same(entity, second, await store.Committer.CommitAsync(u => u.Find<T>(key)));
            await store.Committer.CommitAsync(u => u.Upsert(first, second));
            Same(entity, first, await ThroughEf<T>(key));
            await store.Committer.CommitAsync(u => u.Upsert(second, null));
            Same(entity, second, await ThroughEf<T>(key));
            Assert.True(await store.Committer.CommitAsync(u => u.Delete<T>(key)));
            Assert.False(await store.Committer.CommitAsync(u => u.Delete<T>(key)));
            Assert.Null(await store.Committer.CommitAsync(u => u.Find<T>(key)));

            await store.Committer.CommitAsync(u => { u.Db.Add(first); });
            Same(entity, first, await store.Committer.CommitAsync(u => u.Find<T>(key)));
            await store.Committer.CommitAsync(u => u.Delete<T>(key));
        }
    }

    private async Task<T?> ThroughEf<T>(object[] key) where T : class
    {
        await using var db = store.Read();
        return await db.FindAsync<T>(key);
    }

    private static void Same<T>(IEntityType entity, T expected, T? actual) where T : class
    {
        Assert.NotNull(actual);
        foreach (var property in entity.GetProperties())
        {
            // Nested values are compared as they are kept: lists in them are equal when their members are.
            Assert.Equal(Kept(property.PropertyInfo!.GetValue(expected)), Kept(property.PropertyInfo.GetValue(actual)));
        }
    }

    private static T Fill<T>(IEntityType entity, int seed, bool nulls)
    {
        var row = (T)RuntimeHelpers.GetUninitializedObject(typeof(T));
        foreach (var property in entity.GetProperties())
        {
            // A key that is computed from the name keeps its row only while the name stays.
            var value = nulls && property.IsNullable ? null
                : property.Name == "Name" && entity.FindProperty("NameKey") is not null ? "name"
                : Value(property.ClrType, seed, property.Name);
            property.PropertyInfo!.SetValue(row, value);
        }

        return row;
    }

    private static object Value(Type declared, int seed, string name)
    {
        var type = Nullable.GetUnderlyingType(declared) ?? declared;
        if (type.IsEnum)
        {
            var values = Enum.GetValues(type);
            return values.GetValue(seed % values.Length)!;
        }

        return type switch
        {
            _ when type == typeof(string) => $"{name} {seed} 'ø\"",
            _ when type == typeof(bool) => seed % 2 == 1,
            _ when type == typeof(int) => seed * -7,
            _ when type == typeof(uint) => (uint)seed * 16_843_009,
            _ when type == typeof(long) => (seed * 1_000_000_007L) << 20,
            _ when type == typeof(double) => seed / 3.0,
            _ when type == typeof(decimal) => seed / 4m,
            _ when type == typeof(byte[]) => new byte[] { 0, 1, (byte)seed },
            _ when type == typeof(Instant) => Instant.FromUtc(2012, 2, 29, 23, 59, seed).PlusTicks(7),
            _ when type == typeof(LocalDate) => new LocalDate(2012, 2, 1 + seed),
            _ when type == typeof(Duration) => Duration.FromSeconds(seed),
            _ when type == typeof(Guid) => new Guid(seed, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11),
            _ when type.IsArray => OneOf(type.GetElementType()!, seed, name),
            _ when type.IsGenericType => Several(type, seed, name),
            _ => Record(type, seed, name),
        };
    }

    private static object Record(Type type, int seed, string name)
    {
        var constructor = type.GetConstructors().MaxBy(c => c.GetParameters().Length)!;
        var made = constructor.Invoke([.. constructor.GetParameters().Select(p => Value(p.ParameterType, seed, p.Name!))]);
        foreach (var property in type.GetProperties().Where(p => constructor.GetParameters().Length == 0 && p.CanWrite))
        {
            // A request inside what it asks for would never end.
            if (!property.PropertyType.IsAssignableTo(typeof(FabricRequest)))
            {
                property.SetValue(made, Value(property.PropertyType, seed, property.Name));
            }
        }

        return made;
    }

    // Lists have one member; a sorted dictionary stays empty, which is a value too.
    private static object Several(Type type, int seed, string name)
    {
        var item = type.GetGenericArguments()[0];
        if (type.GetGenericTypeDefinition() == typeof(ImmutableSortedDictionary<,>))
        {
            return type.GetField("Empty")!.GetValue(null)!;
        }

        var one = OneOf(item, seed, name);
        return type.GetGenericTypeDefinition() == typeof(ImmutableArray<>)
            ? typeof(ImmutableArray).GetMethods().Single(m => m.Name == "Create" && m.GetParameters() is [{ ParameterType.IsArray: true }])
                .MakeGenericMethod(item).Invoke(null, [one])!
            : one;
    }

    private static Array OneOf(Type item, int seed, string name)
    {
        var one = Array.CreateInstance(item, 1);
        one.SetValue(Value(item, seed, name), 0);
        return one;
    }

    private static string? Kept(object? value) => value is null ? null : StoreJson.Write(value);
}
