using System.Numerics;
using System.Runtime.CompilerServices;

namespace Michi.Analytics.Sampling;

/// <summary>A seeded random number generator whose numbers are the same on every platform and .NET version.</summary>
/// <remarks>
/// Source: xoshiro256**, Blackman &amp; Vigna (2021), Scrambled linear pseudorandom number generators, ACM TOMS 47(4):36; seeded by
/// splitmix64, Steele, Lea &amp; Flood (2014), OOPSLA. Period 2²⁵⁶ − 1. Not for cryptography. Not thread-safe.
/// Only IEEE 754 basic operations, square root and integers are used (see <see cref="PortableMath"/>).
/// </remarks>
public sealed class Xoshiro256
{
    private ulong _s0, _s1, _s2, _s3;

    /// <param name="seed">Any number.</param>
    /// <param name="stream">Generators of one seed and different streams give unrelated numbers.</param>
    public Xoshiro256(ulong seed, ulong stream = 0)
    {
        var state = seed + stream * 4 * SplitMixStep;
        (_s0, _s1, _s2, _s3) = (SplitMix(ref state), SplitMix(ref state), SplitMix(ref state), SplitMix(ref state));
    }

    private const ulong SplitMixStep = 0x9E3779B97F4A7C15;

    private static ulong SplitMix(ref ulong state)
    {
        var z = state += SplitMixStep;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>64 random bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong NextUInt64()
    {
        ulong s0 = _s0, s1 = _s1, s2 = _s2 ^ s0, s3 = _s3 ^ s1;
        _s1 = s1 ^ s2;
        _s0 = s0 ^ s3;
        _s2 = s2 ^ (s1 << 17);
        _s3 = BitOperations.RotateLeft(s3, 45);
        return BitOperations.RotateLeft(s1 * 5, 7) * 9;
    }

    /// <summary>Uniform on (0, 1): the middle of one of 2⁵² equal cells, so neither 0 nor 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double NextDouble() => ((NextUInt64() >> 12) + 0.5) * (1.0 / (1UL << 52));

    /// <summary>Uniform on 0 … <paramref name="count"/> − 1 (Lemire 2019, ACM TOMACS 29(1):3).</summary>
    public int NextInt32(int count)
    {
        if (count < 1) throw new ArgumentException("Expected at least 1.", nameof(count));
        var low = Math.BigMul(NextUInt64(), (ulong)count, out var rest);
        if (rest < (ulong)count)
        {
            var threshold = (0 - (ulong)count) % (ulong)count;
            while (rest < threshold) low = Math.BigMul(NextUInt64(), (ulong)count, out rest);
        }
        return (int)low;
    }

    /// <summary>Standard normal.</summary>
    /// <remarks>
    /// Source: Marsaglia &amp; Tsang (2000), J. Stat. Softw. 5(8), as improved by Doornik (2005), An improved ziggurat method to generate
    /// normal random samples: layer and position come from different bits.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public double NextNormal()
    {
        var bits = NextUInt64();
        var layer = (int)(bits & (Layers - 1));
        var u = ((long)bits >> 11) * (1.0 / (1L << 52));
        return Math.Abs(u) < InnerShare[layer] ? u * Edge[layer] : NextNormalOutsideLayer(layer, u);
    }

    private const int Layers = 128;
    private const double TailStart = 3.442619855899, LayerArea = 9.91256303526217e-3; // Doornik (2005), for 128 layers

    /// <summary>Right edges of the layers, widest (with the tail) first; the share of each that lies under the curve for certain.</summary>
    private static readonly double[] Edge = Edges(), InnerShare = [.. Edge.Zip(Edge.Skip(1), (edge, next) => next / edge)];

    private static double[] Edges()
    {
        var edges = new double[Layers + 1];
        (edges[0], edges[1]) = (LayerArea / Density(TailStart), TailStart);
        for (var i = 2; i < Layers; i++) edges[i] = Math.Sqrt(-2 * PortableMath.Log(LayerArea / edges[i - 1] + Density(edges[i - 1])));
        return edges;
    }

    private static double Density(double x) => PortableMath.Exp(-0.5 * x * x);

    private double NextNormalOutsideLayer(int layer, double u)
    {
        double x = u * Edge[layer], low = Density(Edge[layer]);
        if (layer > 0) return low + NextDouble() * (Density(Edge[layer + 1]) - low) < Density(x) ? x : NextNormal();

        double beyond;
        do beyond = -PortableMath.Log(NextDouble()) / TailStart;
        while (-2 * PortableMath.Log(NextDouble()) < beyond * beyond);
        return u < 0 ? -TailStart - beyond : TailStart + beyond;
    }
}
