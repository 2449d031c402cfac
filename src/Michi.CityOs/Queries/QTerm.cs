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
        if (target.Time is { } time) return Holds(c => c.CompareTo(time), isText: false);
        if (target.Text is { } text) return Holds(c => c.CompareTo(text), isText: true, text);
        if (Operator == QOperator.Exists) return true;
        if (target.Json.IsEmpty) return false;
        var values = new JsonScalars(target.Json, target.Kind);
        var isRelationship = target.Kind is AttributeKind.Relationship or AttributeKind.ListRelationship;
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

    private bool Holds(Func<QValue, int?> compare, bool isText, string text = "") => Operator switch
    {
        QOperator.Exists => true,
        QOperator.Equal => IsAmong(compare),
        QOperator.Unequal => !IsAmong(compare),
        QOperator.Match => isText && Pattern!.Matches(text),
        QOperator.NotMatch => isText && !Pattern!.Matches(text),
        _ => compare(Values[0]) is { } order && Satisfies(order),
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
