using Michi.Platform;
using Michi.Roadmap.Challenges;

namespace Michi.UnitTests.Challenges;

public sealed class ChallengeCheckTests
{
    private static readonly ChallengeInput Sound = new(
        new() { ["en"] = "Floods at the market" }, [], "water", 3, 1200, "Survey 2025, p. 4", ["poor", "businesses"], "old-town", "Market street", "Survey 2025", "2025-03");

    private static (ChallengeFacts Facts, List<Fault> Faults) Checked(ChallengeInput given)
    {
        var check = new InputCheck();
        return (new ChallengeCheck(["water", "waste"], ["old-town"], new(2026, 11, 27), "en").Facts(check, given), check.Faults);
    }

    [Fact]
    public void Facts_SoundInput_AreKeptAsGiven()
    {
        var (facts, faults) = Checked(Sound);

        Assert.Empty(faults);
        Assert.Equal((3, 1200, "old-town", "2025-03"), (facts.Severity, facts.People, facts.District, facts.Date));
        Assert.Equal(["poor", "businesses"], facts.Groups);
    }

    [Fact]
    public void Facts_NoNumberOfPeople_StayUnknownAndNeedNoSource()
    {
        var (facts, faults) = Checked(Sound with { People = null, PeopleSource = null });

        Assert.Empty(faults);
        Assert.Null(facts.People);
        Assert.Equal(0, Checked(Sound with { People = 0 }).Facts.People);
    }

    [Fact]
    public void Facts_EmptyInput_NameEverythingThatIsMissing() => Assert.Equal(
        ["names-en required", "sector required", "severity required", "source required"],
        Checked(new(null, null, null, null, null, null, null, null, null, null, null)).Faults.Select(f => $"{f.Field} {f.Code}").Order(StringComparer.Ordinal));

    public static TheoryData<string, string> Faulty => new()
    {
        { "sector", "choice" }, { "severity", "range" }, { "people", "range" }, { "peopleSource", "required" }, { "groups", "choice" }, { "district", "choice" }, { "date", "date-future" }, { "source", "too-long" },
    };

    [Theory, MemberData(nameof(Faulty))]
    public void Facts_OneFaultyField_IsTheOnlyOneNamed(string field, string code)
    {
        var fault = Assert.Single(Checked(field switch
        {
            "sector" => Sound with { Sector = "magic" },
            "severity" => Sound with { Severity = 5 },
            "people" => Sound with { People = -1 },
            "peopleSource" => Sound with { PeopleSource = " " },
            "groups" => Sound with { Groups = ["poor", "rich"] },
            "district" => Sound with { District = "elsewhere" },
            "date" => Sound with { Date = "2567" },
            _ => Sound with { Source = new('x', 1001) },
        }).Faults);

        Assert.Equal((field, code), (fault.Field, fault.Code));
    }

    [Fact]
    public void Values_OfAForm_ComeBackAsTheSameFacts()
    {
        var facts = Checked(Sound).Facts;
        var check = new InputCheck();

        var again = Checked(ChallengeForm.Input(ChallengeForm.Values(facts), check));

        Assert.Empty(check.Faults);
        Assert.Empty(again.Faults);
        Assert.Equal(ChallengeForm.Values(facts), ChallengeForm.Values(again.Facts));
    }
}
