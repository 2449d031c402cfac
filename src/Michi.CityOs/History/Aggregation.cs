using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Michi.CityOs.Entities;

namespace Michi.CityOs.History;

/// <summary>The aggregation methods, clause 4.5.19.1. Spelled as in requests.</summary>
[Flags]
internal enum AggregationMethods
{
    None = 0,
    TotalCount = 1,
    DistinctCount = 2,
    Sum = 4,
    Avg = 8,
    Min = 16,
    Max = 32,
    StdDev = 64,
    SumSq = 128,
}

/// <summary>The length of the periods values are put together by: an ISO 8601 duration, counted in UTC, where all days are equally long.</summary>
/// <param name="Months">Years and months; their length is that of the calendar.</param>
/// <param name="Microseconds">All else.</param>
internal readonly record struct Period(int Months, long Microseconds)
{
    private const int MostMonths = 12_000;

    private const decimal MostMicroseconds = 1_000m * 366 * HistorySchema.Day;

    /// <summary>One period over all times asked for.</summary>
    public bool IsWhole => Months == 0 && Microseconds == 0;

    public static Period Parse(string text)
    {
        NgsiLdException Fault() => NgsiLdException.BadRequestData($"aggrPeriodDuration is {(text.Length <= 50 ? text : text[..50] + "…")}; expected an ISO 8601 duration such as PT1H or P1D, of at most 1000 years.");
        if (text == "0") return default;
        var match = text.Length <= 100 ? Duration.Match(text) : Match.Empty;
        if (!match.Success) throw Fault();
        var months = Number(1) * 12 + Number(2);
        var microseconds = (Number(3) * 7 + Number(4)) * HistorySchema.Day + (Number(5) * 3600 + Number(6) * 60 + Number(7)) * 1_000_000;
        if (months > MostMonths || microseconds > MostMicroseconds || decimal.Truncate(microseconds) != microseconds) throw Fault();
        return new((int)months, (long)microseconds);

        decimal Number(int group) => match.Groups[group].Success && decimal.TryParse(match.Groups[group].ValueSpan, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) ? Math.Min(number, 1e12m) : 0;
    }

    /// <summary>The period a time lies in.</summary>
    /// <param name="anchor">Where the first period begins.</param>
    public (long Start, long End) Around(long anchor, long time)
    {
        if (Months == 0)
        {
            var start = time - Modulo(time - anchor, Microseconds);
            return (start, start + Microseconds);
        }
        var first = EntityCodec.Time(anchor);
        var at = EntityCodec.Time(time);
        var number = ((at.Year - first.Year) * 12 + at.Month - first.Month) / Months - 1;
        // Counted from the anchor each time: from 31 January month by month, not from 28 February on.
        while (Edge(first, number + 1) <= time) number++;
        while (Edge(first, number) > time) number--;
        return (Edge(first, number), Edge(first, number + 1));
    }

    private long Edge(DateTimeOffset first, int number) => EntityCodec.Microseconds(first.AddMonths(number * Months)) + number * Microseconds;

    private static long Modulo(long value, long by) => (value % by + by) % by;

    /// <summary>The lookaheads keep out "P" and "PT" alone.</summary>
    private static readonly Regex Duration = new(@"^P(?!$)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?!$)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$", RegexOptions.CultureInvariant);
}

/// <summary>What the values of one period come to.</summary>
internal sealed class Bucket(long start, long end)
{
    private double _mean, _spread;
    private long _spreadCount;
    private HashSet<object>? _distinct;

    public long Start => start;

    public long End { get; set; } = end;

    public long Count { get; private set; }

    public long NumberCount { get; private set; }

    public double Sum { get; private set; }

    public double SumOfSquares { get; private set; }

    public double Least { get; private set; } = double.PositiveInfinity;

    public double Most { get; private set; } = double.NegativeInfinity;

    public string? LeastText { get; private set; }

    public string? MostText { get; private set; }

    public int DistinctCount => _distinct?.Count ?? 0;

    public double Mean => Sum / NumberCount;

    /// <summary>Of all values, not of a sample of them (population standard deviation).</summary>
    public double StandardDeviation => Math.Sqrt(Math.Max(0, _spread / NumberCount));

    public void Add(ReadOnlySpan<double> numbers, AggregationMethods methods)
    {
        double sum = 0, squares = 0, least = Least, most = Most;
        if ((methods & ~(AggregationMethods.Avg | AggregationMethods.Sum | AggregationMethods.TotalCount)) == 0)
            foreach (var number in numbers) sum += number;
        else
        {
            foreach (var number in numbers)
            {
                sum += number;
                squares += number * number;
                least = Math.Min(least, number);
                most = Math.Max(most, number);
            }
            if (methods.HasFlag(AggregationMethods.StdDev))
                foreach (var number in numbers) Spread(number);
            if (methods.HasFlag(AggregationMethods.DistinctCount))
                foreach (var number in numbers) (_distinct ??= []).Add(number);
        }
        (Sum, SumOfSquares, Least, Most) = (Sum + sum, SumOfSquares + squares, least, most);
        Count += numbers.Length;
        NumberCount += numbers.Length;
    }

    public void Add(double number, AggregationMethods methods) => Add([number], methods);

    public void Add(string text, bool isOrdered)
    {
        Count++;
        (_distinct ??= []).Add(text);
        if (!isOrdered) return;
        if (LeastText is null || string.CompareOrdinal(text, LeastText) < 0) LeastText = text;
        if (MostText is null || string.CompareOrdinal(text, MostText) > 0) MostText = text;
    }

    /// <summary>Welford 1962: stays exact where the values are large and lie close together.</summary>
    private void Spread(double number)
    {
        var off = number - _mean;
        _mean += off / ++_spreadCount;
        _spread += off * (number - _mean);
    }
}

/// <summary>Puts the points of one series together by periods, clause 4.5.19.</summary>
/// <param name="anchor">Where the first period begins.</param>
internal sealed class Aggregation(AggregationMethods methods, Period period, long anchor)
{
    public List<Bucket> Buckets { get; } = [];

    public void Add(ReadOnlySpan<long> times, ReadOnlySpan<double> numbers)
    {
        for (var from = 0; from < times.Length;)
        {
            var bucket = BucketOf(times[from]);
            var to = from + 1;
            if (period.IsWhole)
            {
                to = times.Length;
                bucket.End = Math.Max(bucket.End, times[^1]);
            }
            else if (times[^1] < bucket.End) to = times.Length;
            else
                while (to < times.Length && times[to] < bucket.End) to++;
            bucket.Add(numbers[from..to], methods);
            from = to;
        }
    }

    /// <summary>Numbers and truth values (1 and 0) count as numbers, arrays by how many elements they have, texts by their order; all else is only counted.</summary>
    public void Add(long time, HistoryPoint point)
    {
        if (point.Shape.Form == PointForm.None) return;
        var bucket = BucketOf(time);
        if (point.Shape.Form == PointForm.Number)
        {
            bucket.Add(point.Number, methods);
            return;
        }
        var json = new Utf8JsonReader(point.Json.Span);
        json.Read();
        switch (json.TokenType)
        {
            case JsonTokenType.Number when json.TryGetDouble(out var number): bucket.Add(number, methods); break;
            case JsonTokenType.True or JsonTokenType.False: bucket.Add(json.TokenType == JsonTokenType.True ? 1 : 0, methods); break;
            case JsonTokenType.String: bucket.Add(json.GetString()!, isOrdered: point.Shape.Kind == AttributeKind.Property); break;
            case JsonTokenType.StartArray:
                var count = 0;
                while (json.Read() && json.TokenType != JsonTokenType.EndArray)
                {
                    json.Skip();
                    count++;
                }
                bucket.Add(count, methods);
                break;
            default: bucket.Add(System.Text.Encoding.UTF8.GetString(point.Json.Span), isOrdered: false); break;
        }
    }

    /// <summary>Times grow from call to call.</summary>
    private Bucket BucketOf(long time)
    {
        if (Buckets.Count > 0 && (period.IsWhole || time < Buckets[^1].End))
        {
            if (period.IsWhole) Buckets[^1].End = Math.Max(Buckets[^1].End, time);
            return Buckets[^1];
        }
        var (start, end) = period.IsWhole ? (anchor, time) : period.Around(anchor, time);
        var bucket = new Bucket(start, end);
        Buckets.Add(bucket);
        return bucket;
    }
}
