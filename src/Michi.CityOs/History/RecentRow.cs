using System.Buffers;

namespace Michi.CityOs.History;

/// <summary>Points of an entity that wait to be taken into chunks, as bytes: series after series its key, the length of its points and these, as <see cref="Chunk"/> has them.</summary>
internal static class RecentRow
{
    /// <param name="points">In the order in which they came; of two of a series with the same time the later one stays.</param>
    public static void Write(IBufferWriter<byte> to, List<(long Series, HistoryPoint Point)> points)
    {
        if (IsOneEach(points))
            foreach (var (series, point) in points) Write(to, series, [point]);
        else
            foreach (var series in points.GroupBy(p => p.Series, p => p.Point)) Write(to, series.Key, [.. HistoryWriter.Sorted([.. series])]);
    }

    /// <summary>The points of a row as they are there, to be read by <see cref="Chunk"/>.</summary>
    public static List<(long Series, ReadOnlyMemory<byte> Points)> Read(ReadOnlyMemory<byte> row)
    {
        List<(long, ReadOnlyMemory<byte>)> all = [];
        var rest = row.Span;
        while (!rest.IsEmpty)
        {
            var series = IntegerColumn.ReadNumber(ref rest);
            var length = (int)IntegerColumn.ReadNumber(ref rest);
            all.Add((series, row.Slice(row.Length - rest.Length, length)));
            rest = rest[length..];
        }
        return all;
    }

    private static bool IsOneEach(List<(long Series, HistoryPoint Point)> points)
    {
        for (var i = 1; i < points.Count; i++)
            if (points[i].Series <= points[i - 1].Series) return false;
        return true;
    }

    private static void Write(IBufferWriter<byte> to, long series, ReadOnlySpan<HistoryPoint> points)
    {
        IntegerColumn.WriteNumber(to, series);
        var bytes = Chunk.Fill(points);
        IntegerColumn.WriteNumber(to, bytes.Length);
        to.Write(bytes);
    }
}
