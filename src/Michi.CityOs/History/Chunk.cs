using System.Buffers;
using System.IO.Compression;
using System.Text;

namespace Michi.CityOs.History;

/// <summary>The points of one series and day as bytes.</summary>
/// <remarks>
/// Columns one after another: times (steps from one to the next, in the largest unit that all are whole in), numbers (decimals as whole numbers, else what
/// changes from double to double, after Pelkonen et al. 2015, "Gorilla"), times of change and creation, shapes, JSON values (each once, compressed), ids.
/// The first two come first, so that a reader who wants only them stops there. O(n).
/// </remarks>
internal static class Chunk
{
    private const byte Version = 1;

    /// <summary>Decimal places tried before numbers are kept as doubles.</summary>
    private const int MostPlaces = 9;

    /// <summary>Bytes of JSON from which compression pays.</summary>
    private const int Compressed = 96;

    private const double MostWhole = 1L << 53;

    private static readonly double[] Powers = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];
    private static readonly long[] Units = [1_000_000, 1_000, 1];

    [ThreadStatic] private static ArrayBufferWriter<byte>? s_buffer;
    [ThreadStatic] private static long[]? s_scratch;

    /// <param name="points">At least one, with times that grow.</param>
    public static byte[] Write(ReadOnlySpan<HistoryPoint> points) => Fill(points).ToArray();

    /// <summary>As <see cref="Write"/>, but the bytes are only there until the thread writes the next chunk.</summary>
    public static ReadOnlySpan<byte> Fill(ReadOnlySpan<HistoryPoint> points)
    {
        var to = s_buffer ??= new(4096);
        to.ResetWrittenCount();
        var (shapes, indexes) = ShapesOf(points);
        var isNumeric = shapes.TrueForAll(s => s.Form == PointForm.Number);
        IntegerColumn.WriteByte(to, Version);
        IntegerColumn.WriteNumber(to, points.Length);
        IntegerColumn.WriteByte(to, (byte)((isNumeric ? 1 : 0) | (shapes.TrueForAll(s => s.IsObserved && s.ExpiresAt is null) ? 2 : 0)));
        var values = Scratch(points.Length);
        WriteTimes(to, points, values);
        WriteNumbers(to, points, values, isNumeric);
        WriteSystemTimes(to, points, values);
        IntegerColumn.WriteNumber(to, shapes.Count);
        foreach (var shape in shapes)
        {
            IntegerColumn.WriteByte(to, shape.Flags);
            WriteBytes(to, shape.Bytes.Span);
        }
        if (shapes.Count > 1) IntegerColumn.Write(to, indexes);
        if (!isNumeric) WriteJson(to, points, values);
        WriteInstances(to, points);
        to.Write<byte>([0, 0, 0, 0, 0, 0, 0, 0]);
        return to.WrittenSpan;
    }

    public static int Count(ReadOnlySpan<byte> chunk)
    {
        var rest = chunk[1..];
        return (int)IntegerColumn.ReadNumber(ref rest);
    }

    /// <summary>Reads times and numbers alone.</summary>
    /// <returns>How many there are; -1 where some value is no number, was not observed or expires, so that all has to be read.</returns>
    public static int ReadNumbers(ReadOnlySpan<byte> chunk, ref long[] times, ref double[] numbers)
    {
        var (count, isNumeric, isObserved) = ReadHead(ref chunk);
        if (!isNumeric || !isObserved) return -1;
        if (times.Length < count) (times, numbers) = (new long[count * 2], new double[count * 2]);
        ReadTimes(ref chunk, times.AsSpan(0, count));
        ReadNumbers(ref chunk, numbers.AsSpan(0, count));
        return count;
    }

    public static HistoryPoint[] Read(ReadOnlyMemory<byte> chunk)
    {
        var from = chunk.Span;
        var (count, isNumeric, _) = ReadHead(ref from);
        var points = new HistoryPoint[count];
        var times = new long[count];
        var numbers = new double[count];
        ReadTimes(ref from, times);
        var numberCount = isNumeric ? count : (int)IntegerColumn.ReadNumber(ref from);
        ReadNumbers(ref from, numbers.AsSpan(0, numberCount));
        var (created, modified) = ReadSystemTimes(ref from, times);
        var shapes = new PointShape[(int)IntegerColumn.ReadNumber(ref from)];
        for (var i = 0; i < shapes.Length; i++) shapes[i] = PointShape.Of(IntegerColumn.ReadByte(ref from), ReadBytes(ref from).ToArray());
        long[]? indexes = null;
        if (shapes.Length > 1) IntegerColumn.Read(ref from, indexes = new long[count]);
        var json = isNumeric ? [] : ReadJson(ref from);
        for (int i = 0, number = 0, text = 0; i < count; i++)
        {
            var shape = shapes[indexes?[i] ?? 0];
            points[i] = new(times[i], shape, shape.Form == PointForm.Number ? numbers[number++] : 0, shape.Form == PointForm.Json ? json[text++] : default, created[i], modified[i]);
        }
        for (var left = IntegerColumn.ReadNumber(ref from); left > 0; left--)
        {
            var at = (int)IntegerColumn.ReadNumber(ref from);
            points[at] = points[at] with { Instance = Encoding.UTF8.GetString(ReadBytes(ref from)) };
        }
        return points;
    }

    private static (int Count, bool IsNumeric, bool IsObserved) ReadHead(ref ReadOnlySpan<byte> from)
    {
        if (IntegerColumn.ReadByte(ref from) != Version) throw new InvalidDataException("A chunk of the history was written by another version of Michi.");
        var count = (int)IntegerColumn.ReadNumber(ref from);
        var flags = IntegerColumn.ReadByte(ref from);
        return (count, (flags & 1) != 0, (flags & 2) != 0);
    }

    private static (List<PointShape> Shapes, long[] Indexes) ShapesOf(ReadOnlySpan<HistoryPoint> points)
    {
        List<PointShape> shapes = [];
        long[] indexes = [];
        Dictionary<PointShape, int>? known = null;
        for (var i = 0; i < points.Length; i++)
        {
            var shape = points[i].Shape;
            // Most often all are the same.
            if (shapes.Count == 1 && shape.Equals(shapes[0])) continue;
            if (shapes.Count == 0)
            {
                shapes.Add(shape);
                continue;
            }
            if (known is null) (known, indexes) = (new() { [shapes[0]] = 0 }, new long[points.Length]);
            if (!known.TryGetValue(shape, out var at))
            {
                known[shape] = at = shapes.Count;
                shapes.Add(shape);
            }
            indexes[i] = at;
        }
        return (shapes, indexes);
    }

    private static void WriteTimes(ArrayBufferWriter<byte> to, ReadOnlySpan<HistoryPoint> points, Span<long> values)
    {
        var unit = 0;
        foreach (var point in points)
            while (point.Time % Units[unit] != 0) unit++;
        IntegerColumn.WriteByte(to, (byte)unit);
        IntegerColumn.WriteNumber(to, points[0].Time / Units[unit]);
        for (var i = 1; i < points.Length; i++) values[i - 1] = (points[i].Time - points[i - 1].Time) / Units[unit];
        // Steps that waver around one length take fewer bits than their differences, which waver twice as much; the frame of reference takes the length off.
        IntegerColumn.Write(to, values[..(points.Length - 1)]);
    }

    private static void ReadTimes(ref ReadOnlySpan<byte> from, Span<long> times)
    {
        var unit = Units[IntegerColumn.ReadByte(ref from)];
        var time = IntegerColumn.ReadNumber(ref from) * unit;
        times[0] = time;
        IntegerColumn.Read(ref from, times[1..]);
        for (var i = 1; i < times.Length; i++) times[i] = time += times[i] * unit;
    }

    private static void WriteNumbers(ArrayBufferWriter<byte> to, ReadOnlySpan<HistoryPoint> points, Span<long> values, bool isNumeric)
    {
        var count = 0;
        var places = 0;
        foreach (var point in points)
        {
            if (point.Shape.Form != PointForm.Number) continue;
            while (places <= MostPlaces && !IsWhole(point.Number, places)) places++;
            count++;
        }
        if (!isNumeric) IntegerColumn.WriteNumber(to, count);
        if (count == 0) return;
        if (places > MostPlaces)
        {
            IntegerColumn.WriteByte(to, byte.MaxValue);
            WriteDoubles(to, points);
            return;
        }
        IntegerColumn.WriteByte(to, (byte)places);
        long before = 0;
        var at = 0;
        foreach (var point in points)
        {
            if (point.Shape.Form != PointForm.Number) continue;
            var whole = (long)Math.Round(point.Number * Powers[places]);
            values[at++] = whole - before;
            before = whole;
        }
        IntegerColumn.WriteNumber(to, values[0]);
        IntegerColumn.Write(to, values[1..count]);
    }

    private static bool IsWhole(double number, int places)
    {
        var whole = Math.Round(number * Powers[places]);
        return Math.Abs(whole) < MostWhole && whole / Powers[places] == number && !(number == 0 && double.IsNegative(number));
    }

    private static void ReadNumbers(ref ReadOnlySpan<byte> from, Span<double> numbers)
    {
        if (numbers.IsEmpty) return;
        var places = IntegerColumn.ReadByte(ref from);
        if (places == byte.MaxValue)
        {
            ReadDoubles(ref from, numbers);
            return;
        }
        var power = Powers[places];
        var whole = IntegerColumn.ReadNumber(ref from);
        numbers[0] = whole / power;
        var steps = Scratch(numbers.Length)[..(numbers.Length - 1)];
        IntegerColumn.Read(ref from, steps);
        for (var i = 0; i < steps.Length; i++) numbers[i + 1] = (whole += steps[i]) / power;
    }

    /// <summary>Each double by the bytes in which it differs from the one before: how many end in zero and how many follow, then these.</summary>
    private static void WriteDoubles(ArrayBufferWriter<byte> to, ReadOnlySpan<HistoryPoint> points)
    {
        ulong before = 0;
        foreach (var point in points)
        {
            if (point.Shape.Form != PointForm.Number) continue;
            var bits = BitConverter.DoubleToUInt64Bits(point.Number);
            var change = bits ^ before;
            before = bits;
            var zeros = change == 0 ? 0 : System.Numerics.BitOperations.TrailingZeroCount(change) / 8;
            var length = change == 0 ? 0 : 8 - zeros - System.Numerics.BitOperations.LeadingZeroCount(change) / 8;
            IntegerColumn.WriteByte(to, (byte)((zeros << 4) | length));
            change >>= zeros * 8;
            for (var i = 0; i < length; i++, change >>= 8) IntegerColumn.WriteByte(to, (byte)change);
        }
    }

    private static void ReadDoubles(ref ReadOnlySpan<byte> from, Span<double> numbers)
    {
        ulong bits = 0;
        for (var i = 0; i < numbers.Length; i++)
        {
            var head = IntegerColumn.ReadByte(ref from);
            var (zeros, length) = (head >> 4, head & 15);
            ulong change = 0;
            for (var b = 0; b < length; b++) change |= (ulong)from[b] << (8 * (zeros + b));
            from = from[length..];
            numbers[i] = BitConverter.UInt64BitsToDouble(bits ^= change);
        }
    }

    /// <summary>Times of change as milliseconds after the point's time, times of creation as milliseconds before those; -1 stands for the very time, to the microsecond.</summary>
    private static void WriteSystemTimes(ArrayBufferWriter<byte> to, ReadOnlySpan<HistoryPoint> points, Span<long> values)
    {
        for (var i = 0; i < points.Length; i++) values[i] = points[i].Modified == points[i].Time ? 0 : Milliseconds(points[i].Modified) - Milliseconds(points[i].Time) is >= 0 and var after ? after + 1 : Milliseconds(points[i].Modified) - Milliseconds(points[i].Time);
        IntegerColumn.Write(to, values[..points.Length]);
        // Either all come from one creation, or each was created as it was written.
        var isOne = true;
        foreach (var point in points) isOne &= Milliseconds(point.Created) == Milliseconds(points[0].Created) && point.Created != point.Modified;
        IntegerColumn.WriteByte(to, isOne ? (byte)1 : (byte)0);
        if (isOne)
        {
            IntegerColumn.WriteNumber(to, Milliseconds(points[0].Created));
            return;
        }
        for (var i = 0; i < points.Length; i++) values[i] = points[i].Created == points[i].Modified ? 0 : Milliseconds(points[i].Modified) - Milliseconds(points[i].Created) is >= 0 and var before ? before + 1 : Milliseconds(points[i].Modified) - Milliseconds(points[i].Created);
        IntegerColumn.Write(to, values[..points.Length]);
    }

    private static (long[] Created, long[] Modified) ReadSystemTimes(ref ReadOnlySpan<byte> from, long[] times)
    {
        var (created, modified) = (new long[times.Length], new long[times.Length]);
        IntegerColumn.Read(ref from, modified);
        for (var i = 0; i < times.Length; i++) modified[i] = modified[i] == 0 ? times[i] : (Milliseconds(times[i]) + (modified[i] > 0 ? modified[i] - 1 : modified[i])) * 1000;
        if (IntegerColumn.ReadByte(ref from) == 1)
        {
            created.AsSpan().Fill(IntegerColumn.ReadNumber(ref from) * 1000);
            return (created, modified);
        }
        IntegerColumn.Read(ref from, created);
        for (var i = 0; i < times.Length; i++) created[i] = created[i] == 0 ? modified[i] : (Milliseconds(modified[i]) - (created[i] > 0 ? created[i] - 1 : created[i])) * 1000;
        return (created, modified);
    }

    private static long Milliseconds(long microseconds) => Math.DivRem(microseconds, 1000, out var rest) - (rest < 0 ? 1 : 0);

    private static void WriteJson(ArrayBufferWriter<byte> to, ReadOnlySpan<HistoryPoint> points, Span<long> values)
    {
        // Most chunks that wait in rows have one point alone.
        if (points.Length == 1 && points[0].Shape.Form == PointForm.Json && points[0].Json.Length < Compressed)
        {
            WriteOnly(to, points[0].Json.Span);
            return;
        }
        Dictionary<string, int> known = new(StringComparer.Ordinal);
        var texts = new ArrayBufferWriter<byte>(256);
        var count = 0;
        foreach (var point in points)
        {
            if (point.Shape.Form != PointForm.Json) continue;
            var key = Encoding.Latin1.GetString(point.Json.Span);
            if (!known.TryGetValue(key, out var at))
            {
                known[key] = at = known.Count;
                WriteBytes(texts, point.Json.Span);
            }
            values[count++] = at;
        }
        IntegerColumn.WriteNumber(to, known.Count);
        IntegerColumn.WriteNumber(to, texts.WrittenCount);
        var packed = Packed(texts.WrittenSpan);
        IntegerColumn.WriteByte(to, packed.IsEmpty ? (byte)0 : (byte)1);
        WriteBytes(to, packed.IsEmpty ? texts.WrittenSpan : packed);
        IntegerColumn.WriteNumber(to, count);
        IntegerColumn.Write(to, values[..count]);
    }

    /// <summary>One text, as it comes out where there are more.</summary>
    private static void WriteOnly(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> text)
    {
        Span<byte> length = stackalloc byte[10];
        var head = IntegerColumn.WriteNumber(length, text.Length);
        IntegerColumn.WriteNumber(to, 1);
        IntegerColumn.WriteNumber(to, head + text.Length);
        IntegerColumn.WriteByte(to, 0);
        IntegerColumn.WriteNumber(to, head + text.Length);
        WriteBytes(to, text);
        IntegerColumn.WriteNumber(to, 1);
        IntegerColumn.Write(to, [0]);
    }

    /// <summary>Texts compressed; empty where that does not pay.</summary>
    private static ReadOnlySpan<byte> Packed(ReadOnlySpan<byte> texts)
    {
        if (texts.Length < Compressed) return [];
        var packed = new byte[BrotliEncoder.GetMaxCompressedLength(texts.Length)];
        return BrotliEncoder.TryCompress(texts, packed, out var length, 5, 18) && length < texts.Length ? packed.AsSpan(0, length) : [];
    }

    private static ReadOnlyMemory<byte>[] ReadJson(ref ReadOnlySpan<byte> from)
    {
        var texts = new ReadOnlyMemory<byte>[(int)IntegerColumn.ReadNumber(ref from)];
        var all = new byte[(int)IntegerColumn.ReadNumber(ref from)];
        var isPacked = IntegerColumn.ReadByte(ref from) == 1;
        var bytes = ReadBytes(ref from);
        if (!isPacked) bytes.CopyTo(all);
        else if (!BrotliDecoder.TryDecompress(bytes, all, out var written) || written != all.Length) throw new InvalidDataException("The texts of a chunk cannot be read.");
        ReadOnlySpan<byte> rest = all;
        for (var i = 0; i < texts.Length; i++)
        {
            var text = ReadBytes(ref rest);
            texts[i] = all.AsMemory(all.Length - rest.Length - text.Length, text.Length);
        }
        var values = new long[(int)IntegerColumn.ReadNumber(ref from)];
        IntegerColumn.Read(ref from, values);
        return Array.ConvertAll(values, v => texts[v]);
    }

    private static void WriteInstances(ArrayBufferWriter<byte> to, ReadOnlySpan<HistoryPoint> points)
    {
        var count = 0;
        foreach (var point in points)
            if (point.Instance is not null) count++;
        IntegerColumn.WriteNumber(to, count);
        for (var i = 0; i < points.Length && count > 0; i++)
        {
            if (points[i].Instance is not { } instance) continue;
            IntegerColumn.WriteNumber(to, i);
            WriteBytes(to, Encoding.UTF8.GetBytes(instance));
        }
    }

    private static void WriteBytes(ArrayBufferWriter<byte> to, ReadOnlySpan<byte> bytes)
    {
        IntegerColumn.WriteNumber(to, bytes.Length);
        to.Write(bytes);
    }

    private static ReadOnlySpan<byte> ReadBytes(ref ReadOnlySpan<byte> from)
    {
        var length = (int)IntegerColumn.ReadNumber(ref from);
        var bytes = from[..length];
        from = from[length..];
        return bytes;
    }

    private static Span<long> Scratch(int length) => s_scratch is { } there && there.Length >= length ? there.AsSpan(0, length) : (s_scratch = new long[Math.Max(512, length * 2)]).AsSpan(0, length);
}
