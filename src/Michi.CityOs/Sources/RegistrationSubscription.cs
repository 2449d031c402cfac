using System.Text.Json;
using Michi.CityOs.Api;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Queries;
using Michi.CityOs.Subscriptions;

namespace Michi.CityOs.Sources;

/// <summary>A subscription to registrations, ready to be matched against them; ETSI GS CIM 009, clauses 5.2.12 and 5.11.</summary>
internal sealed class RegistrationSubscription
{
    public required string Tenant { get; init; }

    public required SubscriptionDocument Document { get; init; }

    public string Id => Document.Id;

    public required RegistrationQuery Query { get; init; }

    /// <summary>For one that notifies by the clock, whatever changes; null for the others.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>The least time between two notifications.</summary>
    public TimeSpan? Throttling { get; init; }

    public required NotificationEndpoint Endpoint { get; init; }

    /// <summary>The names notifications are told in.</summary>
    public required JsonLdContext Context { get; init; }

    public required DeliveryRecord Record { get; init; }

    private DateTimeOffset? ExpiresAt => Document["expiresAt"] is { } told ? EntityReader.Time(told.GetString()) : null;

    public bool Notifies(DateTimeOffset now) => Document["isActive"]?.ValueKind != JsonValueKind.False && !(ExpiresAt <= now);

    /// <summary>Puts a subscription together and checks that its members agree.</summary>
    public static async ValueTask<RegistrationSubscription> ReadAsync(string tenant, SubscriptionDocument document, DeliveryRecord record, ContextReader contexts, CancellationToken cancel)
    {
        var (entities, watched, interval, throttling) = (document["entities"], document["watchedAttributes"], Seconds(document["timeInterval"]), Seconds(document["throttling"]));
        if (entities is null && watched is null) throw NgsiLdException.BadRequestData("entities and watchedAttributes are both missing; a subscription needs one of them.");
        if (interval is not null && throttling is not null) throw NgsiLdException.BadRequestData("timeInterval cannot come with throttling.");
        var notification = document["notification"] ?? throw NgsiLdException.BadRequestData("notification is missing.");
        // A q that only names something asks nothing of a registration.
        if (document["q"] is { } text && text.GetString()!.AsSpan().IndexOfAny("=<>~!") < 0) throw NgsiLdException.BadRequestData("q compares nothing.");
        var core = JsonLdContext.Core;
        var time = document["temporalQ"];
        return new RegistrationSubscription
        {
            Tenant = tenant,
            Document = document,
            Query = new RegistrationQuery
            {
                // Names are kept expanded, so any context understands them.
                Selectors = entities is { } selectors ? [.. selectors.EnumerateArray().Select(s => EntityQueryReader.ReadSelector(s, core))] : null,
                Attributes = watched is { } names ? names.EnumerateArray().Select(n => n.GetString()!).ToHashSet() : null,
                Q = document["q"] is { } q ? QFilter.Parse(q.GetString()!, await contexts.ReadAsync(tenant, document.ContextOf("q"), cancel)) : null,
                SourceFilter = document["csf"] is { } csf ? QFilter.Parse(csf.GetString()!, await contexts.ReadAsync(tenant, document.ContextOf("csf"), cancel), parameter: "csf") : null,
                Geo = document["geoQ"] is { } geo ? EntityQueryReader.ReadGeo(geo, core) : null,
                Scope = document["scopeQ"] is { } scope ? ScopeFilter.Parse(scope.GetString()!) : null,
                Time = time is { } told ? TemporalFilter.Parse(EntityQueryReader.Text(told, "timerel"), EntityQueryReader.Text(told, "timeAt"), EntityQueryReader.Text(told, "endTimeAt"), EntityQueryReader.Text(told, "timeproperty")) : null,
            },
            Interval = interval,
            Throttling = throttling,
            Endpoint = NotificationEndpoint.Read(notification.GetProperty("endpoint")),
            Context = await contexts.ReadAsync(tenant, document["jsonldContext"] ?? document.Context, cancel),
            Record = record,
        };
    }

    private static TimeSpan? Seconds(JsonElement? value) => value is { } number ? TimeSpan.FromSeconds(number.GetDouble()) : null;
}
