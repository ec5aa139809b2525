// HTTP as bytes: a client that sends what no decent library would, and reads what comes back.
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Rdfe.Api.Tests.Abuse;

/// <param name="Status">0 where the connection ended without an answer.</param>
internal sealed record RawAnswer(int Status, IReadOnlyDictionary<string, string> Headers, string Body)
{
    public static RawAnswer None { get; } = new(0, new Dictionary<string, string>(), "");

    /// <summary>The program itself has answered, not the server beneath it, which knows no problem documents.</summary>
    public bool IsOfTheProgram => Headers.ContainsKey("referrer-policy");

    public string MediaType => Headers.GetValueOrDefault("content-type", "").Split(';')[0];
}

internal sealed class RawConnection(Uri address) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly byte[] buffer = new byte[64 << 10];
    private TcpClient? client;
    private NetworkStream stream = null!;
    private int filled;
    private int read;

    /// <summary>Sends the bytes and reads one answer. A body that is shorter than was said ends the connection.</summary>
    public async Task<RawAnswer> SendAsync(ReadOnlyMemory<byte> request, bool head, bool endsHere)
    {
        for (var attempt = 0; ; attempt++)
        {
            var fresh = client is null;
            try
            {
                await OpenAsync();
                await WriteAsync(request, endsHere);
                return await ReadAsync(head);
            }
            catch (Exception e) when (e is IOException or SocketException or EndOfStreamException)
            {
                Close();
                // The server may have closed a connection that nothing was wrong with; on a new one, it is an answer.
                if (fresh || attempt > 0)
                {
                    return RawAnswer.None;
                }
            }
            finally
            {
                if (endsHere)
                {
                    Close();
                }
            }
        }
    }

    public void Dispose() => Close();

    private async Task OpenAsync()
    {
        if (client is null)
        {
            client = new TcpClient { NoDelay = true };
            await client.ConnectAsync(address.Host, address.Port);
            stream = client.GetStream();
            (filled, read) = (0, 0);
        }
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> request, bool endsHere)
    {
        try
        {
            await stream.WriteAsync(request).AsTask().WaitAsync(Patience);
            if (endsHere)
            {
                client!.Client.Shutdown(SocketShutdown.Send);
            }
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // Refused before all of it was sent: why may have come already.
        }
    }

    private void Close()
    {
        client?.Dispose();
        client = null;
    }

    private async Task<RawAnswer> ReadAsync(bool head)
    {
        var status = 100;
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (status is >= 100 and < 200)
        {
            status = int.Parse((await LineAsync()).Split(' ')[1], CultureInfo.InvariantCulture);
            headers.Clear();
            for (var line = await LineAsync(); line.Length > 0; line = await LineAsync())
            {
                var colon = line.IndexOf(':', StringComparison.Ordinal);
                headers[line[..colon]] = line[(colon + 1)..].Trim();
            }
        }

        var body = new MemoryStream();
        if (headers.GetValueOrDefault("content-type", "").StartsWith("text/event-stream", StringComparison.Ordinal))
        {
            // A stream never ends by itself.
            Close();
        }
        else if (headers.GetValueOrDefault("transfer-encoding", "") == "chunked" && !head)
        {
            for (var size = await ChunkAsync(body); size > 0; size = await ChunkAsync(body))
            {
            }
        }
        else if (!head && status is not (204 or 304))
        {
            await CopyAsync(body, int.Parse(headers.GetValueOrDefault("content-length", "0"), CultureInfo.InvariantCulture));
        }

        if (headers.GetValueOrDefault("connection", "") == "close")
        {
            Close();
        }

        return new(status, headers, Encoding.UTF8.GetString(body.ToArray()));
    }

    private async Task<int> ChunkAsync(MemoryStream body)
    {
        var size = int.Parse(await LineAsync(), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        await CopyAsync(body, size);
        await LineAsync();
        return size;
    }

    private async Task CopyAsync(MemoryStream body, int count)
    {
        while (count > 0)
        {
            await MoreAsync();
            var some = Math.Min(count, filled - read);
            body.Write(buffer, read, some);
            read += some;
            count -= some;
        }
    }

    private async Task<string> LineAsync()
    {
        var line = new StringBuilder();
        while (true)
        {
            await MoreAsync();
            var c = (char)buffer[read++];
            if (c == '\n')
            {
                return line.ToString().TrimEnd('\r');
            }

            line.Append(c);
        }
    }

    private async Task MoreAsync()
    {
        if (read < filled)
        {
            return;
        }

        filled = await stream.ReadAsync(buffer).AsTask().WaitAsync(Patience);
        read = 0;
        if (filled == 0)
        {
            throw new EndOfStreamException();
        }
    }
}
