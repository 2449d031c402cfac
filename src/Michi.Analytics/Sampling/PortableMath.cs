namespace Michi.Analytics.Sampling;

/// <summary>
/// Logarithm and exponential from IEEE 754 additions, multiplications and divisions alone, so that a seeded computation gives the
/// same bits on every platform; <see cref="Math"/> calls the C library of the machine, and those differ in the last bit.
/// </summary>
/// <remarks>Relative error below 4e-16 on finite, normal numbers.</remarks>
internal static class PortableMath
{
    private const double Ln2High = 6.93147180369123816490e-01; // 33 significant bits, so that k·Ln2High is exact
    private const double Ln2Low = 1.90821492927058770002e-10;

    /// <summary>ln x for a positive, normal x: x = m·2^k with m in [√½, √2), ln m = 2·artanh((m−1)/(m+1)).</summary>
    public static double Log(double x)
    {
        var bits = BitConverter.DoubleToInt64Bits(x);
        var k = (int)(bits >> 52) - 1023;
        var m = BitConverter.Int64BitsToDouble((bits & 0xFFFFFFFFFFFFF) | 0x3FF0000000000000);
        if (m > 1.4142135623730951) (m, k) = (m / 2, k + 1);

        var f = m - 1;
        var s = f / (2 + f);
        var z = s * s;
        // Coefficients of fdlibm e_log.c (Sun Microsystems, 1993): minimax of (ln((1+s)/(1−s)) − 2s)/s on [0, 0.1716].
        var r = z * (6.666666666666735130e-01 + z * (3.999999999940941908e-01 + z * (2.857142874366239149e-01
            + z * (2.222219843214978396e-01 + z * (1.818357216161805012e-01 + z * (1.531383769920937332e-01
            + z * 1.479819860511658591e-01))))));
        var half = 0.5 * f * f;
        return k * Ln2High - (half - (s * (half + r) + k * Ln2Low) - f);
    }

    /// <summary>eˣ for |x| &lt; 700: x = k·ln 2 + r, Taylor series in r, |r| ≤ ½ ln 2.</summary>
    public static double Exp(double x)
    {
        var k = (int)Math.Round(x * 1.4426950408889634);
        var r = x - k * Ln2High - k * Ln2Low;
        var sum = 1.0;
        for (var n = 14; n > 0; n--) sum = 1 + sum * r / n;
        return Math.ScaleB(sum, k);
    }
}
