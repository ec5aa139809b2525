// What a caller gets on the committer's thread: EF for what is rare, prepared commands below EF's tracker for what is
// hot.
using System.Data.Common;
using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;

namespace Rdfe.Infrastructure.Persistence;

/// <summary>One caller's changes: durable together with the batch, undone alone.</summary>
public sealed class UnitOfWork : IDisposable
{
    private const string Savepoint = "unit";
    private readonly DbConnection connection;
    private readonly Sequences sequences;
    private readonly Dictionary<Type, object> rows = [];
    private readonly Dictionary<string, DbCommand> statements = new(StringComparer.Ordinal);
    private readonly List<(Action Hook, object? What)> afterCommit = [];
    private DbTransaction? transaction;
    private int hooksBefore;

    internal UnitOfWork(RdfeDbContext db, Sequences sequences)
    {
        (Db, this.sequences) = (db, sequences);
        Db.Database.AutoSavepointsEnabled = false;
        Db.Database.OpenConnection();
        connection = Db.Database.GetDbConnection();
        StoreStartup.TuneWriter(Db);
    }

    /// <summary>For queries and tracked changes, which are saved when the unit's function has returned.</summary>
    public RdfeDbContext Db { get; }

    /// <summary>Inserts a row at once, below the change tracker. An existing key is an exception.</summary>
    public void Insert<T>(T row) where T : class => Rows<T>().Insert(row, transaction!);

    /// <summary>Inserts a row, or replaces the one with its key.</summary>
    public void Upsert<T>(T row) where T : class => Rows<T>().Upsert(row, transaction!);

    /// <summary>
    /// The same where the row with its key is known: only columns that differ are written. The row must be as
    /// <paramref name="before"/> says but for what others may write of it, which they keep; null where there is none yet.
    /// </summary>
    public void Upsert<T>(T row, T? before) where T : class => Rows<T>().Upsert(row, before, transaction!);

    /// <summary>Deletes by primary key; false when there was none.</summary>
    public bool Delete<T>(params ReadOnlySpan<object> key) where T : class => Rows<T>().Delete(key, transaction!);

    /// <summary>
    /// Reads by primary key, with this unit's own changes, through a prepared command; null when absent.
    /// </summary>
    public T? Find<T>(params ReadOnlySpan<object> key) where T : class => Rows<T>().Find(key, transaction!);

    /// <summary>
    /// Runs portable SQL with parameters @p0, @p1 …; prepared once per text. Gives the rows affected.
    /// </summary>
    public int Execute(string sql, params ReadOnlySpan<object?> values)
    {
        if (!statements.TryGetValue(sql, out var command))
        {
            statements[sql] = command = connection.CreateCommand();
#pragma warning disable CA2100 // The text is a constant of the caller; values travel as parameters.
            command.CommandText = sql;
#pragma warning restore CA2100
            for (var i = 0; i < values.Length; i++)
            {
                var parameter = command.CreateParameter();
                parameter.ParameterName = "@p" + i;
                command.Parameters.Add(parameter);
            }
        }

        command.Transaction = transaction;
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i] ?? DBNull.Value;
        }

        return command.ExecuteNonQuery();
    }

    /// <summary>The next number of a growing series, such as a log's. A unit that is undone leaves a hole.</summary>
    public long NextSequence<T>(Expression<Func<T, long>> column) where T : class =>
        sequences.Next(typeof(T), () => Db.Set<T>().OrderByDescending(column).Select(column).FirstOrDefault());

    /// <summary>Runs when the batch is durable, on the committer's thread: to wake somebody, never to work.</summary>
    public void AfterCommit(Action hook) => afterCommit.Add((hook, null));

    /// <summary>The same for what is kept in memory alone, and told to the units that follow in this batch.</summary>
    public void AfterCommit<T>(T decided, Action<T> hook) where T : class => afterCommit.Add((() => hook(decided), decided));

    /// <summary>
    /// What was decided last in this batch, and becomes so when it is durable; null for nothing. Whoever decides on something
    /// that is kept in memory looks here first: memory is of the time before the batch.
    /// </summary>
    public T? Decided<T>() where T : class => afterCommit.Select(a => a.What).OfType<T>().LastOrDefault();

    /// <summary>Undoes all that this unit did so far; it may go on, for instance to record the refusal.</summary>
    public void Undo()
    {
        transaction!.Rollback(Savepoint);
        Db.ChangeTracker.Clear();
        afterCommit.RemoveRange(hooksBefore, afterCommit.Count - hooksBefore);
    }

    /// <summary>Saves tracked changes now; needed only before reading them back with a prepared command.</summary>
    public void SaveTracked()
    {
        if (Db.ChangeTracker.HasChanges())
        {
            Db.SaveChanges();
        }
    }

    public void Dispose()
    {
        foreach (var access in rows.Values)
        {
            ((IDisposable)access).Dispose();
        }

        foreach (var statement in statements.Values)
        {
            statement.Dispose();
        }

        transaction?.Dispose();
        Db.Dispose();
    }

    internal void Begin()
    {
        transaction = connection.BeginTransaction();
        Db.Database.UseTransaction(transaction);
    }

    internal void BeginUnit()
    {
        hooksBefore = afterCommit.Count;
        transaction!.Save(Savepoint);
    }

    internal void EndUnit()
    {
        transaction!.Release(Savepoint);
        Db.ChangeTracker.Clear();
    }

    internal void Commit()
    {
        transaction!.Commit();
        Db.Database.UseTransaction(null);
        transaction.Dispose();
        transaction = null;
    }

    internal IReadOnlyList<Action> TakeAfterCommit()
    {
        var hooks = afterCommit.Select(a => a.Hook).ToArray();
        afterCommit.Clear();
        return hooks;
    }

    private RowAccess<T> Rows<T>() where T : class
    {
        if (!rows.TryGetValue(typeof(T), out var access))
        {
            rows[typeof(T)] = access = new RowAccess<T>(
                RowShape<T>.Of(Db.Model, Db.GetService<ISqlGenerationHelper>()), connection);
        }

        return (RowAccess<T>)access;
    }
}

/// <summary>Growing series, kept by the one thread that writes. Read from the table at first use.</summary>
internal sealed class Sequences
{
    private readonly Dictionary<Type, long> last = [];

    public long Next(Type series, Func<long> highest) =>
        last[series] = (last.TryGetValue(series, out var known) ? known : highest()) + 1;
}
