// Where webhooks of the soak deliver to: it takes most of what comes, and fails now and then, so that something is tried again.
using System.Net;

namespace Rdfe.Bench.Soak;

internal sealed class SoakReceiver : IDisposable
{
    private readonly HttpListener listener = new();
    private int taken;

    public SoakReceiver(int port)
    {
        Url = $"http://127.0.0.1:{port}/hook/";
        listener.Prefixes.Add(Url);
        listener.Start();
        _ = TakeAsync();
    }

    public string Url { get; }

    public int Taken => taken;

    public void Dispose() => listener.Close();

    private async Task TakeAsync()
    {
        while (listener.IsListening)
        {
            try
            {
                var call = await listener.GetContextAsync();
                call.Response.StatusCode = ++taken % 7 == 0 ? 500 : 204;
                call.Response.Close();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }
}
