// What the soak asks of the program from the inside: how much the managed heap holds after a full collection. The program knows
// nothing of it: the runtime loads it into the server's process (DOTNET_STARTUP_HOOKS), and it answers on a socket of its own.
using System.Globalization;
using System.Net.Sockets;

// The runtime looks for it by this name, outside any namespace.
#pragma warning disable CA1050
internal static class StartupHook
{
    public const string SocketVariable = "RDFE_SOAK_SOCKET";

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(SocketVariable) is { Length: > 0 } path)
        {
            new Thread(() => Answer(path)) { IsBackground = true, Name = "soak" }.Start();
        }
    }

    // One line for each who connects: the live bytes, and what the collector holds for them.
    private static void Answer(string path)
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        while (true)
        {
            using var caller = listener.Accept();
            for (var i = 0; i < 2; i++)
            {
                GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: true);
                GC.WaitForPendingFinalizers();
            }

            var live = GC.GetTotalMemory(forceFullCollection: true);
            var committed = GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes;
            caller.Send(System.Text.Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{live} {committed}\n")));
        }
    }
}
