namespace Michi.Analytics.Agreement;

/// <summary>Scale of measurement of ratings (Stevens 1946); it decides how far apart two ratings are.</summary>
public enum MeasurementLevel
{
    /// <summary>Equal or different.</summary>
    Nominal,

    /// <summary>Ordered; distance by the ratings that lie between.</summary>
    Ordinal,

    /// <summary>Differences count.</summary>
    Interval,

    /// <summary>Proportions count; values ≥ 0.</summary>
    Ratio,
}

/// <summary>Krippendorff's α and where the disagreement comes from.</summary>
/// <param name="Alpha">
/// At most 1 (perfect); 0 = as by chance; negative = systematic disagreement. NaN where it is undefined: no unit has two ratings
/// (<paramref name="PairableValues"/> is 0), or all pairable ratings are equal (<paramref name="ExpectedDisagreement"/> is 0).
/// </param>
/// <param name="PairableValues">Ratings in units that have at least two.</param>
/// <param name="ObservedDisagreement">D_o, in squared units of the scale; 0 = none. NaN without pairable values.</param>
/// <param name="ExpectedDisagreement">D_e, what chance would give. NaN without pairable values.</param>
/// <param name="UnitDisagreement">
/// What each unit, in the order given, adds to D_o (their sum): the largest is where people disagree most. NaN for a unit with fewer
/// than two ratings, which says nothing about agreement.
/// </param>
public sealed record KrippendorffAlphaResult(
    double Alpha, int PairableValues, double ObservedDisagreement, double ExpectedDisagreement, IReadOnlyList<double> UnitDisagreement);

/// <summary>Agreement between any number of raters, with missing ratings (Krippendorff's α).</summary>
/// <remarks>
/// Source: Krippendorff (2018), Content Analysis, 4th ed., chapter 12: α = 1 − D_o/D_e; computed from the values-by-units matrix as in
/// Krippendorff (2011), Computing Krippendorff's Alpha-Reliability. The ordinal metric is the interval metric between mid-ranks.
/// With u units, r raters, c distinct values: time O(u·min(r, c)² + c²), memory O(u·r). Deterministic; no input is changed.
/// </remarks>
public static class KrippendorffAlpha
{
    /// <param name="ratings">Units × raters; NaN = missing. Finite otherwise; for <see cref="MeasurementLevel.Ratio"/> ≥ 0.</param>
    /// <param name="level">Scale of measurement of the ratings.</param>
    /// <exception cref="ArgumentException">A rating is infinite, or negative on the ratio scale.</exception>
    public static KrippendorffAlphaResult Compute(double[,] ratings, MeasurementLevel level)
    {
        var counts = new ValueCounts(ratings, level);
        var contributions = new double[counts.Units];
        var (n, observed, expected) = counts.Disagreement([.. Enumerable.Range(0, counts.Units)], contributions);
        return new(1 - observed / expected, n, observed, expected, contributions);
    }

    /// <summary>Percentile bootstrap interval of α, resampling units with all their ratings.</summary>
    /// <remarks>
    /// Zapf, Castell, Morawietz &amp; Karch (2016), BMC Med. Res. Methodol. 16:93, find that this covers better than the algorithm of
    /// Hayes &amp; Krippendorff (2007), which holds D_e fixed. Replicates without variation are left out.
    /// Time: replicates × <see cref="Compute"/>.
    /// </remarks>
    /// <param name="ratings">As for <see cref="Compute"/>.</param>
    /// <param name="level">Scale of measurement of the ratings.</param>
    /// <param name="seed">Seed of the resampling.</param>
    /// <param name="replicates">Number of resamples, at least 1.</param>
    /// <param name="confidence">Confidence level, 0 to 1 excluded.</param>
    /// <param name="cancel">Stops between replicates.</param>
    public static BootstrapInterval Interval(
        double[,] ratings, MeasurementLevel level, ulong seed, int replicates = 2000, double confidence = 0.95,
        CancellationToken cancel = default)
    {
        var counts = new ValueCounts(ratings, level);
        return Bootstrap.OverUnits(counts.Units, Alpha, seed, replicates, confidence, cancel);

        double Alpha(int[] sample)
        {
            var (_, observed, expected) = counts.Disagreement(sample);
            return 1 - observed / expected;
        }
    }

    /// <summary>How often each distinct value occurs in each unit.</summary>
    private sealed class ValueCounts
    {
        private readonly MeasurementLevel _level;
        private readonly double[] _values;
        private readonly (int Value, int Count)[][] _units;
        private readonly int[] _total;
        private readonly double[] _position;

        public ValueCounts(double[,] ratings, MeasurementLevel level)
        {
            foreach (var rating in ratings)
            {
                if (double.IsInfinity(rating))
                    throw new ArgumentException("Expected finite ratings, or NaN where missing.", nameof(ratings));
                if (level == MeasurementLevel.Ratio && rating < 0)
                    throw new ArgumentException("Expected ratings of at least 0 on the ratio scale.", nameof(ratings));
            }
            _level = level;
            _values = [.. ratings.Cast<double>().Where(r => !double.IsNaN(r)).Distinct().Order()];
            _units = [.. Enumerable.Range(0, ratings.GetLength(0)).Select(u => Enumerable.Range(0, ratings.GetLength(1))
                .Select(r => ratings[u, r]).Where(r => !double.IsNaN(r))
                .GroupBy(r => Array.BinarySearch(_values, r)).Select(g => (g.Key, g.Count())).ToArray())];
            _total = new int[_values.Length];
            _position = new double[_values.Length];
        }

        public int Units => _units.Length;

        public (int Values, double Observed, double Expected) Disagreement(int[] units, double[]? contributions = null)
        {
            Array.Clear(_total);
            var n = 0;
            foreach (var u in units)
            {
                if (Ratings(u) < 2) continue;
                foreach (var (value, count) in _units[u]) _total[value] += count;
                n += Ratings(u);
            }

            var before = 0;
            for (var c = 0; c < _values.Length; c++)
            {
                _position[c] = _level == MeasurementLevel.Ordinal ? before + _total[c] / 2.0 : _values[c];
                before += _total[c];
            }

            double observed = 0, expected = 0;
            for (var i = 0; i < units.Length; i++)
            {
                var unit = _units[units[i]];
                var m = Ratings(units[i]);
                if (contributions is not null) contributions[i] = double.NaN;
                if (m < 2) continue;
                double pairs = 0;
                for (var a = 0; a < unit.Length; a++)
                    for (var b = 0; b < a; b++)
                        pairs += 2.0 * unit[a].Count * unit[b].Count * SquaredDistance(unit[a].Value, unit[b].Value);
                var contribution = pairs / (m - 1) / n;
                if (contributions is not null) contributions[i] = contribution;
                observed += contribution;
            }
            for (var c = 0; c < _values.Length; c++)
                for (var k = 0; k < c; k++)
                    expected += 2.0 * _total[c] * _total[k] * SquaredDistance(c, k);
            return n == 0 ? (0, double.NaN, double.NaN) : (n, observed, expected / n / (n - 1));
        }

        private int Ratings(int unit)
        {
            var sum = 0;
            foreach (var (_, count) in _units[unit]) sum += count;
            return sum;
        }

        /// <summary>δ² of two different values.</summary>
        private double SquaredDistance(int c, int k)
        {
            if (_level == MeasurementLevel.Nominal) return 1;
            var difference = _position[c] - _position[k];
            if (_level == MeasurementLevel.Ratio) difference /= _position[c] + _position[k];
            return difference * difference;
        }
    }
}
