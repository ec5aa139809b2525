// Where ids and secrets come from. Injected, so that a test can seed it and get the same ids each time (docs/adr/0004).
using System.Security.Cryptography;

namespace Rdfe.Infrastructure;

public class IdSource
{
    // No vowels and nothing that looks like something else: ids are read aloud and never spell a word.
    private const string Letters = "bcdfghjkmnpqrstvwxz23456789";

    /// <summary>Unpredictable bytes; the one method that a seeded source overrides.</summary>
    public virtual void Fill(Span<byte> bytes) => RandomNumberGenerator.Fill(bytes);

    public Guid NextGuid()
    {
        Span<byte> bytes = stackalloc byte[16];
        Fill(bytes);
        bytes[7] = (byte)((bytes[7] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes);
    }

    /// <summary>A short readable id, such as <c>op-7kq2mzd94xwr</c>: 57 bits by default.</summary>
    public string NextShort(string prefix, int length = 12)
    {
        Span<byte> bytes = stackalloc byte[length * 2];
        Fill(bytes);
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
}
