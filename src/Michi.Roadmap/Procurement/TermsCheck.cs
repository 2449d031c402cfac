using System.Text.RegularExpressions;
using Michi.Approach;
using Michi.Platform.Languages;
using Michi.Roadmap.Initiatives;

namespace Michi.Roadmap.Procurement;

/// <summary>Something terms of reference lack. The sentence is an interface text, <c>procurement.check.{Code}</c>.</summary>
/// <param name="Where">Section, or <c>outputs</c> or <c>plan</c>.</param>
/// <param name="IsMissing">True for what must be there before a tender; false for what is weak.</param>
internal sealed record Finding(string Where, string Code, bool IsMissing, params object?[] Arguments)
{
    public string Sentence(Words words) => words[$"procurement.check.{Code}", Arguments];
}

/// <summary>Names what terms of reference and evaluation plan lack, in the texts of one language.</summary>
/// <remarks>It looks for words and dates; whether a clause is a good one, only a reader can tell.</remarks>
internal static partial class TermsCheck
{
    private const int Few = 80;

    public static IReadOnlyList<Finding> Of(ProcurementFacts facts, ProcurementTemplates templates, string language)
    {
        var findings = new List<Finding>();
        var (words, days) = (templates.Words(language), facts.Outputs.Select(o => o.Month).OfType<int>().DefaultIfEmpty().Max());
        string Text(string section) => facts.Sections.GetValueOrDefault(section)?.GetValueOrDefault(language) ?? "";

        foreach (var section in templates.Sections)
        {
            var (text, name) = (Text(section.Id), words.Name("sections", section.Id));
            // A Japanese text says as much in half the characters.
            if (text.Length == 0) findings.Add(facts.Sections.GetValueOrDefault(section.Id)?.Count > 0 ? new(section.Id, "language", true, name) : new(section.Id, "empty", section.IsRequired, name));
            else if (text.Length < (language == "ja" ? Few / 2 : Few)) findings.Add(new(section.Id, "short", false, name));
            if (text.Length > 0 && Open().IsMatch(text)) findings.Add(new(section.Id, "open", true, name));
        }
        Needs("exit", "exit-export", Export());
        Needs("exit", "exit-training", Training());
        Needs("data", "ownership", Ownership());
        if (facts.Risks.Contains("privacy-breach")) Needs("data", "personal", Personal());
        if (facts.Risks.Contains("cyber-attack")) Needs("security", "attack", Attack());
        if (facts.Risks.Contains("vendor-lock-in")) Needs("exit", "rehearsal", Rehearsal());
        Needs("accessibility", "wcag", Wcag());
        if (Text("service").Length > 0 && !Text("service").Any(char.IsAsciiDigit)) findings.Add(new("service", "service-figures", false));

        if (facts.Outputs.Count == 0) findings.Add(new("outputs", "no-outputs", true));
        foreach (var (index, output) in facts.Outputs.Index())
        {
            var name = InitiativeFacts.TextIn(output.Names, language);
            if (output.Month is null) findings.Add(new("outputs", "no-date", true, index + 1, name));
            if (output.Acceptance.Count == 0) findings.Add(new("outputs", "no-acceptance", true, index + 1, name));
            else if (!output.Acceptance.ContainsKey(language)) findings.Add(new("outputs", "acceptance-language", true, index + 1, name));
        }
        if (facts.Outputs.Count > 0 && facts.Outputs.All(o => o.Month == days)) findings.Add(new("outputs", "one-date", false));
        if (facts.Plan.Method == "qcbs" && facts.Plan.TechnicalWeight < 50) findings.Add(new("plan", "price-heavy", false, 100 - facts.Plan.TechnicalWeight));
        if (facts.Plan.Minimum < 50) findings.Add(new("plan", "minimum-low", false, facts.Plan.Minimum));
        return findings;

        void Needs(string section, string code, Regex clause)
        {
            if (Text(section) is { Length: > 0 } text && !clause.IsMatch(text)) findings.Add(new(section, code, true));
        }
    }

    [GeneratedRegex(@"\b(TBD|TBC|XXX+|to be (determined|decided|defined|confirmed))\b|未定|要検討|【\s*】|\[\s*\]|\{[a-z]+\}", RegexOptions.IgnoreCase)]
    private static partial Regex Open();

    [GeneratedRegex("export|open formats?|取出し|取り出|エクスポート|オープンな形式|編集できるファイル", RegexOptions.IgnoreCase)]
    private static partial Regex Export();

    [GeneratedRegex("train|訓練|研修|教育", RegexOptions.IgnoreCase)]
    private static partial Regex Training();

    [GeneratedRegex("belong|own(s|ed|er)|property of|帰属|所有", RegexOptions.IgnoreCase)]
    private static partial Regex Ownership();

    [GeneratedRegex("^Personal data:|personal (data|information).*(legal basis|retention|delet)|個人(データ|情報).*(法的根拠|保存期間|消去)", RegexOptions.IgnoreCase | RegexOptions.Multiline)]
    private static partial Regex Personal();

    [GeneratedRegex("rehears|drill|exercise|訓練|演習", RegexOptions.IgnoreCase)]
    private static partial Regex Attack();

    [GeneratedRegex("rehears|trial (run|export)|予行|試行", RegexOptions.IgnoreCase)]
    private static partial Regex Rehearsal();

    [GeneratedRegex("WCAG", RegexOptions.IgnoreCase)]
    private static partial Regex Wcag();
}
