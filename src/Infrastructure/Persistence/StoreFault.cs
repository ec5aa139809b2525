// A fault of the store (STYLE d: the world misbehaved), told apart so that people know what to do about it.
// The process lives on: reads go on working, and writes are tried anew with each request.
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Rdfe.Infrastructure.Persistence;

public enum StoreFaultKind
{
    DiskFull,
    ReadOnly,
    Locked,
    Corrupt,
    InputOutput,
    Overloaded,
    Stopped,

    /// <summary>Another process has taken over (F2).</summary>
    NotPrimary,
    Other,
}

public sealed class StoreFault(StoreFaultKind kind, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Of a file whose content is not what was written.</summary>
    public const string Damaged = "The store's file is damaged.";

    public StoreFaultKind Kind { get; } = kind;

    /// <summary>
    /// The fault of the whole store behind an exception; null when only that unit of work is to blame.
    /// </summary>
    public static StoreFault? Behind(Exception exception) => exception switch
    {
        StoreFault fault => fault,
        DbUpdateException { InnerException: { } inner } => Behind(inner),
        SqliteException sqlite => sqlite.SqliteErrorCode switch
        {
            13 => new(StoreFaultKind.DiskFull, "The disk that holds the store is full.", sqlite),
            8 => new(StoreFaultKind.ReadOnly, "The store cannot be written to.", sqlite),
            5 or 6 => new(StoreFaultKind.Locked, "Another program holds the store's lock.", sqlite),
            11 or 26 => new(StoreFaultKind.Corrupt, Damaged, sqlite),
            10 or 14 => new(StoreFaultKind.InputOutput, "The store's file cannot be read or written.", sqlite),
            _ => null,
        },
        _ => null,
    };
}
