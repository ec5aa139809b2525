// Where ids and secrets come from. Injected, so that a test can seed it and get the same ids each time (docs/adr/0004).
using System.Security.Cryptography;

namespace Rdfe.Infrastructure;

public class IdSource
{
    // No vowels and nothing that looks like something else: ids are read aloud and never spell a word.
    private const string Letters = "bcdfghjkmnpqrstvwxz23456789";

    private volatile SeededBytes? sown;

    /// <summary>Unpredictable bytes; the one method that a seeded source overrides.</summary>
    public virtual void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);

    /// <summary>
    /// Until it is disposed, ids follow from the seed alone. Only while nobody else can ask for one: ids that can be
    /// foretold are for an emulator's seed, and secrets are never among them.
    /// </summary>
    public IDisposable Sow(string seed)
    {
        sown = new SeededBytes(seed);
        return new Harvest(this);
    }

    public Guid NextGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        FillId(bytes);
        bytes[7] = (byte)((bytes[7] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes);
    }

    /// <summary>A short readable id, such as <c>op-7kq2mzd94xwr</c>: 57 bits by default.</summary>
    public string NextShort(string prefix, int length = 12)
    {
        Span<byte> bytes = stackalloc byte[length * 2];
        FillId(bytes);
        var text = new char[length];
        for (var i = 0; i < length; i++)
        {
            text[i] = Letters[((bytes[2 * i] << 8) | bytes[(2 * i) + 1]) % Letters.Length];
        }

        return $"{prefix}-{new string(text)}";
    }

    /// <summary>128 unpredictable bits as 32 hex digits: who knows it may use it.</summary>
    public string NextCapability()
    {
        Span<byte> bytes = stackalloc byte[16];
        Fill(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    /// <summary>A secret of 256 bits, safe in headers and shells.</summary>
    public string NextSecret()
    {
        Span<byte> bytes = stackalloc byte[32];
        Fill(bytes);
        return "rdfe_" + Convert.ToBase64String(bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_');
    }

    private void FillId(Span<byte> bytes)
    {
        if (sown is { } seeded)
        {
            seeded.Fill(bytes);
        }
        else
        {
            Fill(bytes);
        }
    }

    private sealed class Harvest(IdSource source) : IDisposable
    {
        public void Dispose() => source.sown = null;
    }

    private sealed class SeededBytes(string seed)
    {
        private readonly byte[] root = SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(seed));
        private readonly Lock turn = new();
        private long drawn;

        public void Fill(Span<byte> bytes)
        {
            lock (turn)
            {
                while (bytes.Length > 0)
                {
                    var block = SHA256.HashData([.. root, .. BitConverter.GetBytes(drawn++)]);
                    var take = Math.Min(block.Length, bytes.Length);
                    block.AsSpan(0, take).CopyTo(bytes);
                    bytes = bytes[take..];
                }
            }
        }
    }
}
