using System.Collections.Concurrent;
using Michi.CityOs.Entities;

namespace Michi.CityOs.History;

/// <summary>What many points of an attribute have in common: all of an instance but its value and its times.</summary>
internal sealed class PointShape : IEquatable<PointShape>
{
    /// <summary>Shapes that are kept because they come again and again.</summary>
    private const int MostCommon = 1_000;

    /// <summary>Characters of the longest unit and type in them, so that nobody fills the memory.</summary>
    private const int LongestCommon = 256;

    private static readonly ConcurrentDictionary<(AttributeKind Kind, string? UnitCode, string? ValueType, PointForm Form, bool IsObserved, bool IsDeleted), PointShape> s_common = [];

    private readonly int _hash;
    private EntityAttribute? _attribute;

    public PointShape(PointForm form, bool isObserved, bool isDeleted, ReadOnlyMemory<byte> bytes)
    {
        (Form, IsObserved, IsDeleted, Bytes) = (form, isObserved, isDeleted, bytes);
        HashCode hash = default;
        hash.AddBytes(bytes.Span);
        hash.Add(Flags);
        _hash = hash.ToHashCode();
    }

    /// <summary>How the value is kept.</summary>
    public PointForm Form { get; }

    /// <summary>Whether the point's time is its observedAt.</summary>
    public bool IsObserved { get; }

    /// <summary>Whether the point tells that the instance was deleted; its time is deletedAt then.</summary>
    public bool IsDeleted { get; }

    /// <summary>Kind, unit, types and attributes of the attribute, in the bytes of <see cref="EntityCodec"/>; times that are those of the point are 0.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    public byte Flags => (byte)((int)Form | (IsObserved ? 4 : 0) | (IsDeleted ? 8 : 0));

    public static PointShape Of(byte flags, ReadOnlyMemory<byte> bytes) => new((PointForm)(flags & 3), (flags & 4) != 0, (flags & 8) != 0, bytes);

    /// <summary>The shape of an instance. Its attributes' times are kept only where they differ from its own time of change.</summary>
    public static PointShape Of(EntityAttribute instance, PointForm form, bool isDeleted = false)
    {
        var isObserved = !isDeleted && instance.ObservedAt is not null;
        if (instance is not { ObjectTypes: null, ExpiresAt: null, Attributes: null or { Count: 0 } }) return Make();
        var of = (instance.Kind, instance.UnitCode, instance.ValueType, form, isObserved, isDeleted);
        if (s_common.TryGetValue(of, out var common)) return common;
        var made = Make();
        if (s_common.Count < MostCommon && !(instance.UnitCode?.Length > LongestCommon) && !(instance.ValueType?.Length > LongestCommon)) s_common[of] = made;
        return made;

        PointShape Make() => new(form, isObserved, isDeleted, BytesOf(new EntityAttribute
        {
            Name = "",
            Kind = instance.Kind,
            UnitCode = instance.UnitCode,
            ValueType = instance.ValueType,
            ObjectTypes = instance.ObjectTypes,
            ExpiresAt = instance.ExpiresAt,
            Attributes = instance.Attributes?.ConvertAll(a => Shift(a, t => t == instance.ModifiedAt ? DateTimeOffset.UnixEpoch : t)),
        }));
    }

    /// <summary>When its points cease to be told, clause 4.22; null for never.</summary>
    public DateTimeOffset? ExpiresAt => Attribute.ExpiresAt;

    public AttributeKind Kind => Attribute.Kind;

    /// <summary>The instance without name, value and times.</summary>
    public EntityAttribute Attribute => _attribute ??= EntityCodec.Read(Bytes).Attributes[0];

    /// <summary>Attributes of the instance as they were at a point.</summary>
    public List<EntityAttribute>? AttributesAt(DateTimeOffset modifiedAt) =>
        Attribute.Attributes?.ConvertAll(a => Shift(a, t => t == DateTimeOffset.UnixEpoch ? modifiedAt : t));

    public bool Equals(PointShape? other) => other is not null && _hash == other._hash && Flags == other.Flags && Bytes.Span.SequenceEqual(other.Bytes.Span);

    public override bool Equals(object? obj) => Equals(obj as PointShape);

    public override int GetHashCode() => _hash;

    private static byte[] BytesOf(EntityAttribute attribute)
    {
        attribute.CreatedAt = attribute.ModifiedAt = DateTimeOffset.UnixEpoch;
        return EntityCodec.Write([attribute]);
    }

    private static EntityAttribute Shift(EntityAttribute attribute, Func<DateTimeOffset, DateTimeOffset> time) =>
        attribute.Kept(time(attribute.CreatedAt), time(attribute.ModifiedAt), attribute.Attributes?.ConvertAll(a => Shift(a, time)));
}

/// <summary>How the value of a point is kept.</summary>
internal enum PointForm
{
    /// <summary>As a number.</summary>
    Number,

    /// <summary>As the JSON it is.</summary>
    Json,

    /// <summary>There is none: the instance was deleted.</summary>
    None,
}
