using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.Snapshots;
using Michi.CityOs.Storage;

namespace Michi.CityOs.Subscriptions;

/// <summary>Writes notifications (clauses 5.3.1 and 5.8.6).</summary>
internal sealed class NotificationWriter(ICityStore store, TimeProvider clock)
{
    /// <summary>Tells a subscription of one change.</summary>
    /// <remarks>The id of the notification follows from the subscription and the change, so that a receiver knows one that is repeated after a crash.</remarks>
    public Task<NotificationMessage> WriteAsync(Subscription subscription, EntityDifference difference, CancellationToken cancel)
    {
        var name = SHA256.HashData(Encoding.UTF8.GetBytes($"{subscription.Tenant}\n{subscription.Id}\n{difference.Change.Sequence}"));
        var (entity, before) = Tell(subscription, difference);
        var told = before.Count == 0 ? subscription.Told : subscription.Told with { Before = before };
        DateTimeOffset? deletedAt = difference.Change.After is null ? difference.Change.At : null;
        return WriteAsync(subscription, new Guid(name.AsSpan(0, 16)), [entity], told, deletedAt, cancel);
    }

    /// <summary>Tells a subscription of entities as they are.</summary>
    public Task<NotificationMessage> WriteAsync(Subscription subscription, IReadOnlyList<Entity> entities, CancellationToken cancel) =>
        WriteAsync(subscription, Guid.NewGuid(), entities, subscription.Told, null, cancel);

    /// <summary>Tells a subscription of entities of elsewhere.</summary>
    public Task<NotificationMessage> WriteAsync(Subscription subscription, EntitiesElsewhere told, CancellationToken cancel) =>
        WriteAsync(subscription, told.Id, told.Entities, subscription.Told, told.DeletedAt, cancel);

    /// <summary>What is told of an entity that changed: the entity as it is, and the instances that are no more with null in place of their values.</summary>
    private static (Entity Entity, Dictionary<EntityAttribute, EntityAttribute> Previous) Tell(Subscription subscription, EntityDifference difference)
    {
        Dictionary<EntityAttribute, EntityAttribute> previous = [];
        var (before, after) = (difference.Change.Before, difference.Change.After);
        if (subscription.ShowsChanges)
            foreach (var one in difference.Attributes)
                if (one is { Before: { } old, After: { } now }) previous[now] = old;
        List<EntityAttribute> gone = [];
        var tellsGone = subscription.Triggers.HasFlag(Triggers.AttributeDeleted) || subscription.ShowsChanges;
        // Those taken away together with the entity are told only where they are watched.
        foreach (var instances in difference.Attributes.Where(d => d.After is null && tellsGone && (after is not null || EntityDifference.IsWatched(subscription, d))).GroupBy(d => d.Name))
        {
            List<AttributeDifference> all = [.. instances];
            // An attribute that is gone with all its instances is told once.
            if (all.Count > 1 && !subscription.ShowsChanges && after?.Has(instances.Key) != true) all = [all.Find(d => d.DatasetId is null) ?? all[0]];
            foreach (var one in all)
            {
                var old = one.Before!;
                var empty = new EntityAttribute
                {
                    Name = one.Name,
                    Kind = old.Kind,
                    DatasetId = one.DatasetId,
                    IsNull = true,
                    CreatedAt = old.CreatedAt,
                    ModifiedAt = old.ModifiedAt,
                    DeletedAt = subscription.Told.HasSysAttrs ? difference.Change.At : null,
                };
                gone.Add(empty);
                if (subscription.ShowsChanges) previous[empty] = old;
            }
        }
        if (after is not null && gone.Count == 0) return (after, previous);
        var shown = after ?? before!;
        return (new Entity
        {
            Id = shown.Id,
            Types = shown.Types,
            Scopes = after?.Scopes,
            CreatedAt = shown.CreatedAt,
            ModifiedAt = shown.ModifiedAt,
            ExpiresAt = after?.ExpiresAt,
            Attributes = [.. after?.Attributes ?? [], .. gone],
        }, previous);
    }

    private async Task<NotificationMessage> WriteAsync(Subscription subscription, Guid id, IReadOnlyList<Entity> entities, Representation told, DateTimeOffset? deletedAt, CancellationToken cancel)
    {
        var linked = LinkedWriter.Of(null, subscription.Join, subscription.JoinLevel, [], subscription.Pick, subscription.Omit);
        if (linked is not null) await linked.LoadAsync(store, subscription.Tenant, entities, cancel);
        if (subscription.Conformance is { } version)
        {
            entities = [.. entities.Select(Earlier)];
            linked?.Replace(Earlier);

            Entity Earlier(Entity entity) => EarlierVersion.Of(entity, version, told, subscription.Context);
        }
        var endpoint = subscription.Endpoint;
        return NotificationMessage.Write(
            endpoint,
            endpoint.Accept,
            SnapshotBook.TenantOf(subscription.Tenant),
            subscription.Link,
            json =>
            {
                json.WriteString("id"u8, $"urn:ngsi-ld:Notification:{id}");
                json.WriteString("type"u8, "Notification"u8);
                json.WriteString("subscriptionId"u8, subscription.Id);
                json.WriteString("notifiedAt"u8, EntityWriter.Text(clock.GetUtcNow()));
                json.WritePropertyName("data"u8);
                WriteData(json, subscription, entities, told, linked, deletedAt);
                if (endpoint.Accept == NgsiLdCall.LdJson) WriteContext(json, subscription);
            },
            subscription.Snapshot);
    }

    private static void WriteData(Utf8JsonWriter json, Subscription subscription, IReadOnlyList<Entity> entities, Representation told, LinkedWriter? linked, DateTimeOffset? deletedAt)
    {
        var isGeo = subscription.Endpoint.Accept == NgsiLdCall.GeoJson;
        if (isGeo)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "FeatureCollection"u8);
            json.WritePropertyName("features"u8);
        }
        json.WriteStartArray();
        Action<Utf8JsonWriter>? tail = subscription.Endpoint.Accept == NgsiLdCall.LdJson ? json => WriteContext(json, subscription) : null;
        var writer = new EntityWriter(subscription.Context, told, linked);
        foreach (var entity in entities)
            writer.Write(json, entity, deletedAt is not { } deleted ? tail : json =>
            {
                json.WriteString("deletedAt"u8, EntityWriter.Text(deleted));
                tail?.Invoke(json);
            });
        if (linked is { IsFlat: true }) linked.WriteOthers(json, entities, subscription.Context, told, tail);
        json.WriteEndArray();
        if (!isGeo) return;
        // Clause 5.3.1: with "Prefer: body=json" the collection carries no context.
        if (!subscription.Endpoint.ReceiverInfo.Any(p => p.Key.Equals("Prefer", StringComparison.OrdinalIgnoreCase) && p.Value.Contains("body=json", StringComparison.Ordinal))) WriteContext(json, subscription);
        json.WriteEndObject();
    }

    private static void WriteContext(Utf8JsonWriter json, Subscription subscription)
    {
        json.WritePropertyName("@context"u8);
        subscription.Context.Source.WriteTo(json);
    }
}
