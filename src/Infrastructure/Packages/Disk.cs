// What the runtime does not say about disks (D1, L3): whether one is full, and that a rename is durable.
using System.Runtime.InteropServices;

namespace Rdfe.Infrastructure.Packages;

internal static partial class Disk
{
    /// <summary>True for "no space" and "over quota", on Linux, macOS and Windows.</summary>
    public static bool IsFull(IOException failure) => OperatingSystem.IsWindows()
        ? failure.HResult is unchecked((int)0x80070070) or unchecked((int)0x80070027)
        : failure.HResult is 28 or 69 or 122; // ENOSPC; EDQUOT on macOS; EDQUOT on Linux.

    /// <summary>
    /// Makes renames in a folder survive a loss of power. Windows does it by itself; elsewhere a folder is synced like
    /// a file, which the runtime refuses to open. Where it can't be done, a crash loses the upload and never tears one.
    /// </summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        const int ReadOnly = 0;
        var handle = Open(folder, ReadOnly);
        if (handle < 0)
        {
            return;
        }

        _ = Sync(handle);
        _ = Close(handle);
    }

    [DllImport("libc", EntryPoint = "open", CharSet = CharSet.Ansi, BestFitMapping = false,
        ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Sync(int handle);

    [DllImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int handle);
}
