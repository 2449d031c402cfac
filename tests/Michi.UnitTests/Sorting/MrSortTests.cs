using Michi.Analytics.Sampling;
using Michi.Analytics.Sorting;
using static Michi.Analytics.Sorting.PreferenceDirection;

namespace Michi.UnitTests.Sorting;

public sealed class MrSortTests
{
    private static readonly PreferenceDirection[] AllMaximise = [Maximise, Maximise, Maximise, Maximise, Maximise, Maximise];

    private static readonly Dictionary<string, MajorityRule> RulesByMcdaName = new()
    {
        ["M"] = MajorityRule.Majority,
        ["V"] = MajorityRule.Veto,
        ["D"] = MajorityRule.Dictator,
        ["v"] = MajorityRule.VetoUnlessDictator,
        ["d"] = MajorityRule.DictatorUnlessVeto,
        ["dV"] = MajorityRule.VetoFirst,
        ["Dv"] = MajorityRule.DictatorFirst,
        ["dv"] = MajorityRule.VetoAndDictatorCancel,
    };

    /// <summary>The transport example of the tests of R package MCDA 0.1.0: price, time, comfort; good, medium, bad.</summary>
    private static readonly MrSort Transport = new(
        new[,] { { 7.0, 25, 2 }, { 3, 11, 3 } }, [1, 3, 2], [Minimise, Minimise, Maximise], 3,
        new[,] { { double.NaN, double.NaN, 0 }, { 9, double.NaN, double.NaN } });

    [Fact]
    public void Assign_TransportExample_MeetsMcda()
    {
        double[][] ways = [[1, 10, 1], [4, 20, 2], [2, 20, 0], [6, 40, 0], [30, 30, 3]];
        Assert.Equal([2, 1, 0, 0, 0], ways.Select(way => Transport.Assign(way)));

        string[] categories = ["Bad", "Medium", "Good"], criteria = ["Price", "Time", "Comfort"];
        foreach (var row in ReferenceData.Csv("stages/mrsort_transport_example.csv"))
            Assert.Equal(row["assigned"], categories[Transport.Assign([.. criteria.Select(c => ReferenceData.Number(row[c]))])]);
    }

    [Fact]
    public void Explain_VetoedAlternative_NamesTheVetoAndTheCoalition()
    {
        var outcomes = Transport.Explain([2, 20, 0]);
        Assert.Equal((false, 4.0), (outcomes[0].Passes, outcomes[0].CoalitionWeight));
        Assert.Equal([2], outcomes[0].Against);
        Assert.Equal([2], outcomes[0].Vetoes);
        Assert.Equal((false, 1.0), (outcomes[1].Passes, outcomes[1].CoalitionWeight));
        Assert.Equal([1, 2], outcomes[1].Against);
        Assert.Empty(outcomes[1].Vetoes);
    }

    /// <summary>The 24 alternatives of the documentation of LPDMRSort in R package MCDA 0.1.0 (Meyer &amp; Olteanu): 1 = passes.</summary>
    [Theory]
    [InlineData("V", "111000000000000000000000")]
    [InlineData("D", "111000111111111111111111")]
    [InlineData("v", "111000000000111111000000")]
    [InlineData("d", "111000111111111111000000")]
    [InlineData("dV", "111000000111000000000000")]
    [InlineData("Dv", "111000000111111111111111")]
    [InlineData("dv", "111000000111111111000000")]
    public void Assign_LargePerformanceDifferences_MeetMcda(string rule, string expected)
    {
        double[][] alternatives =
        [
            [10, 10, 9], [10, 9, 10], [9, 10, 10], [9, 9, 10], [9, 10, 9], [10, 9, 9], [10, 10, 7], [10, 7, 10], [7, 10, 10], [9, 9, 17],
            [9, 17, 9], [17, 9, 9], [7, 10, 17], [10, 17, 7], [17, 7, 10], [7, 17, 10], [17, 10, 7], [10, 7, 17], [7, 9, 17], [9, 17, 7],
            [17, 7, 9], [7, 17, 9], [17, 9, 7], [9, 7, 17],
        ];
        var sort = new MrSort(
            new[,] { { 10.0, 10, 10 } }, [1, 1, 1], AllMaximise.AsSpan(0, 3), 1.5,
            new[,] { { 7.0, 7, 7 } }, new[,] { { 17.0, 17, 17 } }, RulesByMcdaName[rule]);
        Assert.Equal(expected, string.Concat(alternatives.Select(a => sort.Assign(a))));
    }

    /// <summary>With bare sums, as MCDA takes them, all 20 columns of all 300 cities are MCDA's.</summary>
    [Fact]
    public void Assign_Cities_MeetMcdaInEveryColumn()
    {
        var checkedColumns = 0;
        foreach (var (column, majority, rule) in Columns())
        {
            var sort = Cities(majority, rule, tolerance: 0);
            Assert.All(Rows, row => Assert.Equal(row[column], $"S{sort.Assign(Performances(row)) + 1}"));
            checkedColumns++;
        }
        Assert.Equal(20, checkedColumns);
    }

    /// <summary>With the tolerance, each city is where exact arithmetic puts it; MCDA's rounding misplaces 34 at λ = 0.75.</summary>
    [Fact]
    public void Assign_CoalitionExactlyAtMajority_CountsAsMajority()
    {
        foreach (var (column, majority, rule) in Columns().Where(c => c.Column.StartsWith("majority", StringComparison.Ordinal)))
        {
            var sort = Cities(majority, rule, tolerance: 1e-9);
            var percent = Array.ConvertAll(Weights, w => Math.Round(100 * w));
            var exact = new MrSort(Table("profiles"), percent, AllMaximise, Math.Round(100 * majority), Table("vetoes"), rule: rule);
            Assert.All(Rows, row => Assert.Equal(exact.Assign(Performances(row)), sort.Assign(Performances(row))));
            Assert.Equal(majority == 0.75 ? 34 : 0, Rows.Count(row => row[column] != $"S{sort.Assign(Performances(row)) + 1}"));
        }
    }

    [Fact]
    public void Construct_IllegalTables_Throws()
    {
        static void Throws(string name, double[,] profiles, double majority = 1, double[,]? vetoes = null, double[,]? dictators = null) =>
            Assert.Throws<ArgumentException>(
                name, () => new MrSort(profiles, [1, 1], AllMaximise.AsSpan(0, 2), majority, vetoes, dictators));
        Throws("profiles", new[,] { { 5.0 } });
        Throws("profiles", new[,] { { 5.0, 5 }, { 4, 6 } });
        Throws("profiles", new[,] { { 5.0, double.NaN } });
        Throws("majority", new[,] { { 5.0, 5 } }, majority: 3);
        Throws("vetoes", new[,] { { 5.0, 5 } }, vetoes: new[,] { { 5, double.NaN } });
        Throws("dictators", new[,] { { 5.0, 5 } }, dictators: new[,] { { 4, double.NaN } });
        Throws("dictators", new[,] { { 5.0, 5 } }, dictators: new[,] { { 6.0 } });
    }

    [Fact]
    public void LevelMrSort_RandomRules_AgreesWithMrSortAndIsMonotone()
    {
        var random = new Xoshiro256(11);
        for (var round = 0; round < 500; round++)
        {
            int n = 1 + random.NextInt32(6), boundaries = 1 + random.NextInt32(3);
            var (profiles, vetoes) = (new int[boundaries, n], new int[boundaries, n]);
            for (var b = 0; b < boundaries; b++)
                for (var e = 0; e < n; e++)
                {
                    var least = b == 0 ? 0 : profiles[b - 1, e];
                    profiles[b, e] = least + random.NextInt32(5 - least);
                    vetoes[b, e] = random.NextInt32(profiles[b, e] + 1) - 1;
                }
            var weights = Enumerable.Range(0, n).Select(_ => 1.0 + random.NextInt32(4)).ToArray();
            var sum = weights.Sum();
            weights = Array.ConvertAll(weights, w => w / sum);
            var rule = new LevelMrSort(5, profiles, (1 + random.NextInt32(10)) / 10.0, vetoes);
            var levels = Enumerable.Range(0, n).Select(_ => random.NextInt32(5)).ToArray();

            var stage = rule.Stage(levels, weights);
            Assert.Equal(rule.Explain(levels, weights).TakeWhile(o => o.Passes).Count(), stage);
            for (var e = 0; e < n; e++)
                if (levels[e] < 4)
                {
                    levels[e]++;
                    Assert.True(rule.Stage(levels, weights) >= stage);
                    levels[e]--;
                }
        }
    }

    [Fact]
    public void LevelMrSort_IllegalTables_Throws()
    {
        Assert.Throws<ArgumentException>("profiles", () => new LevelMrSort(5, new[,] { { 5 } }, 0.5));
        Assert.Throws<ArgumentException>("profiles", () => new LevelMrSort(5, new[,] { { 3 }, { 2 } }, 0.5));
        Assert.Throws<ArgumentException>("majority", () => new LevelMrSort(5, new[,] { { 3 } }, 1.1));
        Assert.Throws<ArgumentException>("vetoes", () => new LevelMrSort(5, new[,] { { 3 } }, 0.5, new[,] { { 3 } }));
        Assert.Throws<ArgumentException>("levels", () => new LevelMrSort(5, new[,] { { 3 } }, 0.5).Stage([5], [1]));
        Assert.Throws<ArgumentException>("weights", () => new LevelMrSort(5, new[,] { { 3 } }, 0.5).Stage([4], [0.9]));
    }

    private static List<Dictionary<string, string>> Rows => field ??= ReferenceData.Csv("stages/mrsort_cities300.csv");

    private static double[] Weights => field ??=
        [.. ReferenceData.Csv("stages/mrsort_weights.csv").Select(r => ReferenceData.Number(r["weight"]))];

    private static IEnumerable<(string Column, double Majority, MajorityRule Rule)> Columns() => Rows[0].Keys.Skip(7).Select(column =>
    {
        var parts = column.Split('_');
        return parts[0] == "LPD"
            ? (column, 0.7, RulesByMcdaName[parts[1]])
            : (column, ReferenceData.Number(parts[1]), parts.Length > 2 ? MajorityRule.Veto : MajorityRule.Majority);
    });

    private static MrSort Cities(double majority, MajorityRule rule, double tolerance) =>
        new(Table("profiles"), Weights, AllMaximise, majority, Table("vetoes"), Table("dictators"), rule) { Tolerance = tolerance };

    /// <summary>The boundary rows S2 … S5 of a reference table, lowest first.</summary>
    private static double[,] Table(string name)
    {
        var rows = ReferenceData.Csv($"stages/mrsort_{name}.csv").Where(r => r[""] != "S1")
            .OrderBy(r => r[""], StringComparer.Ordinal).Select(Performances).ToArray();
        var table = new double[rows.Length, 6];
        for (var b = 0; b < rows.Length; b++)
            for (var j = 0; j < 6; j++) table[b, j] = rows[b][j];
        return table;
    }

    private static double[] Performances(Dictionary<string, string> row) =>
        [.. Enumerable.Range(1, 6).Select(d => ReferenceData.Number(row[$"D{d}"]))];
}
