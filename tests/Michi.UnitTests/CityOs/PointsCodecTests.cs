using System.Globalization;
using System.Text;
using Michi.CityOs.Backups;
using Michi.CityOs.Entities;
using Michi.CityOs.History;

namespace Michi.UnitTests.CityOs;

public sealed class PointsCodecTests
{
    /// <summary>Numbers are told by the shortest text, whichever way it was found.</summary>
    [Fact]
    public void Format_AnyNumber_IsTheShortestText()
    {
        var random = new Random(1);
        double[] edges = [0, -0.0, 1, -1, 0.1, -0.5, 0.0001, 0.00001, 12345.6789, 1e15, 999_999_999_999_999, 99_999_999_999.9999, 1e14 + 0.5, 0.30000000000000004, 1.0 / 3, double.Epsilon, double.MaxValue, double.MinValue];
        var told = new byte[HistoryPoint.LongestNumber];
        for (var i = 0; i < 200_000; i++)
        {
            var number = i < edges.Length ? edges[i] : (i % 4) switch
            {
                0 => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)),
                1 => Math.Round((random.NextDouble() - 0.5) * Math.Pow(10, random.Next(16)), random.Next(6)),
                2 => random.NextInt64(-(1L << 60), 1L << 60) / Math.Pow(10, random.Next(8)),
                _ => random.Next(-1000, 1000) / 8.0,
            };
            if (!double.IsFinite(number)) continue;
            Assert.Equal(number.ToString(CultureInfo.InvariantCulture), Encoding.ASCII.GetString(told, 0, HistoryPoint.Format(number, told)));
        }
    }

    [Fact]
    public void Read_OfWhatWasWritten_IsTheSame()
    {
        var at = new DateTimeOffset(2026, 11, 27, 12, 0, 0, TimeSpan.Zero);
        var plain = new EntityAttribute { Name = "", Value = "1.5"u8.ToArray(), ObservedAt = at, CreatedAt = at.AddYears(-60), ModifiedAt = at };
        var rich = new EntityAttribute
        {
            Name = "",
            Value = "{\"en\":\"a\",\"ja\":\"街\"}"u8.ToArray(),
            Kind = AttributeKind.LanguageProperty,
            CreatedAt = at.AddDays(2),
            ModifiedAt = at.AddDays(1),
            UnitCode = "GQ",
            InstanceId = "urn:x:1",
            Attributes = [new() { Name = "urn:x:accuracy", Value = "0.1"u8.ToArray(), CreatedAt = at, ModifiedAt = at }],
        };
        HistoryPoint[] points = [HistoryPoint.Of(plain), HistoryPoint.Of(rich), HistoryPoint.Of(plain) with { Time = -62_135_596_800_000_000, Number = -0.0 }, HistoryPoint.Deletion(rich, at), HistoryPoint.Of(plain) with { Time = 253_402_300_799_999_999, Number = double.Epsilon }];

        var read = PointsCodec.Read(PointsCodec.Write(points));

        Assert.Equal(points.Select(Text), read.Select(Text));
        Assert.Empty(PointsCodec.Read(PointsCodec.Write([])));
    }

    private static string Text(HistoryPoint point) =>
        $"{point.Time} {point.Created} {point.Modified} {BitConverter.DoubleToInt64Bits(point.Number)} {Encoding.UTF8.GetString(point.Json.Span)} {point.Instance} {point.Shape.Flags} {Encoding.UTF8.GetString(point.Shape.Bytes.Span)}";
}
