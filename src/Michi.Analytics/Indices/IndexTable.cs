namespace Michi.Analytics.Indices;

/// <summary>A table of numbers with one row a unit (city, country) and one column an indicator; NaN is a missing value.</summary>
/// <remarks>Immutable: the values are copied in. Columns lie one after the other in memory, so that a column is a span. Reads are
/// O(1).</remarks>
public sealed class IndexTable
{
    private readonly double[] _values;
    private readonly Dictionary<string, int> _columnOf;

    /// <summary>Makes a table from rows.</summary>
    /// <param name="units">Unit codes, distinct.</param>
    /// <param name="codes">Column codes, distinct.</param>
    /// <param name="values">Units × columns, each column in its own unit of measure; NaN is missing, infinity is refused.</param>
    /// <exception cref="ArgumentException">Lengths differ, a code occurs twice or a value is infinite.</exception>
    public IndexTable(IReadOnlyList<string> units, IReadOnlyList<string> codes, double[,] values)
        : this([.. units], [.. codes], ColumnByColumn(units, codes, values))
    {
    }

    internal IndexTable(string[] units, string[] codes, double[] values)
    {
        Units = units;
        Codes = codes;
        _values = values;
        _columnOf = new(codes.Length);
        for (var c = 0; c < codes.Length; c++)
            if (!_columnOf.TryAdd(codes[c], c))
                throw new ArgumentException($"Column codes must be distinct; '{codes[c]}' occurs twice.", nameof(codes));
    }

    /// <summary>Unit codes, in row order.</summary>
    public IReadOnlyList<string> Units { get; }

    /// <summary>Column codes, in column order.</summary>
    public IReadOnlyList<string> Codes { get; }

    /// <summary>Named groupings of the units (region, size class): one label a unit, null where a unit belongs to no group.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string?>> Groupings { get; init; } = new Dictionary<string, IReadOnlyList<string?>>();

    /// <summary>The value of a unit in a column.</summary>
    public double this[int unit, int column] => Column(column)[unit];

    /// <summary>All columns one after the other.</summary>
    internal ReadOnlySpan<double> Values => _values;

    /// <summary>A column by position: one value a unit.</summary>
    public ReadOnlySpan<double> Column(int column) => _values.AsSpan(column * Units.Count, Units.Count);

    /// <summary>A column by code: one value a unit.</summary>
    /// <exception cref="ArgumentException">No column has this code.</exception>
    public ReadOnlySpan<double> Column(string code) => Column(ColumnOf(code));

    /// <summary>The position of a column.</summary>
    /// <exception cref="ArgumentException">No column has this code.</exception>
    public int ColumnOf(string code) => _columnOf.TryGetValue(code, out var column)
        ? column
        : throw new ArgumentException($"The table has no column '{code}'.", nameof(code));

    /// <summary>The same table with some of its columns, in the given order.</summary>
    public IndexTable Select(IReadOnlyList<string> codes)
    {
        var values = new double[codes.Count * Units.Count];
        for (var c = 0; c < codes.Count; c++) Column(codes[c]).CopyTo(values.AsSpan(c * Units.Count));
        return new([.. Units], [.. codes], values) { Groupings = Groupings };
    }

    /// <summary>The same table with only the units for which <paramref name="stays"/> is true.</summary>
    internal IndexTable Keep(ReadOnlySpan<bool> stays)
    {
        var rows = new List<int>();
        for (var u = 0; u < stays.Length; u++)
            if (stays[u]) rows.Add(u);
        var values = new double[Codes.Count * rows.Count];
        for (var c = 0; c < Codes.Count; c++)
            for (var r = 0; r < rows.Count; r++)
                values[c * rows.Count + r] = this[rows[r], c];
        return new([.. rows.Select(r => Units[r])], [.. Codes], values)
        {
            Groupings = Groupings.ToDictionary(g => g.Key, g => (IReadOnlyList<string?>)[.. rows.Select(r => g.Value[r])]),
        };
    }

    /// <summary>The same units and columns with other values.</summary>
    internal IndexTable With(double[] values) => new([.. Units], [.. Codes], values) { Groupings = Groupings };

    private static double[] ColumnByColumn(IReadOnlyList<string> units, IReadOnlyList<string> codes, double[,] values)
    {
        if (values.GetLength(0) != units.Count || values.GetLength(1) != codes.Count)
            throw new ArgumentException($"Values must be {units.Count} units × {codes.Count} columns.", nameof(values));
        if (units.Distinct().Count() != units.Count) throw new ArgumentException("Unit codes must be distinct.", nameof(units));
        var flat = new double[units.Count * codes.Count];
        for (var c = 0; c < codes.Count; c++)
            for (var u = 0; u < units.Count; u++)
            {
                if (double.IsInfinity(values[u, c]))
                    throw new ArgumentException($"'{codes[c]}' of '{units[u]}' is infinite; give a finite number or NaN.", nameof(values));
                flat[c * units.Count + u] = values[u, c];
            }
        return flat;
    }
}
