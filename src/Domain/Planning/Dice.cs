// The chance in the searches for better plans: a stream of numbers from a seed. The same seed and the same number of
// steps give the same plan, which is what lets a plan be made again (DESIGN, Time).
namespace Rdfe.Domain.Planning;

/// <summary>Numbers that look random (xorshift64*), begun from a hash of what they are for.</summary>
internal sealed class Dice(ulong seed, string purpose)
{
    private ulong state = Draw.Hash(seed, "plan", purpose, 0) | 1;

    /// <summary>A number from 0 to <paramref name="n"/> - 1.</summary>
    public int Below(int n)
    {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        return (int)(((state * 0x2545F4914F6CDD1DUL >> 32) * (ulong)n) >> 32);
    }
}
