using System.Net;
using System.Text.Json.Nodes;

namespace Michi.IntegrationTests.CityOs;

/// <summary>The City OS in <c>michi backup</c> and <c>michi restore</c>: what it holds, from SQLite and PostgreSQL to the other and back.</summary>
public sealed class CityOsBackupTests : CityOsBackupScene
{
    private const string Light = "urn:ngsi-ld:Streetlight:1", Sensor = "urn:ngsi-ld:AirQualityObserved:1";

    /// <summary>What a client sees, of every part of the interface that tells of what is kept.</summary>
    private static readonly (string Tenant, string Path)[] Seen =
    [
        ("", "entities?type=Streetlight,Lamp&options=sysAttrs&limit=1000&count=true"), ("", "entities?type=Streetlight&q=power%3E50&limit=1000"), ("", "entities?type=Streetlight&georel=near;maxDistance==2000&geometry=Point&coordinates=[103.85,13.36]&limit=100"),
        ("", $"entities/{Light}?options=sysAttrs"), ("", "types?details=true"), ("", "attributes?details=true"),
        ("", $"temporal/entities/{Light}?options=sysAttrs"), ("", $"temporal/entities/{Sensor}?options=sysAttrs"), ("", "temporal/entities?type=Lamp,Gone&timerel=after&timeAt=2020-01-01T00:00:00Z&options=sysAttrs"),
        ("", $"temporal/entities/{Sensor}?aggrMethods=avg,max&aggrPeriodDuration=PT1H&timerel=after&timeAt=2020-01-01T00:00:00Z&options=aggregatedValues"),
        ("", "subscriptions?options=sysAttrs"), ("", "csourceRegistrations?type=Elsewhere&options=sysAttrs"), ("", "jsonldContexts?details=true"), ("", "snapshots/urn:ngsi-ld:Snapshot:1"), (InSnapshot, "entities?type=Lamp&options=sysAttrs"),
        ("backup-city", "entities?type=Bench&options=sysAttrs"), ("backup-city", "temporal/entities?type=Bench&timerel=after&timeAt=2020-01-01T00:00:00Z&timeproperty=modifiedAt"), ("backup-city", "subscriptions"),
    ];

    /// <summary>From one to another and on to a third: every answer is the same, byte by byte.</summary>
    [Theory]
    [InlineData("sqlite", "sqlite", "sqlite")]
    [InlineData("sqlite", "postgres", "sqlite")]
    [InlineData("postgres", "sqlite", "postgres")]
    [InlineData("postgres", "postgres", "sqlite")]
    public async Task Restore_OfACity_AnswersTheSame(string first, string second, string third)
    {
        await using var receiver = await ValueReceiver.StartAsync();
        var (source, middle, last) = (await PlaceAsync(first), await PlaceAsync(second), await PlaceAsync(third));
        List<string> before, after, further;
        using (var server = await ServeAsync(source))
        {
            await FillAsync(server, receiver);
            // What became of notifications is written every second.
            await Task.Delay(TimeSpan.FromSeconds(2), Cancel);
            before = await AnswersAsync(server);
            await RunAsync("backup", "one.backup", source);
        }
        await RunAsync("restore", "one.backup", middle);
        using (var server = await ServeAsync(middle))
        {
            after = await AnswersAsync(server);
            await RunAsync("backup", "two.backup", middle);
            // It goes on: what is written next neither collides nor comes twice.
            await server.SendAsync(HttpMethod.Patch, $"entities/{Light}/attrs/power", """{ "type": "Property", "value": 99, "observedAt": "2026-11-27T13:00:00Z" }""", HttpStatusCode.NoContent);
            await server.SendAsync(HttpMethod.Post, "entities", """{ "id": "urn:ngsi-ld:Streetlight:new", "type": "Streetlight", "power": 1 }""", HttpStatusCode.Created);
            Assert.Equal(4, JsonNode.Parse(await server.GetAsync($"temporal/entities/{Light}?attrs=power"))!["power"]!.AsArray().Count);
            Assert.Contains("urn:ngsi-ld:Streetlight:new", await server.GetAsync("entities?type=Streetlight&limit=1000"), StringComparison.Ordinal);
        }
        await RunAsync("restore", "two.backup", last);
        using (var server = await ServeAsync(last)) further = await AnswersAsync(server);

        foreach (var (now, where) in ((List<string>, string)[])[(after, "second"), (further, "third")])
            for (var i = 0; i < Seen.Length; i++) Assert.True(now[i] == before[i], $"{where}, {Seen[i]}: {Around(before[i], now[i])} instead of {Around(now[i], before[i])}");
        Assert.All(before, answer => Assert.True(answer.Length > 20, answer));
    }

    /// <summary>Where a text begins to differ from another.</summary>
    private static string Around(string other, string text) => text[Math.Max(0, Math.Min(text.Length, text.AsSpan().CommonPrefixLength(other)) - 200)..Math.Min(text.Length, text.AsSpan().CommonPrefixLength(other) + 100)];

    /// <summary>Things of every kind: entities of two types, places, expiry, deletions, a history told later and changed by hand, subscriptions, registrations, contexts, snapshots, another tenant.</summary>
    private static async Task FillAsync(Served server, ValueReceiver receiver)
    {
        var lights = string.Join(',', Enumerable.Range(1, 300).Select(i => $$$"""
            {"id":"urn:ngsi-ld:Streetlight:{{{i}}}","type":{{{(i % 3 == 0 ? """["Streetlight","Lamp"]""" : "\"Streetlight\"")}}},"power":{"type":"Property","value":{{{i}}},"unitCode":"WTT","observedAt":"2026-11-27T10:00:00Z","accuracy":{"type":"Property","value":0.{{{i}}}} },"location":{"type":"Point","coordinates":[{{{103.85 + i * 0.0001}}},13.36]},"name":{"type":"LanguageProperty","languageMap":{"en":"Light {{{i}}}","ja":"街路灯{{{i}}}"}} }
            """));
        await server.SendAsync(HttpMethod.Post, "entityOperations/upsert", $"[{lights}]", HttpStatusCode.Created);
        await server.SendAsync(HttpMethod.Patch, $"entities/{Light}/attrs/power", """{ "type": "Property", "value": 61, "observedAt": "2026-11-27T11:00:00Z" }""", HttpStatusCode.NoContent);
        await server.SendAsync(HttpMethod.Patch, $"entities/{Light}/attrs/power", """{ "type": "Property", "value": 62.5, "datasetId": "urn:x:other" }""", HttpStatusCode.NoContent, HttpStatusCode.NotFound, HttpStatusCode.MultiStatus);
        await server.SendAsync(HttpMethod.Patch, $"entities/{Light}/attrs/power", """{ "type": "Property", "value": 63, "observedAt": "2026-11-27T12:00:00Z" }""", HttpStatusCode.NoContent);
        await server.SendAsync(HttpMethod.Delete, "entities/urn:ngsi-ld:Streetlight:2", null, HttpStatusCode.NoContent);
        await server.SendAsync(HttpMethod.Post, "entities", """{ "id": "urn:ngsi-ld:Gone:1", "type": "Gone", "value": 1 }""", HttpStatusCode.Created);
        await server.SendAsync(HttpMethod.Delete, "entities/urn:ngsi-ld:Gone:1", null, HttpStatusCode.NoContent);
        await server.SendAsync(HttpMethod.Post, "entities", """{ "id": "urn:ngsi-ld:Streetlight:late", "type": "Streetlight", "power": 5, "expiresAt": "2099-01-01T00:00:00Z" }""", HttpStatusCode.Created);
        var told = string.Join(',', Enumerable.Range(0, 6_000).Select(i => $$"""{"type":"Property","value":{{i % 37}}.5,"observedAt":"{{new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddMinutes(i):yyyy-MM-dd'T'HH:mm:ss'Z'}}"}"""));
        await server.SendAsync(HttpMethod.Post, "temporal/entities", $$"""{ "id": "{{Sensor}}", "type": "AirQualityObserved", "no2": [{{told}}], "note": [{ "type": "Property", "value": "made up", "observedAt": "2026-01-01T00:00:00Z" }] }""", HttpStatusCode.Created);
        var points = JsonNode.Parse(await server.GetAsync($"temporal/entities/{Sensor}?attrs=no2&timerel=before&timeAt=2026-01-01T00:10:00Z"))!["no2"]!.AsArray();
        // One instance moves in time and keeps its id.
        await server.SendAsync(HttpMethod.Patch, $"temporal/entities/{Sensor}/attrs/no2/{points[3]!["instanceId"]}", """{ "type": "Property", "value": 1000, "observedAt": "2026-01-09T00:00:30Z" }""", HttpStatusCode.NoContent);
        await server.SendAsync(HttpMethod.Post, "subscriptions", $$"""{ "id": "urn:ngsi-ld:Subscription:1", "type": "Subscription", "entities": [{ "type": "Counted" }], "watchedAttributes": ["value"], "notification": { "format": "simplified", "endpoint": { "uri": "{{receiver.Address}}" } } }""", HttpStatusCode.Created);
        await server.SendAsync(HttpMethod.Post, "subscriptions", """{ "id": "urn:ngsi-ld:Subscription:2", "type": "Subscription", "entities": [{ "type": "Lamp" }], "isActive": false, "notification": { "endpoint": { "uri": "http://127.0.0.1:9/notify" } } }""", HttpStatusCode.Created);
        await server.SendAsync(HttpMethod.Post, "entities", """{ "id": "urn:ngsi-ld:Counted:1", "type": "Counted", "value": 1 }""", HttpStatusCode.Created);
        await receiver.UntilAsync(told => told.Count == 1);
        await server.SendAsync(HttpMethod.Post, "csourceRegistrations", """{ "id": "urn:ngsi-ld:ContextSourceRegistration:1", "type": "ContextSourceRegistration", "information": [{ "entities": [{ "type": "Elsewhere" }] }], "endpoint": "http://127.0.0.1:9" }""", HttpStatusCode.Created);
        await server.SendAsync(HttpMethod.Post, "jsonldContexts", """{ "@context": { "Bench": "https://example.org/Bench" } }""", HttpStatusCode.Created);
        await server.SendAsync(HttpMethod.Post, "snapshots", """{ "id": "urn:ngsi-ld:Snapshot:1", "type": "Snapshot", "snapshotQueries": [{ "type": "Query", "entities": [{ "type": "Lamp" }] }], "snapshotLifetime": "P2D" }""", HttpStatusCode.Created, HttpStatusCode.Accepted);
        await server.SendAsync(HttpMethod.Post, "entities", """{ "id": "urn:ngsi-ld:Bench:1", "type": "Bench", "seats": 3 }""", HttpStatusCode.Created, tenant: "backup-city");
        await server.SendAsync(HttpMethod.Post, "subscriptions", """{ "id": "urn:ngsi-ld:Subscription:1", "type": "Subscription", "entities": [{ "type": "Bench" }], "isActive": false, "notification": { "endpoint": { "uri": "http://127.0.0.1:9/notify" } } }""", HttpStatusCode.Created, tenant: "backup-city");
    }

    private static async Task<List<string>> AnswersAsync(Served server)
    {
        List<string> answers = [];
        // To ask a snapshot is to use it, which is kept; to ask for types is to ask the context source, whose answers each server counts for itself.
        foreach (var (tenant, path) in Seen) answers.Add(System.Text.RegularExpressions.Regex.Replace(await server.GetAsync(path, tenant), "\"last(UsedAt|Failure)\":\"[^\"]*\",?", ""));
        return answers;
    }
}
