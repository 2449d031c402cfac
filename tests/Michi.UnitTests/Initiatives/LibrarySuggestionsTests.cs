using Michi.Roadmap.Initiatives;
using static Michi.UnitTests.Initiatives.InitiativeScene;

namespace Michi.UnitTests.Initiatives;

public sealed class LibrarySuggestionsTests
{
    private static Dictionary<string, int> Levels(int level) => Pack.Elements.ToDictionary(e => e.Id, _ => level);

    private static List<Gap> Gaps(int level) => [.. Pack.Elements.Select((e, i) => new Gap(e.Id, level, i < 5, 21 - i))];

    [Theory, InlineData(0), InlineData(1), InlineData(2), InlineData(3)]
    public void For_AnyLevel_SuggestsWhatLiftsTheFirstGapsFromThere(int level)
    {
        var found = LibrarySuggestions.For(Gaps(level), Levels(level), Library, new HashSet<string>());

        Assert.InRange(found.Count, 1, 12);
        Assert.All(found, s => Assert.All(s.Answers, a => Assert.True(a.Lift.From <= level && a.Lift.To > level && a.Lift.ElementId == a.Gap.Element)));
        Assert.All(Gaps(level).Take(3), g => Assert.Contains(found, s => s.Answers.Any(a => a.Gap.Element == g.Element)));
        Assert.All(found, s => Assert.DoesNotContain(found, o => s.Initiative.Excludes.Contains(o.Initiative.Id)));
    }

    [Fact]
    public void For_InitiativesThatAreThere_AreNotSuggestedAgain()
    {
        var first = LibrarySuggestions.For(Gaps(1), Levels(1), Library, new HashSet<string>());
        var taken = first.Select(s => s.Initiative.Id).ToHashSet();

        var second = LibrarySuggestions.For(Gaps(1), Levels(1), Library, taken);

        Assert.All(second, s => Assert.DoesNotContain(s.Initiative.Id, taken));
        Assert.All(second, s => Assert.All(s.Before, b => Assert.DoesNotContain(b.Id, taken)));
    }

    [Fact]
    public void For_NeedsThatDoNotHold_AreNamed()
    {
        var found = LibrarySuggestions.For(Gaps(0), Levels(0), Library, new HashSet<string>(), each: 50, most: 500);

        Assert.All(found, s => Assert.Equal(s.Initiative.Needs.Where(n => n.Level > 0), s.Unmet));
    }

    [Fact]
    public void For_NoGap_SuggestsNothing() => Assert.Empty(LibrarySuggestions.For([], Levels(4), Library, new HashSet<string>()));
}
