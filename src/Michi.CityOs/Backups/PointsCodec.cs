using System.Text;
using Michi.CityOs.History;

namespace Michi.CityOs.Backups;

/// <summary>Points of a series as a backup keeps them, whatever the history's own form is.</summary>
/// <remarks>
/// Whole numbers are in the 7-bit form of .NET, those with a sign zigzag before. The number of shapes, each its flags (bits 0-1 form: 0 number, 1 JSON, 2 none; 4 observed;
/// 8 deleted), length and bytes; the number of points, each: number of its shape, time since the point before, then from its time to its creation and to its change,
/// the value (8 bytes little-endian; length and JSON; nothing), and its instanceId as text, empty where it follows from series and time. O(n).
/// </remarks>
internal static class PointsCodec
{
    public static byte[] Write(IReadOnlyList<HistoryPoint> points)
    {
        using var bytes = new MemoryStream(64 + 32 * points.Count);
        using var writer = new BinaryWriter(bytes);
        Dictionary<PointShape, int> shapes = [];
        foreach (var point in points) shapes.TryAdd(point.Shape, shapes.Count);
        writer.Write7BitEncodedInt(shapes.Count);
        // In the order in which they were added: nothing is ever taken out.
        foreach (var shape in shapes.Keys)
        {
            writer.Write(shape.Flags);
            Bytes(shape.Bytes);
        }
        writer.Write7BitEncodedInt(points.Count);
        var last = 0L;
        foreach (var point in points)
        {
            writer.Write7BitEncodedInt(shapes[point.Shape]);
            Signed(point.Time - last);
            Signed(point.Created - point.Time);
            Signed(point.Modified - point.Time);
            last = point.Time;
            if (point.Shape.Form == PointForm.Number) writer.Write(point.Number);
            if (point.Shape.Form == PointForm.Json) Bytes(point.Json);
            writer.Write(point.Instance ?? "");
        }
        writer.Flush();
        return bytes.ToArray();

        void Signed(long number) => writer.Write7BitEncodedInt64((number << 1) ^ (number >> 63));

        void Bytes(ReadOnlyMemory<byte> some)
        {
            writer.Write7BitEncodedInt(some.Length);
            writer.Write(some.Span);
        }
    }

    public static List<HistoryPoint> Read(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes, writable: false), Encoding.UTF8);
        var shapes = new PointShape[reader.Read7BitEncodedInt()];
        for (var i = 0; i < shapes.Length; i++) shapes[i] = PointShape.Of(reader.ReadByte(), reader.ReadBytes(reader.Read7BitEncodedInt()));
        var count = reader.Read7BitEncodedInt();
        List<HistoryPoint> points = new(count);
        var time = 0L;
        for (var i = 0; i < count; i++)
        {
            var shape = shapes[reader.Read7BitEncodedInt()];
            time += Signed();
            var (created, modified) = (time + Signed(), time + Signed());
            var number = shape.Form == PointForm.Number ? reader.ReadDouble() : 0;
            ReadOnlyMemory<byte> json = shape.Form == PointForm.Json ? reader.ReadBytes(reader.Read7BitEncodedInt()) : default;
            points.Add(new(time, shape, number, json, created, modified, reader.ReadString() is { Length: > 0 } instance ? instance : null));
        }
        return points;

        long Signed()
        {
            var number = reader.Read7BitEncodedInt64();
            return (long)((ulong)number >> 1) ^ -(number & 1);
        }
    }
}
