using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Michi.CityOs;
using Michi.CityOs.Entities;
using Michi.CityOs.History;

namespace Michi.UnitTests.CityOs;

public sealed class AggregationTests
{
    private const AggregationMethods All = (AggregationMethods)255;

    [Theory]
    [InlineData("PT1H", 0, 3600), InlineData("P1D", 0, 86400), InlineData("P1W", 0, 604800), InlineData("P1Y2M3DT4H5M6.5S", 14, 273906.5), InlineData("PT90M", 0, 5400), InlineData("PT0S", 0, 0), InlineData("0", 0, 0), InlineData("PT0.000001S", 0, 0.000001)]
    public void Parse_Duration_HasItsLength(string text, int months, double seconds)
    {
        var period = Period.Parse(text);
        Assert.Equal((months, (long)Math.Round(seconds * 1e6)), (period.Months, period.Microseconds));
    }

    [Theory]
    [InlineData("bogus"), InlineData(""), InlineData("P"), InlineData("PT"), InlineData("P1"), InlineData("-P1D"), InlineData("P1H"), InlineData("P1DT"), InlineData("PT0.0000001S"), InlineData("P99999Y"), InlineData("P1.5D"), InlineData("PT1H1D")]
    public void Parse_NoDuration_IsRefused(string text) => Assert.Throws<NgsiLdException>(() => Period.Parse(text));

    [Theory]
    // The nights on which clocks are set in Europe are days like all others.
    [InlineData("P1D", "2026-03-01T00:00:00Z", "2026-03-29T23:59:59Z", "2026-03-29T00:00:00Z", "2026-03-30T00:00:00Z")]
    [InlineData("P1D", "2026-03-01T12:03:00Z", "2026-10-25T12:02:59Z", "2026-10-24T12:03:00Z", "2026-10-25T12:03:00Z")]
    [InlineData("PT1H", "2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z", "2026-03-29T01:30:00Z", "2026-03-29T02:30:00Z")]
    [InlineData("PT1H", "2026-01-01T00:00:00Z", "2025-12-31T23:59:59Z", "2025-12-31T23:00:00Z", "2026-01-01T00:00:00Z")]
    [InlineData("P1M", "2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z", "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z")]
    [InlineData("P1M", "2026-01-31T00:00:00Z", "2026-03-30T23:59:59Z", "2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z")]
    [InlineData("P1Y", "2024-02-29T00:00:00Z", "2025-02-28T00:00:00Z", "2025-02-28T00:00:00Z", "2026-02-28T00:00:00Z")]
    [InlineData("P1M", "2026-01-15T00:00:00Z", "1969-12-31T23:00:00Z", "1969-12-15T00:00:00Z", "1970-01-15T00:00:00Z")]
    public void Around_AnyTime_IsInItsPeriod(string duration, string anchor, string time, string start, string end) =>
        Assert.Equal((At(start), At(end)), Period.Parse(duration).Around(At(anchor), At(time)));

    [Fact]
    public void Add_AnyNumbers_ComesToWhatPlainCalculationSays() => Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        var random = new Random(seed);
        var time = At("2026-01-01T00:00:00Z");
        var (times, numbers) = (new long[random.Next(1, 500)], new double[500]);
        for (var i = 0; i < times.Length; i++) (times[i], numbers[i]) = (time += random.Next(1, 2_000_000_000), 1e6 + random.Next(1000) / 8.0);
        var period = ((Period[])[default, new(0, 3_600_000_000), new(1, 0), new(0, 7_777_777)])[random.Next(4)];
        var anchor = times[0] - random.Next(1_000_000);
        var (inBlocks, oneByOne) = (new Aggregation(All, period, anchor), new Aggregation(All, period, anchor));
        var half = random.Next(times.Length);
        inBlocks.Add(times.AsSpan(0, half), numbers.AsSpan(0, half));
        inBlocks.Add(times.AsSpan(half), numbers.AsSpan(half, times.Length - half));
        var shape = PointShape.Of(new EntityAttribute { Name = "" }, PointForm.Number);
        for (var i = 0; i < times.Length; i++) oneByOne.Add(times[i], new HistoryPoint(times[i], shape, numbers[i], default, 0, 0));
        var expected = times.Zip(numbers).GroupBy(p => period.IsWhole ? (anchor, times[^1]) : period.Around(anchor, p.First)).ToList();
        foreach (var buckets in (List<Bucket>[])[inBlocks.Buckets, oneByOne.Buckets])
        {
            Assert.Equal(expected.Select(g => g.Key), buckets.Select(b => (b.Start, b.End)));
            foreach (var (group, bucket) in expected.Zip(buckets))
            {
                double[] values = [.. group.Select(p => p.Second)];
                var mean = values.Sum() / values.Length;
                Assert.Equal((values.Length, values.Length, values.Distinct().Count(), values.Min(), values.Max()), ((int)bucket.Count, (int)bucket.NumberCount, bucket.DistinctCount, bucket.Least, bucket.Most));
                Assert.Equal(values.Sum(), bucket.Sum, 1e-3);
                Assert.Equal(mean, bucket.Mean, 1e-6);
                Assert.Equal(values.Sum(v => v * v), bucket.SumOfSquares, 1e-9 * bucket.SumOfSquares);
                Assert.Equal(Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / values.Length), bucket.StandardDeviation, 1e-6);
            }
        }
        return true;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Add_OtherValues_CountsThemByTheirKind()
    {
        var aggregation = new Aggregation(All, default, 0);
        string[] values = ["\"b\"", "\"a\"", "\"a\"", "true", "[1,[2,3],{}]", "{\"a\":1}", "1e2"];
        for (var i = 0; i < values.Length; i++)
            aggregation.Add(i, HistoryPoint.Of(new EntityAttribute { Name = "", Value = Encoding.UTF8.GetBytes(values[i]), ObservedAt = EntityCodec.Time(i) }));
        aggregation.Add(9, HistoryPoint.Deletion(new EntityAttribute { Name = "" }, EntityCodec.Time(9)));
        var bucket = Assert.Single(aggregation.Buckets);
        Assert.Equal((7, 3, 6), (bucket.Count, bucket.NumberCount, bucket.DistinctCount));
        Assert.Equal(("a", "b", 104, 1, 100), (bucket.LeastText, bucket.MostText, bucket.Sum, bucket.Least, bucket.Most));
    }

    private static long At(string time) => EntityCodec.Microseconds(EntityReader.Time(time)!.Value);
}
