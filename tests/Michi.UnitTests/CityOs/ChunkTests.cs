using System.Buffers;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Michi.CityOs.Entities;
using Michi.CityOs.History;

namespace Michi.UnitTests.CityOs;

public sealed class ChunkTests
{
    private static readonly DateTimeOffset Day = new(2026, 3, 29, 0, 0, 0, TimeSpan.Zero);

    private static readonly Arbitrary<int> Seeds = Gen.Choose(0, int.MaxValue).ToArbitrary();

    [Fact]
    public void IntegerColumn_AnyNumbers_ComeBack() => Prop.ForAll(Seeds, seed =>
    {
        var random = new Random(seed);
        var bits = random.Next(1, 65);
        var values = new long[random.Next(0, 200)];
        for (var i = 0; i < values.Length; i++) values[i] = random.NextInt64(long.MinValue, long.MaxValue) >> (64 - bits);
        var buffer = new ArrayBufferWriter<byte>();
        IntegerColumn.Write(buffer, values);
        buffer.Write(new byte[IntegerColumn.Slack]);
        ReadOnlySpan<byte> from = buffer.WrittenSpan;
        var read = new long[values.Length];
        IntegerColumn.Read(ref from, read);
        return values.AsSpan().SequenceEqual(read) && from.Length == IntegerColumn.Slack;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Chunk_AnyPoints_ComeBack() => Prop.ForAll(Seeds, seed =>
    {
        var points = Points(new Random(seed));
        var chunk = Chunk.Write(points);
        Assert.Equal(points.Length, Chunk.Count(chunk));
        var read = Chunk.Read(chunk);
        for (var i = 0; i < points.Length; i++) AssertSame(points[i], read[i]);
        var (times, numbers) = (new long[1], new double[1]);
        var count = Chunk.ReadNumbers(chunk, ref times, ref numbers);
        Assert.Equal(points.All(p => p.Shape is { Form: PointForm.Number, IsObserved: true }) ? points.Length : -1, count);
        for (var i = 0; i < count; i++) Assert.Equal((points[i].Time, points[i].Number), (times[i], numbers[i]));
        return true;
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("21.5"), InlineData("-0.001"), InlineData("120"), InlineData("9007199254740993"), InlineData("1e3"), InlineData("0.1234567890123456789"), InlineData("1e400"), InlineData("-0")]
    [InlineData("true"), InlineData("\"21.5\""), InlineData("[1,2.50]"), InlineData("{\"a\":null}")]
    public void Instance_AnyValue_ComesBackAsTheSameNumberOrText(string json)
    {
        var instance = Instance(json);
        var read = Chunk.Read(Chunk.Write([HistoryPoint.Of(instance)]))[0].ToInstance(instance.Name, null, "urn:x:1");
        Assert.Equal(json, Encoding.UTF8.GetString(read.Value.Span));
    }

    [Fact]
    public void Instance_WithAllMembers_ComesBack()
    {
        var instance = Instance("21.50");
        instance.UnitCode = "CEL";
        instance.ValueType = "https://example.org/Temperature";
        instance.ExpiresAt = Day.AddYears(1);
        instance.ModifiedAt = Day.AddMilliseconds(250);
        instance.Attributes =
        [
            new() { Name = "https://example.org/accuracy", Value = "0.5"u8.ToArray(), CreatedAt = Day.AddDays(-1), ModifiedAt = instance.ModifiedAt, Attributes = [new() { Name = "https://example.org/by", Kind = AttributeKind.Relationship, Value = "\"urn:x:2\""u8.ToArray(), ModifiedAt = Day, CreatedAt = Day }] },
            new() { Name = "https://example.org/provider", Kind = AttributeKind.Relationship, Value = "\"urn:x:3\""u8.ToArray(), DatasetId = "urn:x:d", ModifiedAt = Day, CreatedAt = Day },
        ];
        var read = Chunk.Read(Chunk.Write([HistoryPoint.Of(instance)]))[0].ToInstance(instance.Name, null, "urn:x:1");
        instance.InstanceId = "urn:x:1";
        instance.Value = "21.5"u8.ToArray();
        Assert.Equal(Encoding.UTF8.GetString(EntityCodec.Write([instance])), Encoding.UTF8.GetString(EntityCodec.Write([read])));
    }

    [Fact]
    public void Chunk_SensorOfADay_TakesFewBytes()
    {
        var random = new Random(1);
        var value = 20.0;
        var points = Enumerable.Range(0, 288).Select(i => Instance(
            FormattableString.Invariant($"{value += (random.NextDouble() - 0.5) * 0.3:0.00}"), Day.AddMinutes(5 * i), Day.AddMinutes(5 * i).AddMilliseconds(random.Next(1000)))).Select(HistoryPoint.Of).ToArray();
        Assert.InRange(Chunk.Write(points).Length / 288.0, 0, 5);
    }

    [Fact]
    public void Chunk_AnotherVersion_IsRefused()
    {
        var chunk = Chunk.Write([HistoryPoint.Of(Instance("1"))]);
        chunk[0] = 99;
        Assert.Throws<InvalidDataException>(() => Chunk.Read(chunk));
    }

    private static EntityAttribute Instance(string json, DateTimeOffset? observed = null, DateTimeOffset? modified = null) => new()
    {
        Name = "https://example.org/temperature",
        Value = Encoding.UTF8.GetBytes(json),
        ObservedAt = observed ?? Day,
        CreatedAt = modified ?? Day,
        ModifiedAt = modified ?? Day,
    };

    private static void AssertSame(HistoryPoint expected, HistoryPoint read)
    {
        Assert.Equal((expected.Time, expected.Shape, expected.Number, expected.Instance), (read.Time, read.Shape, read.Number, read.Instance));
        Assert.True(expected.Json.Span.SequenceEqual(read.Json.Span));
        Assert.Equal(Math.Floor(expected.Modified / 1000.0), Math.Floor(read.Modified / 1000.0));
        Assert.Equal(Math.Floor(expected.Created / 1000.0), Math.Floor(read.Created / 1000.0));
        if (expected.Modified == expected.Time) Assert.Equal(expected.Modified, read.Modified);
    }

    /// <summary>Points of a day as they may come: evenly or not, of one kind or mixed, decimals or any doubles.</summary>
    private static HistoryPoint[] Points(Random random)
    {
        var points = new HistoryPoint[random.Next(1, 400)];
        var (isMixed, isEven, places) = (random.Next(3) == 0, random.Next(2) == 0, random.Next(12));
        long unit = ((long[])[1, 1000, 1_000_000])[random.Next(3)], time = EntityCodec.Microseconds(Day) - random.NextInt64(0, 4_000_000_000_000_000) / 1_000_000 * 1_000_000;
        var created = time - random.Next(1_000_000);
        for (var i = 0; i < points.Length; i++)
        {
            time += unit * (isEven ? 60 : random.Next(1, 1000));
            var form = isMixed ? (PointForm)random.Next(3) : PointForm.Number;
            var instance = new EntityAttribute { Name = "", Kind = isMixed ? (AttributeKind)random.Next(8) : AttributeKind.Property, UnitCode = isMixed && random.Next(2) == 0 ? "CEL" : null, ObservedAt = isMixed && random.Next(4) == 0 ? null : Day };
            var number = places > 9 ? BitConverter.Int64BitsToDouble(random.NextInt64()) : Math.Round((random.NextDouble() - 0.5) * 1000, places);
            if (!double.IsFinite(number)) number = 1.5;
            var json = Encoding.UTF8.GetBytes($"\"{(random.Next(2) == 0 ? "open" : new string('x', random.Next(300)))}\"");
            var modified = random.Next(4) == 0 ? time : time + random.Next(-5_000_000, 5_000_000);
            points[i] = new(
                time, PointShape.Of(instance, form, form == PointForm.None), form == PointForm.Number ? number : 0, form == PointForm.Json ? json : default,
                random.Next(2) == 0 ? created : modified, modified, random.Next(50) == 0 ? $"urn:x:{i}" : null);
        }
        return points;
    }
}
