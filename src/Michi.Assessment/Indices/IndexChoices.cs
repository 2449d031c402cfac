using Michi.Analytics.Indices;

namespace Michi.Assessment.Indices;

/// <summary>Choices that do not go together: the one to change, and the interface text that says how.</summary>
internal sealed record ChoiceConflict(string Choice, string Text, string Argument = "");

/// <summary>The choices by which an index is made from a table, each one of those in <see cref="All"/>; the first of each is the default.</summary>
internal sealed record IndexChoices(
    string Normalisation = "min-max", string Treatment = "winsorise-log", string Imputation = "none", string Aggregation = "arithmetic", string Weights = "given")
{
    public static readonly IReadOnlyDictionary<string, string[]> All = new Dictionary<string, string[]>
    {
        ["normalisation"] = ["min-max", "min-max-1", "rank", "z-score", "target"],
        ["treatment"] = ["winsorise-log", "winsorise", "none"],
        ["imputation"] = ["none", "median", "mean"],
        ["aggregation"] = ["arithmetic", "geometric", "harmonic"],
        ["weights"] = ["given", "equal"],
    };

    public string this[string choice] => choice switch
    {
        "normalisation" => Normalisation,
        "treatment" => Treatment,
        "imputation" => Imputation,
        "aggregation" => Aggregation,
        _ => Weights,
    };

    public IndexChoices With(string choice, string option) => choice switch
    {
        "normalisation" => this with { Normalisation = option },
        "treatment" => this with { Treatment = option },
        "imputation" => this with { Imputation = option },
        "aggregation" => this with { Aggregation = option },
        _ => this with { Weights = option },
    };

    /// <summary>Whether every value on the common scale is above 0, as the geometric and harmonic means need.</summary>
    public bool HasPositiveScale => Normalisation is "min-max-1" or "rank";

    /// <summary>The choices as part of an address.</summary>
    public string Query => string.Join('&', All.Keys.Select(c => $"{c}={this[c]}"));

    /// <summary>A definition with these choices made.</summary>
    public IndexDefinition Apply(IndexDefinition definition, int places)
    {
        foreach (var choice in All.Keys) definition = Apply(definition, choice, this[choice], places);
        return definition;
    }

    /// <summary>A definition with one choice made.</summary>
    public static IndexDefinition Apply(IndexDefinition definition, string choice, string option, int places) => choice switch
    {
        "normalisation" => definition with
        {
            Normalisation = option switch
            {
                "min-max-1" => new MinMax(1, 100),
                "rank" => new Rank(),
                "z-score" => new ZScore(0, 1),
                "target" => new DistanceToTarget(IsCapped: true),
                _ => new MinMax(0, 100),
            },
        },
        "treatment" => definition with
        {
            Treatment = option switch
            {
                "winsorise" => new(WinsorisationLimit(places)) { Transformation = null },
                "none" => null,
                _ => new OutlierTreatment(WinsorisationLimit(places)),
            },
        },
        "imputation" => definition with
        {
            Imputation = option switch { "median" => new(ImputationMethod.Median), "mean" => new(ImputationMethod.Mean), _ => Analytics.Indices.Imputation.None },
        },
        "aggregation" => definition with { Aggregations = [option switch { "geometric" => new Geometric(), "harmonic" => new Harmonic(), _ => new Arithmetic() }] },
        _ => option == "equal" ? definition with { Weights = [.. definition.Elements.Select(_ => 1.0)] } : definition,
    };

    /// <summary>Most values of an indicator that are brought in: five, as the JRC does, but never more than a tenth of the places.</summary>
    public static int WinsorisationLimit(int places) => Math.Clamp(places / 10, 1, 5);

    /// <summary>Why these choices do not go together for a table: null where they do.</summary>
    public ChoiceConflict? Conflict(KpiTable table)
    {
        if (Aggregation != "arithmetic" && !HasPositiveScale) return new("aggregation", "indices.conflict.positive");
        if (Normalisation != "target") return null;
        // A logarithm changes the scale the target is stated on.
        if (Treatment == "winsorise-log") return new("treatment", "indices.conflict.target-log");
        var treated = CompositeIndex.Build(table.ToData(), table.ToDefinition(this with { Normalisation = "min-max", Aggregation = "arithmetic" })).Treated;
        var unfit = table.Indicators.Where(i => !(i.Target is { } target && IsBeyondWorst(treated.Column(i.Code), i.MoreIsBetter ? 1 : -1, target))).Select(i => i.Code).ToList();
        return unfit.Count == 0 ? null : new("normalisation", "indices.conflict.target-missing", string.Join(", ", unfit.Take(10)));
    }
    private static bool IsBeyondWorst(ReadOnlySpan<double> values, int sign, double target)
    {
        var worst = double.NaN;
        foreach (var value in values)
            if (!(sign * value >= worst)) worst = double.IsNaN(value) ? worst : sign * value;
        return sign * target > worst;
    }
}
