// A decision either gives a value or refuses; both are data (STYLE d, "three kinds of failure").
using System.Diagnostics.CodeAnalysis;

namespace Rdfe.Domain;

/// <summary>
/// What every outcome has, whatever its value: the committer undoes what refused without knowing the type.
/// </summary>
public interface IOutcome
{
    /// <summary>Why there is no value; null when there is one.</summary>
    Refusal? Refusal { get; }
}

/// <summary>A value, or the <see cref="Refusal"/> that says why there is none.</summary>
public sealed class Outcome<T> : IOutcome
{
    private readonly T? value;

    private Outcome(T? value, Refusal? refusal) => (this.value, Refusal) = (value, refusal);

    /// <summary>Why there is no value; null when there is one.</summary>
    public Refusal? Refusal { get; }

    /// <summary>True when the decision refused.</summary>
    [MemberNotNullWhen(true, nameof(Refusal))]
    public bool Refused => Refusal is not null;

    /// <summary>The value. Reading it from a refused outcome is a bug and throws.</summary>
    public T Value => Refusal is null
        ? value!
        : throw new InvalidOperationException($"Refused: {Refusal.Code}: {Refusal.Detail}");

    /// <summary>Wraps a value.</summary>
    public static implicit operator Outcome<T>(T value) => new(value, null);

    /// <summary>Wraps a refusal.</summary>
    public static implicit operator Outcome<T>(Refusal refusal) => new(default, refusal);
}
