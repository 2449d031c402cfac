using Michi.CityOs.Entities;

namespace Michi.CityOs.Storage;

/// <summary>A condition that every match fulfils and an index can find: a value of an attribute lies between two bounds.</summary>
/// <param name="Name">Expanded name of the attribute.</param>
/// <param name="Low">A <see cref="double"/>, <see cref="string"/> or <see cref="bool"/>; null for no bound.</param>
/// <param name="High">Like <paramref name="Low"/>, of the same type; equal to it for one value.</param>
internal sealed record ValueRange(string Name, object? Low, object? High);

/// <summary>What to look for. The lists say where matches can be found; whether one is a match is for <see cref="Matches"/> to say.</summary>
internal sealed record StoreQuery
{
    /// <summary>Ids one of which a match has; null for any.</summary>
    public IReadOnlyCollection<string>? Ids { get; init; }

    /// <summary>Expanded types one of which a match has; null for any.</summary>
    public IReadOnlyCollection<string>? Types { get; init; }

    /// <summary>Expanded names of attributes one of which a match has; null for any.</summary>
    public IReadOnlyCollection<string>? Attributes { get; init; }

    /// <summary>All of which a match fulfils.</summary>
    public IReadOnlyList<ValueRange> Ranges { get; init; } = [];

    /// <summary>Boxes one of which a place of a match touches; null for anywhere.</summary>
    public IReadOnlyList<CellBox>? Boxes { get; init; }

    /// <summary>Expanded name of the GeoProperty the boxes are about.</summary>
    public string GeoProperty { get; init; } = "";

    /// <summary>Null where one of the ids, or one of the types, is all there is to it.</summary>
    public Func<Entity, bool>? Matches { get; init; }

    /// <summary>The type whose entities are the matches, all of them and no others; empty for those of all types, null where the matches have to be looked at to be counted.</summary>
    public string? CountedType =>
        Matches is not null || Ids is not null || Attributes is not null || Ranges.Count > 0 || Boxes is not null || Types is { Count: > 1 } ? null : Types?.First() ?? "";

    /// <summary>Whether an entity found by the lists is a match as it is now; what an index tells may be of a moment ago.</summary>
    public bool IsMatch(Entity entity) => Matches is null ? Types is null || entity.Types.Exists(Types.Contains) : Matches(entity);
}
