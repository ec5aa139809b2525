// Where a tenant asks to be: in a region, or in an affinity group that has one. Exactly one of the two is named
// (API.md).
using FluentValidation;
using Rdfe.Api.Http;
using Rdfe.Domain;
using Rdfe.Infrastructure;
using Rdfe.Infrastructure.Persistence;
using Rdfe.Infrastructure.Persistence.Rows;

namespace Rdfe.Api.Features;

/// <summary>What bodies that name a place have in common.</summary>
public interface IPlaced
{
    string? Region { get; }

    string? AffinityGroup { get; }
}

/// <summary>A place that exists: the region as it is spelt, and the key of the affinity group.</summary>
public sealed record Place(RegionId Region, string? AffinityGroup)
{
    /// <summary>Finds the place inside the unit, so that the affinity group cannot go away meanwhile.</summary>
    public static Outcome<Place> Of(UnitOfWork work, SubscriptionId subscription, IPlaced body, IFabricDirectory fabric)
    {
        if (body.AffinityGroup is not { } name)
        {
            return new Place(fabric.Find(body.Region!)!.Value, null);
        }

        return work.Find<AffinityGroupRow>(subscription, Names.KeyOf(name)) is { } group
            ? new Place(group.Region, group.NameKey)
            : BodyBinder.Invalid([("$.affinityGroup", $"There is no affinity group '{name}'.")]);
    }
}

internal static class PlaceRules
{
    public static void NamesOnePlace<T>(this AbstractValidator<T> rules, IFabricDirectory fabric) where T : IPlaced
    {
        rules.RuleFor(b => b.Region)
            .Must((body, region) => (region is null) != (body.AffinityGroup is null))
            .WithMessage("Name a region or an affinity group, and not both.");
        rules.RuleFor(b => b.Region)
            .Must(region => fabric.Find(region!) is not null)
            .When(b => b.Region is not null)
            .WithMessage(b => $"There is no region '{b.Region}'; known are {string.Join(", ", fabric.Regions)}.");
    }
}
