using System.Buffers.Text;
using System.Globalization;
using Michi.CityOs.Entities;

namespace Michi.CityOs.History;

/// <summary>One instance of an attribute in time, clause 4.5.7. All times are whole microseconds since 1970.</summary>
/// <param name="Time">observedAt where there is one, else deletedAt of a deletion, else modifiedAt; no two points of a series have the same.</param>
/// <param name="Number">The value where <see cref="PointShape.Form"/> says so.</param>
/// <param name="Json">The value as UTF-8 JSON where it is no number; empty for a deletion.</param>
/// <param name="Created">Kept to the millisecond where it is not <paramref name="Time"/> or <paramref name="Modified"/>.</param>
/// <param name="Modified">Kept to the millisecond where it is not <paramref name="Time"/>.</param>
/// <param name="Instance">instanceId where it does not follow from series and time; null mostly.</param>
internal readonly record struct HistoryPoint(long Time, PointShape Shape, double Number, ReadOnlyMemory<byte> Json, long Created, long Modified, string? Instance = null)
{
    /// <summary>Digits a double keeps whatever the number is.</summary>
    private const int SafeDigits = 15;

    /// <summary>Decimals that are looked for before the general way is taken.</summary>
    private const int MostDecimals = 4;

    /// <summary>Bytes of the longest number.</summary>
    public const int LongestNumber = 32;

    public static HistoryPoint Of(EntityAttribute instance)
    {
        var modified = EntityCodec.Microseconds(instance.ModifiedAt);
        var time = instance.ObservedAt is { } observed ? EntityCodec.Microseconds(observed) : modified;
        var isNumber = TryNumber(instance.Value.Span, out var number);
        return new(time, PointShape.Of(instance, isNumber ? PointForm.Number : PointForm.Json), number, isNumber ? default : instance.Value, EntityCodec.Microseconds(instance.CreatedAt), modified, instance.InstanceId);
    }

    /// <summary>The point that tells that an instance is no more.</summary>
    public static HistoryPoint Deletion(EntityAttribute instance, DateTimeOffset at)
    {
        var time = EntityCodec.Microseconds(at);
        return new(time, PointShape.Of(new EntityAttribute { Name = "", Kind = instance.Kind }, PointForm.None, isDeleted: true), 0, default, EntityCodec.Microseconds(instance.CreatedAt), time);
    }

    /// <summary>The point as an instance of an attribute.</summary>
    public EntityAttribute ToInstance(string name, string? datasetId, string instanceId)
    {
        var shape = Shape.Attribute;
        var modified = EntityCodec.Time(Modified);
        return new EntityAttribute
        {
            Name = name,
            Kind = shape.Kind,
            Value = Shape.Form switch
            {
                PointForm.Number => BytesOf(Number),
                PointForm.Json => Json,
                _ => Deleted(shape.Kind, name),
            },
            DatasetId = datasetId,
            ObservedAt = Shape.IsObserved ? EntityCodec.Time(Time) : null,
            DeletedAt = Shape.IsDeleted ? EntityCodec.Time(Time) : null,
            UnitCode = shape.UnitCode,
            ValueType = shape.ValueType,
            ObjectTypes = shape.ObjectTypes,
            ExpiresAt = shape.ExpiresAt,
            CreatedAt = EntityCodec.Time(Created),
            ModifiedAt = modified,
            InstanceId = Instance ?? instanceId,
            Attributes = Shape.AttributesAt(modified),
        };
    }

    /// <summary>Whether a value is a number that a double holds exactly as well as its text does.</summary>
    public static bool TryNumber(ReadOnlySpan<byte> json, out double number)
    {
        number = 0;
        if (json.IsEmpty || json[0] is not ((byte)'-' or >= (byte)'0' and <= (byte)'9')) return false;
        if (!Utf8Parser.TryParse(json, out number, out var read) || read != json.Length || !double.IsFinite(number)) return false;
        if (json.Length <= SafeDigits && json.IndexOfAny((byte)'e', (byte)'E') < 0) return true;
        Span<byte> text = stackalloc byte[LongestNumber];
        return json.SequenceEqual(text[..Format(number, text)]);
    }

    public static byte[] BytesOf(double number)
    {
        Span<byte> text = stackalloc byte[LongestNumber];
        return text[..Format(number, text)].ToArray();
    }

    /// <summary>Writes a number as the shortest text that means it.</summary>
    /// <param name="to">At least <see cref="LongestNumber"/> bytes.</param>
    /// <returns>How many bytes were written.</returns>
    public static int Format(double number, Span<byte> to)
    {
        int length;
        // Most are decimal fractions of few digits. One that gives back the number is the shortest, as no two so short mean the same.
        var scale = 1L;
        for (var decimals = 0; decimals <= MostDecimals && number != 0 && Math.Abs(number * scale) < 1e15; decimals++, scale *= 10)
        {
            var whole = (long)Math.Round(number * scale);
            if ((double)whole / scale != number) continue;
            (whole, var part) = Math.DivRem(Math.Abs(whole), scale);
            var at = 0;
            if (number < 0) to[at++] = (byte)'-';
            Utf8Formatter.TryFormat(whole, to[at..], out length);
            at += length;
            if (decimals == 0) return at;
            to[at++] = (byte)'.';
            for (var digit = decimals - 1; digit >= 0; digit--, part /= 10) to[at + digit] = (byte)('0' + part % 10);
            return at + decimals;
        }
        number.TryFormat(to, out length, default, CultureInfo.InvariantCulture);
        return length;
    }

    /// <summary>The NGSI-LD Null in the form of a kind, clause 4.5.7; a scope that is gone is an empty list.</summary>
    private static ReadOnlyMemory<byte> Deleted(AttributeKind kind, string name)
    {
        if (name == ChangePoints.Scope) return "[]"u8.ToArray();
        return kind == AttributeKind.LanguageProperty ? "{\"@none\":\"urn:ngsi-ld:null\"}"u8.ToArray() : "\"urn:ngsi-ld:null\""u8.ToArray();
    }
}
