using Michi.Platform.Languages;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Procurement;

namespace Michi.UnitTests.Procurement;

public sealed class TermsTests
{
    private static readonly UiTexts Ui = new(Path.Combine(ProjectFolder.Path, "content", "ui"));
    private static readonly Michi.Approach.ProcurementTemplates Templates = ProcurementReaderTests.Templates;

    private static ProcurementFacts Draft(string kind = "system", List<string>? risks = null, string purpose = "Fewer leaks.") => DraftTerms.Of(new()
    {
        Id = Guid.Empty,
        PlaceId = Guid.Empty,
        Code = "leaks",
        LibraryId = "open-data-catalogue",
        CreatedAt = default,
        ChangedAt = default,
        ChangedBy = "test",
        Facts = new()
        {
            Names = new() { ["en"] = "Leak search", ["ja"] = "漏水調査" },
            Purpose = purpose.Length == 0 ? [] : new() { ["en"] = purpose, ["ja"] = "漏水を減らす。" },
            Result = new() { ["en"] = "Losses are below 20 %.", ["ja"] = "損失が20%未満である。" },
            Steps = new() { ["en"] = "Measure\nRepair", ["ja"] = "測定\n修理" },
            Sector = "water",
            Type = "sector",
            Duration = new(4, 6, 8, Expected.Assumption),
            Risks = risks ?? ["privacy-breach", "vendor-lock-in", "cyber-attack"],
            Milestones = [new("trial", new() { ["en"] = "Trial in one zone", ["ja"] = "一区域での試行" }, 2)],
            Kpis = [new("loss", new() { ["en"] = "Water lost", ["ja"] = "漏水率" }, "percent", false, "own", Goal: 20)],
        },
    }, kind, new Dictionary<string, string> { ["en"] = "Testville", ["ja"] = "試験市" }, "USD", Templates, ProcurementReaderTests.Library, Ui);

    [Theory, InlineData("en", "system"), InlineData("ja", "system"), InlineData("en", "consultant"), InlineData("ja", "consultant")]
    public void Draft_FullInitiative_HasNothingMissing(string language, string kind)
    {
        var facts = Draft(kind);

        Assert.DoesNotContain(TermsCheck.Of(facts, Templates, language), f => f.IsMissing);
        Assert.DoesNotContain(facts.Sections.Values.SelectMany(s => s.Values), text => text.Contains('{', StringComparison.Ordinal));
        Assert.Equal([1, 6, 18, 18], facts.Outputs.Select(o => o.Month!.Value));
        Assert.Equal(100, facts.Plan.Leaves.Sum(l => l.Share));
    }

    [Fact]
    public void Draft_FactsOfTheInitiative_StandInTheirSections()
    {
        var facts = Draft();

        Assert.Contains("Fewer leaks.", facts.Sections["background"]["en"], StringComparison.Ordinal);
        Assert.Contains("- Measure\n- Repair", facts.Sections["scope"]["en"], StringComparison.Ordinal);
        Assert.Contains("DCAT metadata", facts.Sections["scope"]["en"], StringComparison.Ordinal);
        Assert.Contains("NGSI-LD", facts.Sections["standards"]["ja"], StringComparison.Ordinal);
        Assert.Contains("Water lost (goal 20 %)", facts.Outputs[^2].Acceptance["en"], StringComparison.Ordinal);
        Assert.DoesNotContain("Why it is needed", Draft(purpose: "").Sections["background"]["en"], StringComparison.Ordinal);
        Assert.DoesNotContain("impact assessment", Draft(risks: []).Sections["data"]["en"], StringComparison.Ordinal);
    }

    [Theory, InlineData("en"), InlineData("ja")]
    public void Check_WhatIsTakenOut_IsNamed(string language)
    {
        var facts = Draft();
        string[] Codes(ProcurementFacts changed) => [.. TermsCheck.Of(changed, Templates, language).Where(f => f.IsMissing).Select(f => $"{f.Where} {f.Code}").Distinct()];
        ProcurementFacts With(string section, string text) => facts with { Sections = new(facts.Sections) { [section] = text.Length == 0 ? [] : new() { [language] = text } } };

        Assert.Equal(["exit empty"], Codes(With("exit", "")));
        Assert.Equal(["exit exit-export", "exit exit-training", "exit rehearsal"], Codes(With("exit", new string('z', 100))).Order(StringComparer.Ordinal));
        Assert.Equal(["data ownership", "data personal"], Codes(With("data", new string('z', 100))));
        Assert.Equal(["security attack"], Codes(With("security", new string('z', 100))));
        Assert.Equal(["payment open"], Codes(With("payment", $"{new string('z', 100)} TBD")));
        Assert.Equal(["payment language"], Codes(facts with { Sections = new(facts.Sections) { ["payment"] = new() { ["km"] = "…" } } }));
        Assert.Equal(["outputs no-date", "outputs no-acceptance"], Codes(facts with { Outputs = [facts.Outputs[0], facts.Outputs[1] with { Month = null, Acceptance = [] }] }));
        Assert.Equal(["outputs no-outputs"], Codes(facts with { Outputs = [] }));
    }

    [Fact]
    public void Check_EveryFinding_HasASentence()
    {
        var facts = Draft() with { Sections = [], Outputs = [], };
        foreach (var language in new[] { "en", "ja" })
            Assert.All(TermsCheck.Of(facts, Templates, language), f => Assert.DoesNotContain('{', f.Sentence(Ui.In(language))));
    }
}
