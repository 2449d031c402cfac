using Michi.CityOs.Entities;
using Michi.CityOs.History;

namespace Michi.CityOs.Browse;

/// <summary>A number of the history: one value with the instance it comes from, or what the values of a stretch of time come to.</summary>
/// <param name="At">When it was observed, or where the stretch begins.</param>
/// <param name="Until">Where the stretch ends; for one value its time again.</param>
/// <param name="Value">The value, or the mean.</param>
/// <param name="Count">How many values.</param>
/// <param name="Instance">instanceId; null for a stretch.</param>
internal sealed record HistoryValue(DateTimeOffset At, DateTimeOffset Until, double Value, double Least, double Most, int Count, string? Instance);

/// <summary>What a numeric attribute of an entity was over a period: each value where they are few, else means with least and most.</summary>
internal sealed record AttributeHistory(IReadOnlyList<HistoryValue> Points, DateTimeOffset From, DateTimeOffset Until, bool IsAggregated, long Count, string? UnitCode, DateTimeOffset? First, DateTimeOffset? Last)
{
    /// <summary>Values told one by one; more are put together.</summary>
    private const int MostValues = 200;

    /// <summary>The periods to choose from; the longest is as long as an answer may look back.</summary>
    public static readonly string[] Periods = ["day", "week", "month", "year", "decade"];

    /// <summary>The shortest period up to now that has a time in it.</summary>
    public static string PeriodWith(DateTimeOffset? at, DateTimeOffset now) => Array.Find(Periods, p => now - at < SizesOf(p).Length) ?? Periods[^1];

    private static (TimeSpan Length, Period Step) SizesOf(string period) => period switch
    {
        "week" => (TimeSpan.FromDays(7), new(0, HistorySchema.Day / 12)),
        "month" => (TimeSpan.FromDays(30), new(0, HistorySchema.Day / 4)),
        "year" => (TimeSpan.FromDays(365), new(0, 4 * HistorySchema.Day)),
        "decade" => (TimeSpan.FromDays(3652), new(1, 0)),
        _ => (TimeSpan.FromDays(1), new(0, HistorySchema.Day / 96)),
    };

    /// <returns>Null where the history does not know the attribute.</returns>
    public static AttributeHistory? Read(IHistoryReader reader, string tenant, string id, string name, string? dataset, string period, DateTimeOffset now, CancellationToken cancel)
    {
        if (reader.Find(tenant, id) is not { } entity || reader.SeriesOf(entity.Key).Find(s => s.Name == name && s.DatasetId == dataset) is not { } series) return null;
        var (length, step) = SizesOf(period);
        // Up to the end of the moment itself; values observed ahead of time belong to no past.
        var (from, until) = (EntityCodec.Microseconds(now - length), EntityCodec.Microseconds(now) + 1);
        const AggregationMethods methods = AggregationMethods.Avg | AggregationMethods.Min | AggregationMethods.Max;
        var aggregation = new Aggregation(methods, step, from);
        if (!reader.TryNumbers(series, from, until, aggregation.Add))
        {
            aggregation = new Aggregation(methods, step, from);
            foreach (var point in reader.Points(series, from, until))
            {
                cancel.ThrowIfCancellationRequested();
                if (IsNumber(point)) aggregation.Add(point.Time, point);
            }
        }
        var buckets = aggregation.Buckets;
        var count = buckets.Sum(b => b.NumberCount);
        var few = count <= MostValues;
        List<HistoryValue> points = few
            ? [.. reader.Points(series, from, until).Where(IsNumber).Take(MostValues)
                .Select(p => new HistoryValue(EntityCodec.Time(p.Time), EntityCodec.Time(p.Time), p.Number, p.Number, p.Number, 1, p.Instance ?? HistoryStore.InstanceOf(series.Key, p.Time)))]
            : [.. buckets.Select(b => new HistoryValue(EntityCodec.Time(b.Start), EntityCodec.Time(Math.Min(b.End, until)), b.Mean, b.Least, b.Most, (int)b.NumberCount, null))];
        var last = reader.Points(series, from, until, isDescending: true).FirstOrDefault(IsNumber);
        var first = reader.Points(series, from, until).FirstOrDefault(IsNumber);
        return new(points, EntityCodec.Time(from), now, !few, count, last.Shape?.Attribute.UnitCode, first.Shape is null ? null : EntityCodec.Time(first.Time), last.Shape is null ? null : EntityCodec.Time(last.Time));

        bool IsNumber(HistoryPoint point) => point.Shape.Form == PointForm.Number && !(point.Shape.ExpiresAt <= now);
    }
}
