// The checksum of ZIP entries (D1). The runtime has one, but keeps it to itself.
namespace Rdfe.Infrastructure.Packages;

internal static class Crc32
{
    // Eight tables let eight bytes go at once: packages of 600 MiB should wait for the disk, not for this.
    private static readonly uint[] Tables = Build();

    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        var t = Tables;
        crc = ~crc;
        for (; bytes.Length >= 8; bytes = bytes[8..])
        {
            var low = crc ^ BitConverter.ToUInt32(bytes);
            crc = t[1792 + (low & 0xFF)] ^ t[1536 + ((low >> 8) & 0xFF)] ^ t[1280 + ((low >> 16) & 0xFF)]
                ^ t[1024 + (low >> 24)] ^ t[768 + bytes[4]] ^ t[512 + bytes[5]] ^ t[256 + bytes[6]] ^ t[bytes[7]];
        }

        foreach (var b in bytes)
        {
            crc = t[(crc ^ b) & 0xFF] ^ (crc >> 8);
        }

        return ~crc;
    }

    private static uint[] Build()
    {
        var tables = new uint[8 * 256];
        for (uint i = 0; i < 256; i++)
        {
            var c = i;
            for (var bit = 0; bit < 8; bit++)
            {
                c = (c & 1) != 0 ? 0xEDB88320 ^ (c >> 1) : c >> 1;
            }

            tables[i] = c;
        }

        for (var i = 256; i < tables.Length; i++)
        {
            tables[i] = (tables[i - 256] >> 8) ^ tables[tables[i - 256] & 0xFF];
        }

        return tables;
    }
}
