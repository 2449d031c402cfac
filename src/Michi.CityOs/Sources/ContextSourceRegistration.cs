using System.Text.Json;
using System.Text.Json.Nodes;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Queries;

namespace Michi.CityOs.Sources;

/// <summary>How what a source holds and what is held here go together, ETSI GS CIM 009, clause 4.3.6.</summary>
internal enum SourceMode
{
    /// <summary>Both hold; what is newer counts.</summary>
    Inclusive,

    /// <summary>Only the source holds these attributes of one entity.</summary>
    Exclusive,

    /// <summary>Only sources hold these entities; there may be several.</summary>
    Redirect,

    /// <summary>The source is asked for what nobody else has, and never written to.</summary>
    Auxiliary,
}

/// <summary>Entities a source may have, clause 5.2.8; null members say nothing.</summary>
/// <param name="Types">Expanded.</param>
internal sealed record SourceEntities(IReadOnlySet<string>? Ids, TextPattern? IdPattern, IReadOnlySet<string>? Types)
{
    /// <param name="types">Of the entity; null where they are not known.</param>
    public bool Cover(string id, IReadOnlyCollection<string>? types) =>
        Ids?.Contains(id) != false && IdPattern?.Matches(id) != false && (Types is null || types is null || types.Any(Types.Contains));
}

/// <summary>Which attributes of which entities a source may have, clause 5.2.10.</summary>
/// <param name="Entities">Any of these; null for all.</param>
/// <param name="Attributes">Expanded; null for all.</param>
internal sealed record SourceInformation(IReadOnlyList<SourceEntities>? Entities, IReadOnlySet<string>? Attributes)
{
    public bool Covers(string id, IReadOnlyCollection<string>? types) => Entities is null || Entities.Any(e => e.Cover(id, types));
}

/// <summary>A registered context source, clause 5.2.9. Immutable.</summary>
internal sealed class ContextSourceRegistration
{
    private readonly JsonObject _document;

    private ContextSourceRegistration(JsonObject document)
    {
        _document = document;
        Id = Text("id")!;
        Information = [.. document["information"]!.AsArray().Select(i => ReadInformation(i!))];
        Endpoint = Text("endpoint")!;
        Mode = Text("mode") is { } mode ? Enum.Parse<SourceMode>(mode, ignoreCase: true) : SourceMode.Inclusive;
        Operations = document["operations"] is JsonArray names ? SourceOperations.Read(names.Select(n => n!.GetValue<string>())) : SourceOperations.FederationOps;
        Tenant = Text("tenant") ?? "";
        Alias = Text("contextSourceAlias");
        ExpiresAt = Time("expiresAt");
        Info = document["contextSourceInfo"] is JsonArray pairs ? [.. pairs.Select(p => (p!["key"]!.GetValue<string>(), p["value"]!.GetValue<string>()))] : [];
        var management = document["management"];
        IsLocalOnly = management?["localOnly"]?.GetValue<bool>() ?? document["localOnly"]?.GetValue<bool>() ?? false;
        CacheDuration = management?["cacheDuration"]?.GetValue<string>() is { } duration ? EntityReader.Duration(duration) : null;
        Timeout = Milliseconds(management?["timeout"]);
        Cooldown = Milliseconds(management?["cooldown"]);
        Datasets = Texts(document["datasetId"]);
        ObservationInterval = Interval("observationInterval");
        ManagementInterval = Interval("managementInterval");
        IsLatest = ObservationInterval is null && ManagementInterval is null;
        Described = Describe();
    }

    public string Id { get; }

    public IReadOnlyList<SourceInformation> Information { get; }

    /// <summary>Address of the source's API; clause 6 says what follows it.</summary>
    public string Endpoint { get; }

    public SourceMode Mode { get; }

    public SourceOperation Operations { get; }

    /// <summary>The tenant at the source; empty for its default one.</summary>
    public string Tenant { get; }

    /// <summary>What the source calls itself in Via headers; null where not told.</summary>
    public string? Alias { get; }

    public DateTimeOffset? ExpiresAt { get; }

    /// <summary>What to tell the source with every request, clause 4.3.6.5.</summary>
    public IReadOnlyList<(string Key, string Value)> Info { get; }

    /// <summary>Whether the source must not ask others in turn.</summary>
    public bool IsLocalOnly { get; }

    /// <summary>How long what the source answers is told again; null where it is asked every time.</summary>
    public TimeSpan? CacheDuration { get; }

    public TimeSpan? Timeout { get; }

    /// <summary>How long a source that failed is left alone.</summary>
    public TimeSpan? Cooldown { get; }

    /// <summary>The instances of attributes the source may have, "@none" standing for the default one; null where it does not say (clause 5.12).</summary>
    public IReadOnlySet<string>? Datasets { get; }

    /// <summary>When what the source tells was observed; null where it does not say.</summary>
    public (DateTimeOffset From, DateTimeOffset? Until)? ObservationInterval { get; }

    public (DateTimeOffset From, DateTimeOffset? Until)? ManagementInterval { get; }

    /// <summary>Whether the source tells how things are, not how they were.</summary>
    public bool IsLatest { get; }

    /// <summary>Whether the source holds alone what it is registered for.</summary>
    public bool IsProxy => Mode is SourceMode.Exclusive or SourceMode.Redirect;

    /// <summary>The registration as an entity, so that q, csf, geoQ and scopeQ can be asked of it (clause 5.10.2.4).</summary>
    public Entity Described { get; }

    public bool Supports(SourceOperation operation) => (Operations & operation) != 0;

    /// <summary>When it was last changed, as it is kept.</summary>
    public string Version => Text("modifiedAt") ?? Text("createdAt") ?? "";

    public string? InfoOf(string key)
    {
        foreach (var (name, value) in Info)
            if (name == key) return value;
        return null;
    }

    /// <summary>What the source may have of an entity.</summary>
    /// <param name="types">Of the entity; null where not known.</param>
    /// <param name="attributes">Expanded; null for all.</param>
    /// <returns>False for nothing.</returns>
    public bool Covers(string id, IReadOnlyCollection<string>? types, out IReadOnlySet<string>? attributes)
    {
        attributes = null;
        HashSet<string>? several = null;
        foreach (var information in Information)
        {
            if (!information.Covers(id, types)) continue;
            if (information.Attributes is null)
            {
                attributes = null;
                return true;
            }
            if (attributes is null) attributes = information.Attributes;
            else attributes = several = [.. several ?? attributes, .. information.Attributes];
        }
        return attributes is not null;
    }

    /// <summary>The types an entity may have by what the source is registered for; null for any.</summary>
    public IReadOnlySet<string>? TypesOf(string id)
    {
        HashSet<string> types = [];
        foreach (var information in Information.Where(i => i.Covers(id, null)))
        {
            if (information.Entities is null) return null;
            foreach (var entities in information.Entities.Where(e => e.Cover(id, null)))
            {
                if (entities.Types is null) return null;
                types.UnionWith(entities.Types);
            }
        }
        return types;
    }

    /// <summary>From a document as it is kept, which is checked.</summary>
    public static ContextSourceRegistration Read(JsonObject document) => new(document);

    /// <summary>The document it was read from.</summary>
    public JsonObject Kept() => (JsonObject)_document.DeepClone();

    public static ContextSourceRegistration Read(byte[] body) => new(JsonNode.Parse(body)!.AsObject());

    /// <summary>Writes the registration in the names of a context.</summary>
    /// <param name="state">What became of requests to the source; null where there was none.</param>
    /// <param name="isWanted">Which parts of its information to tell; null for all.</param>
    public void Write(Utf8JsonWriter json, JsonLdContext context, bool hasSysAttrs, SourceState? state, Action<Utf8JsonWriter>? tail, Func<SourceInformation, bool>? isWanted = null)
    {
        json.WriteStartObject();
        foreach (var (name, value) in _document)
        {
            if (name is "createdAt" or "modifiedAt" && !hasSysAttrs) continue;
            json.WritePropertyName(RegistrationDocument.IsMember(name) ? name : context.Compact(name));
            if (name == "information") WriteInformation(json, value!.AsArray(), context, isWanted);
            else value!.WriteTo(json, PlainJson.Serializer);
        }
        state?.Write(json);
        tail?.Invoke(json);
        json.WriteEndObject();
    }

    private void WriteInformation(Utf8JsonWriter json, JsonArray information, JsonLdContext context, Func<SourceInformation, bool>? isWanted)
    {
        json.WriteStartArray();
        // One that no longer matches is told whole.
        var isWhole = isWanted is null || !Information.Any(isWanted);
        foreach (var (one, read) in information.Zip(Information))
        {
            if (!isWhole && !isWanted!(read)) continue;
            json.WriteStartObject();
            foreach (var (name, value) in one!.AsObject())
            {
                json.WriteStartArray(name);
                foreach (var inner in value!.AsArray())
                {
                    if (name != "entities")
                    {
                        json.WriteStringValue(context.Compact(inner!.GetValue<string>()));
                        continue;
                    }
                    json.WriteStartObject();
                    foreach (var (member, told) in inner!.AsObject())
                    {
                        json.WritePropertyName(member);
                        if (member != "type") told!.WriteTo(json);
                        else if (isWanted is not null && told is not JsonArray)
                        {
                            // Clause 5.2.8 allows both forms; notifications have arrays alone.
                            json.WriteStartArray();
                            json.WriteStringValue(context.Compact(told!.GetValue<string>()));
                            json.WriteEndArray();
                        }
                        else if (told is JsonArray types)
                        {
                            json.WriteStartArray();
                            foreach (var type in types) json.WriteStringValue(context.Compact(type!.GetValue<string>()));
                            json.WriteEndArray();
                        }
                        else json.WriteStringValue(context.Compact(told!.GetValue<string>()));
                    }
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static SourceInformation ReadInformation(JsonNode information)
    {
        IReadOnlyList<SourceEntities>? entities = information["entities"] is JsonArray infos
            ? [.. infos.Select(i => new SourceEntities(Texts(i!["id"]), i["idPattern"] is { } pattern ? TextPattern.Parse(pattern.GetValue<string>(), "idPattern") : null, Texts(i["type"])))]
            : null;
        var (properties, relationships) = (Texts(information["propertyNames"]), Texts(information["relationshipNames"]));
        return new(entities, properties is null ? relationships : relationships is null ? properties : properties.Concat(relationships).ToHashSet());
    }

    private static HashSet<string>? Texts(JsonNode? node) => node switch
    {
        null => null,
        JsonArray several => [.. several.Select(t => t!.GetValue<string>())],
        _ => [node.GetValue<string>()],
    };

    private Entity Describe()
    {
        List<EntityAttribute> attributes = [];
        var reader = new EntityReader(JsonLdContext.Core, InputForm.Normalized, InputNeed.Attributes);
        foreach (var (name, value) in _document)
        {
            if (name is "id" or "type" or "information" or "contextSourceInfo" or "management" or "scope" or "datasetId" or "observationInterval" or "managementInterval") continue;
            var iri = RegistrationDocument.IsMember(name) ? JsonLdContext.Core.Expand(name) : name;
            attributes.AddRange(reader.ReadAttribute(iri, name, JsonSerializer.SerializeToElement(value)));
        }
        return new Entity
        {
            Id = Id,
            Types = [CoreContext.NgsiLd + "ContextSourceRegistration"],
            Scopes = Texts(_document["scope"])?.Select(s => s.StartsWith('/') ? s : '/' + s).ToList(),
            Attributes = attributes,
        };
    }

    private string? Text(string member) => _document[member]?.GetValue<string>();

    private DateTimeOffset? Time(string member) => EntityReader.Time(Text(member));

    private (DateTimeOffset, DateTimeOffset?)? Interval(string member) => _document[member] is JsonObject interval
        ? (EntityReader.Time(interval["startAt"]!.GetValue<string>())!.Value, EntityReader.Time(interval["endAt"]?.GetValue<string>()))
        : null;

    private static TimeSpan? Milliseconds(JsonNode? number) => number is null ? null : TimeSpan.FromMilliseconds(Math.Min(number.GetValue<double>(), int.MaxValue));
}
