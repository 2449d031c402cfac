using System.Text.Json;
using Michi.CityOs.Entities;

namespace Michi.CityOs.Queries;

/// <summary>Goes through the values within the value of an attribute that a query compares; no copy is made of them.</summary>
/// <remarks>
/// That is the value itself, or each element of an array, each text of a language map, each target of a relationship.
/// A typed value (<c>{"@type": …, "@value": …}</c>) stands for its @value. Other objects, and arrays in arrays, come as one token that equals nothing.
/// </remarks>
internal ref struct JsonScalars
{
    private readonly bool _isMap, _isTargets;
    private Utf8JsonReader _json;
    private bool _isInArray;
    private bool _isDone;

    /// <param name="json">UTF-8, not empty.</param>
    public JsonScalars(ReadOnlySpan<byte> json, AttributeKind kind)
    {
        _json = new Utf8JsonReader(json);
        _json.Read();
        _isMap = kind == AttributeKind.LanguageProperty && _json.TokenType == JsonTokenType.StartObject;
        _isTargets = kind == AttributeKind.ListRelationship;
        IsArray = !_isMap && _json.TokenType == JsonTokenType.StartArray;
        _isInArray = IsArray;
    }

    /// <summary>Whether the value is an array, of which ordering and patterns know nothing.</summary>
    public bool IsArray { get; }

    /// <summary>Stands on the token of one value; a copy, free to be moved.</summary>
    public Utf8JsonReader Current { get; private set; }

    public readonly JsonScalars GetEnumerator() => this;

    public bool MoveNext()
    {
        if (_isDone) return false;
        if (_isMap) return MoveInMap();
        if (!_isInArray)
        {
            _isDone = true;
            Take();
            return true;
        }
        return MoveInArray();
    }

    private bool MoveInMap()
    {
        while (true)
        {
            if (_isInArray)
            {
                if (MoveInArray()) return true;
                continue;
            }
            if (!_json.Read() || _json.TokenType != JsonTokenType.PropertyName)
            {
                _isDone = true;
                return false;
            }
            _json.Read();
            if (_json.TokenType == JsonTokenType.StartArray)
            {
                _isInArray = true;
                continue;
            }
            Take();
            return true;
        }
    }

    private bool MoveInArray()
    {
        if (_json.Read() && _json.TokenType != JsonTokenType.EndArray)
        {
            Take();
            return true;
        }
        _isInArray = false;
        _isDone = !_isMap;
        return false;
    }

    /// <summary>Makes the value here the current one and steps to its end.</summary>
    private void Take()
    {
        var here = _json;
        _json.Skip();
        if (here.TokenType == JsonTokenType.StartObject)
        {
            var inner = here;
            while (inner.Read() && inner.TokenType == JsonTokenType.PropertyName)
            {
                var isHeld = inner.ValueTextEquals("@value"u8) || (_isTargets && inner.ValueTextEquals("object"u8));
                inner.Read();
                if (isHeld)
                {
                    here = inner;
                    break;
                }
                inner.Skip();
            }
        }
        Current = here;
    }

    /// <summary>The text of a string token; null where it is no sound Unicode.</summary>
    public static string? TextOf(ref Utf8JsonReader json)
    {
        try
        {
            return json.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
