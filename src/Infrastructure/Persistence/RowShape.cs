// How a row of T is written and read without EF's tracker: SQL and delegates, compiled once from EF's own model, so
// that a mapping has one source. The SQL is what SQLite and PostgreSQL share.
using System.Collections.Concurrent;
using System.Data.Common;
using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace Rdfe.Infrastructure.Persistence;

internal sealed class RowShape<T> where T : class
{
    private static readonly ConcurrentDictionary<IModel, RowShape<T>> Shapes = new();

    private readonly string table;
    private readonly string[] names;

    private RowShape(IEntityType entity, ISqlGenerationHelper sql)
    {
        if (entity.GetNavigations().Any() || entity.GetProperties().Any(p => p.IsShadowProperty()))
        {
            throw new NotSupportedException($"{typeof(T).Name} has navigations or shadow properties: use EF for it.");
        }

        Columns = [.. entity.GetProperties().Select(p => new Column(p))];
        Key = [.. entity.FindPrimaryKey()!.Properties.Select(p => Array.FindIndex(Columns, c => c.Property == p))];
        var table = sql.DelimitIdentifier(entity.GetTableName()!, entity.GetSchema());
        var names = Columns.Select(c => sql.DelimitIdentifier(c.Name)).ToArray();
        var all = string.Join(", ", names);
        var where = string.Join(" AND ", Key.Select((k, i) => $"{names[k]} = @k{i}"));
        InsertSql = $"INSERT INTO {table} ({all}) VALUES ({string.Join(", ", names.Select((_, i) => "@p" + i))})";
        var rest = names.Where((_, i) => !Key.Contains(i)).Select(n => $"{n} = excluded.{n}").ToArray();
        UpsertSql = $"{InsertSql} ON CONFLICT ({string.Join(", ", Key.Select(k => names[k]))}) DO "
            + (rest.Length == 0 ? "NOTHING" : "UPDATE SET " + string.Join(", ", rest));
        DeleteSql = $"DELETE FROM {table} WHERE {where}";
        FindSql = $"SELECT {all} FROM {table} WHERE {where}";
        (this.table, this.names) = (table, names);
        Read = Reader();
    }

    public Column[] Columns { get; }

    public int[] Key { get; }

    public string InsertSql { get; }

    public string UpsertSql { get; }

    public string DeleteSql { get; }

    public string FindSql { get; }

    public Func<DbDataReader, T> Read { get; }

    /// <summary>Columns in which two rows of one key differ, a bit each; null where there are more columns than bits.</summary>
    public ulong? Differences(T a, T b)
    {
        if (Columns.Length > 64)
        {
            return null;
        }

        var differ = 0UL;
        for (var i = 0; i < Columns.Length; i++)
        {
            differ |= Columns[i].AreSame(a, b) ? 0 : 1UL << i;
        }

        return differ;
    }

    /// <summary>The columns whose bits are set.</summary>
    public int[] In(ulong columns) => [.. Enumerable.Range(0, Columns.Length).Where(i => (columns & (1UL << i)) != 0)];

    /// <summary>Writes some columns of the row whose key follows them.</summary>
    public string UpdateSql(int[] columns) =>
        $"UPDATE {table} SET {string.Join(", ", columns.Select((c, i) => $"{names[c]} = @p{i}"))} "
        + $"WHERE {string.Join(" AND ", Key.Select((k, i) => $"{names[k]} = @p{columns.Length + i}"))}";

    public static RowShape<T> Of(IModel model, ISqlGenerationHelper sql) => Shapes.GetOrAdd(
        model,
        static (m, s) => new(m.FindEntityType(typeof(T))
            ?? throw new NotSupportedException($"{typeof(T).Name} is not mapped."), s),
        sql);

    private Func<DbDataReader, T> Reader()
    {
        var reader = Expression.Parameter(typeof(DbDataReader), "reader");
        var assignments = Columns.Select((c, i) =>
            Expression.Bind(c.Property.PropertyInfo!, c.ReadFrom(reader, i)));
        return Expression.Lambda<Func<DbDataReader, T>>(
            Expression.MemberInit(Expression.New(typeof(T)), assignments), reader).Compile();
    }

    internal sealed class Column
    {
        private readonly Func<T, object?> get;
        private readonly Func<T, T, bool> areSame;
        private readonly Func<object?, object?>? convert;

        public Column(IProperty property)
        {
            Property = property;
            Name = property.GetColumnName();
            Mapping = property.GetRelationalTypeMapping();
            convert = Mapping.Converter?.ConvertToProvider;
            var row = Expression.Parameter(typeof(T), "row");
            get = Expression.Lambda<Func<T, object?>>(
                Expression.Convert(Expression.Property(row, property.PropertyInfo!), typeof(object)), row).Compile();
            areSame = Comparison(property);
        }

        public IProperty Property { get; }

        public string Name { get; }

        public RelationalTypeMapping Mapping { get; }

        public object Of(T row) => ToProvider(get(row));

        public bool AreSame(T a, T b) => areSame(a, b);

        // As the type itself compares: what is a record is compared by what is in it.
        private static Func<T, T, bool> Comparison(IProperty property)
        {
            var (a, b) = (Expression.Parameter(typeof(T), "a"), Expression.Parameter(typeof(T), "b"));
            var comparer = typeof(EqualityComparer<>).MakeGenericType(property.ClrType);
            return Expression.Lambda<Func<T, T, bool>>(
                Expression.Call(
                    Expression.Constant(comparer.GetProperty(nameof(EqualityComparer<int>.Default))!.GetValue(null), comparer),
                    nameof(EqualityComparer<int>.Equals), null,
                    Expression.Property(a, property.PropertyInfo!), Expression.Property(b, property.PropertyInfo!)),
                a, b).Compile();
        }

        public object ToProvider(object? value) =>
            value is null ? DBNull.Value : (convert is null ? value : convert(value)) ?? DBNull.Value;

        public Expression ReadFrom(ParameterExpression reader, int ordinal)
        {
            var at = Expression.Constant(ordinal);
            var method = Mapping.GetDataReaderMethod();
            Expression value = Mapping.CustomizeDataReaderExpression(Expression.Call(reader, method, at));
            if (Mapping.Converter is { } converter)
            {
                var from = converter.ConvertFromProviderExpression;
                value = Expression.Invoke(from, Expression.Convert(value, from.Parameters[0].Type));
            }

            value = Expression.Convert(value, Property.ClrType);
            return Property.IsNullable
                ? Expression.Condition(
                    Expression.Call(reader, nameof(DbDataReader.IsDBNull), null, at),
                    Expression.Default(Property.ClrType),
                    value)
                : value;
        }
    }
}
