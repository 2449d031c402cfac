using Michi.Analytics.Distributions;

namespace Michi.Analytics.Agreement;

/// <summary>One intraclass correlation with its test and interval.</summary>
/// <param name="Value">At most 1; may be negative. NaN where it is undefined (no variation).</param>
/// <param name="F">Ratio of mean squares that tests a population value of 0; infinite where the residual is 0.</param>
/// <param name="NumeratorDf">Degrees of freedom of the numerator of <paramref name="F"/>.</param>
/// <param name="DenominatorDf">Degrees of freedom of its denominator.</param>
/// <param name="PValue">P of a ratio above <paramref name="F"/> if the population value is 0.</param>
/// <param name="Lower">Lower confidence limit.</param>
/// <param name="Upper">Upper confidence limit.</param>
public readonly record struct IccEstimate(
    double Value, double F, double NumeratorDf, double DenominatorDf, double PValue, double Lower, double Upper);

/// <summary>The six intraclass correlations of Shrout &amp; Fleiss, named as there; k = mean of the k raters.</summary>
/// <param name="Icc11">Each unit has its own raters; one rating.</param>
/// <param name="Icc21">The same raters, a sample of all raters; absolute agreement of one rating.</param>
/// <param name="Icc31">The same raters, no others of interest; consistency of one rating.</param>
/// <param name="Icc1k">As <paramref name="Icc11"/>, mean rating.</param>
/// <param name="Icc2k">As <paramref name="Icc21"/>, mean rating: how reliable a panel's mean is as a measure of the unit.</param>
/// <param name="Icc3k">As <paramref name="Icc31"/>, mean rating.</param>
/// <param name="Units">Units that every rater rated; only these count.</param>
/// <param name="Raters">Number of raters, k.</param>
public sealed record IntraclassCorrelations(
    IccEstimate Icc11, IccEstimate Icc21, IccEstimate Icc31, IccEstimate Icc1k, IccEstimate Icc2k, IccEstimate Icc3k,
    int Units, int Raters);

/// <summary>Reliability of ratings on an interval scale (intraclass correlation).</summary>
/// <remarks>
/// Source: Shrout &amp; Fleiss (1979), Psychological Bulletin 86:420; values p. 423, F tests and intervals pp. 424-426, the interval of
/// ICC(2,k) by Spearman-Brown from that of ICC(2,1). Symbols: BMS, WMS, JMS, EMS mean squares between units, within units, between raters
/// (judges), residual. Time O(n·k). Units with a missing rating are left out.
/// </remarks>
public static class IntraclassCorrelation
{
    /// <param name="ratings">Units × raters, interval scale; NaN = missing.</param>
    /// <param name="confidence">Confidence level of the intervals, 0 to 1 excluded.</param>
    /// <returns>All NaN with fewer than 2 complete units or 2 raters.</returns>
    /// <exception cref="ArgumentException">A rating is infinite, or the confidence level is out of range.</exception>
    public static IntraclassCorrelations Compute(double[,] ratings, double confidence = 0.95)
    {
        if (!(confidence > 0 && confidence < 1))
            throw new ArgumentException("Expected a level between 0 and 1, both excluded.", nameof(confidence));
        var units = CompleteUnits.Of(ratings);
        int n = units.Length, k = ratings.GetLength(1);
        if (n < 2 || k < 2)
        {
            var none = new IccEstimate(double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN);
            return new(none, none, none, none, none, none, n, k);
        }

        var unitMeans = Array.ConvertAll(units, row => row.Average());
        var raterMeans = Enumerable.Range(0, k).Select(r => units.Average(row => row[r])).ToArray();
        var mean = unitMeans.Average();
        double between = k * unitMeans.Sum(m => (m - mean) * (m - mean)), judges = n * raterMeans.Sum(m => (m - mean) * (m - mean));
        double within = 0, residual = 0;
        for (var u = 0; u < n; u++)
            for (var r = 0; r < k; r++)
            {
                within += Math.Pow(units[u][r] - unitMeans[u], 2);
                residual += Math.Pow(units[u][r] - unitMeans[u] - raterMeans[r] + mean, 2);
            }

        double dfBetween = n - 1, dfWithin = n * (k - 1.0), dfResidual = (n - 1) * (k - 1.0);
        double bms = between / dfBetween, wms = within / dfWithin, jms = judges / (k - 1), ems = residual / dfResidual;
        var tail = (1 + confidence) / 2;

        var (icc11, icc1k) = Consistency(wms, dfWithin);
        var (icc31, icc3k) = Consistency(ems, dfResidual);
        var (icc21, icc2k) = AbsoluteAgreement();
        return new(icc11, icc21, icc31, icc1k, icc2k, icc3k, n, k);

        // ICC(1,·) with the mean square within units, ICC(3,·) with the residual: both are functions of BMS/error alone.
        (IccEstimate Single, IccEstimate Mean) Consistency(double error, double dfError)
        {
            double f = bms / error, p = FDistribution.Survival(f, dfBetween, dfError);
            var low = bms / FDistribution.Quantile(tail, dfBetween, dfError);
            var high = bms * FDistribution.Quantile(tail, dfError, dfBetween);
            return (new(Single(bms), f, dfBetween, dfError, p, Single(low), Single(high)),
                new(Mean(bms), f, dfBetween, dfError, p, Mean(low), Mean(high)));

            double Single(double b) => (b - error) / (b + (k - 1) * error);
            double Mean(double b) => (b - error) / b;
        }

        (IccEstimate Single, IccEstimate Mean) AbsoluteAgreement()
        {
            var rho = (bms - ems) / (bms + (k - 1) * ems + k * (jms - ems) / n);
            double a = k * rho * jms, b = (n * (1 + (k - 1) * rho) - k * rho) * ems;
            // The degrees of freedom v of Shrout & Fleiss with numerator and denominator times EMS², so that EMS = 0 is no special case.
            var v = a == 0 && b == 0 ? dfResidual : dfResidual * (a + b) * (a + b) / ((n - 1) * a * a + b * b);
            double fLow = FDistribution.Quantile(tail, dfBetween, v), fHigh = FDistribution.Quantile(tail, v, dfBetween);
            var noise = k * jms + ((double)k * n - k - n) * ems;
            double low = n * (bms - fLow * ems) / (fLow * noise + n * bms), high = n * (fHigh * bms - ems) / (noise + n * fHigh * bms);

            double f = bms / ems, p = FDistribution.Survival(f, dfBetween, dfResidual);
            return (new(rho, f, dfBetween, dfResidual, p, low, high),
                new((bms - ems) / (bms + (jms - ems) / n), f, dfBetween, dfResidual, p, SpearmanBrown(low), SpearmanBrown(high)));
        }

        double SpearmanBrown(double r) => k * r / (1 + (k - 1) * r);
    }
}
