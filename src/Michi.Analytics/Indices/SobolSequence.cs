namespace Michi.Analytics.Indices;

/// <summary>Sobol' points with a random nested scrambling: each point is uniform on the unit cube, all together fill it evenly.</summary>
/// <remarks>
/// Direction numbers: Joe &amp; Kuo 2008, SIAM J. Sci. Comput. 30, 2635–2654 (set new-joe-kuo-6, dimensions 1–32). Scrambling after Owen
/// 1995 by the
/// hash of Laine &amp; Karras as improved by Vegdahl: Burley 2020, J. Comput. Graph. Tech. 9(4), 1–20, listing 1. Coordinates beyond the
/// 32nd are plain
/// random numbers.
/// </remarks>
internal sealed class SobolSequence
{
    /// <summary>For dimensions 2–32: degree and coefficients of the primitive polynomial, then the initial numbers m.</summary>
    private static readonly uint[][] Parameters =
    [
        [1, 0, 1], [2, 1, 1, 3], [3, 1, 1, 3, 1], [3, 2, 1, 1, 1], [4, 1, 1, 1, 3, 3], [4, 4, 1, 3, 5, 13], [5, 2, 1, 1, 5, 5, 17],
        [5, 4, 1, 1, 5, 5, 5], [5, 7, 1, 1, 7, 11, 19], [5, 11, 1, 1, 5, 1, 1], [5, 13, 1, 1, 1, 3, 11], [5, 14, 1, 3, 5, 5, 31],
        [6, 1, 1, 3, 3, 9, 7, 49], [6, 13, 1, 1, 1, 15, 21, 21], [6, 16, 1, 3, 1, 13, 27, 49], [6, 19, 1, 1, 1, 15, 7, 5],
        [6, 22, 1, 3, 1, 15, 13, 25], [6, 25, 1, 1, 5, 5, 19, 61], [7, 1, 1, 3, 7, 11, 23, 15, 103], [7, 4, 1, 3, 7, 13, 13, 15, 69],
        [7, 7, 1, 1, 3, 13, 7, 35, 63], [7, 8, 1, 3, 5, 9, 1, 25, 53], [7, 14, 1, 3, 1, 13, 9, 35, 107], [7, 19, 1, 3, 1, 5, 27, 61, 31],
        [7, 21, 1, 1, 5, 11, 19, 41, 61], [7, 28, 1, 3, 5, 3, 3, 13, 69], [7, 31, 1, 1, 7, 13, 1, 19, 1], [7, 32, 1, 3, 7, 5, 13, 19, 59],
        [7, 37, 1, 1, 3, 9, 25, 29, 41], [7, 41, 1, 3, 5, 13, 23, 1, 55], [7, 42, 1, 3, 7, 3, 13, 59, 17],
    ];

    private static readonly uint[][] Directions = [Direct([0, 0]), .. Parameters.Select(Direct)];

    private readonly uint[] _scrambles = new uint[Directions.Length];
    private SplitMix _random;

    /// <summary>Starts a sequence whose scrambling comes from a seed.</summary>
    public SobolSequence(ulong seed)
    {
        _random = new(seed);
        for (var j = 0; j < _scrambles.Length; j++) _scrambles[j] = (uint)_random.Next();
    }

    /// <summary>Writes point number <paramref name="index"/> (from 0), each coordinate in [0, 1).</summary>
    public void Point(uint index, Span<double> point)
    {
        for (var j = 0; j < point.Length; j++)
        {
            if (j >= Directions.Length)
            {
                point[j] = _random.NextDouble();
                continue;
            }
            uint x = 0;
            for (var bit = 0; index >> bit != 0 && bit < 32; bit++)
                if ((index >> bit & 1) != 0) x ^= Directions[j][bit];
            point[j] = Scramble(x, _scrambles[j]) * (1.0 / (1L << 32));
        }
    }

    /// <summary>Scrambles the digits of a 32-bit fraction so that each depends on those before it only.</summary>
    private static uint Scramble(uint x, uint seed)
    {
        x = Reverse(x);
        x ^= x * 0x3d20adea;
        x += seed;
        x *= (seed >> 16) | 1;
        x ^= x * 0x05526c56;
        x ^= x * 0x53a22864;
        return Reverse(x);
    }

    private static uint Reverse(uint x)
    {
        x = (x >> 1 & 0x55555555) | (x & 0x55555555) << 1;
        x = (x >> 2 & 0x33333333) | (x & 0x33333333) << 2;
        x = (x >> 4 & 0x0f0f0f0f) | (x & 0x0f0f0f0f) << 4;
        return System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(x);
    }

    /// <summary>The 32 direction numbers of a dimension as fractions of 2³²; degree 0 gives the van der Corput sequence.</summary>
    private static uint[] Direct(uint[] parameters)
    {
        var degree = (int)parameters[0];
        var v = new uint[32];
        for (var k = 0; k < 32; k++)
        {
            if (degree == 0 || k < degree)
            {
                v[k] = (degree == 0 ? 1 : parameters[2 + k]) << (31 - k);
                continue;
            }
            v[k] = v[k - degree] ^ v[k - degree] >> degree;
            for (var i = 1; i < degree; i++)
                if ((parameters[1] >> (degree - 1 - i) & 1) != 0) v[k] ^= v[k - i];
        }
        return v;
    }
}
