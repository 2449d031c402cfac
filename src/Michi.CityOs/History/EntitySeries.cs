using System.Buffers;

namespace Michi.CityOs.History;

/// <summary>The types an entity ever had, and its series, as they are kept with it: names stand for their numbers.</summary>
internal sealed class EntitySeries(List<long> types)
{
    /// <summary>So many are looked through one after another.</summary>
    private const int Few = 16;

    private readonly List<(long Name, long Dataset, long Key)> _all = [];
    private Dictionary<(long Name, long Dataset), long>? _index;

    public List<long> Types => types;

    public int Count => _all.Count;

    /// <summary>In the order in which they were made.</summary>
    public IReadOnlyList<(long Name, long Dataset, long Key)> All => _all;

    public IEnumerable<long> Keys => _all.Select(s => s.Key);

    /// <summary>The key of a series; 0 where it is not there.</summary>
    /// <param name="dataset">0 for the default instance.</param>
    public long Find(long name, long dataset)
    {
        if (_all.Count > Few) return (_index ??= _all.ToDictionary(s => (s.Name, s.Dataset), s => s.Key)).GetValueOrDefault((name, dataset));
        foreach (var series in _all)
            if (series.Name == name && series.Dataset == dataset) return series.Key;
        return 0;
    }

    /// <summary>The keys of all instances of an attribute.</summary>
    public List<long> Find(long name) => [.. _all.Where(s => s.Name == name).Select(s => s.Key)];

    public void Add(long name, long dataset, long key)
    {
        _all.Add((name, dataset, key));
        _index?.Add((name, dataset), key);
    }

    public void Remove(List<long> keys)
    {
        HashSet<long> gone = [.. keys];
        _all.RemoveAll(s => gone.Contains(s.Key));
        _index = null;
    }

    public byte[] ToBytes()
    {
        var to = new ArrayBufferWriter<byte>(64);
        IntegerColumn.WriteNumber(to, Types.Count);
        foreach (var type in Types) IntegerColumn.WriteNumber(to, type);
        foreach (var (name, dataset, key) in _all)
        {
            IntegerColumn.WriteNumber(to, name);
            IntegerColumn.WriteNumber(to, dataset);
            IntegerColumn.WriteNumber(to, key);
        }
        return to.WrittenSpan.ToArray();
    }

    public static EntitySeries Read(ReadOnlySpan<byte> from)
    {
        var types = new List<long>((int)IntegerColumn.ReadNumber(ref from));
        for (var left = types.Capacity; left > 0; left--) types.Add(IntegerColumn.ReadNumber(ref from));
        var series = new EntitySeries(types);
        while (!from.IsEmpty) series._all.Add((IntegerColumn.ReadNumber(ref from), IntegerColumn.ReadNumber(ref from), IntegerColumn.ReadNumber(ref from)));
        return series;
    }
}
