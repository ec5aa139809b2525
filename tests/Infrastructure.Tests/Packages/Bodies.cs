// Request bodies that are large without being anywhere, or that stop half-way until they are let on.
namespace Rdfe.Infrastructure.Tests.Packages;

/// <summary>A number of zero bytes.</summary>
internal sealed class Zeros(long count) : Body
{
    public long Given { get; private set; }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var now = (int)Math.Min(buffer.Length, count - Given);
        buffer.Span[..now].Clear();
        Given += now;
        return ValueTask.FromResult(now);
    }
}

/// <summary>Gives the first half of its content, and the rest once it is opened.</summary>
internal sealed class Gate(byte[] content) : Body
{
    private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int at;

    public Task Reached => reached.Task;

    public void Open() => opened.SetResult();

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var half = content.Length / 2;
        if (at == half)
        {
            reached.TrySetResult();
            await opened.Task.WaitAsync(cancellationToken);
        }

        var end = at < half ? half : content.Length;
        var now = Math.Min(buffer.Length, end - at);
        content.AsMemory(at, now).CopyTo(buffer);
        at += now;
        return now;
    }
}

/// <summary>A stream that is only read, and only asynchronously, as a request's body is.</summary>
internal abstract class Body : Stream
{
    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
