using System.Globalization;
using System.Text;
using System.Text.Json;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;
using Michi.CityOs.Storage;
using Michi.Platform.Languages;
using Michi.Platform.Tables;

namespace Michi.CityOs.Browse;

/// <summary>Names and values of entities as people read them.</summary>
internal sealed class EntityText(Words t)
{
    /// <summary>Characters of a value in a table of a page.</summary>
    private const int MostShown = 120;

    /// <summary>Symbols of the UN/CEFACT common codes that sensors of a city use most (Recommendation 20); a code that is not here is shown itself.</summary>
    private static readonly Dictionary<string, string> Symbols = """
        C62= P1=% 59=ppm 61=ppb GQ=µg/m³ GP=mg/m³ CEL=°C FAH=°F KEL=K WTT=W KWT=kW MAW=MW WHR=Wh KWH=kWh MWH=MWh JOU=J VLT=V AMP=A 4K=mA
        HTZ=Hz D54=W/m² MTR=m CMT=cm MMT=mm KMT=km MTK=m² KMK=km² HAR=ha MTQ=m³ LTR=L MQH=m³/h MQS=m³/s KGM=kg GRM=g TNE=t SEC=s MIN=min
        HUR=h DAY=d MTS=m/s KMH=km/h PAL=Pa A97=hPa KPA=kPa BAR=bar LUX=lx LUM=lm 2N=dB DD=° Q30=pH
        """.Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split('=')).ToDictionary(p => p[0], p => p[1], StringComparer.Ordinal);

    /// <summary>A name as it stands in a table: the short name, of an address its last part.</summary>
    public static string Name(string iri)
    {
        var name = JsonLdContext.Core.Compact(iri);
        if (!name.Contains("://", StringComparison.Ordinal)) return name;
        var cut = name.TrimEnd('/', '#').LastIndexOfAny(['/', '#']);
        return name[(cut + 1)..].TrimEnd('/', '#');
    }

    public static string Names(IEnumerable<string> iris) => string.Join(", ", iris.Select(Name));

    /// <summary>What the entity itself says it is called; null where it does not.</summary>
    public string? Title(Entity entity)
    {
        foreach (var wanted in (string[])["name", "title"])
            if (entity.Attributes.Find(a => a.DatasetId is null && a.Kind is AttributeKind.Property or AttributeKind.LanguageProperty && Name(a.Name) == wanted && a.Value.Span is [(byte)'"' or (byte)'{', ..]) is { } named)
                return Short(Value(named));
        return null;
    }

    public string KindName(AttributeKind kind) => t[$"city-os.kind.{kind}"];

    /// <summary>The number an attribute has for its value; null where it has none.</summary>
    public static double? Number(EntityAttribute attribute) =>
        attribute.Kind == AttributeKind.Property && attribute.Value.Span is [(byte)'-' or (>= (byte)'0' and <= (byte)'9'), ..] && double.TryParse(attribute.Value.Span, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;

    public string Number(double number) => Math.Abs(number) is >= 1e15 or (> 0 and < 1e-6) ? number.ToString("0.######E+0", t.Culture) : number.ToString("#,0.######", t.Culture);

    /// <summary>The symbol of a unit, the code itself where none is known; empty for none.</summary>
    public static string Unit(string? code) => code is null ? "" : Symbols.GetValueOrDefault(code) ?? code;

    /// <summary>The value in words; what cannot be told in words as the JSON it is.</summary>
    public string Value(EntityAttribute attribute)
    {
        if (Number(attribute) is { } number) return Number(number);
        var json = JsonSerializer.Deserialize<JsonElement>(attribute.Value.Span);
        return attribute.Kind switch
        {
            AttributeKind.GeoProperty => Geometry(json),
            AttributeKind.LanguageProperty => Translated(json),
            AttributeKind.Relationship or AttributeKind.ListRelationship => string.Join(", ", Targets(attribute)),
            AttributeKind.VocabProperty => Names(json.OneOrMany().Select(v => v.ToString())),
            _ => json.ValueKind switch
            {
                JsonValueKind.String => json.GetString()!,
                JsonValueKind.True => t["city-os.true"],
                JsonValueKind.False => t["city-os.false"],
                // A typed value, such as a time, stands for what it holds.
                JsonValueKind.Object when json.TryGetProperty("@value", out var held) => held.ToString(),
                _ => JsonSerializer.Serialize(json, PlainJson.Serializer),
            },
        };
    }

    /// <summary>The same with its unit, cut where it is long.</summary>
    public string Shown(EntityAttribute attribute) => Unit(attribute.UnitCode) is { Length: > 0 } unit ? $"{Short(Value(attribute))} {unit}" : Short(Value(attribute));

    public TableCell Cell(EntityAttribute? attribute) => attribute is null ? TableCell.Empty : Number(attribute) is { } number ? TableCell.Number(number) : Value(attribute);

    /// <summary>Ids of the entities a relationship leads to.</summary>
    public static IReadOnlyList<string> Targets(EntityAttribute attribute)
    {
        if (attribute.Kind is not (AttributeKind.Relationship or AttributeKind.ListRelationship) || attribute.Value.IsEmpty) return [];
        var json = JsonSerializer.Deserialize<JsonElement>(attribute.Value.Span);
        return [.. json.OneOrMany().Select(v => v.ValueKind == JsonValueKind.Object && v.TryGetProperty("object", out var target) ? target : v).Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!)];
    }

    /// <summary>Where an entity is: a point, or the middle of the box round what is more than that, in degrees; null where no GeoProperty tells.</summary>
    public static (double Longitude, double Latitude)? PointOf(Entity entity, string property) =>
        entity.Find(property, null) is { Kind: AttributeKind.GeoProperty } place && IndexEntry.Box(place.Value.Span) is { } box ? ((box.West + box.East) / 2, (box.South + box.North) / 2) : null;

    /// <summary>The GeoProperty of an entity that tells where it is: "location" where there is one.</summary>
    public static string? PlaceOf(Entity entity)
    {
        var places = entity.Attributes.FindAll(a => a is { Kind: AttributeKind.GeoProperty, DatasetId: null });
        return (places.Find(p => p.Name == Location) ?? places.FirstOrDefault())?.Name;
    }

    public static readonly string Location = JsonLdContext.Core.Expand("location");

    public string Degrees(double longitude, double latitude) => $"{latitude.ToString("0.#####", t.Culture)}, {longitude.ToString("0.#####", t.Culture)}";

    public static string Short(string text)
    {
        var line = text.ReplaceLineEndings(" ");
        return line.Length <= MostShown ? line : string.Concat(line.AsSpan(0, char.IsHighSurrogate(line[MostShown - 2]) ? MostShown - 2 : MostShown - 1), "…");
    }

    /// <summary>The entity as NGSI-LD tells it, with the times of creation and change.</summary>
    public static string Json(Entity entity)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer, PlainJson.Writer with { Indented = true }))
            new EntityWriter(JsonLdContext.Core, Representation.Normal with { HasSysAttrs = true }).Write(json, entity);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private string Geometry(JsonElement json)
    {
        var type = json.ValueKind == JsonValueKind.Object && json.TryGetProperty("type", out var told) ? told.GetString() : null;
        if (type == "Point" && json.GetProperty("coordinates") is var at) return Degrees(at[0].GetDouble(), at[1].GetDouble());
        return type is "LineString" or "Polygon" or "MultiPoint" or "MultiLineString" or "MultiPolygon" ? t[$"city-os.geometry.{type}"] : json.ToString();
    }

    private string Translated(JsonElement map)
    {
        if (map.ValueKind != JsonValueKind.Object) return map.ToString();
        var best = map.EnumerateObject().OrderByDescending(m => IsIn(m, t.Language)).ThenByDescending(m => IsIn(m, "en")).Take(1);
        return string.Join(", ", best.SelectMany(m => m.Value.OneOrMany()).Select(v => v.ToString()));

        static bool IsIn(JsonProperty text, string language) => text.Name.StartsWith(language, StringComparison.OrdinalIgnoreCase);
    }
}
