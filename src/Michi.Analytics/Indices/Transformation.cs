namespace Michi.Analytics.Indices;

/// <summary>An increasing function that draws in a long tail. NaN stays NaN.</summary>
public abstract record Transformation
{
    /// <summary>Transforms a column. O(n).</summary>
    public double[] Apply(ReadOnlySpan<double> values)
    {
        var (min, max) = Moments.Range(values);
        var result = new double[values.Length];
        Apply(values, min, max, result);
        return result;
    }

    private protected abstract void Apply(ReadOnlySpan<double> x, double min, double max, Span<double> y);
}

/// <summary>ln(x − min + 0.01 (max − min)): the logarithm of the JRC's COIN Tool.</summary>
public sealed record ShiftedLog : Transformation
{
    private protected override void Apply(ReadOnlySpan<double> x, double min, double max, Span<double> y)
    {
        for (var i = 0; i < x.Length; i++) y[i] = Math.Log(x[i] - min + 0.01 * (max - min));
    }
}

/// <summary>As <see cref="ShiftedLog"/> where the skewness is positive; its mirror image −ln(max − x + 0.01 (max − min)) where it is
/// not.</summary>
public sealed record MirroredLog : Transformation
{
    private protected override void Apply(ReadOnlySpan<double> x, double min, double max, Span<double> y)
    {
        var shift = 0.01 * (max - min);
        var right = Moments.Shape(x).Skewness > 0;
        for (var i = 0; i < x.Length; i++) y[i] = right ? Math.Log(x[i] - min + shift) : -Math.Log(max + shift - x[i]);
    }
}

/// <summary>ln(x − min + 1).</summary>
public sealed record LogPlusOne : Transformation
{
    private protected override void Apply(ReadOnlySpan<double> x, double min, double max, Span<double> y)
    {
        for (var i = 0; i < x.Length; i++) y[i] = Math.Log(x[i] - min + 1);
    }
}

/// <summary>ln((max − 1)(x − min)/(max − min) + 1), the form of the Global Innovation Index (Cornell, INSEAD, WIPO: technical notes). Needs
/// max &gt; 1.</summary>
public sealed record GlobalInnovationIndexLog : Transformation
{
    private protected override void Apply(ReadOnlySpan<double> x, double min, double max, Span<double> y)
    {
        for (var i = 0; i < x.Length; i++) y[i] = Math.Log((max - 1) * (x[i] - min) / (max - min) + 1);
    }
}

/// <summary>(z^λ − 1)/λ, or ln z for λ = 0, of z = x − min + 1 (Box &amp; Cox 1964, J. R. Stat. Soc. B 26, 211–252, eq. 1).</summary>
/// <param name="Lambda">Exponent; less than 1 draws in a right tail.</param>
public sealed record BoxCox(double Lambda) : Transformation
{
    private protected override void Apply(ReadOnlySpan<double> x, double min, double max, Span<double> y)
    {
        for (var i = 0; i < x.Length; i++)
        {
            var z = x[i] - min + 1;
            y[i] = Lambda == 0 ? Math.Log(z) : (Math.Pow(z, Lambda) - 1) / Lambda;
        }
    }
}
