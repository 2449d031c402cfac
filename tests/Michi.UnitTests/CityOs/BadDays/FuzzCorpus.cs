namespace Michi.UnitTests.CityOs.BadDays;

/// <summary>Good input of all kinds, from which bad input is made. JSON is in single quotes.</summary>
internal static class FuzzCorpus
{
    private const string Entity = """
        { 'id': 'urn:ngsi-ld:Thing:1', 'type': ['Thing', 'Vehicle'], 'scope': ['/a/b', '/c'], 'expiresAt': '2100-01-01T00:00:00Z',
          'speed': [{ 'type': 'Property', 'value': 30.5, 'unitCode': 'KMH', 'observedAt': '2026-01-01T00:00:00.123Z', 'accuracy': { 'type': 'Property', 'value': 1 } }, { 'type': 'Property', 'value': 1, 'datasetId': 'urn:x:gps' }],
          'location': { 'type': 'GeoProperty', 'value': { 'type': 'Point', 'coordinates': [139.7, 35.6] } }, 'area': { 'type': 'GeoProperty', 'value': { 'type': 'Polygon', 'coordinates': [[[170, -10], [180, -10], [180, 10], [170, 10], [170, -10]]] } },
          'in': { 'type': 'Relationship', 'object': ['urn:ngsi-ld:Thing:2', 'urn:ngsi-ld:Thing:3'], 'objectType': 'Thing' }, 'label': { 'type': 'LanguageProperty', 'languageMap': { 'en': 'Hello', 'ja': 'こんにちは', '@none': 'x' } },
          'raw': { 'type': 'JsonProperty', 'json': { 'a': [1, { 'b': null }] } }, 'kind': { 'type': 'VocabProperty', 'vocab': ['Male', 'Female'] }, 'list': { 'type': 'ListProperty', 'valueList': [1, 'a', [2]] },
          'all': { 'type': 'ListRelationship', 'objectList': [{ 'object': 'urn:x:1' }, { 'object': 'urn:x:2' }] }, 'value': { 'value': { 'x': { 'y': [1, 2, 3] } } }, 'short': 5, 'text': 'abc', 'flag': true, 'time': { 'type': 'Property', 'value': { '@type': 'DateTime', '@value': '2026-01-01T00:00:00Z' } } }
        """;

    private const string Small = "{ 'id': 'urn:ngsi-ld:Thing:2', 'type': 'Thing', 'speed': 1, 'location': { 'type': 'Point', 'coordinates': [1, 2] } }";

    private const string Attribute = "{ 'type': 'Property', 'value': 31, 'observedAt': '2026-01-02T00:00:00Z', 'unitCode': 'KMH', 'datasetId': 'urn:x:gps' }";

    private const string Subscription = """
        { 'id': 'urn:ngsi-ld:Subscription:1', 'type': 'Subscription', 'subscriptionName': 'a', 'description': 'b', 'entities': [{ 'type': 'Thing', 'id': 'urn:ngsi-ld:Thing:1', 'idPattern': '^urn.*' }], 'watchedAttributes': ['speed'], 'notificationTrigger': ['entityCreated', 'attributeUpdated'],
          'q': 'speed>10;label[en]==\"Hello\"', 'geoQ': { 'georel': 'near;maxDistance==1000', 'geometry': 'Point', 'coordinates': [139.7, 35.6], 'geoproperty': 'location' }, 'scopeQ': '/a/#', 'csf': 'a==1', 'isActive': true, 'expiresAt': '2100-01-01T00:00:00Z', 'throttling': 5,
          'temporalQ': { 'timerel': 'after', 'timeAt': '2026-01-01T00:00:00Z' }, 'lang': 'en', 'datasetId': ['urn:x:gps', '@none'], 'jsonldContext': 'http://127.0.0.1:9/c',
          'notification': { 'attributes': ['speed'], 'format': 'concise', 'sysAttrs': true, 'showChanges': true, 'pick': ['id', 'speed'], 'join': 'inline', 'joinLevel': 2,
            'endpoint': { 'uri': 'http://127.0.0.1:9/n', 'accept': 'application/ld+json', 'timeout': 100, 'cooldown': 100, 'receiverInfo': [{ 'key': 'a', 'value': 'b' }], 'notifierInfo': [{ 'key': 'MQTT-QoS', 'value': '1' }] } } }
        """;

    private const string Timed = "{ 'type': 'Subscription', 'entities': [{ 'type': 'Thing' }], 'timeInterval': 3600, 'notification': { 'endpoint': { 'uri': 'mqtt://user:secret@127.0.0.1:9/a/b', 'notifierInfo': [{ 'key': 'MQTT-Version', 'value': 'mqtt5.0' }, { 'key': 'MQTT-QoS', 'value': '2' }] } } }";

    private const string Registration = """
        { 'id': 'urn:ngsi-ld:ContextSourceRegistration:1', 'type': 'ContextSourceRegistration', 'registrationName': 'r', 'endpoint': 'http://127.0.0.1:9', 'mode': 'inclusive', 'operations': ['federationOps', 'updateOps'], 'tenant': 'x', 'localOnly': false,
          'information': [{ 'entities': [{ 'id': 'urn:ngsi-ld:Thing:9', 'type': 'Other', 'idPattern': 'urn:.*' }], 'propertyNames': ['speed'], 'relationshipNames': ['in'] }], 'observationInterval': { 'startAt': '2020-01-01T00:00:00Z', 'endAt': '2030-01-01T00:00:00Z' },
          'location': { 'type': 'Polygon', 'coordinates': [[[0, 0], [1, 0], [1, 1], [0, 0]]] }, 'expiresAt': '2100-01-01T00:00:00Z', 'contextSourceInfo': [{ 'key': 'jsonldContext', 'value': 'http://127.0.0.1:9/c' }], 'scope': '/a', 'refreshRate': 'PT1H', 'management': { 'timeout': 100, 'cacheDuration': 'PT5M', 'cooldown': 100 }, 'own': 'x' }
        """;

    private const string Query = "{ 'type': 'Query', 'entities': [{ 'type': 'Thing' }], 'attrs': ['speed'], 'q': 'speed>10', 'geoQ': { 'georel': 'within', 'geometry': 'Polygon', 'coordinates': [[[0, 0], [180, 0], [180, 80], [0, 80], [0, 0]]] }, 'scopeQ': '/a', 'temporalQ': { 'timerel': 'between', 'timeAt': '2020-01-01T00:00:00Z', 'endTimeAt': '2030-01-01T00:00:00Z', 'lastN': 3 }, 'lang': 'en', 'pick': ['id', 'speed'], 'omit': ['in'], 'datasetId': ['urn:x:gps'], 'ordering': { 'orderBy': ['speed;desc'] } }";

    private const string Evolution = "{ 'id': 'urn:ngsi-ld:Thing:4', 'type': 'Thing', 'speed': [{ 'type': 'Property', 'value': 1, 'observedAt': '2026-01-01T00:00:00Z' }, { 'type': 'Property', 'value': 'a', 'observedAt': '2026-01-02T00:00:00Z', 'instanceId': 'urn:x:i' }], 'location': [{ 'type': 'GeoProperty', 'value': { 'type': 'Point', 'coordinates': [1, 2] }, 'observedAt': '2026-01-01T00:00:00Z' }] }";

    private const string Snapshot = "{ 'id': 'urn:ngsi-ld:Snapshot:1', 'type': 'Snapshot', 'snapshotQueries': [{ 'type': 'Query', 'entities': [{ 'type': 'Thing' }], 'q': 'speed>1' }], 'snapshotTemporalQueries': [{ 'type': 'Query', 'entities': [{ 'type': 'Thing' }], 'temporalQ': { 'timerel': 'after', 'timeAt': '2026-01-01T00:00:00Z' } }], 'snapshotPriority': 5, 'snapshotLifetime': 'PT1M', 'endpoint': { 'uri': 'http://127.0.0.1:9/' } }";

    /// <summary>An @context.</summary>
    public const string Context = "{ '@vocab': 'https://example.org/v#', 'ex': { '@id': 'https://example.org/', '@prefix': true }, 'speed': 'ex:speed', 'label': { '@id': 'ex:label', '@type': '@id', '@container': '@list' }, 'no': null, 'Thing': 'https://example.org/Thing' }";

    /// <summary>Bodies, each for a method and path.</summary>
    public static readonly (string Method, string Path, string? Body)[] Requests =
    [
        .. ((string Method, string Path, string? Body)[])[
            ("POST", "entities", Entity), ("POST", "entities", Small), ("PUT", "entities/urn:ngsi-ld:Thing:1", Entity), ("PATCH", "entities/urn:ngsi-ld:Thing:1", Entity), ("POST", "entities/urn:ngsi-ld:Thing:1/attrs", Entity), ("PATCH", "entities/urn:ngsi-ld:Thing:1/attrs", Entity),
            ("PATCH", "entities/urn:ngsi-ld:Thing:1/attrs/speed", Attribute), ("PUT", "entities/urn:ngsi-ld:Thing:1/attrs/speed", Attribute), ("PATCH", "entities/urn:ngsi-ld:Thing:1/attrs/value", "{ 'value': { 'x': { 'y': 'urn:ngsi-ld:null' } } }"), ("PATCH", "entities/urn:ngsi-ld:Thing:1/attrs/raw", "{ 'type': 'JsonProperty', 'json': { 'c': 1 } }"),
            ("DELETE", "entities/urn:ngsi-ld:Thing:1/attrs/speed", null), ("DELETE", "entities/urn:ngsi-ld:Thing:2", null), ("DELETE", "entities", null), ("GET", "entities/urn:ngsi-ld:Thing:1", null), ("GET", "entities", null), ("GET", "entities", null), ("GET", "types", null), ("GET", "types/Thing", null), ("GET", "attributes", null), ("GET", "attributes/speed", null),
            ("POST", "entityOperations/create", $"[{Entity}, {Small}]"), ("POST", "entityOperations/upsert", $"[{Entity}, {Small}]"), ("POST", "entityOperations/update", $"[{Entity}, {Small}]"), ("POST", "entityOperations/merge", $"[{Entity}, {Small}]"), ("POST", "entityOperations/delete", "['urn:ngsi-ld:Thing:1', 'urn:x:1']"), ("POST", "entityOperations/query", Query),
            ("POST", "subscriptions", Subscription), ("POST", "subscriptions", Timed), ("PATCH", "subscriptions/urn:ngsi-ld:Subscription:1", Subscription), ("GET", "subscriptions", null), ("GET", "subscriptions/urn:ngsi-ld:Subscription:1", null), ("DELETE", "subscriptions/urn:ngsi-ld:Subscription:1", null),
            ("POST", "csourceRegistrations", Registration), ("PATCH", "csourceRegistrations/urn:ngsi-ld:ContextSourceRegistration:1", Registration), ("GET", "csourceRegistrations", null), ("GET", "csourceRegistrations/urn:ngsi-ld:ContextSourceRegistration:1", null), ("DELETE", "csourceRegistrations/urn:ngsi-ld:ContextSourceRegistration:1", null),
            ("POST", "csourceSubscriptions", Subscription), ("PATCH", "csourceSubscriptions/urn:ngsi-ld:Subscription:1", Subscription), ("GET", "csourceSubscriptions", null), ("DELETE", "csourceSubscriptions/urn:ngsi-ld:Subscription:1", null),
            ("POST", "temporal/entities", Evolution), ("POST", "temporal/entities/urn:ngsi-ld:Thing:4/attrs", Evolution), ("PATCH", "temporal/entities/urn:ngsi-ld:Thing:4/attrs/speed/urn:x:i", "{ 'speed': [{ 'type': 'Property', 'value': 2, 'observedAt': '2026-01-03T00:00:00Z' }] }"), ("DELETE", "temporal/entities/urn:ngsi-ld:Thing:4/attrs/speed", null),
            ("DELETE", "temporal/entities/urn:ngsi-ld:Thing:4", null), ("GET", "temporal/entities/urn:ngsi-ld:Thing:4", null), ("GET", "temporal/entities", null), ("GET", "temporal/entities", null), ("POST", "temporal/entityOperations/query", Query),
            ("POST", "jsonldContexts", $"{{ '@context': {Context} }}"), ("GET", "jsonldContexts", null), ("GET", "jsonldContexts/x", null), ("DELETE", "jsonldContexts/x", null), ("GET", "info/sourceIdentity", null), ("GET", "entityMaps", null), ("POST", "entityMaps", Query), ("POST", "temporal/entityMaps", Query), ("GET", "temporal/entityMaps", null),
            ("POST", "snapshots", Snapshot), ("PATCH", "snapshots/urn:ngsi-ld:Snapshot:1", "{ 'snapshotPriority': 6, 'snapshotLifetime': 'PT2M' }"), ("GET", "snapshots/urn:ngsi-ld:Snapshot:1", null), ("POST", "snapshots/urn:ngsi-ld:Snapshot:1/clone", "{ 'id': 'urn:ngsi-ld:Snapshot:2', 'type': 'Snapshot' }"), ("DELETE", "snapshots/urn:ngsi-ld:Snapshot:1", null), ("DELETE", "snapshots", null),
        ],
    ];

    /// <summary>Parameters with good values.</summary>
    public static readonly (string Name, string[] Values)[] Parameters =
    [
        ("type", ["Thing", "Thing,Vehicle", "(Thing;Vehicle)|Other", "https://example.org/Thing"]), ("id", ["urn:ngsi-ld:Thing:1,urn:ngsi-ld:Thing:2"]), ("idPattern", ["^urn:ngsi-ld:Thing:.*", "(a|b)*c"]), ("attrs", ["speed,location"]),
        ("q", ["speed>10", "speed==1..30;label[en]~=\"H.*\"", "(speed>1|in==urn:ngsi-ld:Thing:2);!text", "speed.accuracy<5", "value[x.y]==2", "in{speed}>0", "raw[a]==1,2", "speed.observedAt>=2026-01-01T00:00:00Z", "text~=^a", "kind==\"Male\"", "flag==true"]),
        ("csf", ["own==\"x\""]), ("scopeQ", ["/a/#", "/a/+;/c", "/a,/b"]), ("georel", ["near;maxDistance==1000", "within", "intersects", "disjoint", "equals", "overlaps", "contains", "near;minDistance==5"]), ("geometry", ["Point", "Polygon", "LineString", "MultiPolygon"]),
        ("coordinates", ["[139.7,35.6]", "[[[170,-10],[190,-10],[190,10],[170,10],[170,-10]]]", "[[0,0],[1,1]]", "[[[0,0],[1,1],[0,1],[1,0],[0,0]]]"]), ("geoproperty", ["location", "area"]), ("geometryProperty", ["location"]), ("timerel", ["after", "before", "between"]),
        ("timeAt", ["2026-01-01T00:00:00Z"]), ("endTimeAt", ["2030-01-01T00:00:00Z"]), ("timeproperty", ["observedAt", "modifiedAt", "createdAt", "deletedAt"]), ("lastN", ["3"]), ("limit", ["0", "5", "1000"]), ("offset", ["0", "1", "100000"]), ("count", ["true", "false"]),
        ("options", ["keyValues", "sysAttrs,concise", "noOverwrite", "update", "temporalValues", "aggregatedValues", "audit"]), ("format", ["simplified", "concise", "normalized", "temporalValues", "aggregatedValues"]), ("aggrMethods", ["avg,min,max", "totalCount,distinctCount,sum,stddev,sumsq"]), ("aggrPeriodDuration", ["P1D", "PT1H30M", "PT0S"]),
        ("pick", ["id,type,speed", "in{speed}"]), ("omit", ["in", "id"]), ("lang", ["ja", "en;q=0.5,fr", "*"]), ("datasetId", ["urn:x:gps,@none"]), ("join", ["inline", "flat", "@none"]), ("joinLevel", ["1", "3"]), ("containedBy", ["urn:ngsi-ld:Thing:1"]), ("local", ["true"]), ("details", ["true"]), ("kind", ["Hosted"]), ("reload", ["true"]),
        ("deleteAll", ["true"]), ("orderBy", ["speed", "speed;desc,label[en];asc", "location;dist-asc", "id"]), ("collation", ["ja", "de-u-co-phonebk"]), ("orderFrom", ["[139,35]"]), ("orderGeometry", ["Point"]), ("drop", ["speed"]), ("keep", ["speed"]), ("expandValues", ["kind"]), ("jsonKeys", ["raw"]), ("observedAt", ["2026-01-01T00:00:00Z"]),
        ("entityMap", ["true", "urn:x:1"]), ("entityMapLifetime", ["PT1M"]), ("splitEntities", ["true"]), ("via", ["x"]),
    ];

    public static readonly (string Name, string[] Values)[] Headers =
    [
        ("Link", ["<http://127.0.0.1:9/c>; rel=\"http://www.w3.org/ns/json-ld#context\"; type=\"application/ld+json\"", "<https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld>; rel=\"http://www.w3.org/ns/json-ld#context\""]), ("Accept", ["application/ld+json", "application/geo+json", "*/*;q=0.1, application/json;q=x"]),
        ("Prefer", ["body=json", "ngsi-ld=1.3"]), ("NGSILD-Snapshot", ["urn:ngsi-ld:Snapshot:1"]), ("NGSILD-EntityMap", ["urn:x:1"]), ("Via", ["1.1 x"]), ("NGSILD-Tenant", ["t1"]),
    ];

    public static string Quoted(string json) => json.Replace('\'', '"');
}
