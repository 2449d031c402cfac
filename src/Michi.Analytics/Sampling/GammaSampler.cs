namespace Michi.Analytics.Sampling;

/// <summary>Draws gamma variates of one shape, scale 1.</summary>
/// <remarks>
/// Source: Marsaglia &amp; Tsang (2000), A simple method for generating gamma variables, ACM TOMS 26:363; section 6 for shapes below 1.
/// Their squeeze u &lt; 1 − 0.0331x⁴ holds for d = 2/3, that is 1 − exp(d·φ(t)) ≤ 0.0331·81d²t⁴ with t = cx and φ ≤ 0; as (1 − exp(d·φ))/d
/// falls with d, it holds for larger d with 0.0331·(2/3)/d, which spares nearly all logarithms.
/// </remarks>
public readonly struct GammaSampler
{
    private readonly double _d, _c, _squeeze, _power;

    /// <param name="shape">At least 0.1: far smaller shapes underflow.</param>
    public GammaSampler(double shape)
    {
        if (!(shape >= 0.1 && double.IsFinite(shape)))
            throw new ArgumentException("Expected a finite shape of at least 0.1.", nameof(shape));
        _power = shape < 1 ? 1 / shape : 0;
        _d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3;
        _c = 1 / Math.Sqrt(9 * _d);
        _squeeze = 0.0331 * 2 / 3 / _d;
    }

    /// <summary>A variate above 0; mean and variance are the shape.</summary>
    public double Next(Xoshiro256 random)
    {
        while (true)
        {
            var x = random.NextNormal();
            var v = 1 + _c * x;
            if (v <= 0) continue;
            v = v * v * v;
            var u = random.NextDouble();
            var square = x * x;
            if (u < 1 - _squeeze * square * square || PortableMath.Log(u) < 0.5 * square + _d * (1 - v + PortableMath.Log(v)))
                return _power == 0 ? _d * v : _d * v * PortableMath.Exp(PortableMath.Log(random.NextDouble()) * _power);
        }
    }
}
