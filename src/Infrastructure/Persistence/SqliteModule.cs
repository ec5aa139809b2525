// Why this exists, and when to delete it: docs/adr/0006. EF was compiled against a newer SQLitePCLRaw than the one held
// here, and the SQLite that the held one bundles is old; the system's library is patched by its distribution.
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using SQLitePCL;

namespace Rdfe.Infrastructure.Persistence;

internal static class SqliteModule
{
    private const string Core = "SQLitePCLRaw.core";

#pragma warning disable CA2255 // The resolver must be in place before the first type of EF's provider is loaded.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Prepare()
    {
        AssemblyLoadContext.Default.Resolving += static (context, name) =>
        {
            var beside = Path.Combine(AppContext.BaseDirectory, Core + ".dll");
            return name.Name == Core && File.Exists(beside) ? context.LoadFromAssemblyPath(beside) : null;
        };
        UseTheSystemsLibrary();
    }

    // A method of its own, so that the JIT asks for SQLitePCLRaw only after the resolver above is in place.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void UseTheSystemsLibrary() => NativeLibrary.SetDllImportResolver(
        typeof(SQLite3Provider_e_sqlite3).Assembly,
        static (library, assembly, path) =>
            library == "e_sqlite3" && NativeLibrary.TryLoad("libsqlite3.so.0", out var system)
                ? system
                : NativeLibrary.TryLoad(library, assembly, path, out var bundled) ? bundled : IntPtr.Zero);
}
