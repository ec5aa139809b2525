namespace Rdfe.Simulation;

/// <summary>Runs seeded lives.</summary>
internal static class Lives
{
    /// <summary>One life; what was broken in it, or null.</summary>
    public static string? Run(ulong seed, Action<string>? log = null)
    {
        using var life = new Interleaving(seed);
        try
        {
            life.Run();
            return null;
        }
        catch (Exception e)
        {
            return e is Broken ? e.Message : e.ToString();
        }
        finally
        {
            if (log is not null)
            {
                foreach (var line in life.Log)
                {
                    log(line);
                }
            }
        }
    }
}
