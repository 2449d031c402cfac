using System.Text.Json;
using Michi.CityOs;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Storage;
using Michi.CityOs.Subscriptions;

namespace Michi.UnitTests.CityOs;

public sealed class SubscriptionInputTests
{
    private static bool Concerns(EntityDifference change, Subscription subscription) => change.Concerns(subscription) && subscription.Query.Matches(change.Entity);

    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly ContextReader Contexts = new(new NoContexts());

    [Theory]
    [InlineData("entities", "'entities': []"), InlineData("entities", "'entities': {}"), InlineData("entities[0]", "'entities': [{}]"), InlineData("entities[0].id", "'entities': [{'type': 'T', 'id': 'x'}]")]
    [InlineData("entities[0].idPattern", "'entities': [{'type': 'T', 'idPattern': '('}]"), InlineData("type", "'entities': [{'type': 'A;;B'}]"), InlineData("entities[0].type", "'entities': [{'type': ['A']}]")]
    [InlineData("entities[1].types", "'entities': [{'type': 'A'}, {'types': 'B'}]")]
    [InlineData("watchedAttributes", "'watchedAttributes': []"), InlineData("watchedAttributes", "'watchedAttributes': ['a b']"), InlineData("watchedAttributes", "'watchedAttributes': 'a'")]
    [InlineData("notificationTrigger", "'notificationTrigger': []"), InlineData("notificationTrigger", "'notificationTrigger': ['changed']"), InlineData("notificationTrigger", "'notificationTrigger': [1]")]
    [InlineData("timeInterval", "'timeInterval': 0"), InlineData("timeInterval", "'timeInterval': '5'"), InlineData("throttling", "'throttling': -1"), InlineData("timeInterval", "'timeInterval': 5, 'throttling': 5"), InlineData("timeInterval", "'timeInterval': 5, 'watchedAttributes': ['a']")]
    [InlineData("q", "'q': '('"), InlineData("q", "'q': ''"), InlineData("q", "'q': 5"), InlineData("csf", "'csf': '(('"), InlineData("scopeQ", "'scopeQ': '//'"), InlineData("lang", "'lang': '1'"), InlineData("georel", "'geoQ': {'georel': 'nigh', 'geometry': 'Point', 'coordinates': [1, 2]}"), InlineData("geoQ", "'geoQ': []")]
    [InlineData("timerel", "'temporalQ': {'timeAt': '2026-01-01T00:00:00Z'}"), InlineData("isActive", "'isActive': 'true'"), InlineData("expiresAt", "'expiresAt': 'soon'"), InlineData("expiresAt", "'expiresAt': '2025-12-31T23:59:59Z'"), InlineData("datasetId", "'datasetId': ['x']"), InlineData("jsonldContext", "'jsonldContext': 'x'")]
    public async Task Read_MemberOutOfPlace_NamesIt(string member, string members) => await RefusesAsync(
        member, $"{(members.StartsWith("'entities'", StringComparison.Ordinal) ? "" : "'entities': [{'type': 'T'}], ")}{members}, 'notification': {{'endpoint': {{'uri': 'http://host/'}}}}");

    [Theory]
    [InlineData("notification", "'notification': 1"), InlineData("notification.endpoint", "'notification': {}"), InlineData("notification.endpoint.uri", "'notification': {'endpoint': {}}"), InlineData("notification.endpoint.uri", "'notification': {'endpoint': {'uri': 'ftp://host/'}}"), InlineData("notification.endpoint.uri", "'notification': {'endpoint': {'uri': '/here'}}")]
    [InlineData("topic", "'notification': {'endpoint': {'uri': 'mqtt://host'}}"), InlineData("topic", "'notification': {'endpoint': {'uri': 'mqtt://host/a/%23'}}"), InlineData("MQTT-QoS", "'notification': {'endpoint': {'uri': 'mqtt://host/a', 'notifierInfo': [{'key': 'MQTT-QoS', 'value': '3'}]}}"), InlineData("MQTT-Version", "'notification': {'endpoint': {'uri': 'mqtt://host/a', 'notifierInfo': [{'key': 'MQTT-Version', 'value': '4'}]}}")]
    [InlineData("accept", "'notification': {'endpoint': {'uri': 'http://host/', 'accept': 'text/plain'}}"), InlineData("timeout", "'notification': {'endpoint': {'uri': 'http://host/', 'timeout': 0}}"), InlineData("cooldown", "'notification': {'endpoint': {'uri': 'http://host/', 'cooldown': '1'}}")]
    [InlineData("receiverInfo", "'notification': {'endpoint': {'uri': 'http://host/', 'receiverInfo': [{'key': 'a'}]}}"), InlineData("receiverInfo", "'notification': {'endpoint': {'uri': 'http://host/', 'receiverInfo': [{'key': 'a', 'value': 'x\\r\\nEvil: 1'}]}}"), InlineData("receiverInfo", "'notification': {'endpoint': {'uri': 'http://host/', 'receiverInfo': [{'key': 'a b', 'value': 'x'}]}}")]
    [InlineData("notification.format", "'notification': {'format': 'xml', 'endpoint': {'uri': 'http://host/'}}"), InlineData("notification.join", "'notification': {'join': 'all', 'endpoint': {'uri': 'http://host/'}}"), InlineData("notification.joinLevel", "'notification': {'joinLevel': 0, 'endpoint': {'uri': 'http://host/'}}"), InlineData("notification.sysAttrs", "'notification': {'sysAttrs': 1, 'endpoint': {'uri': 'http://host/'}}")]
    [InlineData("notification.showChanges", "'notification': {'showChanges': true, 'format': 'keyValues', 'endpoint': {'uri': 'http://host/'}}"), InlineData("notification.pick", "'notification': {'pick': [], 'endpoint': {'uri': 'http://host/'}}"), InlineData("attrs", "'notification': {'pick': ['a'], 'attributes': ['b'], 'endpoint': {'uri': 'http://host/'}}"), InlineData("a is both", "'notification': {'pick': ['a'], 'omit': ['a'], 'endpoint': {'uri': 'http://host/'}}")]
    public async Task Read_NotificationOutOfPlace_NamesIt(string member, string members) => await RefusesAsync(member, $"'entities': [{{'type': 'T'}}], {members}");

    [Fact]
    public async Task Read_NeitherEntitiesNorAttributes_Refuses() => await RefusesAsync("watchedAttributes", "'notification': {'endpoint': {'uri': 'http://host/'}}");

    [Fact]
    public void Read_FragmentWithNull_TakesAway()
    {
        var changes = SubscriptionInput.Read(NotifierScene.Parse("{'throttling': null, 'q': 'urn:ngsi-ld:null'}"), JsonLdContext.Core, isFragment: true, Now);
        Assert.Equal([("throttling", null), ("q", null)], changes);
        Assert.Throws<NgsiLdException>(() => SubscriptionInput.Read(NotifierScene.Parse("{'notification': null}"), JsonLdContext.Core, isFragment: true, Now));
    }

    [Fact]
    public void Document_ReadByOthers_IsInTheirNames()
    {
        var context = SampleEntity.Context;
        var body = NotifierScene.Parse("""
            {'type': 'Subscription', 'status': 'expired', 'unknown': 1, 'entities': [{'type': '(ex:Room;Hall)|Hut', 'idPattern': '.*'}], 'watchedAttributes': ['ex:a'], 'q': 'ex:a>1',
             'notification': {'timesSent': 9, 'pick': ['id', 'ex:in{ex:name}'], 'join': 'inline', 'endpoint': {'uri': 'http://host/', 'secret': 1}}}
            """);
        var document = new SubscriptionDocument { Id = "urn:s:1", Context = context.Source, Members = [], CreatedAt = Now }.With(SubscriptionInput.Read(body, context, isFragment: false, Now), context.Source, Now, 0);
        document = SubscriptionDocument.Read(document.Write());
        Assert.Equal(
            """{"id":"urn:s:1","type":"Subscription","entities":[{"type":"(ex:Room;Hall)|Hut","idPattern":".*"}],"watchedAttributes":["ex:a"],"q":"ex:a>1","notification":{"pick":["id","ex:in{ex:name}"],"join":"inline","endpoint":{"uri":"http://host/"}},"jsonldContext":"http://example.org/context.jsonld","status":"active","notificationTrigger":["attributeCreated","attributeUpdated"]}""",
            Told(document, context));
        Assert.Contains(""""entities":[{"type":"(http://example.org/Room;Hall)|Hut","idPattern":".*"}],"watchedAttributes":["http://example.org/a"]"""", Told(document, JsonLdContext.Core), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Index_ManySubscriptions_FindsOnlyThoseConcerned()
    {
        var index = new SubscriptionIndex();
        for (var n = 0; n < 10_000; n++)
            index.Add(await CompileAsync((n % 5) switch
            {
                0 => $"'entities': [{{'type': 'T{n}'}}]",
                1 => $"'entities': [{{'type': 'Room'}}], 'watchedAttributes': ['a{n}']",
                2 => $"'entities': [{{'type': 'Room', 'id': 'urn:ngsi-ld:Room:{n}'}}]",
                3 => $"'watchedAttributes': ['b{n}']",
                _ => $"'entities': [{{'type': 'Room'}}], 'watchedAttributes': ['temperature'], 'q': 'temperature>0;name==\\\"n{n}\\\"'",
            }));
        var wanted = await CompileAsync("'entities': [{'type': 'Room'}], 'watchedAttributes': ['temperature']");
        index.Add(wanted);
        var before = SampleEntity.Of("'temperature': 1, 'b3': 1", "urn:ngsi-ld:Room:1", "'Room'");
        var after = SampleEntity.Of("'temperature': 2, 'b3': 1", "urn:ngsi-ld:Room:1", "'Room'");
        HashSet<Subscription> found = [];
        index.Find(new EntityDifference(new StoredChange(1, "", "urn:ngsi-ld:Room:1", Now, before, after)), found);
        Assert.Equal([wanted], found);
        index.Remove(wanted);
        found.Clear();
        index.Find(new EntityDifference(new StoredChange(2, "", "urn:ngsi-ld:Room:1", Now, before, after)), found);
        Assert.Empty(found);
    }

    [Fact]
    public async Task Index_QueriesOfAllKinds_MissesNone()
    {
        string[] queries = ["a==1", "a==1|b==2", "a==1;b==2", "a==1,2", "a!=1", "a>1;b==2", "b==\\\"x\\\"", "a==1..3", "a", "!a;b==2", "a[x]==1", "a.c==1;b==2", "(a==1|b==1);a<5", "a==true", "b~=x;a==2", "a==1.0", "a==2024-01-01"];
        string[] values = ["1", "2", "1.0", "[1, 2]", "'x'", "'2024-01-01'", "true", "{'type': 'Property', 'value': 1, 'c': 1}", "{'type': 'Property', 'value': {'x': 1}}", "{'type': 'Relationship', 'object': 'urn:x'}", "[{'type': 'Property', 'value': 2}, {'type': 'Property', 'value': 1, 'datasetId': 'urn:d'}]"];
        var index = new SubscriptionIndex();
        List<Subscription> all = [];
        foreach (var query in queries)
            foreach (var selector in (string[])["'entities': [{'type': 'Room'}]", "'entities': [{'type': 'Room', 'id': 'urn:ngsi-ld:Room:1'}]", "'watchedAttributes': ['a']"])
            {
                all.Add(await CompileAsync($"{selector}, 'q': '{query}'"));
                index.Add(all[^1]);
            }
        foreach (var (a, b) in values.SelectMany(a => values.Select(b => (a, b))))
        {
            var change = new EntityDifference(new StoredChange(1, "", "urn:ngsi-ld:Room:1", Now, null, SampleEntity.Of($"'a': {a}, 'b': {b}", "urn:ngsi-ld:Room:1", "'Room'")));
            HashSet<Subscription> found = [];
            index.Find(change, found);
            Assert.Equal(all.Where(s => Concerns(change, s)), all.Where(s => found.Contains(s) && Concerns(change, s)));
        }
        foreach (var subscription in all) index.Remove(subscription);
        HashSet<Subscription> left = [];
        index.Find(new EntityDifference(new StoredChange(1, "", "urn:ngsi-ld:Room:1", Now, null, SampleEntity.Of("'a': 1, 'b': 2", "urn:ngsi-ld:Room:1", "'Room'"))), left);
        Assert.Empty(left);
    }

    /// <summary>Subscriptions that want ranges and places come and go while entities change at random: what is found has all that a check of each one finds, and little else.</summary>
    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public async Task Index_RangesAndPlacesAtRandom_MissesNone(int seed)
    {
        var random = new Random(seed);
        var index = new SubscriptionIndex();
        List<Subscription> all = [];
        var (candidates, concerned, looks) = (0, 0, 0);
        for (var round = 0; round < 400; round++)
        {
            for (var n = random.Next(6); n > 0; n--)
            {
                all.Add(await CompileAsync($"'entities': [{{'type': 'Room'}}]{(random.Next(3) == 0 ? ", 'watchedAttributes': ['a']" : "")}{Condition(random)}"));
                index.Add(all[^1]);
            }
            for (var n = random.Next(4); n > 0 && all.Count > 0; n--)
            {
                var at = random.Next(all.Count);
                index.Remove(all[at]);
                all.RemoveAt(at);
            }
            Entity? before = random.Next(4) == 0 ? null : Room(random), after = before is not null && random.Next(8) == 0 ? null : Room(random);
            var change = new EntityDifference(new StoredChange(round + 1, "", "urn:ngsi-ld:Room:1", Now, before, after));
            HashSet<Subscription> found = [];
            index.Find(change, found);
            Assert.Subset(all.ToHashSet(), found);
            Assert.Equal(all.Where(s => Concerns(change, s)), all.Where(s => found.Contains(s) && Concerns(change, s)));
            (candidates, concerned, looks) = (candidates + found.Count, concerned + all.Count(s => s.Query.Matches(change.Entity)), looks + all.Count);
        }
        Assert.True(concerned > 0 && candidates < looks / 4, $"{candidates} of {looks} were looked at, {concerned} matched.");
        foreach (var subscription in all) index.Remove(subscription);
        HashSet<Subscription> left = [];
        index.Find(new EntityDifference(new StoredChange(1, "", "urn:ngsi-ld:Room:1", Now, null, Room(random))), left);
        Assert.Empty(left);

        static string Condition(Random random)
        {
            var (low, high) = (random.Next(1000), random.Next(40));
            string[] q =
            [
                $"a=={low}..{low + high}", $"a>{low};a<{low + high}", $"b>={low};a=={low}..{low + high}", $"a=={low}..{low + high};!c", $"(a=={low}|a=={low + 1});b<={high}", $"b>{980 + high / 2}", $"b<{high / 4}", $"a>{low};a<{low - 5}",
            ];
            var (west, south) = (random.Next(-1800, 1700) / 10.0, random.Next(-900, 880) / 10.0);
            FormattableString[] geo =
            [
                $"'georel': 'near;maxDistance=={random.Next(1, 300_000)}', 'geometry': 'Point', 'coordinates': [{west}, {south}]",
                $"'georel': 'within', 'geometry': 'Polygon', 'coordinates': [[[{west}, {south}], [{west + 9}, {south}], [{west + 9}, {south + 2}], [{west}, {south}]]]",
                $"'georel': 'intersects', 'geometry': 'LineString', 'coordinates': [[{west}, {south}], [{west + 1}, {south + 1}]]",
                $"'georel': 'overlaps', 'geometry': 'Polygon', 'coordinates': [[[{west}, {south}], [{west + 3}, {south}], [{west + 3}, {south + 2}], [{west}, {south}]]], 'geoproperty': 'place'",
            ];
            return (random.Next(3) is var kind && kind != 1 ? $", 'q': '{q[random.Next(q.Length)]}'" : "") + (kind > 0 ? $", 'geoQ': {{{FormattableString.Invariant(geo[random.Next(geo.Length)])}}}" : "");
        }

        static Entity Room(Random random)
        {
            string a = random.Next(4) switch
            {
                0 => $"[{{'type': 'Property', 'value': {random.Next(1000)}}}, {{'type': 'Property', 'value': {random.Next(1000)}, 'datasetId': 'urn:d'}}]",
                1 => $"[{random.Next(1000)}, {random.Next(1000)}, 'x']",
                2 => $"{random.Next(10_000)}e-1",
                _ => random.Next(5) == 0 ? "'text'" : $"{random.Next(1000)}",
            };
            var (west, south) = (random.Next(-1800, 1700) / 10.0, random.Next(-900, 880) / 10.0);
            return SampleEntity.Of(
                FormattableString.Invariant($"'a': {a}, 'b': {random.Next(1000)}, 'location': {{'type': 'GeoProperty', 'value': {{'type': 'Point', 'coordinates': [{west}, {south}]}}}}, 'place': {{'type': 'GeoProperty', 'value': {{'type': 'Polygon', 'coordinates': [[[{west}, {south}], [{west + 1}, {south}], [{west + 1}, {south + 2}], [{west}, {south}]]]}}}}"),
                "urn:ngsi-ld:Room:1",
                "'Room'");
        }
    }

    private static string Told(SubscriptionDocument document, JsonLdContext context)
    {
        using var told = new MemoryStream();
        using (var json = new Utf8JsonWriter(told, new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            document.WriteTo(json, context, new(), Now, hasSysAttrs: false);
            json.WriteEndObject();
        }
        return System.Text.Encoding.UTF8.GetString(told.ToArray());
    }

    private static async Task RefusesAsync(string member, string members)
    {
        var refusal = await Assert.ThrowsAsync<NgsiLdException>(async () => await CompileAsync(members, hasNotification: true));
        Assert.Equal("https://uri.etsi.org/ngsi-ld/errors/BadRequestData", refusal.Type);
        Assert.Contains(member, refusal.Detail!, StringComparison.Ordinal);
    }

    private static async Task<Subscription> CompileAsync(string members, bool hasNotification = false)
    {
        var body = NotifierScene.Parse($"{{'type': 'Subscription', {members}{(hasNotification ? "" : ", 'notification': {'endpoint': {'uri': 'http://host/'}}")}}}");
        var read = SubscriptionInput.Read(body, JsonLdContext.Core, isFragment: false, Now);
        var document = new SubscriptionDocument { Id = "urn:s:1", Context = JsonLdContext.Core.Source, Members = [] }.With(read, JsonLdContext.Core.Source, Now, 0);
        return await Subscription.ReadAsync("", document, new(), Contexts, TestContext.Current.CancellationToken);
    }

    private sealed class NoContexts : IContextSource
    {
        public ValueTask<JsonElement> GetAsync(string tenant, Uri address, CancellationToken cancel) => throw NgsiLdException.LdContextNotAvailable(address.AbsoluteUri);

        public bool IsChanged() => false;

        public void Used(string tenant, string url)
        {
        }
    }
}
