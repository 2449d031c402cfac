using System.Globalization;
using Michi.Analytics.Indices;
using Michi.Platform.Languages;
using Michi.Platform.Tables;

namespace Michi.Assessment.Indices;

/// <summary>The tables of an index, the same on its page and as files.</summary>
internal sealed class IndexTables(BuiltIndex index, Words t)
{
    /// <summary>Names of the tables there are.</summary>
    public static readonly string[] All = ["ranking", "sensitivity", "correlations", "weights", "removals", "statistics", "unit"];

    // JRC, 10 Step Guide to composite indicators: below, an element adds little to its group; above, it says the same again.
    private const double Weak = 0.3, Redundant = 0.92;

    public string NameOf(KpiElement element) => element.NameIn(t.Language);

    /// <summary>A table by its name; null where there is none.</summary>
    /// <param name="unit">Position of the place the table is about, for those about one.</param>
    public Table? Of(string name, int? unit) => name switch
    {
        "ranking" => Places(), "sensitivity" => Sensitivity(), "correlations" => Correlations(), "weights" => Weights(), "removals" => Removals(), "statistics" => Statistics(),
        "unit" when unit is { } u => Unit(u), _ => null,
    };

    /// <summary>Every place by rank with every score; as a file only, for it may be long and wide.</summary>
    public Table Places()
    {
        var aggregates = index.Table.Elements.Where(e => e.Level > 1).OrderByDescending(e => e.Level).ToList();
        return Made("ranking", ["rank", "code", "place", "median", "low", "high", "available"], aggregates.Select(NameOf), index.Order.Select(u =>
        {
            var (rank, place) = (index.Result.IndexRanks[u], index.Table.Places[u]);
            var ranks = rank > 0 ? index.Doubt?.Ranks.Statistics[u] : null;
            return (IReadOnlyList<TableCell>)
            [
                rank > 0 ? rank : TableCell.Empty, place.Code, place.Name, Known(ranks?.Median), Known(ranks?.Q5), Known(ranks?.Q95), Known(index.Result.Availability[u].Available),
                .. aggregates.Select(e => Known(index.Result.Scores.Column(e.Code)[u])),
            ];
        }).Concat(index.Empty.Select(p => (IReadOnlyList<TableCell>)[TableCell.Empty, p.Code, p.Name, TableCell.Empty, TableCell.Empty, TableCell.Empty, 0])));
    }

    public Table Sensitivity() => Made("sensitivity", ["choice", "first", "first-margin", "total", "total-margin"], [],
        index.Doubt?.Sensitivity.Inputs.Select(i => (IReadOnlyList<TableCell>)
            [t[$"indices.choice.{i.Name}"], Known(i.FirstOrder), Known(i.FirstOrderMargin), Known(i.Total), Known(i.TotalMargin)]) ?? []);

    /// <summary>How each element goes with its group and with the index.</summary>
    public Table Correlations() => Made("correlations", ["element", "group", "note", "group-pearson", "group-spearman", "index-pearson", "index-spearman"], [], index.Fits.Select(f =>
    {
        var note = f.Group < 0 ? "negative" : f.Group < Weak ? "weak" : f.Group > Redundant && index.Table.Elements.Count(o => o.Parent == f.Element.Parent) > 2 ? "redundant" : null;
        return (IReadOnlyList<TableCell>)
            [NameOf(f.Element), GroupOf(f.Element), note is null ? null : t[$"indices.correlation.{note}"], Known(f.Group), Known(f.GroupByRank), Known(f.Index), Known(f.IndexByRank)];
    }));

    /// <summary>The share of each element in the index.</summary>
    public Table Weights()
    {
        var definition = index.Result.Definition;
        var effective = IndexAnalysis.EffectiveWeights(definition);
        return Made("weights", ["element", "group", "level", "weight", "effective"], [], index.Table.Elements.Select((e, i) => (Element: e, Position: i)).Where(e => e.Element.Parent is not null)
            .OrderByDescending(e => e.Element.Level)
            .Select(e => (IReadOnlyList<TableCell>)[NameOf(e.Element), GroupOf(e.Element), e.Element.Level, Known(definition.Weights[e.Position]), Known(100 * effective[e.Position])]));
    }

    /// <summary>What leaving out a part would do to the ranks.</summary>
    public Table Removals() => Made("removals", ["element", "without"], [], index.Parts.Select(e => (IReadOnlyList<TableCell>)[NameOf(e), Known(index.Removals[e.Code])]));

    /// <summary>What the figures look like and what was done to outliers.</summary>
    public Table Statistics()
    {
        var notes = index.Result.Treatments.ToDictionary(n => n.Code, n => n.Treatment);
        var places = index.Table.Places.Count;
        return Made("statistics", ["element", "unit", "treatment", "count", "missing", "min", "mean", "middle", "max", "skewness", "kurtosis"], [],
            ColumnStatistics.Of(index.Result.Denominated).Zip(index.Table.Indicators).Select(c => (IReadOnlyList<TableCell>)
            [
                NameOf(c.Second), UnitOf(c.Second), c.First.Unique < 2 ? t["indices.treatment-note.no-spread"] : Treatment(notes.GetValueOrDefault(c.Second.Code)),
                c.First.Available, places - c.First.Available, Known(c.First.Min), Known(c.First.Mean), Known(c.First.Median), Known(c.First.Max), Known(c.First.Skewness), Known(c.First.Kurtosis),
            ]));
    }

    /// <summary>Where a place ranks in each indicator, best first; what is missing last.</summary>
    public Table Unit(int unit) => Made("unit", ["element", "rank", "value", "unit"], [], index.Table.Indicators.Select(e =>
    {
        var values = index.Result.Denominated.Column(e.Code);
        var rank = (e.MoreIsBetter ? Ranking.Descending(values) : Ranking.Ascending(values))[unit];
        return (Rank: rank > 0 ? rank : int.MaxValue, Cells: (IReadOnlyList<TableCell>)[NameOf(e), rank > 0 ? rank : TableCell.Empty, Known(values[unit]), UnitOf(e)]);
    }).OrderBy(r => r.Rank).Select(r => r.Cells));

    /// <summary>The indicators in which a place stands out, in the better and in the worse half of the places, the farthest first.</summary>
    /// <remarks>By its own figures: what was filled in is nobody's strength.</remarks>
    public (IReadOnlyList<StandOut> Strengths, IReadOnlyList<StandOut> Weaknesses) Standing(int unit)
    {
        var (strengths, weaknesses) = IndexAnalysis.StrengthsAndWeaknesses(index.Result, unit, table: index.Result.Denominated);
        var middle = (index.Table.Places.Count + 1) / 2.0;
        return ([.. strengths.Where(s => s.Rank < middle)], [.. weaknesses.Where(s => s.Rank > middle).Reverse()]);
    }

    /// <summary>The unit of an indicator, with what it is divided by.</summary>
    public string? UnitOf(KpiElement element) => element.Denominator is null ? element.Unit
        : string.IsNullOrEmpty(element.Unit) ? t["indices.per", element.Denominator] : t["indices.unit-per", element.Unit, element.Denominator];

    private string Treatment(TreatedColumn? treated) => treated switch
    {
        null => t["indices.treatment-note.none"],
        { Transformation: not null } => t["indices.treatment-note.log"],
        { Winsorised.Count: > 0 } => t.Count("indices.treatment-note.winsorised", treated.Winsorised.Count),
        { Before.Passes: true } => t["indices.treatment-note.fits"],
        _ => t["indices.treatment-note.left"],
    };

    private Table Made(string name, string[] columns, IEnumerable<string> more, IEnumerable<IReadOnlyList<TableCell>> rows) =>
        new(t[$"indices.table.{name}"], [.. columns.Select(c => t[$"indices.column.{c}"]).Concat(more).Select((header, i) => new TableColumn(header, i == 0 ? 30 : 16))], rows) { FrozenColumns = 1 };

    private static TableCell Known(double? value) => value is { } number && double.IsFinite(number) ? number : TableCell.Empty;

    private string? GroupOf(KpiElement element) => index.Table.Elements.FirstOrDefault(g => g.Code == element.Parent) is { } group ? NameOf(group) : null;

    /// <summary>A number with three or four digits, for reading.</summary>
    public static string Figure(double value, CultureInfo culture) => value.ToString(Math.Abs(value) switch
    {
        var v when Math.Floor(v) == v && v < 1e12 => "#,0", >= 1000 and < 1e12 => "#,0", >= 100 and < 1000 => "0.0", >= 1 and < 100 => "0.00", >= 0.01 and < 1 => "0.000", _ => "G3",
    }, culture);
}
