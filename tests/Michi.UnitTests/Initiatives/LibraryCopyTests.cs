using Michi.Roadmap.Initiatives;
using static Michi.UnitTests.Initiatives.InitiativeScene;

namespace Michi.UnitTests.Initiatives;

public sealed class LibraryCopyTests
{
    private static readonly HashSet<string> None = [];

    [Fact]
    public void FactsOf_PerInhabitantInitiative_IsScaledAndConverted()
    {
        // waste-collection-tracking: cost 15,000–60,000 USD for 200,000 inhabitants; 50,000 inhabitants at 4,000 = a quarter of it times 4,000.
        var copy = LibraryCopy.FactsOf(Library, Library.Find("waste-collection-tracking")!, Population("50000", "2024"), new() { Currency = "KHR", PerDollar = 4000 }, None);

        Assert.Equal(new Expected(15_000_000, 37_500_000, 60_000_000, "assumption"), copy.Cost);
        Assert.Equal(new Expected(0.125, 0.188, 0.25, "assumption"), copy.People["field"]);
        Assert.Equal(new Expected(0.2, 0.30000000000000004, 0.4, "assumption"), copy.People["digital"]);
        Assert.Equal(new Expected(2, 3, 4, "assumption"), copy.Duration);
        Assert.Equal(new CopyBasis(0.25, 50_000, "Census 2024", 4000, "KHR"), copy.Basis);
        Assert.Equal(["en", "ja"], copy.Names.Keys.Order());
    }

    [Fact]
    public void FactsOf_PlaceWithoutPopulation_KeepsTheNumbersAndSaysSo()
    {
        var item = Library.Find("waste-collection-tracking")!;

        var copy = LibraryCopy.FactsOf(Library, item, null, new(), None);

        Assert.Equal((item.Cost.Low, item.Cost.High), (copy.Cost.Low, copy.Cost.High));
        Assert.Null(copy.Basis!.Inhabitants);
    }

    [Fact]
    public void FactsOf_FixedInitiative_DoesNotGrowWithTheCity()
    {
        var item = Library.Find("collection-point-sensors")!;

        Assert.Equal(item.Cost.High, LibraryCopy.FactsOf(Library, item, Population("2000000"), new(), None).Cost.High);
    }

    [Fact]
    public void FactsOf_EveryInitiative_IsSoundAndItsConditionalLiftsDoNotCount()
    {
        var present = Library.Initiatives.Select(i => i.Id).ToHashSet();
        var all = Library.Initiatives.Select(i => (i.Id, Facts: LibraryCopy.FactsOf(Library, i, Population("245494", "2019"), new() { PerDollar = 3.7 }, present))).ToArray();

        foreach (var (id, facts) in all)
        {
            var (same, faults) = Check(facts, id, [.. all.Where(a => a.Id != id)]);
            Assert.True(faults.Count == 0, $"{id}: {string.Join(", ", faults.Select(f => $"{f.Field} {f.Code}"))}");
            Assert.Equal(System.Text.Json.JsonSerializer.Serialize(facts), System.Text.Json.JsonSerializer.Serialize(same));
            Assert.All(facts.Lifts, l => Assert.Equal(l.Condition.Count == 0, l.Holds));
        }
    }

    [Fact]
    public void Population_SeveralFacts_IsTheNewestReadableOne()
    {
        var newest = Population("3", "2024-01", entered: 1);

        Assert.Same(newest, LibraryCopy.Population([Population("1", "2019", 9), newest, Population("many", "2025"), Population("2", null, 5)]));
    }

    [Fact]
    public void WithPrerequisites_AnyInitiative_PutsWhatItRestsOnFirst()
    {
        foreach (var initiative in Library.Initiatives)
        {
            var order = LibraryCopy.WithPrerequisites(Library, [initiative.Id], None).Select(i => i.Id).ToList();

            Assert.Equal(initiative.Id, order[^1]);
            Assert.All(order, id => Assert.All(Library.Find(id)!.Prerequisites, p => Assert.True(order.IndexOf(p.InitiativeId) < order.IndexOf(id) && order.Contains(p.InitiativeId))));
        }
    }

    [Fact]
    public void Fields_ReadBackFromTheForm_GiveTheSameFacts()
    {
        foreach (var item in Library.Initiatives)
        {
            var facts = LibraryCopy.FactsOf(Library, item, Population("70000"), new(), Library.Initiatives.Select(i => i.Id).ToHashSet());
            var form = new Microsoft.AspNetCore.Http.FormCollection(InitiativeForm.Fields(facts, "idea").ToDictionary(f => f.Key, f => new Microsoft.Extensions.Primitives.StringValues(f.Value)));
            var check = new Michi.Platform.InputCheck();

            var back = InitiativeForm.Parts.Aggregate(facts with { Names = [], Lifts = [], People = [], Kpis = [], Risks = [], Needs = [] }, (before, part) => InitiativeForm.Read(part, form, before, Library.Pools, check));

            Assert.Empty(check.Faults);
            var (a, b) = (Check(facts, item.Id).Facts, Check(back, item.Id).Facts);
            Assert.Equal(System.Text.Json.JsonSerializer.Serialize(a with { People = [], Benefits = [] }), System.Text.Json.JsonSerializer.Serialize(b with { People = [], Benefits = [] }));
            Assert.Equal(a.People.OrderBy(p => p.Key), b.People.OrderBy(p => p.Key));
            Assert.Equal(a.Benefits.OrderBy(p => p.Key), b.Benefits.OrderBy(p => p.Key));
        }
    }
}
