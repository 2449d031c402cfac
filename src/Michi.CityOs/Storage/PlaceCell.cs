using System.Buffers.Binary;

namespace Michi.CityOs.Storage;

/// <summary>
/// A cell of the Earth's surface, by which the index finds places: a level, and within it a number along the Z-order curve (Morton, IBM Ottawa, 1966), so that the
/// cells of a larger cell are one range of an ordinary ordered index. A position is a cell of the finest level, 37 mm at the equator; a larger shape is at most four cells.
/// </summary>
/// <param name="Code">Four bits of the level (0: the whole Earth, 15: the finest), 60 of the number.</param>
internal readonly record struct PlaceCell(ulong Code)
{
    /// <summary>Bytes of a code.</summary>
    public const int Size = sizeof(ulong);

    /// <summary>From one level to the next a side is cut in four, that is by two bits.</summary>
    private const int FinestLevel = 15, BitsOfLevel = 2, NumberBits = 60;

    /// <summary>Ranges that a box is looked up by; more of them would hold less of what lies around it.</summary>
    private const int MostRanges = 16;

    private int Shift => (FinestLevel - Level) * BitsOfLevel;

    public int Level => (int)(Code >> NumberBits);

    /// <summary>The first of a level, 0 to 16; that of 16 comes after all there are and is null.</summary>
    public static PlaceCell? FirstOf(int level) => level > FinestLevel ? null : new((ulong)level << NumberBits);

    public static PlaceCell Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt64BigEndian(bytes));

    /// <summary>Bytes that sort as cells do.</summary>
    public void Write(Span<byte> to) => BinaryPrimitives.WriteUInt64BigEndian(to, Code);

    /// <summary>The one to four cells that hold a box, none of them larger than it need be.</summary>
    public static IEnumerable<PlaceCell> Covering(CellBox box)
    {
        var shift = 0;
        while ((box.East >> shift) - (box.West >> shift) > 1 || (box.North >> shift) - (box.South >> shift) > 1) shift += BitsOfLevel;
        var level = (ulong)(FinestLevel - shift / BitsOfLevel) << NumberBits;
        foreach (var number in Numbers(box, shift)) yield return new(level | number);
    }

    /// <summary>Ranges of the cells of a level that hold all that touch a box, and some that lie near it.</summary>
    public static List<(PlaceCell First, PlaceCell Last)> Ranges(CellBox box, int level)
    {
        var finest = (FinestLevel - level) * BitsOfLevel;
        var shift = finest;
        while (((long)(box.East >> shift) - (box.West >> shift) + 1) * ((long)(box.North >> shift) - (box.South >> shift) + 1) > MostRanges) shift++;
        var start = (ulong)level << NumberBits;
        var within = 2 * (shift - finest);
        List<(PlaceCell First, PlaceCell Last)> ranges = [];
        foreach (var number in Numbers(box, shift).Order())
        {
            var (first, last) = (start | number << within, start | (number + 1 << within) - 1);
            if (ranges.Count > 0 && ranges[^1].Last.Code + 1 == first) ranges[^1] = (ranges[^1].First, new(last));
            else ranges.Add((new(first), new(last)));
        }
        return ranges;
    }

    public bool Touches(CellBox box)
    {
        var (x, y) = (Even(Code), Even(Code >> 1));
        return x >= box.West >> Shift && x <= box.East >> Shift && y >= box.South >> Shift && y <= box.North >> Shift;
    }

    /// <summary>Numbers of the cells that touch a box, where a cell has two to the power of a shift parts on each side.</summary>
    private static IEnumerable<ulong> Numbers(CellBox box, int shift)
    {
        for (var y = box.South >> shift; y <= box.North >> shift; y++)
            for (var x = box.West >> shift; x <= box.East >> shift; x++) yield return Spread(x) | Spread(y) << 1;
    }

    /// <summary>Puts a zero before each bit.</summary>
    private static ulong Spread(uint bits)
    {
        ulong x = bits;
        x = (x | x << 16) & 0x0000_ffff_0000_ffff;
        x = (x | x << 8) & 0x00ff_00ff_00ff_00ff;
        x = (x | x << 4) & 0x0f0f_0f0f_0f0f_0f0f;
        x = (x | x << 2) & 0x3333_3333_3333_3333;
        return (x | x << 1) & 0x5555_5555_5555_5555;
    }

    /// <summary>Every second bit of a number, the contrary of <see cref="Spread"/>.</summary>
    private static uint Even(ulong code)
    {
        var x = code & 0x0555_5555_5555_5555;
        x = (x | x >> 1) & 0x3333_3333_3333_3333;
        x = (x | x >> 2) & 0x0f0f_0f0f_0f0f_0f0f;
        x = (x | x >> 4) & 0x00ff_00ff_00ff_00ff;
        x = (x | x >> 8) & 0x0000_ffff_0000_ffff;
        return (uint)(x | x >> 16);
    }
}

/// <summary>A box in parts of the finest cells, borders included. What lies beyond the Earth's edges is put onto them.</summary>
internal readonly record struct CellBox(uint West, uint South, uint East, uint North)
{
    private const double Parts = 1 << 30;

    /// <summary>Of degrees.</summary>
    public static CellBox Of(double west, double south, double east, double north) => new(Part(west, 360), Part(south, 180), Part(east, 360), Part(north, 180));

    private static uint Part(double degrees, double all) => (uint)Math.Clamp((degrees / all + 0.5) * Parts, 0, Parts - 1);
}
