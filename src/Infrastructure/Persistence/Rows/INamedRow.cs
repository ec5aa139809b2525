namespace Rdfe.Infrastructure.Persistence.Rows;

/// <summary>A resource of a subscription that is known by its name.</summary>
public interface INamedRow
{
    /// <summary>The name as it was first written.</summary>
    string Name { get; }

    /// <summary>Entity tag over what the tenant set.</summary>
    string ETag { get; }
}
