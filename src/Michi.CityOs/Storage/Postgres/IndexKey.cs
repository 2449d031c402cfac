using System.Buffers.Binary;
using System.Text;

namespace Michi.CityOs.Storage.Postgres;

/// <summary>Values of <see cref="IndexEntry"/> as bytes that sort as they do: numbers by size, texts by code points, truth values, places by cells; each kind apart from the others.</summary>
internal static class IndexKey
{
    private const byte Number = 1, Text = 2, Truth = 3, Place = 4, End = 0xff;

    /// <summary>Of an attribute whose values are too many for the index.</summary>
    public static readonly byte[] Overflow = [End];

    /// <param name="value">A number, text, truth value or <see cref="PlaceCell"/>, <see cref="IndexEntry.Overflow"/>, or null for an attribute that only is there.</param>
    public static byte[] Of(object? value) => value switch
    {
        double number => OfNumber(number),
        string text => [Text, .. Encoding.UTF8.GetBytes(IndexEntry.Cut(text))],
        bool truth => [Truth, truth ? (byte)1 : (byte)0],
        PlaceCell cell => OfPlace(cell),
        long => Overflow,
        _ => [],
    };

    /// <summary>The first key of a range and the first after it. A text that was cut stands for all that begin with it.</summary>
    public static (byte[] From, byte[] Until) Of(ValueRange range)
    {
        var kind = (range.Low ?? range.High) switch { string => Text, bool => Truth, _ => Number };
        return (range.Low is null ? [kind] : Of(range.Low), range.High is null ? [(byte)(kind + 1)] : [.. Of(range.High), kind == Text ? End : (byte)0]);
    }

    /// <summary>The first key of a range of cells and the last.</summary>
    public static (byte[] From, byte[] To) Of((PlaceCell First, PlaceCell Last) range) => (OfPlace(range.First), OfPlace(range.Last));

    public static PlaceCell CellOf(byte[] key) => PlaceCell.Read(key.AsSpan(1));

    public static bool IsOfPlace(byte[] key) => key[0] == Place;

    private static byte[] OfPlace(PlaceCell cell)
    {
        var key = new byte[1 + PlaceCell.Size];
        key[0] = Place;
        cell.Write(key.AsSpan(1));
        return key;
    }

    /// <summary>The bits of a double sort as it does once the sign is turned round, and all of them for negative ones.</summary>
    private static byte[] OfNumber(double number)
    {
        // There is one zero.
        var bits = BitConverter.DoubleToInt64Bits(number == 0 ? 0 : number);
        var key = new byte[9];
        key[0] = Number;
        BinaryPrimitives.WriteInt64BigEndian(key.AsSpan(1), bits < 0 ? ~bits : bits | long.MinValue);
        return key;
    }
}
