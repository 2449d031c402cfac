using Michi.CityOs.History;

namespace Michi.CityOs.Temporal;

/// <summary>The history here together with what context sources told, ETSI GS CIM 009, 5.7.3.4 and 4.5.5: of instances of one time the first counts, those of this broker before others.</summary>
/// <remarks>What is only elsewhere, or in both, has keys below 0.</remarks>
/// <param name="told">By the ids of entities, in the order in which they count.</param>
internal sealed class MergedHistory(IHistoryReader local, ILookup<string, HistoryEntry> told) : IHistoryReader
{
    private readonly Dictionary<long, (HistoryEntity? Local, List<HistoryEntry> Told)> _entities = [];
    private readonly Dictionary<string, HistoryEntity> _found = new(StringComparer.Ordinal);
    private readonly Dictionary<long, (HistorySeries? Local, SortedDictionary<long, HistoryPoint> Told)> _series = [];
    private readonly Dictionary<long, List<HistorySeries>> _seriesOf = [];
    private long _next;

    public HistoryEntity? Find(string tenant, string id) => Merge(local.Find(tenant, id), id);

    public IEnumerable<HistoryEntity> Entities(string tenant, IReadOnlyCollection<string>? ids, IReadOnlyCollection<string>? types)
    {
        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (var entity in local.Entities(tenant, ids, types))
        {
            seen.Add(entity.Id);
            yield return Merge(entity, entity.Id)!;
        }
        foreach (var id in told.Select(t => t.Key))
        {
            if (seen.Contains(id) || ids?.Contains(id) == false || Find(tenant, id) is not { } entity) continue;
            if (types is null || entity.Types.Any(types.Contains)) yield return entity;
        }
    }

    public List<HistorySeries> SeriesOf(long entity)
    {
        if (entity > 0) return local.SeriesOf(entity);
        if (_seriesOf.TryGetValue(entity, out var known)) return known;
        var (here, elsewhere) = _entities[entity];
        List<HistorySeries> all = here is null ? [] : local.SeriesOf(here.Key);
        foreach (var points in elsewhere.SelectMany(e => e.Points).GroupBy(p => (p.Name, p.DatasetId)))
        {
            var at = all.FindIndex(s => s.Name == points.Key.Name && s.DatasetId == points.Key.DatasetId);
            var byTime = new SortedDictionary<long, HistoryPoint>();
            foreach (var point in points) byTime.TryAdd(point.Point.Time, point.Point);
            var series = new HistorySeries(entity, --_next, points.Key.Name, points.Key.DatasetId);
            _series[series.Key] = (at < 0 ? null : all[at], byTime);
            if (at < 0) all.Add(series);
            else all[at] = series;
        }
        return _seriesOf[entity] = all;
    }

    public IEnumerable<HistoryPoint> Points(HistorySeries series, long from, long until, bool isDescending = false)
    {
        if (series.Key > 0) return local.Points(series, from, until, isDescending);
        var (here, elsewhere) = _series[series.Key];
        var others = elsewhere.Where(p => p.Key >= from && p.Key < until).Select(p => p.Value);
        if (isDescending) others = others.Reverse();
        return here is not null ? Merged(local.Points(here, from, until, isDescending).Select(p => p with { Instance = p.Instance ?? HistoryStore.InstanceOf(here.Key, p.Time) }), others, isDescending) : others;
    }

    public bool TryNumbers(HistorySeries series, long from, long until, NumbersReader read) => series.Key > 0 && local.TryNumbers(series, from, until, read);

    public List<(string? Type, Lifetime Lifetime)> Lifetimes(string tenant) => local.Lifetimes(tenant);

    private static IEnumerable<HistoryPoint> Merged(IEnumerable<HistoryPoint> first, IEnumerable<HistoryPoint> second, bool isDescending)
    {
        using var others = second.GetEnumerator();
        var hasOther = others.MoveNext();
        foreach (var point in first)
        {
            for (; hasOther && (isDescending ? others.Current.Time >= point.Time : others.Current.Time <= point.Time); hasOther = others.MoveNext())
                if (others.Current.Time != point.Time) yield return others.Current;
            yield return point;
        }
        for (; hasOther; hasOther = others.MoveNext()) yield return others.Current;
    }

    private HistoryEntity? Merge(HistoryEntity? here, string id)
    {
        if (!told.Contains(id)) return here;
        if (_found.TryGetValue(id, out var known)) return known;
        List<HistoryEntry> elsewhere = [.. told[id]];
        var merged = new HistoryEntity(
            --_next, id, [.. (here?.Types ?? []).Concat(elsewhere.SelectMany(e => e.Types)).Distinct()],
            elsewhere.Select(e => e.CreatedAt ?? e.At).Append(here?.CreatedAt ?? DateTimeOffset.MaxValue).Min(), elsewhere.Select(e => e.At).Append(here?.ModifiedAt ?? DateTimeOffset.MinValue).Max(), here?.DeletedAt);
        _entities[merged.Key] = (here, elsewhere);
        return _found[id] = merged;
    }
}
