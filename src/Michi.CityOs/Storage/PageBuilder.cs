using Michi.CityOs.Entities;

namespace Michi.CityOs.Storage;

/// <summary>Puts the answer to a query together from candidates that come in the order of their keys.</summary>
/// <param name="counted">How many match in all, where that is known without looking at them.</param>
internal sealed class PageBuilder(StoreQuery query, PageRequest page, DateTimeOffset now, long? counted)
{
    private readonly List<Entity> _entities = [];
    private long _last = page.After, _count;
    private int _left = page.Offset;
    private bool _hasMore;

    /// <summary>Key after which candidates are wanted.</summary>
    public long From => IsCounting ? 0 : page.After;

    /// <summary>How many of the next candidates may be passed over unread, as nothing is left to be checked of them.</summary>
    public int Skippable => query.Matches is null && !IsCounting ? _left : 0;

    public EntityPage Page => new(_entities, _last, _hasMore, page.HasCount ? counted ?? _count : null);

    private bool IsCounting => page.HasCount && counted is null;

    public void Skip(int candidates) => _left -= candidates;

    /// <returns>Whether more are wanted.</returns>
    public bool Add(long key, byte[] body)
    {
        if (Expiry.Live(EntityCodec.Read(body), now) is not { } entity || !query.IsMatch(entity)) return true;
        _count++;
        if (key <= page.After) return true;
        if (_left > 0)
        {
            _left--;
            return true;
        }
        if (_entities.Count == page.Limit)
        {
            _hasMore = true;
            return IsCounting;
        }
        _entities.Add(entity);
        _last = key;
        return true;
    }
}
