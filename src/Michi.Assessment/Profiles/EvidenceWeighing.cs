using System.Globalization;
using Michi.Approach;

namespace Michi.Assessment.Profiles;

/// <summary>A piece of evidence with the weight it counts with.</summary>
/// <param name="AgeClass">Id of the age class of the pack, or <c>undated</c>.</param>
/// <param name="Weight">Product of the pack's weights for kind, quality, age and origin, 0–1.</param>
/// <param name="SharesSourceWith">How many facts about this element come from the same source, itself included: together they count as one.</param>
public sealed record WeighedEvidence(EvidenceInput Input, string AgeClass, double Weight, int SharesSourceWith);

/// <summary>What evidence, ratings and consensus say about the level of an element, by the tables of the content pack.</summary>
/// <remarks>
/// Evidence: p(level) ∝ Π likelihood(says | level)^(weight / facts of the same source), from an even start (a weighted likelihood; the
/// exponents discount weak, old and dependent evidence). Ratings: each is p(level) ∝ spread^|level − rated|, pooled evenly over the
/// assessors (linear opinion pool, Stone 1961), so that disagreement stays visible as width.
/// </remarks>
public static class EvidenceWeighing
{
    /// <summary>Weighs the evidence about one element.</summary>
    public static IReadOnlyList<WeighedEvidence> Weigh(EvidenceTable table, IEnumerable<EvidenceInput> evidence, DateOnly on)
    {
        ArgumentNullException.ThrowIfNull(table);
        var items = evidence.ToList();
        var sharing = items.CountBy(e => e.Source, StringComparer.OrdinalIgnoreCase).ToDictionary(s => s.Key, s => s.Value, StringComparer.OrdinalIgnoreCase);
        return [.. items.Select(e =>
        {
            var age = AgeOf(table, e.Date, on);
            var ageWeight = age == "undated" ? table.Undated : table.Ages.First(a => a.Id == age).Weight;
            var weight = table.Kinds[e.Kind] * table.Qualities[e.Quality] * ageWeight * table.Origins[e.IsInherited ? "inherited" : "own"];
            return new WeighedEvidence(e, age, weight, sharing[e.Source]);
        })];
    }

    /// <summary>Probabilities of the levels from evidence alone; even where there is none.</summary>
    public static double[] LevelsFrom(EvidenceTable table, IReadOnlyList<WeighedEvidence> evidence)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(evidence);
        var log = new double[ContentPack.Levels];
        foreach (var item in evidence)
            for (var level = 0; level < log.Length; level++)
                log[level] += item.Weight / item.SharesSourceWith * Math.Log(table.Says[item.Input.Says][level]);
        var highest = log.Max();
        return Normalised([.. log.Select(l => Math.Exp(l - highest))]);
    }

    /// <summary>Probabilities of the levels from ratings: an even mixture over the assessors who could tell; null where none could.</summary>
    public static double[]? LevelsFrom(EvidenceTable table, IEnumerable<(int Level, string Confidence)> ratings)
    {
        ArgumentNullException.ThrowIfNull(table);
        double[]? pooled = null;
        // In an order of their own: the last digits must not tell, nor depend on, who came first.
        foreach (var (rated, confidence) in ratings.OrderBy(r => r.Level).ThenBy(r => r.Confidence, StringComparer.Ordinal))
        {
            var one = Normalised([.. Enumerable.Range(0, ContentPack.Levels).Select(level => Math.Pow(table.Confidences[confidence], Math.Abs(level - rated)))]);
            pooled ??= new double[ContentPack.Levels];
            for (var level = 0; level < one.Length; level++) pooled[level] += one[level];
        }
        return pooled is null ? null : Normalised(pooled);
    }

    private static string AgeOf(EvidenceTable table, string? date, DateOnly on)
    {
        if (date is null) return "undated";
        // A partial date counts from the end of the period it names: "2023" may be its last day.
        var parts = date.Split('-').Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray();
        var month = parts.Length > 1 ? parts[1] : 12;
        var end = new DateOnly(parts[0], month, parts.Length > 2 ? parts[2] : DateTime.DaysInMonth(parts[0], month));
        var years = Math.Max(0, on.DayNumber - end.DayNumber) / 365.25;
        return table.Ages.First(a => a.UpToYears is null || years <= a.UpToYears).Id;
    }

    private static double[] Normalised(double[] values)
    {
        var sum = values.Sum();
        for (var i = 0; i < values.Length; i++) values[i] /= sum;
        return values;
    }
}
