namespace Michi.CityOs.Subscriptions;

/// <summary>A rectangle, edges included; a range of numbers has the same bottom and top, and may reach to infinity.</summary>
internal readonly record struct Box(double Left, double Bottom, double Right, double Top)
{
    public bool Meets(in Box other) => Left <= other.Right && other.Left <= Right && Bottom <= other.Top && other.Bottom <= Top;
}

/// <summary>Finds the items with a box that meets another.</summary>
/// <remarks>
/// Source: Leutenegger, Lopez &amp; Edgington (1997), STR: a simple and efficient algorithm for R-tree packing. The tree is packed anew when changes since come to an
/// eighth of it, so n changes cost O(n log n); until then new items are looked at one by one. A search costs O(log n + found) where boxes overlap little. Not
/// thread-safe.
/// </remarks>
internal sealed class BoxIndex<T> where T : class
{
    /// <summary>Boxes under one box of the level above.</summary>
    private const int Fan = 16;

    private readonly HashSet<T> _there = [];
    private readonly List<(Box Box, T Item)> _new = [];

    /// <summary>How many items were taken away that the tree still has.</summary>
    private int _gone;
    private (Box Box, T Item)[] _packed = [];

    /// <summary>Each box is around <see cref="Fan"/> of the level before; those of the first around packed items.</summary>
    private List<Box[]> _levels = [];

    public int Count => _there.Count;

    public void Add(T item, IEnumerable<Box> boxes)
    {
        if (!_there.Add(item)) return;
        foreach (var box in boxes) _new.Add((box, item));
    }

    public void Remove(T item)
    {
        if (!_there.Remove(item)) return;
        // Before it could be added again with other boxes.
        if (_new.RemoveAll(n => n.Item == item) == 0) _gone++;
    }

    /// <summary>Adds the items with a box that meets this one.</summary>
    public void Find(in Box box, HashSet<T> to)
    {
        if (_new.Count + _gone > 32 + _packed.Length / 8) Pack();
        foreach (var one in _new)
            if (one.Box.Meets(box)) to.Add(one.Item);
        if (_packed.Length > 0) Find(_levels.Count, 0, box, to);
    }

    private void Find(int level, int from, in Box box, HashSet<T> to)
    {
        if (level == 0)
        {
            foreach (var one in _packed.AsSpan(from, Math.Min(Fan, _packed.Length - from)))
                if (one.Box.Meets(box) && (_gone == 0 || _there.Contains(one.Item))) to.Add(one.Item);
            return;
        }
        var boxes = _levels[level - 1];
        for (var i = from; i < Math.Min(from + Fan, boxes.Length); i++)
            if (boxes[i].Meets(box)) Find(level - 1, i * Fan, box, to);
    }

    private void Pack()
    {
        (Box Box, T Item)[] all = [.. _packed.Where(p => _there.Contains(p.Item)), .. _new];
        _new.Clear();
        _gone = 0;
        _packed = all;
        // Ranges that begin at no bound are told apart by their ends.
        Array.Sort(all, static (a, b) => (a.Box.Left, a.Box.Right).CompareTo((b.Box.Left, b.Box.Right)));
        var slice = Fan * (int)Math.Ceiling(Math.Sqrt((double)all.Length / Fan));
        for (var from = 0; from < all.Length; from += slice)
            all.AsSpan(from, Math.Min(slice, all.Length - from)).Sort(static (a, b) => (a.Box.Bottom, a.Box.Top, a.Box.Left, a.Box.Right).CompareTo((b.Box.Bottom, b.Box.Top, b.Box.Left, b.Box.Right)));
        _levels = [];
        for (Box[] below = [.. all.Select(a => a.Box)]; below.Length > Fan || _levels.Count == 0; below = _levels[^1]) _levels.Add([.. below.Chunk(Fan).Select(Around)]);
    }

    private static Box Around(Box[] boxes) => new(boxes.Min(b => b.Left), boxes.Min(b => b.Bottom), boxes.Max(b => b.Right), boxes.Max(b => b.Top));
}
