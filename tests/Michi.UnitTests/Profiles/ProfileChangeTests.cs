using FsCheck;
using FsCheck.Fluent;
using Michi.Analytics.Profiles;
using Michi.Analytics.Sorting;

namespace Michi.UnitTests.Profiles;

public sealed class ProfileChangeTests
{
    private static readonly LevelDistributions Before = new(new[,] { { 0.5, 0.5, 0 }, { 0, 0, 1 } });
    private static readonly LevelDistributions After = new(new[,] { { 0.2, 0.3, 0.5 }, { 0, 1, 0 } });

    [Fact]
    public void Between_WorkedExample_GivesProbabilities()
    {
        var shifts = ProfileChange.Between(Before, After);
        // Higher: 0.5·(0.3 + 0.5) + 0.5·0.5; same: 0.5·0.2 + 0.5·0.3; lower: 0.5·0.2.
        AssertClose(new(0.65, 0.25, 0.1, 0.8), shifts[0]);
        AssertClose(new(0, 0, 1, -1), shifts[1]);
    }

    /// <summary>Efron's dice, each of which beats the next with 2/3: Gardner (1970), Scientific American 223(6):110.</summary>
    [Fact]
    public void Between_EfronsDice_GivesPublishedProbability()
    {
        var dice = new[] { Die(0, 0, 4, 4, 4, 4), Die(3, 3, 3, 3, 3, 3), Die(2, 2, 2, 2, 6, 6), Die(1, 1, 1, 5, 5, 5) };
        for (var d = 0; d < dice.Length; d++) Assert.Equal(2 / 3.0, ProfileChange.Between(dice[(d + 1) % dice.Length], dice[d])[0].Higher, 1e-12);
    }

    /// <summary>The sums of two throws of two dice are equal with 146/1296; they differ by −7 or less with 35/1296, by −6 or less with 70/1296.</summary>
    [Fact]
    public void Simulate_TwoThrowsOfTwoDice_MeetsCombinatorics()
    {
        var throws = Dice(new double[,] { { 1, 1, 1, 1, 1, 1 }, { 1, 1, 1, 1, 1, 1 } });
        WeightHierarchy half = new([0, 0], [1], [1, 1], double.PositiveInfinity, double.PositiveInfinity);
        var result = ProfileChange.Simulate(throws, throws, half, AnyRule(2, 6), seed: 1, 200_000, TestContext.Current.CancellationToken);

        var same = 146 / 1296.0;
        Assert.Equal(same, result.Whole.Same, 0.004);
        Assert.Equal((1 - same) / 2, result.Whole.Higher, 0.005);
        Assert.Equal((1 - same) / 2, result.Whole.Lower, 0.005);
        // A score is half a sum.
        Assert.Equal((-6 / 2.0, 6 / 2.0), (result.Whole.Quantile05, result.Whole.Quantile95));
        Assert.Equal(0, result.Whole.ExpectedChange, 1e-12);
        Assert.Equal(result.Whole, result.Groups[0]);
    }

    /// <summary>One element of two rises for sure: by its nominal share on average, and never falls, however rough the weights.</summary>
    [Fact]
    public void Simulate_SureRise_IsNotBlurredByWeights()
    {
        LevelDistributions before = new(new[,] { { 1.0, 0, 0 }, { 0, 0, 1 }, { 0, 1, 0 } }), after = new(new[,] { { 0, 0, 1.0 }, { 0, 0, 1 }, { 0, 1, 0 } });
        WeightHierarchy rough = new([0, 0, 1], [3, 1], [1, 2, 1], 8, 8);
        var result = ProfileChange.Simulate(before, after, rough, AnyRule(3, 3), seed: 1, 20_000, TestContext.Current.CancellationToken);

        Assert.Equal((1, 0), (result.Whole.Higher, result.Whole.Lower));
        Assert.Equal(0.75 * 2 / 3, result.Whole.ExpectedChange, 1e-12);
        Assert.Equal(2 / 3.0, result.Groups[0].ExpectedChange, 1e-12);
        Assert.Equal(new(0, 1, 0, 0, 0, 0), result.Groups[1]);
        Assert.InRange(result.Whole.Quantile05, 0.05, 0.4);
        Assert.InRange(result.Whole.Quantile95, 0.6, 1.5);
    }

    /// <summary>One element, one boundary at level 1: the stage rises where the level passes from 0 to more.</summary>
    [Fact]
    public void Simulate_OneElement_MeetsExactProbabilities()
    {
        LevelDistributions before = new(new[,] { { 0.5, 0.5, 0 } }), after = new(new[,] { { 0.2, 0.3, 0.5 } });
        WeightHierarchy one = new([0], [1], [1], double.PositiveInfinity, double.PositiveInfinity);
        var result = ProfileChange.Simulate(before, after, one, new(3, new[,] { { 1 } }, 0.5), seed: 7, 200_000, TestContext.Current.CancellationToken);

        Assert.Equal(0.5 * 0.8, result.StageHigher, 0.005);
        Assert.Equal(0.5 * 0.2, result.StageLower, 0.005);
        Assert.Equal(1, result.StageHigher + result.StageSame + result.StageLower, 1e-12);
        var exact = ProfileChange.Between(before, after)[0];
        Assert.Equal((exact.Higher, exact.Lower), (result.Whole.Higher, result.Whole.Lower), (a, b) => Math.Abs(a.Item1 - b.Item1) < 0.005 && Math.Abs(a.Item2 - b.Item2) < 0.005);
        Assert.Equal(result, ProfileChange.Simulate(before, after, one, new(3, new[,] { { 1 } }, 0.5), seed: 7, 200_000, TestContext.Current.CancellationToken), (a, b) => a.Whole == b.Whole && a.StageHigher == b.StageHigher);
    }

    private static LevelDistributions Die(params int[] faces)
    {
        var counts = new double[1, 7];
        foreach (var face in faces) counts[0, face]++;
        return Dice(counts);
    }

    private static LevelDistributions Dice(double[,] counts)
    {
        for (var e = 0; e < counts.GetLength(0); e++)
            for (var l = 0; l < counts.GetLength(1); l++) counts[e, l] /= 6;
        return new(counts);
    }

    private static LevelMrSort AnyRule(int elements, int levels)
    {
        var profile = new int[1, elements];
        for (var e = 0; e < elements; e++) profile[0, e] = 1;
        return new(levels, profile, 0.5);
    }

    [Fact]
    public void Distance_WorkedExample_GivesLevels()
    {
        Assert.Equal(Math.Sqrt((0.8 * 0.8 + 1) / 2), ProfileDistance.RootMeanSquare(Before, After), 1e-14);
        Assert.Equal((0.3 + 0.5 + 1) / 2, ProfileDistance.Wasserstein(Before, After), 1e-14);
        Assert.Throws<ArgumentException>(() => ProfileDistance.Wasserstein(Before, new(new[,] { { 1.0, 0 } })));
    }

    [Fact]
    public void ChangeAndDistance_RandomProfiles_KeepTheirLaws()
    {
        var profiles = Gen.Choose(0, 9).ListOf(12).Select(numbers =>
        {
            var table = new double[3, 4];
            for (var e = 0; e < 3; e++)
                for (var l = 0; l < 4; l++) table[e, l] = (numbers[e * 4 + l] + 0.1) / (numbers.Skip(e * 4).Take(4).Sum() + 0.4);
            return new LevelDistributions(table);
        }).ToArbitrary();
        Prop.ForAll(profiles, profiles, profiles, (a, b, c) =>
        {
            var (forth, back) = (ProfileChange.Between(a, b), ProfileChange.Between(b, a));
            for (var e = 0; e < 3; e++)
            {
                Assert.Equal(1, forth[e].Higher + forth[e].Same + forth[e].Lower, 1e-12);
                AssertClose(new(back[e].Lower, back[e].Same, back[e].Higher, -back[e].ExpectedChange), forth[e]);
            }
            Func<LevelDistributions, LevelDistributions, double>[] distances =
                [ProfileDistance.RootMeanSquare, ProfileDistance.Wasserstein];
            foreach (var distance in distances)
            {
                Assert.Equal(0, distance(a, a));
                Assert.Equal(distance(a, b), distance(b, a), 1e-12);
                Assert.True(distance(a, c) <= distance(a, b) + distance(b, c) + 1e-12);
            }
        }).QuickCheckThrowOnFailure();
    }

    private static void AssertClose(LevelShift expected, LevelShift actual)
    {
        Assert.Equal(expected.Higher, actual.Higher, 1e-12);
        Assert.Equal(expected.Same, actual.Same, 1e-12);
        Assert.Equal(expected.Lower, actual.Lower, 1e-12);
        Assert.Equal(expected.ExpectedChange, actual.ExpectedChange, 1e-12);
    }
}
