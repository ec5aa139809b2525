// Ids that are the same in each run, so that a failing test fails again in the same way.
using System.Security.Cryptography;
using Rdfe.Infrastructure;

namespace Rdfe.Testing;

public sealed class SeededIds(int seed = 1) : IdSource
{
    private readonly Lock turn = new();
    private long drawn;

    public override void Fill(Span<byte> bytes)
    {
        lock (turn)
        {
            while (bytes.Length > 0)
            {
                var block = SHA256.HashData([.. BitConverter.GetBytes(seed), .. BitConverter.GetBytes(drawn++)]);
                var take = Math.Min(block.Length, bytes.Length);
                block.AsSpan(0, take).CopyTo(bytes);
                bytes = bytes[take..];
            }
        }
    }
}
