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
    private double _spareNormal = double.NaN;

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

    /// <summary>Standard normal (polar method: Marsaglia &amp; Bray 1964, SIAM Review 6:260).</summary>
    public double NextNormal()
    {
        if (!double.IsNaN(_spareNormal))
        {
            var spare = _spareNormal;
            _spareNormal = double.NaN;
            return spare;
        }
        double x, y, square;
        do
        {
            x = 2 * NextDouble() - 1;
            y = 2 * NextDouble() - 1;
            square = x * x + y * y;
        }
        while (square >= 1);
        var scale = Math.Sqrt(-2 * PortableMath.Log(square) / square);
        _spareNormal = y * scale;
        return x * scale;
    }
}
