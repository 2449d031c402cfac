using System.Text.Json;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Storage;

namespace Michi.CityOs.History;

/// <summary>One point of the instance of an attribute with a datasetId, or of the default instance.</summary>
/// <param name="Name">Expanded.</param>
internal readonly record struct SeriesPoint(string Name, string? DatasetId, HistoryPoint Point);

/// <summary>What is to be added to the history of one entity.</summary>
/// <param name="Types">Expanded; those not known yet are added, clause 5.6.11.4.</param>
/// <param name="At">When this became known.</param>
/// <param name="CreatedAt">Of the entity, if this tells it.</param>
/// <param name="DeletedAt">Of the entity, if this tells that it was deleted.</param>
internal sealed record HistoryEntry(string Tenant, string Id, IReadOnlyList<string> Types, DateTimeOffset At, IReadOnlyList<SeriesPoint> Points, DateTimeOffset? CreatedAt = null, DateTimeOffset? DeletedAt = null);

/// <summary>What a change of an entity adds to its history: a point for each instance of an attribute that was written or taken away, clause 4.5.6.</summary>
internal static class ChangePoints
{
    /// <summary>The name under which the scope is kept, as if it were a Property.</summary>
    public const string Scope = CoreContext.NgsiLd + "scope";

    public static HistoryEntry Of(StoredChange change)
    {
        var (before, after) = (change.Before, change.After);
        List<SeriesPoint> points = new(before is null ? after!.Attributes.Count : 1);
        foreach (var (was, now) in change.Instances())
        {
            if (now is not null && (was is null || IsWritten(was, now))) points.Add(new(now.Name, now.DatasetId, HistoryPoint.Of(now)));
            // What expired was not deleted: its history ceases with it, clause 4.22.
            if (now is null && !(was!.ExpiresAt <= change.At)) points.Add(new(was.Name, was.DatasetId, HistoryPoint.Deletion(was, change.At)));
        }
        if (ScopeOf(before?.Scopes, after?.Scopes, after?.ModifiedAt ?? change.At) is { } scope) points.Add(scope);
        return new(change.Tenant, change.Id, after?.Types ?? before!.Types, change.At, points, after?.CreatedAt, after is null ? change.At : null);
    }

    /// <summary>A point of the scope.</summary>
    /// <param name="observedAt">Null where it is not told.</param>
    public static SeriesPoint ScopePoint(IReadOnlyList<string> scopes, DateTimeOffset? observedAt, DateTimeOffset at)
    {
        var value = scopes.Count == 1 ? JsonSerializer.SerializeToUtf8Bytes(scopes[0], PlainJson.Serializer) : JsonSerializer.SerializeToUtf8Bytes(scopes, PlainJson.Serializer);
        return new(Scope, null, HistoryPoint.Of(new EntityAttribute { Name = Scope, Value = value, ObservedAt = observedAt, CreatedAt = at, ModifiedAt = at }));
    }

    private static bool IsWritten(EntityAttribute was, EntityAttribute now) =>
        was.ModifiedAt != now.ModifiedAt || was.ObservedAt != now.ObservedAt || was.Kind != now.Kind || !was.Value.Span.SequenceEqual(now.Value.Span);

    /// <summary>A scope changed through the API of entities was observed when it was modified, clause 4.5.6.</summary>
    private static SeriesPoint? ScopeOf(List<string>? before, List<string>? after, DateTimeOffset at)
    {
        if ((before ?? []).SequenceEqual(after ?? [])) return null;
        if (after is { Count: > 0 }) return ScopePoint(after, at, at);
        return new(Scope, null, HistoryPoint.Deletion(new EntityAttribute { Name = Scope, CreatedAt = at }, at));
    }
}
