using Michi.CityOs.Entities;
using Michi.CityOs.History;
using Michi.CityOs.Queries;

namespace Michi.CityOs.Temporal;

/// <summary>One instance and the time it is judged by.</summary>
internal readonly record struct TimedPoint(long Time, HistoryPoint Point);

/// <summary>An instance of an attribute over the times asked for, in their order.</summary>
internal sealed record EvolutionSeries(HistorySeries Series, AttributeKind Kind, List<TimedPoint> Points, Aggregation? Aggregation = null);

/// <summary>What is told of one entity.</summary>
internal sealed record Evolution(HistoryEntity Entity, List<EvolutionSeries> Series);

/// <summary>Some of all that was asked for: what lies between two times, for all attributes and entities alike.</summary>
/// <param name="Start">Where the answer begins, in the order of the answer.</param>
internal sealed record PartialRange(DateTimeOffset Start, DateTimeOffset End, int? Size);

/// <summary>Finds what is asked for in the history, clauses 5.7.3.4 and 5.7.4.4.</summary>
/// <param name="query">Null where one entity is asked for by its id.</param>
/// <param name="now">What expired until then is not told.</param>
internal sealed class EvolutionFinder(IHistoryReader reader, EvolutionRequest request, EntityQuery? query, DateTimeOffset now, CancellationToken cancel)
{
    /// <summary>The series told of an entity.</summary>
    public List<HistorySeries> SeriesOf(HistoryEntity entity) => reader.SeriesOf(entity.Key).FindAll(IsTold);

    /// <summary>Whether an entity answers the query: its instances at the times asked for do (clause 5.7.4.4).</summary>
    public bool Matches(HistoryEntity entity)
    {
        cancel.ThrowIfCancellationRequested();
        if (query?.IsSelected(entity.Id, entity.Types) == false) return false;
        var all = reader.SeriesOf(entity.Key);
        var valid = ValidTimes(all);
        if (valid is { Count: 0 }) return false;
        // pick and omit only say what is told, attrs and datasetId also what has to be there.
        if (!all.Exists(s => s.Name != ChangePoints.Scope && HasAttribute(s) && Points(s, valid).Any())) return false;
        if (query is not { Q: not null } and not { Geo: not null }) return true;
        HashSet<string> names = [.. query.Q?.Names ?? []];
        if (query.Geo is { } geo) names.Add(geo.GeoProperty);
        var found = new Entity
        {
            Id = entity.Id,
            Types = [.. entity.Types],
            CreatedAt = entity.CreatedAt,
            ModifiedAt = entity.ModifiedAt,
            Attributes = [.. all.Where(s => names.Contains(s.Name)).SelectMany(s => Points(s, valid).Select(p => p.Point.ToInstance(s.Name, s.DatasetId, "")))],
        };
        return query.Q?.Matches(found) != false && query.Geo?.Matches(found) != false;
    }

    /// <summary>What is told of entities: at most a page of instances, the rest cut off at one time for all of them.</summary>
    public (List<Evolution> Found, PartialRange? Range) Collect(IReadOnlyList<HistoryEntity> entities, int page)
    {
        var isDescending = request.Last is not null;
        // One more than a page tells that there are more.
        var most = Math.Min(request.Last ?? int.MaxValue, page + 1);
        List<Evolution> found = [];
        var cut = new TimeCut(page, isDescending);
        foreach (var entity in entities)
        {
            var all = reader.SeriesOf(entity.Key);
            var valid = ValidTimes(all);
            List<EvolutionSeries> series = [];
            found.Add(new(entity, series));
            foreach (var one in all.Where(IsTold))
            {
                cancel.ThrowIfCancellationRequested();
                List<TimedPoint> points = [];
                AttributeKind? kind = null;
                foreach (var point in Points(one, one.Name == ChangePoints.Scope ? null : valid, isDescending))
                {
                    kind ??= point.Point.Shape.Kind;
                    if (cut.IsBeyond(point.Time)) break;
                    // Of instances with the same time as the last one all are taken, or none could be cut off.
                    if (points.Count >= most && (request.IsByTime || points.Count >= request.Last || point.Time != points[^1].Time)) break;
                    points.Add(point);
                }
                if (one.Name == ChangePoints.Scope && query?.Scope is not null && ScopeBefore(one) is { } set && !points.Exists(p => p.Point.Time == set.Point.Time))
                {
                    points.Insert(isDescending ? points.Count : 0, set);
                    kind ??= AttributeKind.Property;
                }
                if (kind is null) continue;
                series.Add(new(one, kind.Value, points));
                cut.Add(points);
            }
        }
        var (first, last) = cut.End();
        var start = (isDescending ? request.Times?.Until : request.Times?.From) ?? EntityCodec.Time(first);
        var range = cut.IsCut ? new PartialRange(start, EntityCodec.Time(last), request.Last) : null;
        if (isDescending)
            foreach (var one in found.SelectMany(e => e.Series)) one.Points.Reverse();
        return (found, range);
    }

    /// <summary>What the values of one entity come to, period by period.</summary>
    public Evolution Aggregate(HistoryEntity entity)
    {
        var all = reader.SeriesOf(entity.Key);
        var valid = ValidTimes(all);
        var told = all.FindAll(s => s.Name != ChangePoints.Scope && IsTold(s));
        // Periods begin at the time asked for, else with the first value.
        var anchor = request.From > long.MinValue ? request.From : told.Select(s => Points(s, valid).Select(p => (long?)p.Time).FirstOrDefault()).Min() ?? 0;
        List<EvolutionSeries> series = [];
        foreach (var one in told)
        {
            cancel.ThrowIfCancellationRequested();
            var (aggregation, kind) = (new Aggregation(request.AllMethods, request.Period, anchor), AttributeKind.Property);
            var isPlain = valid is null && request.Property is null or TimeProperty.ObservedAt;
            if (!isPlain || !reader.TryNumbers(one, request.From, request.Until, aggregation.Add))
            {
                aggregation = new Aggregation(request.AllMethods, request.Period, anchor);
                foreach (var (time, point) in Points(one, valid))
                {
                    kind = point.Shape.Kind;
                    aggregation.Add(time, point);
                }
            }
            if (request.Period.IsWhole && request.Times?.Until is { } until && aggregation.Buckets.Count > 0) aggregation.Buckets[0].End = EntityCodec.Microseconds(until);
            if (aggregation.Buckets.Count > 0) series.Add(new(one, kind, [], aggregation));
        }
        return new(entity, series);
    }

    private bool IsTold(HistorySeries series)
    {
        var told = request.Told;
        if (series.Name == ChangePoints.Scope) return told.Tells("scope") && told.Attrs is null && told.Datasets is null;
        return told.Tells(series.Name) && HasAttribute(series);
    }

    private bool HasAttribute(HistorySeries series) => request.Told.Attrs?.Contains(series.Name) != false && request.Told.Datasets?.Contains(series.DatasetId ?? "@none") != false;

    /// <summary>The instances of a series at the times asked for, in the order of time.</summary>
    private IEnumerable<TimedPoint> Points(HistorySeries series, List<(long From, long Until)>? valid, bool isDescending = false)
    {
        if (request.IsByTime) return Timed(reader.Points(series, request.From, request.Until, isDescending), valid);
        var timed = Timed(reader.Points(series, long.MinValue, long.MaxValue), valid);
        return isDescending ? timed.OrderByDescending(p => p.Time) : timed.OrderBy(p => p.Time);
    }

    private IEnumerable<TimedPoint> Timed(IEnumerable<HistoryPoint> points, List<(long From, long Until)>? valid)
    {
        var (from, until) = (request.From, request.Until);
        foreach (var point in points)
        {
            if (point.Shape.ExpiresAt <= now || request.TimeOf(point) is not { } time || time < from || time >= until) continue;
            if (valid is null || valid.Exists(v => time >= v.From && time < v.Until)) yield return new(time, point);
        }
    }

    /// <summary>When a scope that was asked for was valid: from when it was set until another was or it was deleted, clause 4.18. Null where none was asked for.</summary>
    /// <remarks>A first scope told without a time holds for all that is before it too: it came with a history, and nobody knows of another.</remarks>
    private List<(long From, long Until)>? ValidTimes(List<HistorySeries> all)
    {
        if (query?.Scope is not { } filter) return null;
        List<(long, long)> valid = [];
        if (all.Find(s => s.Name == ChangePoints.Scope) is not { } scope) return valid;
        List<HistoryPoint> points = [.. reader.Points(scope, long.MinValue, long.MaxValue)];
        for (var i = 0; i < points.Count; i++)
        {
            var until = i + 1 < points.Count ? points[i + 1].Time : long.MaxValue;
            var from = i == 0 && IsTimeless(points[i]) ? long.MinValue : points[i].Time;
            if (until > request.From && from < request.Until && !points[i].Shape.IsDeleted && filter.Matches(Texts(points[i]))) valid.Add((from, until));
        }
        return valid;
    }

    /// <summary>The scope that was valid when the times asked for begin, though it was set before (annex C.5.16) or is told without a time.</summary>
    private TimedPoint? ScopeBefore(HistorySeries scope)
    {
        var before = request.From == long.MinValue ? [] : reader.Points(scope, long.MinValue, request.From, isDescending: true).Take(1);
        return before.Concat(reader.Points(scope, long.MinValue, long.MaxValue).Take(1).Where(IsTimeless)).Select(p => (TimedPoint?)new TimedPoint(p.Time, p)).FirstOrDefault();
    }

    private static bool IsTimeless(HistoryPoint point) => !point.Shape.IsObserved && !point.Shape.IsDeleted;

    private static List<string> Texts(HistoryPoint point)
    {
        var json = new System.Text.Json.Utf8JsonReader(point.Json.Span);
        List<string> texts = [];
        while (json.Read())
            if (json.TokenType == System.Text.Json.JsonTokenType.String) texts.Add(json.GetString()!);
        return texts;
    }
}

/// <summary>Finds the time up to which a page of instances lies, whatever they are instances of, and takes away those beyond it.</summary>
internal sealed class TimeCut(int page, bool isDescending)
{
    /// <summary>Pages that are gathered before what is certainly beyond the cut is taken away.</summary>
    private const int MostPages = 4;

    private readonly List<List<TimedPoint>> _all = [];
    private long? _bound;
    private long _count;

    /// <summary>Whether instances were left out.</summary>
    public bool IsCut { get; private set; }

    /// <summary>Whether a time is known to be cut off; all after it in the order of the answer are too.</summary>
    public bool IsBeyond(long time)
    {
        if (_bound is not { } bound || (isDescending ? time >= bound : time <= bound)) return false;
        return IsCut = true;
    }

    /// <param name="points">In the order of the answer.</param>
    public void Add(List<TimedPoint> points)
    {
        _all.Add(points);
        _count += points.Count;
        if (_count > (long)MostPages * page) End();
    }

    /// <summary>Takes away what lies beyond the page.</summary>
    /// <returns>The first and the last time that are told.</returns>
    public (long First, long Last) End()
    {
        List<long> times = [.. _all.SelectMany(p => p).Select(p => p.Time)];
        if (times.Count == 0) return (0, 0);
        times.Sort();
        if (isDescending) times.Reverse();
        if (times.Count <= page) return (times[0], times[^1]);
        var last = times[page - 1];
        _bound = last;
        foreach (var points in _all) IsCut |= points.RemoveAll(p => isDescending ? p.Time < last : p.Time > last) > 0;
        _count = _all.Sum(p => (long)p.Count);
        return (times[0], last);
    }
}
