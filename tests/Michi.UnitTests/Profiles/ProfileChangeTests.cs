using FsCheck;
using FsCheck.Fluent;
using Michi.Analytics.Profiles;

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
