using Michi.CityOs.Entities;
using Michi.CityOs.Snapshots;
using Michi.CityOs.Queries;
using Michi.CityOs.Storage;

namespace Michi.CityOs.Subscriptions;

/// <summary>One instance of an attribute that a change made, wrote, or took away.</summary>
/// <param name="Before">Null where it was made.</param>
/// <param name="After">Null where it was taken away.</param>
internal sealed record AttributeDifference(string Name, string? DatasetId, EntityAttribute? Before, EntityAttribute? After)
{
    public Triggers Trigger => Before is null ? Triggers.AttributeCreated : After is null ? Triggers.AttributeDeleted : Triggers.AttributeUpdated;
}

/// <summary>What one change did to one entity.</summary>
/// <remarks>An instance counts as written when anything of it differs, the time of change included: writing the same value again is an update.</remarks>
internal sealed class EntityDifference
{
    private List<(string, Box)>? _places, _numbers;

    public EntityDifference(StoredChange change)
    {
        Change = change;
        Types = change.Before is null ? change.After!.Types : change.After is null ? change.Before.Types : [.. change.Before.Types.Union(change.After.Types)];
        List<AttributeDifference> differences = [];
        foreach (var (before, after) in change.Instances())
            if (before is null || after is null || !IsSame(before, after)) differences.Add(new((after ?? before!).Name, (after ?? before!).DatasetId, before, after));
        Attributes = differences;
        Names = [.. differences.Select(d => d.Name).Distinct()];
    }

    public StoredChange Change { get; }

    public string Tenant => Change.Tenant;

    public string Id => Change.Id;

    /// <summary>Expanded names of the types before and after.</summary>
    public IReadOnlyList<string> Types { get; }

    public IReadOnlyList<AttributeDifference> Attributes { get; }

    /// <summary>Expanded names of the attributes that differ.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The entity as it is, or as it was last.</summary>
    public Entity Entity => Change.After ?? Change.Before!;

    /// <summary>Where the attributes of the entity are, each instance, in degrees; by expanded name.</summary>
    public IReadOnlyList<(string Name, Box Box)> Places => _places ??= [.. Entity.Attributes.Where(a => a.Kind == AttributeKind.GeoProperty && !a.Value.IsEmpty).SelectMany(PlaceOf)];

    /// <summary>From the least to the greatest number of each attribute of the entity that has one, all instances together; by expanded name.</summary>
    public IReadOnlyList<(string Name, Box Box)> Numbers => _numbers ??=
    [
        .. Entity.Attributes.SelectMany(a => Scalar.Of(a).Where(s => s.Kind == ScalarKind.Number).Select(s => (a.Name, s.Number))).GroupBy(n => n.Name, n => n.Number).Select(n => (n.Key, new Box(n.Min(), 0, n.Max(), 0))),
    ];

    /// <summary>Whether a subscription is to be told of the change (clause 5.8.6), if the entity answers its query.</summary>
    public bool Concerns(Subscription subscription)
    {
        if (Change.Sequence <= subscription.From || Change.Sequence <= subscription.Record.Sequence) return false;
        // What fills a snapshot is no change of what is in it.
        if (IsCopy && SnapshotBook.IsSpace(Tenant)) return false;
        return IsTriggered(subscription);
    }

    /// <summary>Whether an instance is one a subscription looks at.</summary>
    public static bool IsWatched(Subscription subscription, AttributeDifference difference) =>
        subscription.Watched?.Contains(difference.Name) != false && subscription.Told.Datasets?.Contains(difference.DatasetId ?? "@none") != false;

    private static (string, Box)[] PlaceOf(EntityAttribute attribute) =>
        IndexEntry.Box(attribute.Value.Span) is var (west, south, east, north) ? [(attribute.Name, new(west, south, east, north))] : [];

    /// <summary>Whether the entity, or what was added to it, came as it was elsewhere: whoever changes an entity changes its time, and what expires is gone.</summary>
    private bool IsCopy => Change.After is { } after && after.ModifiedAt != Change.At && Attributes.All(a => a.After is not null);

    private bool IsTriggered(Subscription subscription)
    {
        var triggers = subscription.Triggers;
        if (Change.Before is null && triggers.HasFlag(Triggers.EntityCreated)) return true;
        if (Change.After is null && triggers.HasFlag(Triggers.EntityDeleted)) return true;
        foreach (var difference in Attributes)
            if ((triggers & difference.Trigger) != 0 && IsWatched(subscription, difference)) return true;
        return false;
    }

    private static bool IsSame(EntityAttribute one, EntityAttribute other) =>
        one.Kind == other.Kind && one.ModifiedAt == other.ModifiedAt && one.CreatedAt == other.CreatedAt && one.ObservedAt == other.ObservedAt && one.ExpiresAt == other.ExpiresAt
        && one.UnitCode == other.UnitCode && one.ValueType == other.ValueType && one.Value.Span.SequenceEqual(other.Value.Span)
        && (one.ObjectTypes ?? []).SequenceEqual(other.ObjectTypes ?? []) && IsSame(one.Attributes ?? [], other.Attributes ?? []);

    private static bool IsSame(List<EntityAttribute> some, List<EntityAttribute> others)
    {
        if (some.Count != others.Count) return false;
        foreach (var one in some)
            if (others.Find(o => o.Name == one.Name && o.DatasetId == one.DatasetId) is not { } other || !IsSame(one, other)) return false;
        return true;
    }
}
