namespace Rdfe.Simulation;

/// <summary>Runs seeded lives on a store that fails.</summary>
internal static class StoreLives
{
    /// <summary>One life; what was broken in it, or null.</summary>
    public static string? Run(ulong seed, Action<string>? log = null)
    {
        using var life = new StoreLife(seed);
        try
        {
            life.Run();
            return null;
        }
        catch (Exception e)
        {
            return (e is Broken ? e.Message : e.ToString()) + "\n" + string.Join('\n', life.Log);
        }
        finally
        {
            life.Log.ForEach(log ?? (_ => { }));
        }
    }
}
