using Michi.Analytics.Agreement;
using Michi.Approach;

namespace Michi.Assessment.Rounds;

/// <summary>How far the assessors of a closed round agree.</summary>
/// <param name="Raters">Assessors who gave at least one level.</param>
/// <param name="Complete">Elements that every one of them gave a level; only these count for W and ICC.</param>
/// <param name="Icc">ICC(2,k): how reliable the mean of these assessors is.</param>
internal sealed record RoundAgreement(
    int Raters, int Complete, KrippendorffAlphaResult Alpha, BootstrapInterval AlphaInterval, KendallWResult W, BootstrapInterval WInterval, IccEstimate Icc)
{
    /// <summary>Seed of the resampling, so that an interval can be computed again.</summary>
    public const ulong Seed = 1;

    public static RoundAgreement Of(double[,] levels, CancellationToken cancel = default)
    {
        var all = IntraclassCorrelation.Compute(levels);
        // Where people differ more on one element than the elements differ from each other, the formula leaves its range and says nothing.
        var icc = all.Icc2k.Value <= 1 ? all.Icc2k : all.Icc2k with { Value = double.NaN, Lower = double.NaN, Upper = double.NaN };
        return new(all.Raters, all.Units, KrippendorffAlpha.Compute(levels, MeasurementLevel.Ordinal),
            KrippendorffAlpha.Interval(levels, MeasurementLevel.Ordinal, Seed, cancel: cancel), KendallW.Compute(levels), KendallW.Interval(levels, Seed, cancel: cancel), icc);
    }

    /// <summary>Elements × assessors who gave any level; NaN where one could not tell or did not answer.</summary>
    public static double[,] Levels(ContentPack pack, IReadOnlyCollection<Rating> ratings)
    {
        var assessors = ratings.Where(r => r.Level is not null).Select(r => r.AssessorId).Distinct().Order().ToList();
        var levels = new double[pack.Elements.Count, assessors.Count];
        for (var e = 0; e < pack.Elements.Count; e++)
            for (var a = 0; a < assessors.Count; a++) levels[e, a] = double.NaN;
        foreach (var rating in ratings.Where(r => r.Level is not null))
            if (pack.Element(rating.Element) is { } element) levels[element.Index, assessors.IndexOf(rating.AssessorId)] = rating.Level!.Value;
        return levels;
    }
}
