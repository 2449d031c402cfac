namespace Michi.Assessment.Rounds;

/// <summary>A figure of agreement with the class its words go by (<c>rounds.{Id}.{Class}</c>).</summary>
/// <param name="Value">NaN where it cannot be computed; then the class says why.</param>
/// <param name="Earlier">The figure of the round before; NaN where there is none.</param>
/// <param name="IsWide">True where the interval reaches into a class below that of the value.</param>
/// <param name="Chance">P of so much agreement by chance, where it is 0.05 or more.</param>
/// <remarks>
/// Classes: α as in Krippendorff (2018), section 12.4 (0.800 reliable, 0.667 tentative); W after Schmidt (1997), Decision Sciences 28:763 (0.7 strong,
/// 0.5 moderate, 0.3 weak); ICC after Koo &amp; Li (2016), J. Chiropractic Medicine 15:155 (0.90 excellent, 0.75 good, 0.50 moderate).
/// </remarks>
internal sealed record AgreementFigure(string Id, double Value, double Lower, double Upper, double Earlier, string Class, bool IsWide, double? Chance)
{
    /// <summary>True where it rests on the elements alone that everyone gave a level.</summary>
    public bool RestsOnComplete => Id != "alpha" && double.IsFinite(Value);

    public static IReadOnlyList<AgreementFigure> Of(RoundAgreement now, RoundAgreement? earlier)
    {
        var few = now.Raters < 2 || now.Complete < 2;
        return
        [
            Figure("alpha", now.Alpha.Alpha, now.AlphaInterval.Lower, now.AlphaInterval.Upper, earlier?.Alpha.Alpha, now.Alpha.PairableValues == 0,
                [("high", 0.8), ("fair", 0.667), ("low", double.Epsilon), ("none", double.NegativeInfinity)]),
            Figure("w", now.W.W, now.WInterval.Lower, now.WInterval.Upper, earlier?.W.W, few, [("strong", 0.7), ("moderate", 0.5), ("weak", 0.3), ("none", double.NegativeInfinity)])
                with { Chance = now.W.PValue >= 0.05 ? now.W.PValue : null },
            Figure("icc", now.Icc.Value, now.Icc.Lower, now.Icc.Upper, earlier?.Icc.Value, few, [("excellent", 0.9), ("good", 0.75), ("moderate", 0.5), ("poor", double.NegativeInfinity)]),
        ];
    }

    private static AgreementFigure Figure(string id, double value, double lower, double upper, double? earlier, bool few, (string Name, double From)[] classes)
    {
        if (!double.IsFinite(value)) return new(id, double.NaN, double.NaN, double.NaN, earlier ?? double.NaN, few ? "few" : "same", false, null);
        // The interval of an ICC can leave its range where people are few: then it is none.
        if (id == "icc" && !(lower <= value && value <= upper && upper <= 1)) (lower, upper) = (double.NaN, double.NaN);
        var own = classes.First(c => value >= c.From);
        return new(id, value, lower, upper, earlier ?? double.NaN, own.Name, lower < own.From, null);
    }
}
