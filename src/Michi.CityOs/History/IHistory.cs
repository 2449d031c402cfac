namespace Michi.CityOs.History;

/// <summary>The history of all entities, filled from the changes of the store. What is read has all that was acknowledged before.</summary>
internal interface IHistory : IAsyncDisposable
{
    /// <summary>Instances of attributes told in one answer at most, clause 6.3.10.</summary>
    int Page { get; }

    /// <summary>Reads with one snapshot, which has all that was committed before.</summary>
    Task<T> ReadAsync<T>(Func<IHistoryReader, T> read, CancellationToken cancel);

    /// <summary>Does something in one transaction, after all changes committed before; ends when it is durable.</summary>
    /// <param name="write">May be called again where the transaction failed.</param>
    /// <param name="points">How many points it adds.</param>
    Task<T> WriteAsync<T>(Func<IHistoryWriter, T> write, CancellationToken cancel, int points = 1);

    /// <summary>When something of a tenant changed last; null for never.</summary>
    Task<DateTimeOffset?> ChangedAtAsync(string tenant, CancellationToken cancel);

    /// <summary>What the history takes on disk.</summary>
    Task<long> BytesAsync(CancellationToken cancel);

    /// <summary>Deletes or rolls up what has outlived its time.</summary>
    Task TidyNowAsync(CancellationToken cancel);
}

/// <summary>Reads the history as it was at one moment: what this broker has, or that together with what others told. Used by one at a time.</summary>
internal interface IHistoryReader
{
    HistoryEntity? Find(string tenant, string id);

    /// <summary>Entities in the order in which the history came to know them.</summary>
    /// <param name="ids">One of which an entity has; null for any.</param>
    /// <param name="types">Expanded, one of which an entity has; null for any.</param>
    IEnumerable<HistoryEntity> Entities(string tenant, IReadOnlyCollection<string>? ids, IReadOnlyCollection<string>? types);

    List<HistorySeries> SeriesOf(long entity);

    /// <summary>Points from a time on, until before another, day by day as far as they are asked for.</summary>
    IEnumerable<HistoryPoint> Points(HistorySeries series, long from, long until, bool isDescending = false);

    /// <summary>Times and numbers of a series, where all its values are numbers that were observed and do not expire.</summary>
    /// <returns>False where some are not: what was told until then does not count.</returns>
    bool TryNumbers(HistorySeries series, long from, long until, NumbersReader read);

    /// <summary>How long points of types (expanded) of a tenant are kept; no type for all that have no lifetime of their own.</summary>
    List<(string? Type, Lifetime Lifetime)> Lifetimes(string tenant);
}

/// <summary>What can be done to the history within a transaction.</summary>
internal interface IHistoryWriter
{
    /// <summary>Adds to the history of an entity.</summary>
    /// <returns>Whether the entity was there.</returns>
    bool Add(HistoryEntry entry, bool mayMake = true);

    /// <summary>Forgets an entity with all its points, clause 5.6.16.</summary>
    bool DeleteEntity(string tenant, string id);

    /// <summary>Forgets an instance of an attribute with a datasetId, or all of them, clause 5.6.13.</summary>
    bool DeleteAttribute(string tenant, string id, string name, string? datasetId, bool isAll);

    /// <summary>Notes that an attribute was deleted which only the history knows.</summary>
    bool EndAttribute(string tenant, string id, string name, string? datasetId, bool isAll, DateTimeOffset at);

    /// <summary>Changes or, where null is given back, deletes one point, clauses 5.6.14 and 5.6.15.</summary>
    bool ChangeInstance(string tenant, string id, string name, string instance, Func<HistoryPoint, HistoryPoint?> change);

    /// <summary>Sets how long points of a type are kept; null takes the setting away.</summary>
    /// <param name="type">Expanded; null for all types of the tenant that have no lifetime of their own.</param>
    bool SetLifetime(string tenant, string? type, Lifetime? lifetime);
}
