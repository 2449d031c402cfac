using System.Buffers;
using System.Text.Json;

namespace Michi.CityOs.Entities;

/// <summary>Entities as the store keeps them: UTF-8 JSON with expanded names, short members and times as whole microseconds since 1970.</summary>
/// <remarks>Reading takes no copy of values: an entity read lives on the bytes given. O(bytes).</remarks>
internal static class EntityCodec
{
    /// <summary>Attributes of attributes lie deeper here than in what was sent: whatever could be written must be read again.</summary>
    private static readonly JsonReaderOptions Reading = new() { MaxDepth = 256 };

    /// <summary>Attributes that most have at most.</summary>
    private const int UsualAttributes = 8;

    [ThreadStatic] private static (ArrayBufferWriter<byte> Buffer, Utf8JsonWriter Json) s_writer;

    public static byte[] Write(Entity entity)
    {
        var (buffer, json) = s_writer;
        if (buffer is null) s_writer = (buffer, json) = (new(1024), new(Stream.Null, PlainJson.Writer));
        buffer.ResetWrittenCount();
        json.Reset(buffer);
        json.WriteStartObject();
        json.WriteString("id"u8, entity.Id);
        Texts(json, "t"u8, entity.Types);
        if (entity.Scopes is { Count: > 0 } scopes) Texts(json, "s"u8, scopes);
        Times(json, entity.CreatedAt, entity.ModifiedAt, entity.ExpiresAt);
        Attributes(json, entity.Attributes);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Bytes of a list of attributes alone, as the history keeps what a point has beside its value.</summary>
    public static byte[] Write(List<EntityAttribute> attributes)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(buffer, PlainJson.Writer);
        json.WriteStartObject();
        Attributes(json, attributes);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenSpan.ToArray();
    }

    public static Entity Read(ReadOnlyMemory<byte> bytes)
    {
        var json = new Utf8JsonReader(bytes.Span, Reading);
        json.Read();
        string id = "";
        List<string>? types = null;
        List<string>? scopes = null;
        List<EntityAttribute>? attributes = null;
        long created = 0, modified = 0;
        long? expires = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var member = json.ValueSpan;
            var key = member[0];
            json.Read();
            switch (key)
            {
                case (byte)'i': id = json.GetString()!; break;
                case (byte)'t': types = Texts(ref json); break;
                case (byte)'s': scopes = Texts(ref json); break;
                case (byte)'c': created = json.GetInt64(); break;
                case (byte)'m': modified = json.GetInt64(); break;
                case (byte)'x': expires = json.GetInt64(); break;
                case (byte)'a': attributes = Attributes(ref json, bytes); break;
            }
        }
        return new Entity { Id = id, Types = types ?? [], Scopes = scopes, CreatedAt = Time(created), ModifiedAt = Time(modified), ExpiresAt = expires is { } x ? Time(x) : null, Attributes = attributes ?? [] };
    }

    /// <summary>A time as whole microseconds since 1970.</summary>
    public static long Microseconds(DateTimeOffset time) => (time.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset Time(long microseconds) => new(DateTime.UnixEpoch.Ticks + microseconds * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);

    private static void Times(Utf8JsonWriter json, DateTimeOffset created, DateTimeOffset modified, DateTimeOffset? expires)
    {
        json.WriteNumber("c"u8, Microseconds(created));
        json.WriteNumber("m"u8, Microseconds(modified));
        if (expires is { } x) json.WriteNumber("x"u8, Microseconds(x));
    }

    private static void Texts(Utf8JsonWriter json, ReadOnlySpan<byte> member, List<string> texts)
    {
        json.WriteStartArray(member);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    private static List<string> Texts(ref Utf8JsonReader json)
    {
        List<string> texts = new(1);
        while (json.Read() && json.TokenType != JsonTokenType.EndArray) texts.Add(json.GetString()!);
        return texts;
    }

    private static void Attributes(Utf8JsonWriter json, List<EntityAttribute> attributes)
    {
        json.WriteStartArray("a"u8);
        foreach (var attribute in attributes)
        {
            json.WriteStartObject();
            json.WriteString("n"u8, attribute.Name);
            json.WriteNumber("k"u8, (int)attribute.Kind);
            if (!attribute.Value.IsEmpty)
            {
                json.WritePropertyName("v"u8);
                json.WriteRawValue(attribute.Value.Span, skipInputValidation: true);
            }
            if (attribute.DatasetId is { } dataset) json.WriteString("d"u8, dataset);
            if (attribute.ObservedAt is { } observed) json.WriteNumber("o"u8, Microseconds(observed));
            if (attribute.UnitCode is { } unit) json.WriteString("u"u8, unit);
            if (attribute.ValueType is { } type) json.WriteString("y"u8, type);
            if (attribute.InstanceId is { } instance) json.WriteString("i"u8, instance);
            if (attribute.ObjectTypes is { } types) Texts(json, "t"u8, types);
            Times(json, attribute.CreatedAt, attribute.ModifiedAt, attribute.ExpiresAt);
            if (attribute.Attributes is { Count: > 0 } inner) Attributes(json, inner);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static List<EntityAttribute> Attributes(ref Utf8JsonReader json, ReadOnlyMemory<byte> bytes)
    {
        List<EntityAttribute> attributes = new(UsualAttributes);
        while (json.Read() && json.TokenType == JsonTokenType.StartObject)
        {
            EntityAttribute? attribute = null;
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var key = json.ValueSpan[0];
                json.Read();
                switch (key)
                {
                    case (byte)'n': attribute = new EntityAttribute { Name = json.ValueIsEscaped ? json.GetString()! : KnownNames.Of(json.ValueSpan) }; break;
                    case (byte)'k': attribute!.Kind = (AttributeKind)json.GetInt32(); break;
                    case (byte)'v':
                        var from = (int)json.TokenStartIndex;
                        json.Skip();
                        attribute!.Value = bytes[from..(int)json.BytesConsumed];
                        break;
                    case (byte)'d': attribute!.DatasetId = json.GetString(); break;
                    case (byte)'o': attribute!.ObservedAt = Time(json.GetInt64()); break;
                    case (byte)'u': attribute!.UnitCode = json.GetString(); break;
                    case (byte)'y': attribute!.ValueType = json.GetString(); break;
                    case (byte)'i': attribute!.InstanceId = json.GetString(); break;
                    case (byte)'t': attribute!.ObjectTypes = Texts(ref json); break;
                    case (byte)'c': attribute!.CreatedAt = Time(json.GetInt64()); break;
                    case (byte)'m': attribute!.ModifiedAt = Time(json.GetInt64()); break;
                    case (byte)'x': attribute!.ExpiresAt = Time(json.GetInt64()); break;
                    case (byte)'a': attribute!.Attributes = Attributes(ref json, bytes); break;
                }
            }
            attributes.Add(attribute!);
        }
        return attributes;
    }
}
