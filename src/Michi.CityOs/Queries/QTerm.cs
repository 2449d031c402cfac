using System.Buffers;
using System.Text.Json;
using Michi.CityOs.Entities;

namespace Michi.CityOs.Queries;

/// <summary>The operators of clause 4.9.</summary>
internal enum QOperator
{
    Exists,
    NotExists,
    Equal,
    Unequal,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
    Match,
    NotMatch,
}

/// <summary>One predicate on one target element: <c>temperature.observedAt&gt;=2017-12-24T12:00:00Z</c>.</summary>
internal sealed class QTerm
{
    public required AttributePath Path { get; init; }

    public required QOperator Operator { get; init; }

    /// <summary>One value, several of which one is to equal, or the two ends of a range.</summary>
    public IReadOnlyList<QValue> Values { get; init; } = [];

    public bool IsRange { get; init; }

    public TextPattern? Pattern { get; init; }

    public bool Matches(Entity entity, LinkedEntities links) =>
        Operator == QOperator.NotExists ? !Path.Any(entity, links, this, static (_, _) => true) : Path.Any(entity, links, this, static (term, target) => term.Holds(target));

    private bool Holds(Target target)
    {
        if (Operator == QOperator.Exists) return true;
        if (target.Time is { } time) return Holds(time);
        if (target.Text is { } text) return Holds(text);
        if (target.Json.IsEmpty) return false;
        var isRelationship = target.Kind is AttributeKind.Relationship or AttributeKind.ListRelationship;
        return target.Json[0] is (byte)'[' or (byte)'{' ? HoldsOfSome(target, isRelationship) : HoldsOfOne(target.Json, isRelationship);
    }

    /// <summary>The case of one value that is no array and no object.</summary>
    private bool HoldsOfOne(ReadOnlySpan<byte> value, bool isRelationship)
    {
        var json = new Utf8JsonReader(value);
        json.Read();
        return Operator switch
        {
            QOperator.Equal => IsAmong(ref json),
            QOperator.Unequal => !IsAmong(ref json),
            _ when isRelationship => false,
            QOperator.Match => json.TokenType == JsonTokenType.String && IsMatch(ref json),
            QOperator.NotMatch => json.TokenType == JsonTokenType.String && !IsMatch(ref json),
            _ => Values[0].CompareTo(ref json) is { } order && Satisfies(order),
        };
    }

    private bool HoldsOfSome(Target target, bool isRelationship)
    {
        var values = new JsonScalars(target.Json, target.Kind);
        switch (Operator)
        {
            case QOperator.Equal or QOperator.Unequal:
                foreach (var value in values)
                {
                    var json = value;
                    if (IsAmong(ref json)) return Operator == QOperator.Equal;
                }
                return Operator == QOperator.Unequal;
            case QOperator.Match or QOperator.NotMatch:
                if (isRelationship || values.IsArray) return false;
                var hasText = false;
                foreach (var value in values)
                {
                    if (value.TokenType != JsonTokenType.String) continue;
                    var json = value;
                    hasText = true;
                    if (IsMatch(ref json)) return Operator == QOperator.Match;
                }
                return hasText && Operator == QOperator.NotMatch;
            default:
                if (isRelationship || values.IsArray) return false;
                foreach (var value in values)
                {
                    var json = value;
                    if (Values[0].CompareTo(ref json) is { } order && Satisfies(order)) return true;
                }
                return false;
        }
    }

    private bool Holds(DateTimeOffset time) => Operator switch
    {
        QOperator.Equal => IsAmong(v => v.CompareTo(time)),
        QOperator.Unequal => !IsAmong(v => v.CompareTo(time)),
        QOperator.Match or QOperator.NotMatch => false,
        _ => Values[0].CompareTo(time) is { } order && Satisfies(order),
    };

    private bool Holds(string text) => Operator switch
    {
        QOperator.Equal => IsAmong(v => v.CompareTo(text)),
        QOperator.Unequal => !IsAmong(v => v.CompareTo(text)),
        QOperator.Match => Pattern!.Matches(text),
        QOperator.NotMatch => !Pattern!.Matches(text),
        _ => Values[0].CompareTo(text) is { } order && Satisfies(order),
    };

    private bool IsAmong(Func<QValue, int?> compare) =>
        IsRange ? compare(Values[0]) >= 0 && compare(Values[1]) <= 0 : Values.Any(v => compare(v) == 0);

    private bool IsAmong(ref Utf8JsonReader json)
    {
        if (IsRange) return Values[0].CompareTo(ref json) >= 0 && Values[1].CompareTo(ref json) <= 0;
        for (var i = 0; i < Values.Count; i++)
            if (Values[i].CompareTo(ref json) == 0) return true;
        return false;
    }

    private bool Satisfies(int order) => Operator switch
    {
        QOperator.Greater => order > 0,
        QOperator.GreaterOrEqual => order >= 0,
        QOperator.Less => order < 0,
        _ => order <= 0,
    };

    private bool IsMatch(ref Utf8JsonReader json)
    {
        var buffer = ArrayPool<char>.Shared.Rent(json.ValueSpan.Length);
        try
        {
            return Pattern!.Matches(buffer.AsSpan(0, json.CopyString(buffer)));
        }
        catch (InvalidOperationException)
        {
            return false;
        }
        finally
        {
            ArrayPool<char>.Shared.Return(buffer);
        }
    }
}
