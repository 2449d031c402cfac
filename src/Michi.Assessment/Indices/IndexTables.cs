using System.Globalization;
using Michi.Analytics.Indices;
using Michi.Platform.Languages;
using Michi.Platform.Tables;

namespace Michi.Assessment.Indices;

/// <summary>The tables of an index, the same on its page and as files.</summary>
internal sealed class IndexTables(BuiltIndex index, Words t)
{
    /// <summary>Names of the tables there are.</summary>
    public static readonly string[] All = ["ranking", "sensitivity", "correlations", "weights", "statistics", "unit"];

    // JRC, 10 Step Guide to composite indicators: below, an element adds little to its group; above, it says the same again.
    private const double Weak = 0.3, Redundant = 0.92;

    public string NameOf(KpiElement element) => element.NameIn(t.Language);

    /// <summary>A table by its name; null where there is none.</summary>
    /// <param name="unit">Position of the place the table is about, for those about one.</param>
    public Table? Of(string name, int? unit) => name switch
    {
        "ranking" => Places(), "sensitivity" => Sensitivity(), "correlations" => Correlations(), "weights" => Weights(), "statistics" => Statistics(),
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
        }));
    }

    public Table Sensitivity() => Made("sensitivity", ["choice", "first", "first-margin", "total", "total-margin"], [],
        index.Doubt?.Sensitivity.Inputs.Select(i => (IReadOnlyList<TableCell>)
            [t[$"indices.choice.{i.Name}"], Known(i.FirstOrder), Known(i.FirstOrderMargin), Known(i.Total), Known(i.TotalMargin)]) ?? []);

    /// <summary>How each element goes with its group and with the index.</summary>
    public Table Correlations()
    {
        var scores = index.Result.Scores;
        return Made("correlations", ["element", "group", "pearson-group", "spearman-group", "pearson-index", "spearman-index", "note"], [],
            index.Table.Elements.Where(e => e.Parent is not null).Select(e =>
            {
                ReadOnlySpan<double> x = scores.Column(e.Code), group = scores.Column(e.Parent!), top = scores.Column(index.Top.Code);
                var with = Correlation.Pearson(x, group);
                var note = with < 0 ? "negative" : with < Weak ? "weak" : with > Redundant && index.Table.Elements.Count(o => o.Parent == e.Parent) > 2 ? "redundant" : null;
                return (IReadOnlyList<TableCell>)
                [
                    NameOf(e), NameOf(index.Table.Elements.First(g => g.Code == e.Parent)), Known(with), Known(Correlation.Spearman(x, group)), Known(Correlation.Pearson(x, top)),
                    Known(Correlation.Spearman(x, top)), note is null ? null : t[$"indices.correlation.{note}"],
                ];
            }));
    }

    /// <summary>The share of each element in the index, and what leaving out a part would do.</summary>
    public Table Weights()
    {
        var definition = index.Result.Definition;
        var effective = IndexAnalysis.EffectiveWeights(definition);
        var without = IndexAnalysis.RemoveElements(index.Result, index.Top.Level - 1).ToDictionary(r => r.Removed, r => r.MeanAbsoluteRankChange);
        return Made("weights", ["element", "level", "group", "weight", "effective", "without"], [], index.Table.Elements.Select((e, i) => (Element: e, Position: i)).OrderByDescending(e => e.Element.Level)
            .Select(e => (IReadOnlyList<TableCell>)
            [
                NameOf(e.Element), e.Element.Level, index.Table.Elements.FirstOrDefault(g => g.Code == e.Element.Parent) is { } group ? NameOf(group) : null,
                e.Element.Parent is null ? TableCell.Empty : Known(definition.Weights[e.Position]), Known(100 * effective[e.Position]), Known(without.GetValueOrDefault(e.Element.Code, double.NaN)),
            ]));
    }

    /// <summary>What the figures look like and what was done to outliers.</summary>
    public Table Statistics()
    {
        var notes = index.Result.Treatments.ToDictionary(n => n.Code, n => n.Treatment);
        var places = index.Table.Places.Count;
        return Made("statistics", ["element", "unit", "count", "missing", "min", "mean", "median", "max", "skewness", "kurtosis", "treatment"], [],
            ColumnStatistics.Of(index.Result.Denominated).Zip(index.Table.Indicators).Select(c => (IReadOnlyList<TableCell>)
            [
                NameOf(c.Second), UnitOf(c.Second), c.First.Available, places - c.First.Available, Known(c.First.Min), Known(c.First.Mean), Known(c.First.Median), Known(c.First.Max),
                Known(c.First.Skewness), Known(c.First.Kurtosis), c.First.Unique < 2 ? t["indices.treatment-note.no-spread"] : Treatment(notes.GetValueOrDefault(c.Second.Code)),
            ]));
    }

    /// <summary>Where a place ranks in each indicator, best first; what is missing last.</summary>
    public Table Unit(int unit) => Made("unit", ["element", "rank", "value", "unit"], [], index.Table.Indicators.Select(e =>
    {
        var values = index.Result.Denominated.Column(e.Code);
        var rank = (e.MoreIsBetter ? Ranking.Descending(values) : Ranking.Ascending(values))[unit];
        return (Rank: rank > 0 ? rank : int.MaxValue, Cells: (IReadOnlyList<TableCell>)[NameOf(e), rank > 0 ? rank : TableCell.Empty, Known(values[unit]), UnitOf(e)]);
    }).OrderBy(r => r.Rank).Select(r => r.Cells));

    /// <summary>The indicators in which a place stands out, with its own figures: what was filled in is nobody's strength.</summary>
    public (IReadOnlyList<StandOut> Strengths, IReadOnlyList<StandOut> Weaknesses) Standing(int unit) =>
        IndexAnalysis.StrengthsAndWeaknesses(index.Result, unit, Math.Clamp(index.Table.Indicators.Count() / 2, 1, 5), index.Result.Denominated);

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

    /// <summary>A number with four digits or so, for reading.</summary>
    public static string Figure(double value, CultureInfo culture) => value.ToString(Math.Abs(value) switch
    {
        0 => "0", >= 1000 => "#,0", >= 100 => "0.0", >= 1 => "0.00", _ => Math.Floor(value) == value ? "0" : "0.000",
    }, culture);
}
