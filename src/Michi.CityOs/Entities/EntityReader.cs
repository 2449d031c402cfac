using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Xml;
using Michi.CityOs.JsonLd;

namespace Michi.CityOs.Entities;

/// <summary>In what form the attributes of a request may come.</summary>
internal enum InputForm
{
    /// <summary>Normalized or concise, clauses 4.5.2 to 4.5.5; told apart attribute by attribute.</summary>
    Normalized,

    /// <summary>Only values, clause 4.5.4.</summary>
    Simplified,
}

/// <summary>What a fragment of an entity may lack.</summary>
internal enum InputNeed
{
    /// <summary>A whole entity: id, type, and a value for every attribute.</summary>
    Whole,

    /// <summary>Attributes to add or to put in place of others: each needs a value; the NGSI-LD Null is taken as one that is not there.</summary>
    Attributes,

    /// <summary>Parts of attributes: no member is needed, and the NGSI-LD Null takes away.</summary>
    Parts,

    /// <summary>The same, where the NGSI-LD Null within a value takes that part of it away.</summary>
    Merge,
}

/// <summary>Reads entities and parts of them from JSON-LD, with all names expanded.</summary>
/// <remarks>Time and memory O(bytes). Faults are <see cref="NgsiLdException"/>s that name the member.</remarks>
internal sealed class EntityReader
{
    /// <summary>Attributes of attributes of attributes …: deeper than this nobody models, and recursion stays bounded.</summary>
    private const int Deepest = 20;

    private readonly JsonLdContext _context;
    private readonly InputForm _form;
    private readonly InputNeed _need;

    private bool IsPartial => _need is InputNeed.Parts or InputNeed.Merge;

    public EntityReader(JsonLdContext context, InputForm form, InputNeed need) => (_context, _form, _need) = (context, form, need);

    /// <summary>Reads an entity, or a fragment of one, whose id and types are then empty where they are not told.</summary>
    public Entity Read(JsonElement body)
    {
        if (body.ValueKind != JsonValueKind.Object) throw NgsiLdException.InvalidRequest("Expected a JSON object.");
        var id = "";
        List<string> types = [];
        List<string>? scopes = null;
        DateTimeOffset? expiresAt = null;
        List<EntityAttribute> attributes = [];
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (var member in body.EnumerateObject())
        {
            var told = KnownNames.Of(member);
            switch (told)
            {
                case "@context" or "createdAt" or "modifiedAt" or "deletedAt":
                    break;
                case "id" or "@id":
                    id = Uri(member.Value, "id");
                    break;
                case "type" or "@type":
                    types = TypesOf(member.Value, "type");
                    break;
                case "scope" or CoreContext.NgsiLd + "scope":
                    scopes = ScopesOf(member.Value);
                    break;
                case "expiresAt" or CoreContext.NgsiLd + "expiresAt":
                    expiresAt = member.Value.ValueKind == JsonValueKind.String && member.Value.ValueEquals(EntityAttribute.Null) ? DateTimeOffset.MaxValue : Time(member.Value, "expiresAt");
                    break;
                default:
                    var name = NameOf(told);
                    if (!seen.Add(name)) throw NgsiLdException.BadRequestData($"The attribute {told} is there twice.");
                    AddInstances(attributes, name, told, member.Value, 0);
                    break;
            }
        }
        if (_need == InputNeed.Whole)
        {
            if (id.Length == 0) throw NgsiLdException.BadRequestData("The entity needs an id, a URI.");
            if (types.Count == 0) throw NgsiLdException.BadRequestData("The entity needs a type.");
        }
        return new Entity { Id = id, Types = types, Scopes = scopes, ExpiresAt = expiresAt, Attributes = attributes };
    }

    /// <summary>Reads the instance or instances of one attribute.</summary>
    /// <param name="name">Expanded.</param>
    /// <param name="told">As the request told it, for faults.</param>
    public List<EntityAttribute> ReadAttribute(string name, string told, JsonElement body)
    {
        List<EntityAttribute> attributes = [];
        AddInstances(attributes, name, told, body, 0);
        return attributes;
    }

    /// <summary>The expanded name of an attribute, checked against clause 4.6.2.</summary>
    public string NameOf(string name)
    {
        if (!IsName(name)) throw NgsiLdException.BadRequestData($"{name} is not the name of an attribute: expected letters, digits and _, beginning with a letter, after a prefix and a colon if need be, or a URI.");
        var iri = _context.Expand(name);
        if (iri[0] == '@') throw NgsiLdException.BadRequestData($"{name} stands for {iri} in the @context and cannot name an attribute.");
        return NotAttributes.Contains(iri) ? throw NgsiLdException.BadRequestData($"{name} is a term of the standard for a part of attributes and cannot name one.") : iri;
    }

    /// <summary>Terms of the core context that are parts of attributes, clause 4.5.1.</summary>
    private static readonly HashSet<string> NotAttributes =
        [.. ((string[])["datasetId", "instanceId", "observedAt", "unitCode", EntityAttribute.IdSealed, EntityAttribute.TypeSealed]).Select(t => CoreContext.NgsiLd + t)];

    /// <summary>Whether a name is one of an attribute or a type, clause 4.6.2: letters, digits and _, perhaps after a prefix, or a URI.</summary>
    public static bool IsName(string name)
    {
        var colon = name.IndexOf(':');
        if (colon < 0) return IsPlain(name);
        if (colon == 0 || colon == name.Length - 1) return false;
        if (IsPlain(name.AsSpan(0, colon)) && IsPlain(name.AsSpan(colon + 1))) return true;
        return IsUri(name);

        static bool IsPlain(ReadOnlySpan<char> text)
        {
            if (text.IsEmpty || !char.IsLetter(text[0])) return false;
            foreach (var c in text)
                if (!char.IsLetterOrDigit(c) && c != '_' && !char.IsSurrogate(c)) return false;
            return true;
        }
    }

    /// <summary>Whether a text is an absolute URI or IRI, RFC 3986 and 3987: a scheme and something after it, nothing that would have to be escaped, nothing that cannot be seen.</summary>
    public static bool IsUri(string text)
    {
        var colon = text.IndexOf(':');
        if (colon < 1 || colon == text.Length - 1 || !char.IsAsciiLetter(text[0])) return false;
        for (var i = 1; i < colon; i++)
            if (!char.IsAsciiLetterOrDigit(text[i]) && text[i] is not ('+' or '-' or '.')) return false;
        for (var i = colon + 1; i < text.Length; i++)
            if (text[i] <= ' ' || text[i] is '<' or '>' or '"' or '{' or '}' or '|' or '\\' or '^' or '`' or '\x7f') return false;
        return Ascii.IsValid(text) || text.EnumerateRunes().All(IsSeen);
    }

    /// <summary>Whether a character leaves a mark: two ids that look the same must be the same.</summary>
    private static bool IsSeen(Rune rune)
    {
        if (rune.Value is 0x115f or 0x1160 or 0x3164 or 0xffa0 or 0x2800 or 0xfffd or (>= 0xfe00 and <= 0xfe0f) or (>= 0xe0100 and <= 0xe01ef) or (>= 0xfdd0 and <= 0xfdef) || (rune.Value & 0xfffe) == 0xfffe) return false;
        return Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator
            or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.Surrogate or UnicodeCategory.OtherNotAssigned);
    }

    /// <summary>A time in UTC, clause 4.6.3: ISO 8601 ending in Z, at most microseconds kept.</summary>
    public static DateTimeOffset? Time(string? text)
    {
        if (text is null || text.Length is < 17 or > 40 || text[^1] != 'Z' || text[10] != 'T') return null;
        text = text.Replace(',', '.');
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time) ? time : null;
    }

    /// <summary>A duration of ISO 8601; null where the text is none, or none that can be measured.</summary>
    public static TimeSpan? Duration(string text)
    {
        try
        {
            return XmlConvert.ToTimeSpan(text);
        }
        catch (Exception fault) when (fault is FormatException or OverflowException)
        {
            return null;
        }
    }

    private static DateTimeOffset Time(JsonElement value, string told, string member = "") =>
        (value.ValueKind == JsonValueKind.String ? Time(value.GetString()) : null)
        ?? throw NgsiLdException.BadRequestData($"{told}{member} is not a time in UTC: expected 2026-01-31T09:00:00Z.");

    /// <summary>A URI that names something: the NGSI-LD Null does not (clauses 5.5.4 and 5.5.8).</summary>
    private static string Uri(JsonElement value, string told, string member = "") =>
        value.ValueKind == JsonValueKind.String && value.GetString() is { } text && text != EntityAttribute.Null && IsUri(text) ? text : throw NgsiLdException.BadRequestData($"{told}{member} is not a URI: expected for example urn:ngsi-ld:Building:1.");

    private List<string> TypesOf(JsonElement value, string member)
    {
        List<string> types = [];
        foreach (var type in value.OneOrMany())
        {
            if (type.ValueKind != JsonValueKind.String || type.GetString() is not { Length: > 0 } name || !IsName(name))
                throw NgsiLdException.BadRequestData($"{member} is not the name of a type or an array of names.");
            var iri = _context.Expand(name);
            if (iri[0] == '@') throw NgsiLdException.BadRequestData($"{name} stands for {iri} in the @context and cannot name a type.");
            if (!types.Contains(iri)) types.Add(iri);
        }
        return types.Count > 0 ? types : throw NgsiLdException.BadRequestData($"{member} is empty.");
    }

    private List<string> ScopesOf(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("value", out var inner)) value = inner;
        List<string> scopes = [];
        foreach (var scope in value.OneOrMany())
        {
            var text = scope.ValueKind == JsonValueKind.String ? scope.GetString()! : "";
            if (text == EntityAttribute.Null)
            {
                if (_need == InputNeed.Whole) throw NgsiLdException.BadRequestData("The scope is null.");
                return [];
            }
            if (!IsScope(text)) throw NgsiLdException.BadRequestData($"{text} is not a scope: expected for example /Madrid/Gardens/ParqueNorte.");
            text = text[0] == '/' ? text : '/' + text;
            if (!scopes.Contains(text)) scopes.Add(text);
        }
        return scopes;
    }

    /// <summary>Clause 4.18: levels of letters, digits and _ after slashes.</summary>
    private static bool IsScope(string text)
    {
        foreach (var level in (text is ['/', ..] ? text[1..] : text).Split('/'))
            if (level.Length == 0 || !char.IsLetter(level[0]) || !level.All(c => char.IsLetterOrDigit(c) || c == '_' || char.IsSurrogate(c))) return false;
        return true;
    }

    private void AddInstances(List<EntityAttribute> to, string name, string told, JsonElement value, int depth)
    {
        if (depth > Deepest) throw NgsiLdException.BadRequestData($"{told} is nested deeper than {Deepest} attributes.");
        if (value.ValueKind != JsonValueKind.Array || _form == InputForm.Simplified || !HoldsInstances(value))
        {
            to.Add(Instance(name, told, value, depth));
            return;
        }
        HashSet<string> datasets = [];
        AttributeKind? kind = null;
        foreach (var one in value.EnumerateArray())
        {
            var instance = Instance(name, told, one, depth);
            if (!datasets.Add(instance.DatasetId ?? "")) throw NgsiLdException.BadRequestData($"{told} has two instances with {(instance.DatasetId is null ? "no datasetId" : $"the datasetId {instance.DatasetId}")}.");
            if (kind is not null && instance.IsKindGiven && kind != instance.Kind) throw NgsiLdException.BadRequestData($"The instances of {told} are of different types.");
            if (instance.IsKindGiven) kind = instance.Kind;
            to.Add(instance);
        }
    }

    /// <summary>Whether an array holds instances of an attribute rather than being its value.</summary>
    private static bool HoldsInstances(JsonElement array)
    {
        var any = false;
        foreach (var one in array.EnumerateArray())
        {
            if (one.ValueKind != JsonValueKind.Object) return false;
            if (KindOf(one, out _) is null && !one.TryGetProperty("datasetId", out _)) return false;
            any = true;
        }
        return any;
    }

    /// <summary>The kind of attribute that an object tells or shows by its members; null where it shows none.</summary>
    private static AttributeKind? KindOf(JsonElement value, out bool isGiven)
    {
        isGiven = value.TryGetProperty("type", out var type) || value.TryGetProperty("@type", out type);
        if (isGiven)
        {
            if (type.ValueKind != JsonValueKind.String) return null;
            if (type.ValueEquals(nameof(AttributeKind.Property))) return AttributeKind.Property;
            var told = type.GetString()!;
            if (told.StartsWith(CoreContext.NgsiLd, StringComparison.Ordinal)) told = told[CoreContext.NgsiLd.Length..];
            return told.Length > 0 && char.IsAsciiLetter(told[0]) && Enum.TryParse<AttributeKind>(told, out var kind) ? kind : null;
        }
        foreach (var member in value.EnumerateObject())
            if (KindOfMember(KnownNames.Of(member), member.Value) is { } kind) return kind;
        return null;
    }

    private static AttributeKind? KindOfMember(string member, JsonElement value) => member switch
    {
        "value" => IsGeometry(value) ? AttributeKind.GeoProperty : AttributeKind.Property,
        "object" => AttributeKind.Relationship,
        "languageMap" => AttributeKind.LanguageProperty,
        "json" => AttributeKind.JsonProperty,
        "vocab" => AttributeKind.VocabProperty,
        "valueList" => AttributeKind.ListProperty,
        "objectList" => AttributeKind.ListRelationship,
        _ => null,
    };

    private static bool IsGeometry(JsonElement value) =>
        value.ValueKind == JsonValueKind.Object && value.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String
        && type.GetString() is "Point" or "MultiPoint" or "LineString" or "MultiLineString" or "Polygon" or "MultiPolygon" && value.TryGetProperty("coordinates", out _);

    private static bool IsGeoName(string name) => name is CoreContext.NgsiLd + "location" or CoreContext.NgsiLd + "observationSpace" or CoreContext.NgsiLd + "operationSpace";

    private EntityAttribute Instance(string name, string told, JsonElement value, int depth)
    {
        if (value.ValueKind == JsonValueKind.Null) throw NgsiLdException.BadRequestData($"{told} is null; to take it away write \"{EntityAttribute.Null}\".");
        if (value.ValueKind == JsonValueKind.String && value.ValueEquals(EntityAttribute.Null))
            return _need == InputNeed.Whole ? throw NgsiLdException.BadRequestData($"{told} is null.") : new EntityAttribute { Name = name, IsNull = true };
        if (_form == InputForm.Simplified) return Simple(name, told, value);
        if (value.ValueKind != JsonValueKind.Object) return Attribute(name, AttributeKind.Property, value, told, false);
        if (IsGeometry(value)) return Attribute(name, AttributeKind.GeoProperty, value, told, false);

        var kind = KindOf(value, out var isGiven);
        if (kind is null && isGiven) throw NgsiLdException.BadRequestData($"{told} has a type that is none of an attribute: expected Property, GeoProperty, LanguageProperty, JsonProperty, VocabProperty, ListProperty, Relationship or ListRelationship.");
        if (kind is null && !IsPartial) throw NgsiLdException.BadRequestData($"{told} has neither a type nor a value.");
        var attribute = new EntityAttribute { Name = name, Kind = kind ?? AttributeKind.Property, IsKindGiven = isGiven || kind is not null };
        var own = EntityAttribute.ValueMember(attribute.Kind);
        HashSet<string>? seen = null;
        foreach (var member in value.EnumerateObject())
        {
            var part = KnownNames.Of(member);
            if (part == own)
            {
                SetValue(attribute, member.Value, told);
                continue;
            }
            switch (part)
            {
                case "type" or "@type" or "createdAt" or "modifiedAt" or "deletedAt" or "instanceId" or "entity" or "entityList" or "lang":
                    break;
                case "previousValue" or "previousObject" or "previousLanguageMap" or "previousJson" or "previousVocab" or "previousValueList" or "previousObjectList":
                    throw NgsiLdException.BadRequestData($"{told}.{part} is only told in notifications.");
                case "observedAt" or CoreContext.NgsiLd + "observedAt":
                    attribute.ObservedAt = Time(member.Value, told, ".observedAt");
                    break;
                case "expiresAt" or CoreContext.NgsiLd + "expiresAt":
                    attribute.ExpiresAt = Time(member.Value, told, ".expiresAt");
                    break;
                case "unitCode" or CoreContext.NgsiLd + "unitCode":
                    if (attribute.Kind is not (AttributeKind.Property or AttributeKind.ListProperty)) throw NgsiLdException.BadRequestData($"{told} is a {attribute.Kind} and has no unitCode.");
                    attribute.UnitCode = member.Value.ValueKind == JsonValueKind.String ? member.Value.GetString() : throw NgsiLdException.BadRequestData($"{told}.unitCode is not a text.");
                    break;
                case "datasetId" or CoreContext.NgsiLd + "datasetId":
                    attribute.DatasetId = member.Value.ValueKind == JsonValueKind.String && member.Value.ValueEquals("@none") ? null : Uri(member.Value, $"{told}.datasetId");
                    break;
                case "objectType" or CoreContext.NgsiLd + "hasObjectType":
                    attribute.ObjectTypes = TypesOf(member.Value, $"{told}.objectType");
                    break;
                case "valueType" or CoreContext.NgsiLd + "hasValueType":
                    attribute.ValueType = TypesOf(member.Value, $"{told}.valueType")[0];
                    if (attribute.Kind == AttributeKind.LanguageProperty && attribute.ValueType != _context.Expand("langString")) throw NgsiLdException.BadRequestData($"{told}.valueType of a LanguageProperty can only be langString.");
                    break;
                case "value" or "object" or "languageMap" or "json" or "vocab" or "valueList" or "objectList":
                    throw NgsiLdException.BadRequestData($"{told} is a {attribute.Kind} and has no {part}; expected {own}.");
                case "@context" or "id" or "@id" or "@value":
                    throw NgsiLdException.BadRequestData($"{told} has a member {part}, which an attribute cannot have.");
                case EntityAttribute.IdSealed or EntityAttribute.TypeSealed or CoreContext.NgsiLd + EntityAttribute.IdSealed or CoreContext.NgsiLd + EntityAttribute.TypeSealed:
                    (attribute.Attributes ??= []).Add(Seal(attribute, part, member.Value, told));
                    break;
                default:
                    var inner = NameOf(part);
                    if (!(seen ??= new(StringComparer.Ordinal)).Add(inner)) throw NgsiLdException.BadRequestData($"{told}.{part} is there twice.");
                    AddInstances(attribute.Attributes ??= [], inner, $"{told}.{part}", member.Value, depth + 1);
                    break;
            }
        }
        if (name == EntityAttribute.Proof && !attribute.Value.IsEmpty && attribute.Value.Span[0] != (byte)'{') throw NgsiLdException.BadRequestData($"{told}.value is not an object: expected a proof of W3C Data Integrity.");
        if (attribute.Value.IsEmpty && !attribute.IsNull && !IsPartial) throw NgsiLdException.BadRequestData($"{told} is a {attribute.Kind} and needs {own}.");
        return attribute;
    }

    /// <summary>What a proof says it was made of, clause 4.5.2.2: a text that stands for itself, kept among the attributes of the proof.</summary>
    private EntityAttribute Seal(EntityAttribute proof, string member, JsonElement value, string told)
    {
        if (proof.Name != EntityAttribute.Proof || proof.Kind != AttributeKind.Property) throw NgsiLdException.BadRequestData($"{told} has a member {member}, which only a Property ngsildproof can have.");
        var isId = member.EndsWith(EntityAttribute.IdSealed, StringComparison.Ordinal);
        if (value.ValueKind != JsonValueKind.String) throw NgsiLdException.BadRequestData($"{told}.{member} is not a text.");
        var text = isId ? Uri(value, $"{told}.{member}") : TypesOf(value, $"{told}.{member}")[0];
        return new() { Name = CoreContext.NgsiLd + (isId ? EntityAttribute.IdSealed : EntityAttribute.TypeSealed), Kind = AttributeKind.Property, Value = JsonSerializer.SerializeToUtf8Bytes(text, PlainJson.Serializer) };
    }

    /// <summary>"@none" names the default instance, clause 4.5.5.</summary>
    public static string? DatasetOf(string? datasetId) => datasetId is "@none" or "" or null ? null : datasetId;

    private EntityAttribute Attribute(string name, AttributeKind kind, JsonElement value, string told, bool isKindGiven)
    {
        var attribute = new EntityAttribute { Name = name, Kind = kind, IsKindGiven = isKindGiven };
        SetValue(attribute, value, told);
        return attribute;
    }

    private EntityAttribute Simple(string name, string told, JsonElement value)
    {
        if (IsGeometry(value)) return Attribute(name, AttributeKind.GeoProperty, value, told, false);
        if (value.ValueKind == JsonValueKind.Object && value.EnumerateObject().Count() == 1)
        {
            var only = value.EnumerateObject().First();
            if (KindOfMember(only.Name, only.Value) is AttributeKind.LanguageProperty or AttributeKind.VocabProperty or AttributeKind.JsonProperty
                && KindOfMember(only.Name, only.Value) is { } kind)
                return Attribute(name, kind, only.Value, told, false);
        }
        return Attribute(name, AttributeKind.Property, value, told, false);
    }

    private void SetValue(EntityAttribute attribute, JsonElement value, string told)
    {
        var member = EntityAttribute.ValueMember(attribute.Kind);
        if (value.ValueKind == JsonValueKind.Null && attribute.Kind != AttributeKind.JsonProperty)
            throw NgsiLdException.BadRequestData($"{told} has a {member} that is null.");
        if (IsNull(value))
        {
            if (_need == InputNeed.Whole) throw NgsiLdException.BadRequestData($"{told} has a {member} that is null.");
            attribute.IsNull = true;
            return;
        }
        if (attribute.Kind != AttributeKind.JsonProperty && _need != InputNeed.Merge && HoldsNull(value)) throw NgsiLdException.BadRequestData($"{told}.{member} holds a null.");
        switch (attribute.Kind)
        {
            case AttributeKind.JsonProperty when value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array):
                throw NgsiLdException.BadRequestData($"{told}.json is neither an object nor an array.");
            case AttributeKind.Property when IsGeoName(attribute.Name):
                throw NgsiLdException.BadRequestData($"{told} is a GeoProperty by the standard and cannot be a Property.");
            case AttributeKind.GeoProperty:
                attribute.Value = Geometry.Check(value.ValueKind == JsonValueKind.String ? Parsed(value, told) : value, told);
                return;
            case AttributeKind.Relationship:
                foreach (var target in value.OneOrMany())
                    Uri(target, told, ".object");
                if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 0) throw NgsiLdException.BadRequestData($"{told}.object is empty.");
                break;
            case AttributeKind.LanguageProperty:
                CheckLanguages(value, told);
                break;
            case AttributeKind.VocabProperty:
                attribute.Value = Vocabulary(value, told);
                return;
            case AttributeKind.ListProperty when value.ValueKind != JsonValueKind.Array:
                throw NgsiLdException.BadRequestData($"{told}.valueList is not an array.");
            case AttributeKind.ListRelationship:
                if (value.ValueKind != JsonValueKind.Array) throw NgsiLdException.BadRequestData($"{told}.objectList is not an array.");
                attribute.Value = JsonSerializer.SerializeToUtf8Bytes(
                    value.EnumerateArray().Select(t => new Dictionary<string, string> { ["object"] = Uri(t.ValueKind == JsonValueKind.Object && t.TryGetProperty("object", out var inner) ? inner : t, $"{told}.objectList") }), PlainJson.Serializer);
                return;
        }
        attribute.Value = Raw(value);
    }

    /// <summary>A geometry that came as JSON within a text, as earlier versions of the standard allowed (clause 4.7.1).</summary>
    private static JsonElement Parsed(JsonElement text, string told)
    {
        try
        {
            return PlainJson.Parse(Encoding.UTF8.GetBytes(text.GetString()!));
        }
        catch (JsonException)
        {
            throw NgsiLdException.BadRequestData($"{told} is not a GeoJSON geometry.");
        }
    }

    /// <summary>Whether the NGSI-LD Null stands somewhere within a value.</summary>
    private static bool HoldsNull(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Any(m => HoldsNull(m.Value)),
        JsonValueKind.Array => value.EnumerateArray().Any(HoldsNull),
        JsonValueKind.String => value.ValueEquals(EntityAttribute.Null),
        _ => false,
    };

    /// <summary>The NGSI-LD Null, or the map { "@none": null } that stands for it in a language map.</summary>
    private static bool IsNull(JsonElement value) =>
        (value.ValueKind == JsonValueKind.String && value.ValueEquals(EntityAttribute.Null))
        || (value.ValueKind == JsonValueKind.Object && value.TryGetProperty("@none", out var none) && none.ValueKind == JsonValueKind.String && none.ValueEquals(EntityAttribute.Null));

    private static void CheckLanguages(JsonElement value, string told)
    {
        if (value.ValueKind != JsonValueKind.Object) throw NgsiLdException.BadRequestData($"{told}.languageMap is not an object of languages and texts.");
        foreach (var language in value.EnumerateObject())
        {
            if (language.Name != "@none" && !IsLanguage(language.Name)) throw NgsiLdException.BadRequestData($"{told}.languageMap has {language.Name}, which is not a language tag.");
            var isText = language.Value.ValueKind == JsonValueKind.String
                || (language.Value.ValueKind == JsonValueKind.Array && language.Value.EnumerateArray().All(t => t.ValueKind == JsonValueKind.String));
            if (!isText) throw NgsiLdException.BadRequestData($"{told}.languageMap.{language.Name} is neither a text nor an array of texts.");
        }
    }

    /// <summary>The shape of a language tag, RFC 5646, section 2.1.</summary>
    private static bool IsLanguage(string tag)
    {
        foreach (var part in tag.Split('-'))
            if (part.Length is 0 or > 8 || !part.All(char.IsAsciiLetterOrDigit)) return false;
        return char.IsAsciiLetter(tag[0]);
    }

    private byte[] Vocabulary(JsonElement value, string told)
    {
        if (value.ValueKind == JsonValueKind.String) return JsonSerializer.SerializeToUtf8Bytes(_context.Expand(value.GetString()!), PlainJson.Serializer);
        if (value.ValueKind != JsonValueKind.Array || !value.EnumerateArray().All(t => t.ValueKind == JsonValueKind.String))
            throw NgsiLdException.BadRequestData($"{told}.vocab is neither a text nor an array of texts.");
        return JsonSerializer.SerializeToUtf8Bytes(value.EnumerateArray().Select(t => _context.Expand(t.GetString()!)).ToArray(), PlainJson.Serializer);
    }

    /// <summary>The bytes of a value, without the blanks between its parts.</summary>
    public static byte[] Raw(JsonElement value)
    {
        // What comes escaped is kept as it reads, so that equal texts have equal bytes.
        if (value.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array) && value.GetRawText() is var text && !text.Contains('\\', StringComparison.Ordinal)) return Encoding.UTF8.GetBytes(text);
        return JsonSerializer.SerializeToUtf8Bytes(value, PlainJson.Serializer);
    }
}
