// Plays a scenario for a person, or, without `play`, runs the tests of all of them.
//
//   dotnet run --project tests/Scenarios -- play rack-power-loss     the log, as it happens
//   dotnet run --project tests/Scenarios -- crash                    crashes all of them before and after every commit
//   dotnet run --project tests/Scenarios -- crash poison-vm --every 10
//   dotnet run --project tests/Scenarios -- crash poison-vm --at 17 after
//   dotnet run --project tests/Scenarios                             all of them, against their expected logs
using Rdfe.Scenarios.Crashing;
using Rdfe.Scenarios.Playing;
using Xunit.Runner.InProc.SystemConsole;

if (args is ["play", .. var names])
{
    if (names.Length == 0 || names.Any(n => !Scenario.Names.Contains(n)))
    {
        Console.Error.WriteLine("Say which: " + string.Join(", ", Scenario.Names));
        return 2;
    }

    foreach (var name in names)
    {
        var played = Player.Play(Scenario.Read(name), Console.WriteLine);
        var folder = Path.Combine(Rdfe.Testing.Repository.Root, "artifacts", "scenarios", name);
        foreach (var path in played.WriteTo(folder))
        {
            Console.WriteLine($"written: {Path.GetRelativePath(Rdfe.Testing.Repository.Root, path)}");
        }
    }

    return 0;
}

if (args is ["crash", .. var rest])
{
    return CrashCommand.Run(rest);
}

return await ConsoleRunner.Run(args);
