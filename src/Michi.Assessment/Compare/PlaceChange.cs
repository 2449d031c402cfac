using Michi.Analytics.Profiles;
using Michi.Approach;
using Michi.Assessment.Evidence;
using Michi.Assessment.Profiles;

namespace Michi.Assessment.Compare;

/// <summary>What can be said of a change.</summary>
internal enum Verdict
{
    /// <summary>P(higher) at least <see cref="PlaceChange.Sure"/>.</summary>
    Rose,
    /// <summary>P(lower) at least <see cref="PlaceChange.Sure"/>.</summary>
    Fell,
    /// <summary>P(higher) at least <see cref="PlaceChange.Likely"/>.</summary>
    PerhapsRose,
    /// <summary>P(lower) at least <see cref="PlaceChange.Likely"/>.</summary>
    PerhapsFell,
    /// <summary>P(same) at least <see cref="PlaceChange.Sure"/>.</summary>
    Stayed,
    /// <summary>What is known is the same as before, and leaves more than one level open.</summary>
    NothingNew,
    /// <summary>Neither a change nor its absence is likely enough.</summary>
    Open,
    /// <summary>Nobody had looked, before or after: a level that became known is not one that changed.</summary>
    NobodyLooked,
}

/// <summary>How one element changed.</summary>
/// <param name="Added">What became known about it between the two.</param>
internal sealed record ElementChange(
    Element Element, Verdict Verdict, LevelShift Shift, ScoreSummary Before, ScoreSummary After, IReadOnlyList<double> LevelsBefore, IReadOnlyList<double> LevelsAfter,
    Basis? BasisBefore, Basis? BasisAfter, IReadOnlyList<PlacedEvidence> Added)
{
    /// <summary>The probability of the likelier direction.</summary>
    public double Certainty => Math.Max(Shift.Higher, Shift.Lower);
}

/// <summary>What changed between two diagnoses of a place, given how uncertain both are.</summary>
/// <remarks>Both are counted by the rule and weights of the later one's pack, or the rule's own change would pass for one of the place.</remarks>
internal sealed record PlaceChange(
    ComparedDiagnosis From, ComparedDiagnosis To, ProfileSummary Before, ProfileSummary After, ProfileShift Shift, IReadOnlyList<ElementChange> Elements,
    IReadOnlyList<PlacedEvidence> Added, IReadOnlyList<PlacedEvidence> Removed)
{
    /// <summary>From here on a change is called real, and likely: "extremely likely" and "likely" of the IPCC's calibrated language.</summary>
    /// <remarks>Mastrandrea et al. (2010), Guidance Note for Lead Authors of the IPCC Fifth Assessment Report, table 1; AR6 uses the same.</remarks>
    public const double Sure = 0.95, Likely = 0.66;

    public const int Seed = 1, Draws = 10_000;

    public ContentPack Pack => To.Pack;

    /// <summary>True where both rest on ratings of one assessment: then the judgement moved, hardly the place.</summary>
    public bool IsOfOneAssessment => From.Choice.Assessment is { } rated && rated.Id == To.Choice.Assessment?.Id;

    /// <summary>True where ratings stand on one side only: then more is known, which is not that the place changed.</summary>
    public bool IsOfKnowledge => From.RatedElements == 0 != (To.RatedElements == 0);

    /// <summary>The elements called really changed.</summary>
    public IReadOnlyList<ElementChange> Real => [.. Elements.Where(e => e.Verdict is Verdict.Rose or Verdict.Fell)];

    /// <summary>How many of these did not change, on average: the sum of the probabilities left over (posterior expected number of false discoveries).</summary>
    public double ExpectedErrors => Real.Sum(e => 1 - e.Certainty);

    /// <returns>Null where the two are not about the same elements.</returns>
    public static PlaceChange? Of(ComparedDiagnosis from, ComparedDiagnosis to, CancellationToken cancel)
    {
        var pack = to.Pack;
        if (from.Pack.Elements.Count != pack.Elements.Count || pack.Elements.Any(e => from.Pack.Element(e.Id) is null)) return null;
        // The same elements, in the later pack's order.
        var order = pack.Elements.Select(e => from.Pack.Element(e.Id)!.Index).ToList();
        var table = new double[order.Count, ContentPack.Levels];
        for (var e = 0; e < order.Count; e++)
            for (var level = 0; level < ContentPack.Levels; level++) table[e, level] = from.Levels[order[e]][level];
        var (before, after) = (new LevelDistributions(table), to.Levels);

        var (weights, rule) = (Diagnosis.WeightsOf(pack), Diagnosis.RuleOf(pack));
        var then = ProfileSimulation.Run(before, weights, rule, Seed, Draws, cancel);
        var later = ProfileSimulation.Run(after, weights, rule, Seed, Draws, cancel);
        var shifts = ProfileChange.Between(before, after);
        var (known, still) = (from.Evidence.Select(e => e.Item.Id).ToHashSet(), to.Evidence.Select(e => e.Item.Id).ToHashSet());
        var added = to.Evidence.Where(e => !known.Contains(e.Item.Id)).ToList();
        var elements = pack.Elements.Select(element =>
        {
            var i = element.Index;
            var (basisBefore, basisAfter) = (from.Bases[order[i]], to.Bases[i]);
            double[] levelsBefore = before[i].ToArray(), levelsAfter = after[i].ToArray();
            var isSame = levelsBefore.Zip(levelsAfter).All(p => Math.Abs(p.First - p.Second) < 1e-12);
            return new ElementChange(element, VerdictOf(shifts[i], basisBefore == Basis.Nothing || basisAfter == Basis.Nothing, isSame), shifts[i], then.Elements[i], later.Elements[i],
                levelsBefore, levelsAfter, basisBefore, basisAfter, [.. added.Where(e => e.Item.Links.Any(l => l.Element == element.Id))]);
        }).ToList();
        return new(from, to, then, later, ProfileChange.Simulate(before, after, weights, rule, Seed, Draws, cancel),
            [.. elements.OrderBy(e => e.Verdict == Verdict.NobodyLooked).ThenByDescending(e => Math.Round(e.Certainty, 9)).ThenByDescending(e => Math.Abs(e.Shift.ExpectedChange)).ThenBy(e => e.Element.Index)],
            added, [.. from.Evidence.Where(e => !still.Contains(e.Item.Id))]);
    }

    /// <param name="isUnseen">Whether nobody had looked, before or after.</param>
    /// <param name="isSame">Whether exactly the same is believed before and after.</param>
    public static Verdict VerdictOf(LevelShift shift, bool isUnseen, bool isSame) =>
        isUnseen ? Verdict.NobodyLooked
        : shift.Higher >= Sure ? Verdict.Rose
        : shift.Lower >= Sure ? Verdict.Fell
        : shift.Same >= Sure ? Verdict.Stayed
        : isSame ? Verdict.NothingNew
        : shift.Higher >= Likely ? Verdict.PerhapsRose
        : shift.Lower >= Likely ? Verdict.PerhapsFell
        : Verdict.Open;
}
