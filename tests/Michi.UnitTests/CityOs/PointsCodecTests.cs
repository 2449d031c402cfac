using System.Text;
using Michi.CityOs.Backups;
using Michi.CityOs.Entities;
using Michi.CityOs.History;

namespace Michi.UnitTests.CityOs;

public sealed class PointsCodecTests
{
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
