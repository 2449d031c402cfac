using System.Text;
using System.Text.Json.Nodes;

namespace Michi.UnitTests.CityOs.BadDays;

/// <summary>Makes bad input out of good: texts, JSON and bytes. The same seed makes the same.</summary>
internal sealed class Mutation(int seed)
{
    /// <summary>Parts of all the languages that are read, and what often goes wrong.</summary>
    private static readonly string[] Tokens =
    [
        "==", "!=", "~=", "!~=", ">=", "<", "..", ";", "|", ",", "(", ")", "((((((((((", "{", "}", "[", "]", "\"", "\\", "\\\"", "'", ".", "/", "//", "#", "+", "*", "^", "$", ".*", "(a+)+$", "{1,9999}", "[[:alpha:]]", "[^", "(?=", "\\1",
        "near;maxDistance==", "near;minDistance==-1", "within", "equals", "Point", "Polygon", "[[", "[180,90]", "1e400", "-1e400", "1e-400", "NaN", "Infinity", "-0", "0", "-1", "9223372036854775808", "99999999999999999999999999", "0.1e1", "00",
        "true", "null", "urn:ngsi-ld:null", "@none", "@type", "@id", "@context", "@vocab", "urn:x:1", "https://example.org/", "http://127.0.0.1:9/c", "temperature", "location", "speed", "id", "type", "scope", "observedAt", "datasetId",
        "2026-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "0001-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T24:00:00+99:99", "00:00:60", "P1D", "P99999999999Y", "PT0S", "P-1D", "after", "between", "ascending", "desc", "dist-asc",
        " ", "\t", "\r\n", "\0", "%00", "%", "%zz", "+", "&", "=", "é", "漢字", "😀", "\ud800", "\uffff", "\u202e", "İ", "ß",
    ];

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "1e308", "1e309", "-1e400", "1e-400", "123456789012345678901234567890", "0.1", "\"\"", "\" \"", "\"x\"", "\"urn:x:1\"", "\"urn:ngsi-ld:null\"", "\"@none\"", "\"2026-01-01T00:00:00Z\"", "\"9999-12-31T23:59:59.9999999Z\"",
        "\"0001-01-01T00:00:00Z\"", "[]", "{}", "[[]]", "[null]", "[1,\"a\",null]", "{\"type\":\"Property\"}", "{\"value\":1}", "{\"type\":\"Relationship\",\"object\":[\"urn:x:1\"]}", "{\"type\":\"GeoProperty\",\"value\":{\"type\":\"Point\",\"coordinates\":[181,91]}}",
        "{\"languageMap\":{\"en\":\"a\"}}", "{\"@value\":1}", "{\"type\":\"Polygon\",\"coordinates\":[[[0,0],[1,1],[0,1],[1,0],[0,0]]]}", "[{\"type\":\"Property\",\"value\":1},{\"type\":\"Property\",\"value\":2}]", "\"😀\"", "\"\\u0000\"", "{\"json\":[1]}", "{\"vocab\":\"x\"}",
        "{\"valueList\":[1,null]}", "\"P1D\"", "\"http://127.0.0.1:9/c\"", "[\"http://127.0.0.1:9/c\",{\"a\":\"b:c\"}]", "{\"type\":\"ListRelationship\",\"objectList\":[{\"object\":\"urn:x:1\"}]}", "2147483648", "-2147483649",
    ];

    private static readonly string[] Names =
    [
        "id", "@id", "type", "@type", "@context", "value", "object", "languageMap", "json", "vocab", "valueList", "objectList", "unitCode", "observedAt", "datasetId", "createdAt", "modifiedAt", "deletedAt", "expiresAt", "instanceId", "scope", "coordinates",
        "geometry", "entities", "idPattern", "watchedAttributes", "q", "geoQ", "scopeQ", "temporalQ", "notification", "endpoint", "uri", "accept", "receiverInfo", "notifierInfo", "throttling", "timeInterval", "information", "mode", "operations", "georel", "csf",
        "lang", "attrs", "pick", "omit", "objectType", "valueType", "ngsildproof", "entity", "previousValue", "__proto__", "", "a b", "é",
    ];

    private readonly Random _random = new(seed);

    public Random Random => _random;

    public T Of<T>(IReadOnlyList<T> all) => all[_random.Next(all.Count)];

    public bool OneIn(int many) => _random.Next(many) == 0;

    /// <summary>A text with some changes.</summary>
    /// <param name="others">From which parts are taken.</param>
    public string Text(string text, IReadOnlyList<string> others)
    {
        for (var changes = 1 + _random.Next(4); changes > 0; changes--)
        {
            var at = _random.Next(text.Length + 1);
            var length = _random.Next(Math.Min(text.Length - at, 12) + 1);
            text = _random.Next(8) switch
            {
                0 => text.Remove(at, length),
                1 => text.Insert(at, text.Substring(at, length)),
                2 or 3 or 4 => text[..at] + Of(Tokens) + text[(OneIn(2) ? at : at + length)..],
                5 => text[..at] + (char)_random.Next(0x250) + text[at..],
                6 => Of(others) is { } other && other.Length > 0 ? text[..at] + other[_random.Next(other.Length)..] : text,
                _ => OneIn(20) ? text[..at] + string.Concat(Enumerable.Repeat(Of(Tokens), _random.Next(2_000))) + text[at..] : text,
            };
            if (text.Length > 20_000) text = text[..20_000];
        }
        return text;
    }

    /// <summary>A document with other members and values, or other text.</summary>
    public byte[] Json(string json)
    {
        if (OneIn(4)) return Bytes(Encoding.UTF8.GetBytes(Text(json, [json])));
        var root = JsonNode.Parse(json);
        for (var changes = 1 + _random.Next(3); changes > 0 && root is not null; changes--) root = Changed(root);
        var text = root?.ToJsonString() ?? "null";
        // What a tree cannot hold: a member told twice, half a character, a number as it is written.
        if (OneIn(12) && text.IndexOf('{') is >= 0 and var open) text = text.Insert(open + 1, $"\"{Of(Names)}\":{Of(Values)}{(text[open + 1] == '}' ? "" : ",")}");
        if (OneIn(25)) text = text.Replace("\":\"", "\":\"\\ud800", StringComparison.Ordinal);
        if (OneIn(25)) text = text.Replace(":1", ":" + Of(["1e999", "-1E-999", "1.0000000000000000000000001", "1e5000000000"]), StringComparison.Ordinal);
        return OneIn(30) ? Bytes(Encoding.UTF8.GetBytes(text)) : Encoding.UTF8.GetBytes(text);
    }

    public byte[] Bytes(byte[] bytes)
    {
        if (bytes.Length == 0) return bytes;
        var changed = bytes.ToArray();
        for (var changes = 1 + _random.Next(4); changes > 0; changes--) changed[_random.Next(changed.Length)] = (byte)_random.Next(256);
        return OneIn(4) ? changed[..(_random.Next(changed.Length))] : changed;
    }

    private JsonNode? Changed(JsonNode root)
    {
        List<JsonNode> all = [];
        Gather(root);
        var node = Of(all);
        switch (node)
        {
            case JsonObject { Count: > 0 } some when !OneIn(4):
                var name = some.ElementAt(_random.Next(some.Count)).Key;
                if (OneIn(5)) some.Remove(name);
                else if (OneIn(4)) (some[Of(Names)], _) = (some[name]?.DeepClone(), some.Remove(name));
                else some[name] = Value(some[name]);
                return root;
            case JsonObject any:
                any[Of(Names)] = Value(null);
                return root;
            case JsonArray { Count: > 0 } some when !OneIn(4):
                var at = _random.Next(some.Count);
                if (OneIn(4)) some.RemoveAt(at);
                else some[at] = Value(some[at]);
                return root;
            case JsonArray any:
                any.Add(Value(null));
                return root;
            default:
                return OneIn(10) ? Value(root) : root;
        }

        void Gather(JsonNode? one)
        {
            if (one is null) return;
            all.Add(one);
            if (one is JsonObject members)
                foreach (var (_, member) in members) Gather(member);
            else if (one is JsonArray parts)
                foreach (var part in parts) Gather(part);
        }
    }

    private JsonNode? Value(JsonNode? was)
    {
        var copy = was?.DeepClone();
        switch (_random.Next(8))
        {
            case 0: return new JsonArray(copy, was?.DeepClone());
            case 1: return new JsonObject { [Of(Names)] = copy };
            case 2 when was is JsonValue some && some.TryGetValue<string>(out var told): return Text(told, Names);
            case 3:
                for (var deep = _random.Next(OneIn(10) ? 70 : 5); deep > 0; deep--) copy = OneIn(2) ? new JsonArray(copy) : new JsonObject { ["value"] = copy };
                return copy;
            case 4 when was is JsonValue number && number.TryGetValue<double>(out var counted) && double.IsFinite(counted * 1e200): return counted * Of([-1, 1e3, 1e-9, 1e200]);
            default: return JsonNode.Parse(Of(Values));
        }
    }
}
