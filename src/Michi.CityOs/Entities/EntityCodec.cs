using System.Buffers;
using System.Text;
using Michi.CityOs.History;

namespace Michi.CityOs.Entities;

/// <summary>Entities as the store keeps them: names without the beginnings most share, times as whole microseconds since 1970 where they differ from what is told before.</summary>
/// <remarks>Values are kept as they are. Reading takes no copy of them: an entity read lives on the bytes given. O(bytes).</remarks>
internal static class EntityCodec
{
    [Flags]
    private enum Told
    {
        None = 0,
        Value = 1,
        Dataset = 2,
        Observed = 4,
        Unit = 8,
        ValueType = 16,
        Instance = 32,
        ObjectTypes = 64,

        /// <summary>It was not created together with the entity.</summary>
        Created = 128,

        /// <summary>It was modified after it was created.</summary>
        Modified = 256,
        Expires = 512,
        Attributes = 1024,
    }

    [ThreadStatic] private static ArrayBufferWriter<byte>? s_buffer;

    public static byte[] Write(Entity entity)
    {
        var to = s_buffer ??= new(1024);
        to.ResetWrittenCount();
        var created = Microseconds(entity.CreatedAt);
        Text(to, entity.Id);
        Names(to, entity.Types);
        Number(to, entity.Scopes?.Count ?? 0);
        foreach (var scope in entity.Scopes ?? []) Text(to, scope);
        Number(to, created);
        Number(to, Microseconds(entity.ModifiedAt) - created);
        Number(to, (long)(entity.ExpiresAt is null ? Told.None : Told.Expires));
        if (entity.ExpiresAt is { } expires) Number(to, Microseconds(expires));
        Attributes(to, entity.Attributes, created);
        return to.WrittenSpan.ToArray();
    }

    /// <summary>Bytes of a list of attributes alone, as the history keeps what a point has beside its value.</summary>
    public static byte[] Write(List<EntityAttribute> attributes) => Write(new Entity { Id = "", Attributes = attributes });

    public static Entity Read(ReadOnlyMemory<byte> bytes)
    {
        var from = bytes.Span;
        var (id, types) = (Text(ref from), Names(ref from));
        List<string>? scopes = null;
        for (var left = Number(ref from); left > 0; left--) (scopes ??= new(1)).Add(Text(ref from));
        var created = Number(ref from);
        var modified = created + Number(ref from);
        var expires = Number(ref from) == 0 ? (DateTimeOffset?)null : Time(Number(ref from));
        return new Entity { Id = id, Types = types, Scopes = scopes, CreatedAt = Time(created), ModifiedAt = Time(modified), ExpiresAt = expires, Attributes = Attributes(ref from, bytes, created) };
    }

    /// <summary>A time as whole microseconds since 1970.</summary>
    public static long Microseconds(DateTimeOffset time) => (time.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset Time(long microseconds) => new(DateTime.UnixEpoch.Ticks + microseconds * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);

    /// <param name="created">When the entity was, in microseconds.</param>
    private static void Attributes(ArrayBufferWriter<byte> to, List<EntityAttribute> attributes, long created)
    {
        Number(to, attributes.Count);
        foreach (var attribute in attributes)
        {
            var (own, modified) = (Microseconds(attribute.CreatedAt), Microseconds(attribute.ModifiedAt));
            var inner = attribute.Attributes is { Count: > 0 } some ? some : null;
            var told = (attribute.Value.IsEmpty ? Told.None : Told.Value) | If(attribute.DatasetId, Told.Dataset) | If(attribute.ObservedAt, Told.Observed) | If(attribute.UnitCode, Told.Unit)
                | If(attribute.ValueType, Told.ValueType) | If(attribute.InstanceId, Told.Instance) | If(attribute.ObjectTypes, Told.ObjectTypes) | (own == created ? Told.None : Told.Created)
                | (modified == own ? Told.None : Told.Modified) | If(attribute.ExpiresAt, Told.Expires) | If(inner, Told.Attributes);
            Name(to, attribute.Name);
            IntegerColumn.WriteByte(to, (byte)attribute.Kind);
            Number(to, (long)told);
            if (!attribute.Value.IsEmpty)
            {
                Number(to, attribute.Value.Length);
                to.Write(attribute.Value.Span);
            }
            if (attribute.DatasetId is { } dataset) Text(to, dataset);
            if (attribute.ObservedAt is { } observed) Number(to, Microseconds(observed));
            if (attribute.UnitCode is { } unit) Name(to, unit);
            if (attribute.ValueType is { } type) Name(to, type);
            if (attribute.InstanceId is { } instance) Text(to, instance);
            if (attribute.ObjectTypes is { } types) Names(to, types);
            if (own != created) Number(to, own);
            if (modified != own) Number(to, modified - own);
            if (attribute.ExpiresAt is { } expires) Number(to, Microseconds(expires));
            if (inner is not null) Attributes(to, inner, created);
        }

        static Told If<T>(T? there, Told told) => there is null ? Told.None : told;
    }

    private static List<EntityAttribute> Attributes(ref ReadOnlySpan<byte> from, ReadOnlyMemory<byte> bytes, long created)
    {
        var left = (int)Number(ref from);
        List<EntityAttribute> attributes = new(left);
        for (; left > 0; left--)
        {
            EntityAttribute attribute = new() { Name = Name(ref from), Kind = (AttributeKind)IntegerColumn.ReadByte(ref from) };
            var told = (Told)Number(ref from);
            if ((told & Told.Value) != 0)
            {
                var length = (int)Number(ref from);
                attribute.Value = bytes.Slice(bytes.Length - from.Length, length);
                from = from[length..];
            }
            if ((told & Told.Dataset) != 0) attribute.DatasetId = Text(ref from);
            if ((told & Told.Observed) != 0) attribute.ObservedAt = Time(Number(ref from));
            if ((told & Told.Unit) != 0) attribute.UnitCode = Name(ref from);
            if ((told & Told.ValueType) != 0) attribute.ValueType = Name(ref from);
            if ((told & Told.Instance) != 0) attribute.InstanceId = Text(ref from);
            if ((told & Told.ObjectTypes) != 0) attribute.ObjectTypes = Names(ref from);
            var own = (told & Told.Created) != 0 ? Number(ref from) : created;
            attribute.CreatedAt = Time(own);
            attribute.ModifiedAt = (told & Told.Modified) != 0 ? Time(own + Number(ref from)) : attribute.CreatedAt;
            if ((told & Told.Expires) != 0) attribute.ExpiresAt = Time(Number(ref from));
            if ((told & Told.Attributes) != 0) attribute.Attributes = Attributes(ref from, bytes, created);
            attributes.Add(attribute);
        }
        return attributes;
    }

    private static void Names(ArrayBufferWriter<byte> to, List<string> names)
    {
        Number(to, names.Count);
        foreach (var name in names) Name(to, name);
    }

    private static List<string> Names(ref ReadOnlySpan<byte> from)
    {
        var left = (int)Number(ref from);
        List<string> names = new(left);
        for (; left > 0; left--) names.Add(Name(ref from));
        return names;
    }

    private static void Name(ArrayBufferWriter<byte> to, string name)
    {
        var beginning = KnownNames.BeginningOf(name);
        IntegerColumn.WriteByte(to, (byte)beginning);
        Text(to, name.AsSpan(KnownNames.Beginnings[beginning].Length));
    }

    private static string Name(ref ReadOnlySpan<byte> from)
    {
        var beginning = IntegerColumn.ReadByte(ref from);
        var length = (int)Number(ref from);
        var name = KnownNames.Of(beginning, from[..length]);
        from = from[length..];
        return name;
    }

    private static void Text(ArrayBufferWriter<byte> to, ReadOnlySpan<char> text)
    {
        Number(to, Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, to);
    }

    private static string Text(ref ReadOnlySpan<byte> from)
    {
        var length = (int)Number(ref from);
        var text = Encoding.UTF8.GetString(from[..length]);
        from = from[length..];
        return text;
    }

    private static void Number(ArrayBufferWriter<byte> to, long number) => IntegerColumn.WriteNumber(to, number);

    private static long Number(ref ReadOnlySpan<byte> from) => IntegerColumn.ReadNumber(ref from);
}
