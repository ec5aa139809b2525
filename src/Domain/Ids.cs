// Ids are types, so that Place(ClusterId, DeploymentId) cannot be called backwards (STYLE d).
// Each carries the text that people see; equality is ordinal, names are normalised before they become ids.
namespace Rdfe.Domain;

/// <summary>A tenant's account (R1). A GUID chosen by the caller.</summary>
public readonly record struct SubscriptionId(Guid Value) : IComparable<SubscriptionId>
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString("D");

    /// <summary>Orders by text, as every store does.</summary>
    public int CompareTo(SubscriptionId other) => string.CompareOrdinal(ToString(), other.ToString());

    /// <summary>Before, by text.</summary>
    public static bool operator <(SubscriptionId left, SubscriptionId right) => left.CompareTo(right) < 0;

    /// <summary>After, by text.</summary>
    public static bool operator >(SubscriptionId left, SubscriptionId right) => left.CompareTo(right) > 0;

    /// <summary>Not after, by text.</summary>
    public static bool operator <=(SubscriptionId left, SubscriptionId right) => left.CompareTo(right) <= 0;

    /// <summary>Not before, by text.</summary>
    public static bool operator >=(SubscriptionId left, SubscriptionId right) => left.CompareTo(right) >= 0;
}

/// <summary>A geo-political area that holds two or more paired regions (F1).</summary>
public readonly record struct GeoId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A region: what a tenant names when asking for a place (F1, R5).</summary>
public readonly record struct RegionId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A cluster of about 1,000 nodes: the unit of fault isolation, with one fabric controller (F1, F2).</summary>
public readonly record struct ClusterId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A rack under one top-of-rack switch: one fault domain (F1).</summary>
public readonly record struct RackId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A physical node (F1).</summary>
public readonly record struct NodeId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A role instance or a virtual machine, as the fabric knows it: unique in the whole fabric, never reused.</summary>
public readonly record struct InstanceId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A deployment in a slot of a hosted service; a new one is made for each create, never reused.</summary>
public readonly record struct DeploymentId(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A long-running operation (R6).</summary>
public readonly record struct OperationId(string Value) : IComparable<OperationId>
{
    /// <inheritdoc/>
    public override string ToString() => Value;

    /// <summary>Orders by text, as every store does.</summary>
    public int CompareTo(OperationId other) => string.CompareOrdinal(ToString(), other.ToString());

    /// <summary>Before, by text.</summary>
    public static bool operator <(OperationId left, OperationId right) => left.CompareTo(right) < 0;

    /// <summary>After, by text.</summary>
    public static bool operator >(OperationId left, OperationId right) => left.CompareTo(right) > 0;

    /// <summary>Not after, by text.</summary>
    public static bool operator <=(OperationId left, OperationId right) => left.CompareTo(right) <= 0;

    /// <summary>Not before, by text.</summary>
    public static bool operator >=(OperationId left, OperationId right) => left.CompareTo(right) >= 0;
}
