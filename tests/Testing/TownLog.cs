// What the engine of a town logs, so that a test can say why something did not happen.
using Microsoft.Extensions.Logging;
using Rdfe.Infrastructure.Engine;

namespace Rdfe.Testing;

public sealed class TownLog : ILogger<FabricEngine>
{
    private readonly List<string> errors = [];

    /// <summary>Errors and worse, with what threw.</summary>
    public IReadOnlyList<string> Errors
    {
        get
        {
            lock (errors)
            {
                return [.. errors];
            }
        }
    }

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            lock (errors)
            {
                errors.Add($"{formatter(state, exception)}: {exception}");
            }
        }
    }
}
