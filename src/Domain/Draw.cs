// Every random draw is a hash of (seed, entity, purpose, generation), never a shared stream (DESIGN, Time):
// one jump of the clock and many steps end alike, and a restart draws the same numbers again.
namespace Rdfe.Domain;

/// <summary>Deterministic randomness.</summary>
public static class Draw
{
    /// <summary>A number in [0, 1) that depends on its arguments alone.</summary>
    public static double Unit(ulong seed, string entity, string purpose, long generation) =>
        (Hash(seed, entity, purpose, generation) >> 11) * (1.0 / (1UL << 53));

    /// <summary>64 bits that depend on the arguments alone.</summary>
    public static ulong Hash(ulong seed, string entity, string purpose, long generation)
    {
        var h = Mix(seed ^ 0x9E3779B97F4A7C15UL);
        h = Text(h, entity);
        h = Text(h, purpose);
        return Mix(h ^ (ulong)generation);
    }

    /// <summary>A duration around <paramref name="median"/>, skewed to the right as real ones are, within [median/2, 3·median].</summary>
    public static NodaTime.Duration Around(NodaTime.Duration median, ulong seed, string entity, string purpose, long generation)
    {
        // A sum of three draws is bell-shaped; exponentiating it skews it to the right.
        var bell = Unit(seed, entity, purpose, generation)
            + Unit(seed, entity, purpose + "'", generation)
            + Unit(seed, entity, purpose + "''", generation) - 1.5;
        var factor = Math.Clamp(Math.Exp(bell * 0.6), 0.5, 3.0);
        return NodaTime.Duration.FromNanoseconds((long)(median.TotalNanoseconds * factor));
    }

    private static ulong Text(ulong h, string text)
    {
        foreach (var c in text)
        {
            h = (h ^ c) * 0x100000001B3UL;
        }

        return Mix(h);
    }

    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
