namespace Michi.CityOs.Api;

/// <summary>Where pages of answers ended, so that a client that asks for the next one by its offset goes on from there: as fast as the first page, nothing skipped or repeated.</summary>
/// <remarks>Only a shortcut: without it, after a restart or for an offset never told, the store counts from the beginning. Bounded; the older half goes when it is full. Thread-safe.</remarks>
internal sealed class PagePositions
{
    private const int Most = 50_000;

    private readonly Lock _lock = new();
    private Dictionary<string, long> _young = new(StringComparer.Ordinal), _old = new(StringComparer.Ordinal);

    public long Find(string key)
    {
        lock (_lock) return _young.TryGetValue(key, out var position) || _old.TryGetValue(key, out position) ? position : 0;
    }

    public void Keep(string key, long position)
    {
        lock (_lock)
        {
            if (_young.Count >= Most) (_old, _young) = (_young, new(StringComparer.Ordinal));
            _young[key] = position;
        }
    }
}
