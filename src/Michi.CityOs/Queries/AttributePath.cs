using System.Globalization;
using System.Text;
using System.Text.Json;
using Michi.CityOs.Entities;
using Michi.CityOs.JsonLd;

namespace Michi.CityOs.Queries;

/// <summary>What a path leads to: an instance of an attribute or a part of its value (<see cref="Json"/>), or one of the members that are no attributes.</summary>
internal readonly ref struct Target
{
    public AttributeKind Kind { get; init; }

    public ReadOnlySpan<byte> Json { get; init; }

    public DateTimeOffset? Time { get; init; }

    public string? Text { get; init; }

    /// <summary>Whether the instance of the entity's attribute is the default one.</summary>
    public bool IsDefault { get; init; }
}

/// <summary>Judges a target.</summary>
internal delegate bool TargetTest<in TArgument>(TArgument argument, Target target);

/// <summary>The way to a target element, clause 4.9: <c>name.sub[member.member]</c> or <c>relationship{Type:path}</c>.</summary>
internal sealed class AttributePath
{
    private readonly Step[] _steps;
    private readonly byte[][] _members;
    private readonly AttributePath? _linked;
    private readonly string[]? _linkedTypes;

    private AttributePath(Step[] steps, byte[][] members, AttributePath? linked, string[]? linkedTypes) =>
        (_steps, _members, _linked, _linkedTypes) = (steps, members, linked, linkedTypes);

    private enum Member
    {
        None,
        ObservedAt,
        CreatedAt,
        ModifiedAt,
        ExpiresAt,
        UnitCode,
        DatasetId,
        InstanceId,
    }

    /// <summary>Expanded name of the attribute of the entity itself.</summary>
    public string Attribute => _steps[0].Name;

    /// <summary>Whether it leads to the value of an attribute of the entity itself.</summary>
    public bool IsPlain => _steps.Length == 1 && _members.Length == 0 && _linked is null && !IsSystem;

    /// <summary>Whether the first name is createdAt, modifiedAt or expiresAt, which are no attributes of the user.</summary>
    public bool IsSystem => _steps[0].Member is Member.CreatedAt or Member.ModifiedAt or Member.ExpiresAt;

    /// <summary>How many relationships it follows.</summary>
    public int Hops => _linked is null ? 0 : 1 + _linked.Hops;

    /// <summary>All expanded names of the way within the entity itself.</summary>
    public IEnumerable<string> Names => _steps.Select(s => s.Name);

    public static AttributePath Read(ExpressionReader reader, JsonLdContext context)
    {
        List<Step> steps = [];
        do
        {
            var from = reader.Position;
            var name = AttributeName.Read(reader, "temperature");
            if (steps.Count > 0 && steps[^1].Member != Member.None) throw reader.Fault($"{steps[^1].Name[(CoreContext.NgsiLd.Length)..]} has no members", from);
            var iri = AttributeName.Expand(reader, name, from, context, "an attribute");
            steps.Add(new(iri, MemberOf(iri, isFirst: steps.Count == 0)));
        }
        while (reader.Current == '.' && reader.Peek(1) != '.' && reader.TryTake('.'));
        if (reader.Current == '{' && steps.Count == 1 && steps[0].Member == Member.None) return ReadLinked(reader, context, [.. steps]);
        return new([.. steps], ReadMembers(reader), null, null);
    }

    /// <summary>Whether any target of the entity passes.</summary>
    public bool Any<TArgument>(Entity entity, LinkedEntities links, TArgument argument, TargetTest<TArgument> test)
    {
        switch (_steps[0].Member)
        {
            case Member.CreatedAt: return test(argument, new() { Time = entity.CreatedAt });
            case Member.ModifiedAt: return test(argument, new() { Time = entity.ModifiedAt });
            case Member.ExpiresAt: return entity.ExpiresAt is { } expires && test(argument, new() { Time = expires });
        }
        return _linked is null ? Any(entity.Attributes, 0, argument, test) : AnyLinked(entity, links, argument, test);
    }

    private static Member MemberOf(string iri, bool isFirst)
    {
        if (!iri.StartsWith(CoreContext.NgsiLd, StringComparison.Ordinal)) return Member.None;
        return iri.AsSpan(CoreContext.NgsiLd.Length) switch
        {
            "createdAt" => Member.CreatedAt,
            "modifiedAt" => Member.ModifiedAt,
            "expiresAt" => Member.ExpiresAt,
            "observedAt" when !isFirst => Member.ObservedAt,
            "unitCode" when !isFirst => Member.UnitCode,
            "datasetId" when !isFirst => Member.DatasetId,
            "instanceId" when !isFirst => Member.InstanceId,
            _ => Member.None,
        };
    }

    private static AttributePath ReadLinked(ExpressionReader reader, JsonLdContext context, Step[] steps)
    {
        var from = reader.Position;
        reader.TryTake('{');
        reader.Enter();
        var types = ReadTypes(reader, context);
        var inner = Read(reader, context);
        reader.Take('}', $"to close the brace of character {(from + 1).ToString(CultureInfo.InvariantCulture)}");
        reader.Leave();
        return new(steps, [], inner, types);
    }

    /// <summary>The types before the last colon ahead of the path, if there are any.</summary>
    private static string[]? ReadTypes(ExpressionReader reader, JsonLdContext context)
    {
        var end = reader.Text.AsSpan(reader.Position).IndexOfAny(".[{}");
        if (end < 0) return null;
        var colon = reader.Text.AsSpan(reader.Position, end).LastIndexOf(':');
        if (colon < 0) return null;
        var from = reader.Position;
        string[] types = [.. reader.Text.Substring(from, colon).Split(',').Select(t => AttributeName.Expand(reader, t.Trim(), from, context, "a type"))];
        reader.Position = from + colon + 1;
        reader.SkipBlanks();
        return types;
    }

    /// <summary>Reads <c>[a.b]</c> or <c>[a][b]</c>.</summary>
    private static byte[][] ReadMembers(ExpressionReader reader)
    {
        if (reader.Current != '[') return [];
        List<byte[]> members = [];
        while (reader.Current == '[')
        {
            var from = reader.Position + 1;
            var length = reader.Text.AsSpan(from).IndexOf(']');
            if (length < 0) throw reader.Fault("expected ] after the name of a member", reader.Text.Length);
            foreach (var member in reader.Text.Substring(from, length).Split('.'))
            {
                if (member.Length == 0) throw reader.Fault("expected the name of a member, such as [city] or [address.city], a language, or [*]", from);
                members.Add(Encoding.UTF8.GetBytes(member));
            }
            reader.Position = from + length + 1;
        }
        return [.. members];
    }

    private bool Any<TArgument>(List<EntityAttribute> attributes, int step, TArgument argument, TargetTest<TArgument> test)
    {
        var (name, _) = _steps[step];
        var isLast = step == _steps.Length - 1;
        foreach (var attribute in attributes)
        {
            if (attribute.Name != name) continue;
            if (isLast)
            {
                if (Passes(attribute, argument, test)) return true;
            }
            else if (_steps[step + 1].Member is not Member.None and var member)
            {
                if (TryMember(attribute, member, out var target) && test(argument, target)) return true;
            }
            else if (attribute.Attributes is { } inner && Any(inner, step + 1, argument, test)) return true;
        }
        return false;
    }

    private static bool TryMember(EntityAttribute attribute, Member member, out Target target)
    {
        var isDefault = attribute.DatasetId is null;
        target = member switch
        {
            Member.ObservedAt => new() { Time = attribute.ObservedAt, IsDefault = isDefault },
            Member.CreatedAt => new() { Time = attribute.CreatedAt, IsDefault = isDefault },
            Member.ModifiedAt => new() { Time = attribute.ModifiedAt, IsDefault = isDefault },
            Member.ExpiresAt => new() { Time = attribute.ExpiresAt, IsDefault = isDefault },
            Member.UnitCode => new() { Text = attribute.UnitCode, IsDefault = isDefault },
            Member.DatasetId => new() { Text = attribute.DatasetId },
            _ => new() { Text = attribute.InstanceId, IsDefault = isDefault },
        };
        return target.Time is not null || target.Text is not null;
    }

    private bool Passes<TArgument>(EntityAttribute attribute, TArgument argument, TargetTest<TArgument> test)
    {
        var value = attribute.Value.Span;
        if (_members.Length == 0) return test(argument, new() { Kind = attribute.Kind, Json = value, IsDefault = attribute.DatasetId is null });
        if (value.IsEmpty) return false;
        var from = 0;
        var kind = AttributeKind.Property;
        if (attribute.Kind == AttributeKind.LanguageProperty)
        {
            from = 1;
            if (_members[0] is [(byte)'*'])
            {
                // A map without texts has no target.
                if (value.SequenceEqual("{}"u8)) return false;
                kind = AttributeKind.LanguageProperty;
            }
            else if (!TryStep(ref value, _members[0], isLanguage: true)) return false;
        }
        for (var i = from; i < _members.Length; i++)
            if (!TryStep(ref value, _members[i], isLanguage: false)) return false;
        return test(argument, new() { Kind = kind, Json = value, IsDefault = attribute.DatasetId is null });
    }

    /// <summary>Goes to a member of an object or, by its number from 0, to an element of an array.</summary>
    private static bool TryStep(ref ReadOnlySpan<byte> value, byte[] member, bool isLanguage)
    {
        var json = new Utf8JsonReader(value);
        json.Read();
        if (json.TokenType == JsonTokenType.StartArray)
        {
            if (!System.Buffers.Text.Utf8Parser.TryParse(member, out uint index, out var consumed) || consumed != member.Length) return false;
            while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            {
                if (index-- == 0) return Take(ref json, ref value);
                json.Skip();
            }
            return false;
        }
        if (json.TokenType != JsonTokenType.StartObject) return false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isFound = isLanguage ? Ascii.EqualsIgnoreCase(json.ValueSpan, member) : json.ValueTextEquals(member);
            json.Read();
            if (isFound) return Take(ref json, ref value);
            json.Skip();
        }
        return false;

        static bool Take(ref Utf8JsonReader json, ref ReadOnlySpan<byte> value)
        {
            var start = (int)json.TokenStartIndex;
            json.Skip();
            value = value[start..(int)json.BytesConsumed];
            return true;
        }
    }

    private bool AnyLinked<TArgument>(Entity entity, LinkedEntities links, TArgument argument, TargetTest<TArgument> test)
    {
        foreach (var attribute in entity.Attributes)
        {
            if (attribute.Name != _steps[0].Name || attribute.Value.IsEmpty || attribute.Kind is not (AttributeKind.Relationship or AttributeKind.ListRelationship)) continue;
            foreach (var value in new JsonScalars(attribute.Value.Span, attribute.Kind))
            {
                var json = value;
                if (json.TokenType != JsonTokenType.String || JsonScalars.TextOf(ref json) is not { } id || links.Find(id) is not { } target) continue;
                if (_linkedTypes is not null && !target.Types.Exists(t => _linkedTypes.Contains(t))) continue;
                if (_linked!.Any(target, links, argument, test)) return true;
            }
        }
        return false;
    }

    private readonly record struct Step(string Name, Member Member);
}
