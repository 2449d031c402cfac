using Michi.Approach;
using Michi.Assessment.Rounds;
using Michi.Platform.Languages;

namespace Michi.UnitTests.Rounds;

public sealed class RoundResultTests
{
    private static readonly ContentPack Pack = PackReader.Read(Path.Combine(ProjectFolder.Path, "content", "approach")).Pack!;

    [Fact]
    public void Of_TwoRounds_TellsLevelsAndMovesWithoutPersons()
    {
        Guid[] people = [Guid.NewGuid(), Guid.NewGuid(), Guid.NewGuid()];
        var groups = people.ToDictionary(p => p, _ => "other");
        var before = Given("P1", 4, 0, null);
        var now = Given("P1", 3, 0, 2);

        var result = RoundResult.Of(Pack, new() { Id = Guid.NewGuid(), AssessmentId = Guid.NewGuid(), Number = 2, OpenedAt = default }, now, before, groups, Of(RoundAgreement.Levels(Pack, now)));

        var p1 = result.Elements[0];
        Assert.Equal([0, 2, 3], p1.Levels);
        Assert.Equal([0, 2, 3], p1.Reasons.Select(r => r.Level));
        Assert.Equal(2, p1.Median);
        Assert.Equal(new Movement(0, 1, 1), p1.Moved);
        Assert.Equal(p1, result.ByDisagreement.First());
        Assert.Equal(1, result.ShareOf(p1), 12);
        Assert.Null(result.Elements[1].Median);

        List<Rating> Given(string element, params int?[] levels) => [.. levels.Select((level, i) => new Rating
        {
            Id = Guid.NewGuid(), RoundId = Guid.Empty, AssessorId = people[i], Element = element, Level = level, Confidence = "low", Reason = $"z{9 - i}", At = DateTimeOffset.UnixEpoch,
        })];
    }

    [Fact]
    public void Of_AgreementThatCannotBeComputed_SaysWhy()
    {
        var (nobody, same, apart) = (Levels([]), Levels([2, 2], [2, 2]), Levels([0, 4], [4, 0], [0, 4]));

        Assert.All(AgreementFigure.Of(nobody, null).Concat(AgreementFigure.Of(Of(RoundAgreement.Levels(Pack, [])), null)), f => Assert.Equal("few", f.Class));
        Assert.All(AgreementFigure.Of(same, null), f => Assert.Equal(("same", double.NaN), (f.Class, f.Value)));
        var odd = AgreementFigure.Of(apart, null);
        Assert.True(odd[0].Value < 0);
        Assert.Equal("none", odd[0].Class);
        // The formula of ICC(2,k) gives 4 here; a reliability above 1 is none.
        Assert.Equal(("same", double.NaN), (odd[2].Class, odd[2].Value));
    }

    [Theory]
    [InlineData(0.8, "high")]
    [InlineData(0.79, "fair")]
    [InlineData(0.667, "fair")]
    [InlineData(0.66, "low")]
    [InlineData(0, "none")]
    public void Of_Alpha_IsPutIntoWordsByKrippendorffsLimits(double alpha, string expected)
    {
        var some = Levels([1, 2], [3, 3]);

        var figure = AgreementFigure.Of(some with { Alpha = some.Alpha with { Alpha = alpha }, AlphaInterval = new(alpha - 0.01, 1, 100) }, null)[0];

        Assert.Equal(expected, figure.Class);
        Assert.Equal(alpha is 0.8 or 0.667, figure.IsWide);
    }

    [Fact]
    public void Read_PeopleInAnyLanguageAndWithAnyComma_GivesNameAndGroup()
    {
        var texts = new UiTexts(Path.Combine(ProjectFolder.Path, "content", "ui"));

        var people = InviteAssessors.Read("Ann, Government\r\n\n山田花子、企業\n佐藤一郎，大学・研究機関\nTep\tcitizen\nLee, Jr, other\nno group\nWho, wizards\n", texts);

        Assert.Equal([("Ann", "public"), ("山田花子", "private"), ("佐藤一郎", "academia"), ("Tep", "citizen"), ("Lee, Jr", "other"), ("no group", ""), ("Who", "wizards")], people.Select(p => (p.Name!, p.Group!)));
    }

    private static RoundAgreement Levels(params double[][] units)
    {
        var levels = new double[units.Length, units.Length == 0 ? 0 : units[0].Length];
        for (var u = 0; u < units.Length; u++)
            for (var a = 0; a < units[u].Length; a++) levels[u, a] = units[u][a];
        return Of(levels);
    }

    private static RoundAgreement Of(double[,] levels) => RoundAgreement.Of(levels, TestContext.Current.CancellationToken);
}
