using Michi.Analytics.Indices;

namespace Michi.UnitTests.Indices;

/// <summary>The example of the R package COINr 1.1.14 (MIT): 51 countries × 49 indicators in four levels, with the outputs of every
/// stage.</summary>
internal static class CoinrExample
{
    private static readonly Lazy<(IndexTable, IndexDefinition)> Example = new(Read);

    public static IndexTable Data => Example.Value.Item1;

    /// <summary>As COINr's example is built: mean by Europe/Asia, winsorisation up to 5, min-max [0, 100], arithmetic means.</summary>
    public static IndexDefinition Definition => Example.Value.Item2;

    /// <summary>A reference table: first column a unit code, the others numbers, rows in the order of <paramref name="units"/>.</summary>
    public static IndexTable Table(string file, IReadOnlyList<string>? units = null)
    {
        var rows = ReferenceData.Csv("coinr/" + file).ToDictionary(r => r["uCode"]);
        units ??= [.. rows.Keys];
        string[] codes = [.. rows.First().Value.Keys.Where(k => k is not "uCode" and not "uName")];
        var values = new double[units.Count, codes.Length];
        for (var u = 0; u < units.Count; u++)
            for (var c = 0; c < codes.Length; c++)
                values[u, c] = ReferenceData.Number(rows[units[u]][codes[c]]);
        return new(units, codes, values);
    }

    /// <summary>Asserts that two numbers agree to 1e-9, relative or absolute, or are both missing.</summary>
    public static void Close(double expected, double actual, string what)
    {
        if (double.IsNaN(expected) && double.IsNaN(actual)) return;
        Assert.True(Math.Abs(expected - actual) <= 1e-9 * Math.Max(1, Math.Abs(expected)), $"{what}: expected {expected:R}, found {actual:R}");
    }

    public static void Close(IndexTable expected, IndexTable actual)
    {
        Assert.Equal(expected.Units, actual.Units);
        foreach (var code in expected.Codes)
            for (var u = 0; u < expected.Units.Count; u++)
                Close(expected.Column(code)[u], actual.Column(code)[u], $"{code} of {expected.Units[u]}");
    }

    public static void Close(IReadOnlyList<double> expected, IReadOnlyList<double> actual, string what)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++) Close(expected[i], actual[i], $"{what}, {i}");
    }

    private static (IndexTable, IndexDefinition) Read()
    {
        var meta = ReferenceData.Csv("coinr/build/in_iMeta.csv");
        var rows = ReferenceData.Csv("coinr/build/in_iData.csv");
        string[] codes = [.. meta.Where(m => m["Type"] is "Indicator" or "Denominator").Select(m => m["iCode"])];
        var values = new double[rows.Count, codes.Length];
        for (var u = 0; u < rows.Count; u++)
            for (var c = 0; c < codes.Length; c++)
                values[u, c] = ReferenceData.Number(rows[u][codes[c]]);
        var data = new IndexTable([.. rows.Select(r => r["uCode"])], codes, values)
        {
            Groupings = new Dictionary<string, IReadOnlyList<string?>> { ["EurAsia_group"] = [.. rows.Select(r => r["EurAsia_group"])] },
        };
        var elements = meta.Where(m => m["Type"] is "Indicator" or "Aggregate").Select(m =>
            new IndexElement(m["iCode"], m["iName"], (int)ReferenceData.Number(m["Level"]), m["Parent"] is "" ? null : m["Parent"])
            {
                Direction = m["Direction"] == "-1" ? Direction.LessIsBetter : Direction.MoreIsBetter,
                Weight = ReferenceData.Number(m["Weight"]),
                Unit = m["Unit"],
                Target = m["Target"] is "" ? null : ReferenceData.Number(m["Target"]),
                Denominator = m["Denominator"] is "" ? null : m["Denominator"],
            });
        return (data, new IndexDefinition([.. elements]) { Imputation = new(ImputationMethod.Mean, "EurAsia_group") });
    }
}
