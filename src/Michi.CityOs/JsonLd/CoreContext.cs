using System.Collections.Frozen;
using System.Text.Json;

namespace Michi.CityOs.JsonLd;

/// <summary>The terms of the NGSI-LD core context, ETSI GS CIM 009 V1.9.1 annex B, which nobody has to fetch.</summary>
internal static class CoreContext
{
    /// <summary>Address of the version whose terms are built in.</summary>
    public const string Url = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld";

    public const string NgsiLd = "https://uri.etsi.org/ngsi-ld/";

    /// <summary>Where a name belongs that no context explains (clause 5.5.7).</summary>
    public const string Default = "https://uri.etsi.org/ngsi-ld/default-context/";

    private const string Versions = NgsiLd + "v1/ngsi-ld-core-context";

    private const string GeoJson = "https://purl.org/geojson/vocab#";

    /// <summary>Terms that stand for themselves in the namespace of NGSI-LD.</summary>
    private const string Own = """
        Attribute AttributeList ContextSourceIdentity ContextSourceNotification ContextSourceRegistration Date DateTime EntityMap EntityType
        EntityTypeInfo EntityTypeList ExecutionResultDetails GeoProperty JsonProperty LanguageProperty ListProperty ListRelationship
        Notification Property Relationship Snapshot SnapshotNotification Subscription TemporalProperty Time VocabProperty
        accept aggrMethods aggrParams aggrPeriodDuration attributeCount attributeDetails attributeList attributeName attributeNames
        attributeTypes attributes attrs avg cacheDuration collation contextSourceAlias contextSourceExtras contextSourceInfo
        contextSourceTimeAt contextSourceUptime cooldown createdAt csf data datasetId deletedAt detail distinctCount endAt endTimeAt
        endpoint entities entity entityCount entityId entityList error errors expandValues expiresAt format geoQ geoproperty georel
        idPattern information instanceId isActive join jsonKeys jsonldContext jsons lang lastFailure lastN lastNotification lastSuccess
        lastUsedAt linkedMaps localOnly location management managementInterval max min mode modifiedAt ngsildConformance ngsildproof
        notUpdated notification notificationTrigger notifiedAt notifierInfo observationInterval observationSpace observedAt omit
        operationSpace operations orderBy ordering pick problemDetails propertyNames q reason receiverInfo refreshRate registrationId
        registrationName relationshipNames resultStatus scope scopeQ showChanges snapshotId snapshotLifetime snapshotPriority
        snapshotQueries snapshotQueriesDetails snapshotStatus snapshotTemporalQueries snapshotTemporalQueriesDetails startAt status
        stddev subscriptionId subscriptionName success sum sumsq sysAttrs temporalQ tenant throttling timeAt timeInterval timeout
        timeproperty timerel timesFailed timesSent totalCount triggerReason typeList typeName typeNames unchanged unitCode updated uri
        watchedAttributes
        """;

    /// <summary>Terms whose name in the namespace of NGSI-LD differs.</summary>
    private const string Renamed = """
        containedBy=isContainedBy dataset=hasDataset entityMap=hasEntityMap entityMapLifetime=hasEntityMapLifetime joinLevel=hasJoinLevel
        json=hasJSON key=hasKey languageMap=hasLanguageMap languageMaps=hasLanguageMaps object=hasObject objectList=hasObjectList
        objectLists=hasObjectLists objectType=hasObjectType objects=hasObjects previousJson=hasPreviousJson
        previousLanguageMap=hasPreviousLanguageMap previousObject=hasPreviousObject previousObjectList=hasPreviousObjectList
        previousValue=hasPreviousValue previousValueList=hasPreviousValueList previousVocab=hasPreviousVocab
        splitEntities=hasSplitEntities value=hasValue valueList=hasValueList valueLists=hasValueLists valueType=hasValueType
        values=hasValues vocab=hasVocab vocabs=hasVocabs
        """;

    private const string Geo = """
        Feature FeatureCollection GeometryCollection LineString MultiLineString MultiPoint MultiPolygon Point Polygon bbox coordinates
        features geometry properties
        """;

    /// <summary>Term → IRI; "id" and "type" stand for the keywords.</summary>
    public static readonly FrozenDictionary<string, string> Terms = Read();

    /// <summary>The terms as a document, as far as a reader of names needs them.</summary>
    public static readonly JsonElement Document = JsonSerializer.SerializeToElement(
        new Dictionary<string, object> { ["@context"] = Terms.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => KeyValuePair.Create(t.Key, t.Value)).Append(new("@vocab", Default)).ToDictionary() });

    /// <summary>Whether an address names a version of the core context.</summary>
    public static bool IsCore(string url) =>
        url.StartsWith(Versions, StringComparison.Ordinal) && url.EndsWith(".jsonld", StringComparison.Ordinal)
        && url[Versions.Length..^".jsonld".Length] is "" or ['-', 'v', >= '1' and <= '9', '.', >= '0' and <= '9'];

    private static FrozenDictionary<string, string> Read()
    {
        var terms = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["id"] = "@id",
            ["type"] = "@type",
            ["ngsi-ld"] = NgsiLd,
            ["geojson"] = GeoJson,
            ["description"] = "http://purl.org/dc/terms/description",
            ["title"] = "http://purl.org/dc/terms/title",
            ["langString"] = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString",
        };
        foreach (var term in Words(Own)) terms[term] = NgsiLd + term;
        foreach (var pair in Words(Renamed)) terms[pair[..pair.IndexOf('=')]] = NgsiLd + pair[(pair.IndexOf('=') + 1)..];
        foreach (var term in Words(Geo)) terms[term] = GeoJson + term;
        return terms.ToFrozenDictionary(StringComparer.Ordinal);

        static string[] Words(string text) => text.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries);
    }
}
