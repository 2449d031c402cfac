using System.Text.Json;
using Michi.CityOs.Entities;
using Michi.CityOs.History;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Storage;
using Michi.CityOs.Subscriptions;
using Michi.Platform.Languages;

namespace Michi.CityOs.Demonstration;

/// <summary>Made-up entities of a sample city with four weeks of hourly values, so that the demonstration has some to show. Each says in its name and its scope that it is made up.</summary>
/// <remarks>Types and attributes are those of smartdatamodels.org where one fits. The values follow from the hour alone: the same hour has the same value wherever and whenever it is computed.</remarks>
internal sealed class DemonstrationCity(ICityStore store, IHistory history, SubscriptionBook subscriptions, UiTexts texts, TimeProvider clock)
{
    /// <summary>Scope of every entity that is made up (clause 4.18).</summary>
    public const string Scope = "/demonstration";

    private const int Hours = 28 * 24;

    /// <summary>Hours that the clocks of Cambodia are ahead of UTC.</summary>
    private const int Ahead = 7;

    private const int Lights = 24, BrokenLight = 17, BrokenFor = 60;

    private static readonly string[] Watched = ["fillingLevel"];

    /// <summary>A number that is observed every hour.</summary>
    /// <param name="Unit">UN/CEFACT common code.</param>
    /// <param name="At">From hours since 1970 (UTC) and the hour of the day there to the value.</param>
    private sealed record Measure(string Name, string Unit, int Digits, Func<long, int, double> At);

    /// <param name="Members">Beside id, type, scope, name and what is measured.</param>
    private sealed record Thing(string Type, string Word, int Number, Dictionary<string, object> Members, params Measure[] Measures)
    {
        public string Id => IdOf(Type, Number);
    }

    /// <summary>Whether an entity is made up for a demonstration.</summary>
    public static bool Has(Entity entity) => entity.Scopes?.Contains(Scope) == true;

    /// <summary>Loads them into a tenant that has never had anything; any other stays as it is.</summary>
    /// <returns>How many entities were made.</returns>
    public async Task<int> LoadAsync(string tenant, CancellationToken cancel)
    {
        if (await store.HasTenantAsync(tenant, cancel)) return 0;
        var now = clock.GetUtcNow();
        var last = now.ToUnixTimeSeconds() / 3600;
        List<EntityChange> changes = [];
        foreach (var thing in Things(last))
        {
            var read = new EntityReader(JsonLdContext.Core, InputForm.Normalized, InputNeed.Whole).Read(Written(thing, last));
            List<SeriesPoint> points = [.. thing.Measures.SelectMany(m => Before(m, last, now))];
            // Before the entities, whose tenant tells that all is there: a start that was broken off is made up for by the next.
            if (points.Count > 0) await history.WriteAsync(w => w.Add(new(tenant, thing.Id, read.Types, now, points)), cancel, points.Count);
            changes.Add(new(thing.Id, (current, at) => current ?? EntityEdits.Create(read, at)));
        }
        await store.WriteAsync(tenant, changes, cancel);
        await SubscribeAsync(tenant, now, cancel);
        return changes.Count;
    }

    private static string IdOf(string type, int number) => $"urn:ngsi-ld:{type}:demo-{number:00}";

    /// <summary>One that rests: the demonstration sends nothing anywhere.</summary>
    private Task SubscribeAsync(string tenant, DateTimeOffset now, CancellationToken cancel)
    {
        var body = JsonSerializer.SerializeToElement(new
        {
            type = "Subscription",
            subscriptionName = string.Join(" / ", NamesOf("subscription", 1).Values),
            entities = new[] { new { type = "WasteContainer" } },
            watchedAttributes = Watched,
            q = "fillingLevel>0.8",
            isActive = false,
            notification = new { endpoint = new { uri = "https://example.org/containers-to-empty" } },
        });
        return subscriptions.CreateAsync(tenant, "urn:ngsi-ld:Subscription:demo-01", SubscriptionInput.Read(body, JsonLdContext.Core, isFragment: false, now), JsonLdContext.Core.Source, link: null, cancel);
    }

    private JsonElement Written(Thing thing, long last)
    {
        var members = new Dictionary<string, object>
        {
            ["id"] = thing.Id,
            ["type"] = thing.Type,
            ["scope"] = Scope,
            ["name"] = new { type = nameof(AttributeKind.LanguageProperty), languageMap = NamesOf(thing.Word, thing.Number) },
        };
        foreach (var measure in thing.Measures) members[measure.Name] = Observed(ValueOf(measure, last), last, measure.Unit);
        foreach (var (name, value) in thing.Members) members[name] = value;
        return JsonSerializer.SerializeToElement(members);
    }

    private Dictionary<string, string> NamesOf(string word, int number) => texts.Languages.Order(StringComparer.Ordinal).ToDictionary(l => l, l => texts.In(l)[$"demonstration.{word}", number]);

    private static Dictionary<string, object> Observed(object value, long hour, string? unit = null)
    {
        var property = new Dictionary<string, object> { ["type"] = nameof(AttributeKind.Property), ["value"] = value, ["observedAt"] = EntityWriter.Text(TimeOf(hour)) };
        if (unit is not null) property["unitCode"] = unit;
        return property;
    }

    private static IEnumerable<SeriesPoint> Before(Measure measure, long last, DateTimeOffset now)
    {
        var name = JsonLdContext.Core.Expand(measure.Name);
        for (var hour = last - Hours + 1; hour < last; hour++)
            yield return new(name, null, HistoryPoint.Of(new EntityAttribute { Name = name, Value = JsonSerializer.SerializeToUtf8Bytes(ValueOf(measure, hour)), UnitCode = measure.Unit, ObservedAt = TimeOf(hour), CreatedAt = now, ModifiedAt = now }));
    }

    private static DateTimeOffset TimeOf(long hour) => DateTimeOffset.FromUnixTimeSeconds(hour * 3600);

    private static double ValueOf(Measure measure, long hour) => Math.Round(Math.Max(0, measure.At(hour, (int)((hour + Ahead) % 24))), measure.Digits);

    /// <summary>The city: two streets with lights, a bus line across them, and what measures between.</summary>
    private static IEnumerable<Thing> Things(long last)
    {
        for (var street = 1; street <= 2; street++) yield return new("StreetlightGroup", "street", street, []);
        for (var i = 1; i <= Lights; i++)
        {
            var (isFirst, along) = (i <= Lights / 2, (i - 1) % (Lights / 2));
            var power = new Measure("powerConsumption", "WTT", 1, (h, day) => i == BrokenLight && h > last - BrokenFor ? 0 : day is >= 6 and < 18 ? 0 : (day is >= 23 or < 5 ? 36 : 60) + Wave(h, i));
            yield return new("Streetlight", "light", i, new()
            {
                ["location"] = isFirst ? Point(103.8572 + along * 0.0001, 13.3530 + along * 0.0013) : Point(103.8470 + along * 0.0019, 13.3612 + along * 0.0001),
                ["powerState"] = Observed(ValueOf(power, last) > 0 ? "on" : "off", last),
                ["status"] = Observed(i == BrokenLight ? "defectiveLamp" : "ok", last),
                ["refStreetlightGroup"] = Relation(IdOf("StreetlightGroup", isFirst ? 1 : 2)),
            }, power);
        }
        (double, double)[] stations = [(103.8562, 13.3585), (103.8445, 13.3662), (103.8690, 13.3640), (103.8615, 13.3489), (103.8508, 13.3541), (103.8651, 13.3718)];
        foreach (var (i, (longitude, latitude)) in stations.Index())
            yield return new("AirQualityObserved", "air", i + 1, new() { ["location"] = Point(longitude, latitude) },
                new("pm25", "GQ", 1, (h, day) => 11 + i + 9 * Peak(day, 7, 2) + 12 * Peak(day, 19, 2.5) + 4 * Wave(h, i)),
                new("pm10", "GQ", 1, (h, day) => 22 + 2 * i + 14 * Peak(day, 7, 2) + 18 * Peak(day, 19, 2.5) + 6 * Wave(h, i + 0.2)),
                new("temperature", "CEL", 1, (h, day) => 25.5 + 7 * Peak(day, 14, 5) + 0.8 * Wave(h, i + 0.4)));
        yield return new("WeatherObserved", "weather", 1, new() { ["location"] = Point(103.8532, 13.3675) },
            new("temperature", "CEL", 1, (h, day) => 25 + 7 * Peak(day, 14, 5) + Wave(h, 3)),
            new("relativeHumidity", "C62", 2, (h, day) => 0.86 - 0.3 * Peak(day, 14, 5) + 0.04 * Wave(h, 4)),
            new("windSpeed", "MTS", 1, (h, day) => 1.6 + 1.2 * Peak(day, 15, 4) + 0.9 * Wave(h, 5)));
        (double, double)[] stops = [(103.8440, 13.3575), (103.8478, 13.3590), (103.8519, 13.3606), (103.8560, 13.3620), (103.8601, 13.3632), (103.8642, 13.3621), (103.8679, 13.3604), (103.8710, 13.3580)];
        yield return new("PublicTransportRoute", "line", 1, new()
        {
            ["shortRouteCode"] = "1",
            ["location"] = new { type = "LineString", coordinates = stops.Select(s => new[] { s.Item1, s.Item2 }) },
            ["refPublicTransportStop"] = new { type = nameof(AttributeKind.Relationship), @object = stops.Select((_, i) => IdOf("PublicTransportStop", i + 1)) },
        });
        foreach (var (i, (longitude, latitude)) in stops.Index())
            yield return new("PublicTransportStop", "stop", i + 1, new() { ["location"] = Point(longitude, latitude), ["stopCode"] = $"1-{i + 1}", ["refPublicTransportRoute"] = Relation(IdOf("PublicTransportRoute", 1)) },
                new Measure("peopleCount", "C62", 0, (h, day) => 2 + 9 * Peak(day, 7, 1.5) + 11 * Peak(day, 17, 1.8) + 2 * Wave(h, i)));
        for (var i = 1; i <= 12; i++)
        {
            var (turn, shift) = (40 + 3 * i, 11 * i);
            yield return new("WasteContainer", "container", i, new() { ["location"] = Point(103.8480 + (i - 1) % 4 * 0.0058 + i % 3 * 0.0006, 13.3520 + (i - 1) / 4 * 0.0075 + i % 2 * 0.0011), ["storedWasteKind"] = i % 3 == 0 ? "glass" : "other" },
                new Measure("fillingLevel", "C62", 2, (h, _) => (h + shift) % turn * 0.95 / turn));
        }
        foreach (var (i, spots) in ((int[])[80, 45, 120]).Index())
            yield return new("OffStreetParking", "parking", i + 1, new() { ["location"] = Point(103.8528 + i * 0.0052, 13.3556 + i * 0.0041), ["totalSpotNumber"] = spots },
                new Measure("availableSpotNumber", "C62", 0, (h, day) => spots * (0.9 - 0.5 * Peak(day, 11, 4) - 0.3 * Peak(day, 19, 2) - 0.06 * Wave(h, i))));
    }

    private static object Point(double longitude, double latitude) => new { type = "Point", coordinates = new[] { Math.Round(longitude, 6), Math.Round(latitude, 6) } };

    private static object Relation(string id) => new { type = nameof(AttributeKind.Relationship), @object = id };

    /// <summary>From 1 at an hour of the day down to 0 some hours (<paramref name="width"/>) before and after.</summary>
    private static double Peak(int day, double hour, double width)
    {
        var distance = Math.Abs(day - hour);
        return Math.Exp(-Math.Pow(Math.Min(distance, 24 - distance) / width, 2));
    }

    /// <summary>What no rule tells, between -1 and 1.</summary>
    private static double Wave(long hour, double which) => 0.5 * Math.Sin(hour / 17.0 + which * 2.4) + 0.3 * Math.Sin(hour / 3.7 + which * 5.1) + 0.2 * Math.Sin(hour * 2.2 + which);
}
