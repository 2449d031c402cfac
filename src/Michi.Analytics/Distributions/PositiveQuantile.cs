namespace Michi.Analytics.Distributions;

/// <summary>Inverts the distribution function of a positive continuous variable.</summary>
internal static class PositiveQuantile
{
    /// <summary>Bisection on ln x in the smaller tail; 64 halvings reach the resolution of a double.</summary>
    public static double Of(double p, Func<double, double> lowerTail, Func<double, double> upperTail)
    {
        if (!(p > 0 && p < 1)) throw new ArgumentException("Expected a probability between 0 and 1, both excluded.", nameof(p));
        double low = -700, high = 700;
        for (var i = 0; i < 64; i++)
        {
            var middle = (low + high) / 2;
            var x = Math.Exp(middle);
            if (p < 0.5 ? lowerTail(x) < p : upperTail(x) > 1 - p) low = middle;
            else high = middle;
        }
        return Math.Exp((low + high) / 2);
    }
}
