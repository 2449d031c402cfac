using System.Diagnostics.CodeAnalysis;

namespace Michi.CityOs.History;

/// <summary>What was lately looked up, bounded: when the younger half is full, the older is forgotten.</summary>
/// <param name="most">Entries at most.</param>
internal sealed class Remembered<TKey, TValue>(int most) where TKey : notnull
{
    private Dictionary<TKey, TValue> _young = [], _old = [];

    public bool TryFind(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (_young.TryGetValue(key, out value)) return true;
        if (!_old.TryGetValue(key, out value)) return false;
        Keep(key, value);
        return true;
    }

    public TValue Keep(TKey key, TValue value)
    {
        if (_young.Count >= most / 2) (_old, _young) = (_young, []);
        return _young[key] = value;
    }

    public void Forget(TKey key)
    {
        _young.Remove(key);
        _old.Remove(key);
    }

    public void Clear()
    {
        _young.Clear();
        _old.Clear();
    }
}
