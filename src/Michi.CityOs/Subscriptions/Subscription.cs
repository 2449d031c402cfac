using System.Text.Json;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Queries;
using Michi.CityOs.Snapshots;

namespace Michi.CityOs.Subscriptions;

/// <summary>What makes a subscription notify (clause 5.2.12, notificationTrigger).</summary>
[Flags]
internal enum Triggers
{
    None = 0,
    EntityCreated = 1,
    EntityDeleted = 2,
    AttributeCreated = 4,
    AttributeUpdated = 8,
    AttributeDeleted = 16,

    /// <summary>Where nothing is told.</summary>
    Usual = AttributeCreated | AttributeUpdated,
}

/// <summary>A subscription ready to be matched against changes.</summary>
internal sealed class Subscription
{
    /// <summary>The tenant, or the space of the snapshot, whose entities it is about.</summary>
    public required string Tenant { get; init; }

    /// <summary>Id of the snapshot it is within; null for none.</summary>
    public string? Snapshot { get; init; }

    public required string Id { get; init; }

    /// <summary>Changes up to this sequence are none of its business.</summary>
    public long From { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public required EntityQuery Query { get; init; }

    /// <summary>Expanded names; null for all.</summary>
    public IReadOnlySet<string>? Watched { get; init; }

    public Triggers Triggers { get; init; }

    /// <summary>For one that notifies by the clock, whatever changes; null for the others.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>The least time between two notifications.</summary>
    public TimeSpan? Throttling { get; init; }

    public bool IsActive { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public required Representation Told { get; init; }

    public Projection? Pick { get; init; }

    public Projection? Omit { get; init; }

    /// <summary>"flat" or "inline" where linked entities are told too.</summary>
    public string? Join { get; init; }

    public int JoinLevel { get; init; } = 1;

    public bool ShowsChanges { get; init; }

    /// <summary>The version of NGSI-LD notifications conform to; null for this broker's.</summary>
    public NgsiLdVersion? Conformance { get; init; }

    public required NotificationEndpoint Endpoint { get; init; }

    /// <summary>The names notifications are told in.</summary>
    public required JsonLdContext Context { get; init; }

    /// <summary>The address of these names; null where they have none.</summary>
    public string? Link { get; init; }

    /// <summary>The names q is in.</summary>
    public required JsonLdContext QueryNames { get; init; }

    public required DeliveryRecord Record { get; init; }

    public bool Notifies(DateTimeOffset now) => IsActive && !(ExpiresAt <= now);

    /// <summary>Puts a subscription together and checks that its members agree.</summary>
    /// <exception cref="NgsiLdException">BadRequestData where they do not, LdContextNotAvailable where one of its contexts cannot be had.</exception>
    public static async ValueTask<Subscription> ReadAsync(string tenant, SubscriptionDocument document, DeliveryRecord record, ContextReader contexts, CancellationToken cancel)
    {
        var entities = document["entities"];
        var watched = Names(document["watchedAttributes"]);
        var interval = Seconds(document["timeInterval"]);
        var throttling = Seconds(document["throttling"]);
        if (entities is null && watched is null) throw NgsiLdException.BadRequestData("entities and watchedAttributes are both missing; a subscription needs one of them.");
        if (interval is not null && watched is not null) throw NgsiLdException.BadRequestData("timeInterval cannot come with watchedAttributes.");
        if (interval is not null && throttling is not null) throw NgsiLdException.BadRequestData("timeInterval cannot come with throttling.");
        var owner = SnapshotBook.TenantOf(tenant);
        var notification = document["notification"] ?? throw NgsiLdException.BadRequestData("notification is missing.");

        if (document["csf"] is { } csf) QFilter.Parse(csf.GetString()!, await ContextAsync("csf"), parameter: "csf");
        var told = document["jsonldContext"] is { } own ? await contexts.ReadAsync(owner, own, cancel) : await contexts.ReadAsync(owner, document.Context, cancel);
        // Names are kept expanded, so any context understands them.
        var core = JsonLdContext.Core;
        var pick = List(notification, "pick") is { } picked ? Projection.Pick(picked, core) : null;
        var omit = List(notification, "omit") is { } omitted ? Projection.Omit(omitted, core) : null;
        var join = EntityQueryReader.Text(notification, "join");
        var joinLevel = notification.TryGetProperty("joinLevel", out var level) ? level.GetInt32() : 1;
        LinkedWriter.Of(null, join, joinLevel, [], pick, omit);
        var endpoint = NotificationEndpoint.Read(notification.GetProperty("endpoint"));
        return new Subscription
        {
            Tenant = tenant,
            Id = document.Id,
            Snapshot = document.Snapshot,
            From = document.From,
            CreatedAt = document.CreatedAt,
            Query = new EntityQuery
            {
                Selectors = entities is { } selectors ? [.. selectors.EnumerateArray().Select(Selector)] : null,
                Q = document["q"] is { } q ? QFilter.Parse(Unescaped(q.GetString()!), await ContextAsync("q"), document["expandValues"] is { } expand ? string.Join(',', expand.EnumerateArray().Select(n => n.GetString())) : null) : null,
                Geo = document["geoQ"] is { } geo ? EntityQueryReader.ReadGeo(geo, core) : null,
                Scope = document["scopeQ"] is { } scope ? ScopeFilter.Parse(scope.GetString()!) : null,
            },
            Watched = watched,
            Triggers = document["notificationTrigger"] is { } triggers ? triggers.EnumerateArray().Aggregate(Triggers.None, (all, one) => all | TriggerOf(one.GetString()!)) : Triggers.Usual,
            Interval = interval,
            Throttling = throttling,
            IsActive = document["isActive"]?.ValueKind != JsonValueKind.False,
            ExpiresAt = document["expiresAt"] is { } expiresAt ? EntityReader.Time(expiresAt.GetString()) : null,
            Told = new Representation
            {
                Format = EntityQueryReader.Text(notification, "format") switch
                {
                    "concise" => EntityFormat.Concise,
                    "keyValues" or "simplified" => EntityFormat.Simplified,
                    _ => EntityFormat.Normalized,
                },
                HasSysAttrs = IsTrue(notification, "sysAttrs"),
                Attrs = List(notification, "attributes") is { } attributes ? Projection.Attrs(attributes, core, "attributes").Members : null,
                Pick = pick?.Members,
                Omit = omit?.Members,
                Languages = document["lang"] is { } lang ? RequestLists.Languages(lang.GetString()!) : null,
                Datasets = document["datasetId"] is { } datasets ? (datasets.ValueKind == JsonValueKind.String ? [datasets.GetString()!] : datasets.EnumerateArray().Select(d => d.GetString()!).ToHashSet()) : null,
                GeometryProperty = endpoint.Accept == NgsiLdCall.GeoJson ? core.Expand("location") : null,
            },
            Pick = pick,
            Omit = omit,
            Join = join,
            JoinLevel = joinLevel,
            ShowsChanges = IsTrue(notification, "showChanges"),
            Conformance = document["ngsildConformance"] is { } version ? NgsiLdVersion.Parse(version.GetString()!) : null,
            Endpoint = endpoint,
            Context = told,
            QueryNames = await ContextAsync("q"),
            Link = document["jsonldContext"]?.GetString() ?? document.Link ?? SubscriptionDocument.AddressOf(document.Context),
            Record = record,
        };

        ValueTask<JsonLdContext> ContextAsync(string member) => contexts.ReadAsync(owner, document.ContextOf(member), cancel);
    }

    private static EntitySelector Selector(JsonElement selector)
    {
        var read = EntityQueryReader.ReadSelector(selector, JsonLdContext.Core);
        // Clause 5.2.33: the id takes precedence.
        return read.Ids is null ? read : read with { IdPattern = null };
    }

    private static Triggers TriggerOf(string name) => name switch
    {
        "entityCreated" => Triggers.EntityCreated,
        "entityDeleted" => Triggers.EntityDeleted,
        "entityUpdated" => Triggers.AttributeCreated | Triggers.AttributeUpdated | Triggers.AttributeDeleted,
        "attributeCreated" => Triggers.AttributeCreated,
        "attributeUpdated" => Triggers.AttributeUpdated,
        _ => Triggers.AttributeDeleted,
    };

    /// <summary>Query texts may come percent-encoded, as they would be in an address.</summary>
    private static string Unescaped(string query) => query.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(query) : query;

    private static HashSet<string>? Names(JsonElement? names) => names is { } array ? [.. array.EnumerateArray().Select(n => n.GetString()!)] : null;

    private static TimeSpan? Seconds(JsonElement? value) => value is { } number ? TimeSpan.FromSeconds(number.GetDouble()) : null;

    private static string? List(JsonElement notification, string member) =>
        notification.TryGetProperty(member, out var names) ? string.Join(',', names.EnumerateArray().Select(n => n.GetString())) : null;

    private static bool IsTrue(JsonElement value, string member) => value.TryGetProperty(member, out var flag) && flag.ValueKind == JsonValueKind.True;
}
