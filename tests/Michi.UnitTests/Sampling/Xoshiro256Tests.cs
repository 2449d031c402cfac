using Michi.Analytics.Sampling;

namespace Michi.UnitTests.Sampling;

public sealed class Xoshiro256Tests
{
    /// <summary>
    /// From an independent implementation that gives Blackman &amp; Vigna's 11520, 0, 1509978240, … for the state 1, 2, 3, 4 and
    /// splitmix64's 6457827717110365317, … for this seed.
    /// </summary>
    [Fact]
    public void NextUInt64_SeededBySplitMix_GivesTheReferenceSequence()
    {
        var random = new Xoshiro256(1234567);
        Assert.Equal(
            [3504822795582309479, 1819558768956484042, 1250851346055027673, 16940231675099994102, 11585879347611423030],
            Enumerable.Range(0, 5).Select(_ => random.NextUInt64()));
    }

    [Fact]
    public void NextDouble_Uniform_HasItsMoments()
    {
        var random = new Xoshiro256(5);
        var values = Enumerable.Range(0, 200_000).Select(_ => random.NextDouble()).ToArray();
        Assert.Equal(0.5, values.Average(), 0.003);
        Assert.Equal(1.0 / 12, values.Average(v => (v - 0.5) * (v - 0.5)), 0.001);
        Assert.All(values, v => Assert.True(v is > 0 and < 1));
    }

    [Fact]
    public void NextNormal_HasItsMoments()
    {
        var random = new Xoshiro256(6);
        var values = Enumerable.Range(0, 200_000).Select(_ => random.NextNormal()).ToArray();
        Assert.Equal(0, values.Average(), 0.01);
        Assert.Equal(1, values.Average(v => v * v), 0.015);
        Assert.Equal(3, values.Average(v => v * v * v * v), 0.1);
        Assert.Equal(0.05, values.Average(v => Math.Abs(v) > 1.959964 ? 1.0 : 0), 0.002);
    }

    [Fact]
    public void NextInt32_IsUniformAndChecksItsArgument()
    {
        var random = new Xoshiro256(7);
        var counts = new int[6];
        for (var i = 0; i < 60_000; i++) counts[random.NextInt32(6)]++;
        Assert.All(counts, c => Assert.InRange(c, 9_600, 10_400));
        Assert.Throws<ArgumentException>(() => random.NextInt32(0));
    }

    [Fact]
    public void Stream_OfSameSeed_IsAnother()
    {
        Assert.NotEqual(new Xoshiro256(1).NextUInt64(), new Xoshiro256(1, stream: 1).NextUInt64());
    }
}
