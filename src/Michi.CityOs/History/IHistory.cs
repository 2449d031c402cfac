namespace Michi.CityOs.History;

/// <summary>The evolution of entities, to be read: what this broker has, or that together with what others told.</summary>
internal interface IHistory
{
    HistoryEntity? Find(string tenant, string id);

    /// <summary>Entities in an order that stays.</summary>
    /// <param name="ids">One of which an entity has; null for any.</param>
    /// <param name="types">Expanded, one of which an entity has; null for any.</param>
    IEnumerable<HistoryEntity> Entities(string tenant, IReadOnlyCollection<string>? ids, IReadOnlyCollection<string>? types);

    List<HistorySeries> SeriesOf(long entity);

    /// <summary>Points from a time on, until before another.</summary>
    IEnumerable<HistoryPoint> Points(long series, long from, long until, bool isDescending = false);

    /// <summary>Times and numbers of a series, where all its values are numbers that were observed and do not expire.</summary>
    /// <returns>False where some are not: what was told until then does not count.</returns>
    bool TryNumbers(long series, long from, long until, NumbersReader read);
}
