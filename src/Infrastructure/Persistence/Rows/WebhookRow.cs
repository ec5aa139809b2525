// Where an owner is told of what happens to what is its (W3), and what is still to be told. Deliveries are written in the commit that
// makes them true, and deleted when somebody has taken them.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;
using Rdfe.Domain;
using Rdfe.Infrastructure.Persistence.Fabric;
using Rdfe.Infrastructure.Webhooks;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class WebhookRow : INamedRow
{
    public required SubscriptionId SubscriptionId { get; set; }

    public required string NameKey { get; set; }

    public required string Name { get; set; }

    public required string Url { get; set; }

    /// <summary>Signatures are made with it, so it is kept as it is; nobody gets to see it again.</summary>
    public required string Secret { get; set; }

    /// <summary>Kinds that are asked for, with commas; empty for all.</summary>
    public required string Kinds { get; set; }

    public required string ETag { get; set; }

    public required Instant CreatedAt { get; set; }

    /// <summary>How deliveries go.</summary>
    public required WebhookHealth Health { get; set; }

    public bool Wants(string kind) => Kinds.Length == 0 || Kinds.Split(',').Contains(kind);
}

/// <summary>Something to be told. In the order of numbers; one that fails holds up those behind it.</summary>
public sealed class WebhookDeliveryRow
{
    public required long Id { get; set; }

    public required SubscriptionId SubscriptionId { get; set; }

    public required string Webhook { get; set; }

    /// <summary>The same in every try, so that who gets it twice can tell.</summary>
    public required string DeliveryId { get; set; }

    public required string Kind { get; set; }

    /// <summary>When it happened, in fabric time.</summary>
    public required Instant At { get; set; }

    public required string Json { get; set; }

    /// <summary>In real time, as deliveries are; null until then.</summary>
    public Instant? FirstTriedAt { get; set; }

    public int Tries { get; set; }

    /// <summary>Not before this, in real time; null for at once.</summary>
    public Instant? NextAt { get; set; }
}

internal sealed class WebhookMapping : IEntityTypeConfiguration<WebhookRow>
{
    public void Configure(EntityTypeBuilder<WebhookRow> builder)
    {
        builder.ToTable("Webhooks").HasKey(r => new { r.SubscriptionId, r.NameKey });
        builder.Property(r => r.Health).AsJson();
    }
}

internal sealed class WebhookDeliveryMapping : IEntityTypeConfiguration<WebhookDeliveryRow>
{
    public void Configure(EntityTypeBuilder<WebhookDeliveryRow> builder)
    {
        builder.ToTable("WebhookDeliveries").HasKey(r => r.Id);
        builder.Property(r => r.Id).ValueGeneratedNever();
        builder.HasIndex(r => new { r.SubscriptionId, r.Webhook, r.Id });
    }
}
