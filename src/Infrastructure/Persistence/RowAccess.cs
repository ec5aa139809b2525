// The prepared commands of one row type on one connection: the hot path of every durable create.
using System.Data.Common;
using Microsoft.EntityFrameworkCore.Storage;

namespace Rdfe.Infrastructure.Persistence;

internal sealed class RowAccess<T>(RowShape<T> shape, DbConnection connection) : IDisposable where T : class
{
    private DbCommand? insert;
    private DbCommand? upsert;
    private DbCommand? delete;
    private DbCommand? find;
    private readonly Dictionary<ulong, (DbCommand Command, int[] Columns)> updates = [];

    public void Insert(T row, DbTransaction transaction) =>
        Write(insert ??= Whole(shape.InsertSql), row, transaction);

    public void Upsert(T row, DbTransaction transaction) =>
        Write(upsert ??= Whole(shape.UpsertSql), row, transaction);

    public void Upsert(T row, T? before, DbTransaction transaction)
    {
        if (before is null || shape.Differences(before, row) is not { } differ || (differ != 0 && !Update(differ, row, transaction)))
        {
            Upsert(row, transaction);
        }
    }

    public bool Delete(ReadOnlySpan<object> key, DbTransaction transaction) =>
        Keyed(delete ??= ByKey(shape.DeleteSql), key, transaction).ExecuteNonQuery() > 0;

    public T? Find(ReadOnlySpan<object> key, DbTransaction transaction)
    {
        using var reader = Keyed(find ??= ByKey(shape.FindSql), key, transaction).ExecuteReader();
        return reader.Read() ? shape.Read(reader) : null;
    }

    public void Dispose()
    {
        insert?.Dispose();
        upsert?.Dispose();
        delete?.Dispose();
        find?.Dispose();
        foreach (var (update, _) in updates.Values)
        {
            update.Dispose();
        }
    }

    private void Write(DbCommand command, T row, DbTransaction transaction)
    {
        command.Transaction = transaction;
        for (var i = 0; i < shape.Columns.Length; i++)
        {
            command.Parameters[i].Value = shape.Columns[i].Of(row);
        }

        command.ExecuteNonQuery();
    }

    // What changes about a row changes in few ways: there are not many of these.
    private bool Update(ulong columns, T row, DbTransaction transaction)
    {
        if (!updates.TryGetValue(columns, out var update))
        {
            var which = shape.In(columns);
            int[] all = [.. which, .. shape.Key];
            updates[columns] = update = (Command(shape.UpdateSql(which), "@p", all.Select(c => shape.Columns[c].Mapping)), all);
        }

        var command = update.Command;
        command.Transaction = transaction;
        for (var i = 0; i < update.Columns.Length; i++)
        {
            command.Parameters[i].Value = shape.Columns[update.Columns[i]].Of(row);
        }

        return command.ExecuteNonQuery() > 0;
    }

    private DbCommand Keyed(DbCommand command, ReadOnlySpan<object> key, DbTransaction transaction)
    {
        if (key.Length != shape.Key.Length)
        {
            throw new ArgumentException($"{typeof(T).Name} has a key of {shape.Key.Length} parts.", nameof(key));
        }

        command.Transaction = transaction;
        for (var i = 0; i < key.Length; i++)
        {
            command.Parameters[i].Value = shape.Columns[shape.Key[i]].ToProvider(key[i]);
        }

        return command;
    }

    private DbCommand Whole(string sql) => Command(sql, "@p", shape.Columns.Select(c => c.Mapping));

    private DbCommand ByKey(string sql) => Command(sql, "@k", shape.Key.Select(k => shape.Columns[k].Mapping));

    private DbCommand Command(string sql, string prefix, IEnumerable<RelationalTypeMapping> mappings)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Generated from the model; values travel as parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        var i = 0;
        foreach (var mapping in mappings)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = prefix + i++;
            if (mapping.DbType is { } type)
            {
                parameter.DbType = type;
            }

            command.Parameters.Add(parameter);
        }

        return command;
    }
}
