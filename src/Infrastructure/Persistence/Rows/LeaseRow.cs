// Who is the primary (F2): the epoch is what decides, the rest says who it is and when others may try.
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NodaTime;

namespace Rdfe.Infrastructure.Persistence.Rows;

public sealed class LeaseRow
{
    /// <summary>The one lease that there is: the right to write this store.</summary>
    public const string Primary = "primary";

    public required string Name { get; set; }

    /// <summary>Raised by one with each owner. A commit whose epoch is not this one is refused.</summary>
    public long Epoch { get; set; }

    /// <summary>The machine's name, for people.</summary>
    public required string Machine { get; set; }

    /// <summary>What process ids are unique in: this boot of this machine or container. Empty where that is not known.</summary>
    public required string Home { get; set; }

    public int ProcessId { get; set; }

    /// <summary>When the process started, in units of its home: tells it from a later one with the same id.</summary>
    public long ProcessStart { get; set; }

    /// <summary>When the owner took it, in real time.</summary>
    public Instant Since { get; set; }

    /// <summary>When others may take it, unless it is renewed, in real time.</summary>
    public Instant ExpiresAt { get; set; }

    /// <summary>How long each renewal is for.</summary>
    public long DurationMs { get; set; }

    /// <summary>True when its owner gave it up: it may be taken at once.</summary>
    public bool Released { get; set; }
}

internal sealed class LeaseMapping : IEntityTypeConfiguration<LeaseRow>
{
    public void Configure(EntityTypeBuilder<LeaseRow> builder)
    {
        builder.ToTable("Leases").HasKey(r => r.Name);
    }
}
