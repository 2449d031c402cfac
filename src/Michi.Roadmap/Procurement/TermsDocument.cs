using static Michi.Roadmap.Procurement.WordParts;

namespace Michi.Roadmap.Procurement;

/// <summary>Writes terms of reference, their outputs and the evaluation plan as a Word document in the page's language.</summary>
internal static class TermsDocument
{
    /// <returns>The bytes of a DOCX file.</returns>
    public static byte[] Of(TermsPage page)
    {
        var (t, names, facts) = (page.T, page.Names, page.Facts);
        return Written(page.Lang, body =>
        {
            body.Append(Line(t["procurement.terms"], "Title"), Line(facts.NameIn(page.Lang), "Subtitle"));
            body.Append(Line(t["procurement.head", t[$"procurement.kinds.{facts.Kind}"], facts.DraftedFrom, page.Procurement.Version, page.Moment(page.Procurement.ChangedAt)]));
            if (page.Procurement.IsDemonstration) body.Append(Line($"{t["procurement.demo"]}: {t["procurement.demo-text"]}"));
            foreach (var (i, section) in page.Templates.Sections.Index())
            {
                body.Append(Line($"{i + 1}. {names.Name("sections", section.Id)}", "Heading1"));
                var text = facts.Sections.GetValueOrDefault(section.Id)?.GetValueOrDefault(page.Lang) ?? t["procurement.nothing"];
                foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries)) body.Append(line.StartsWith("- ", StringComparison.Ordinal) ? Line($"• {line[2..]}", "ListParagraph") : Line(line));
            }
            body.Append(Line($"{page.Templates.Sections.Count + 1}. {t["procurement.outputs"]}", "Heading1"));
            body.Append(TableOf([600, 3400, 1500, 4000], [[t["procurement.number"], t["procurement.output"], t["procurement.month"], t["procurement.acceptance"]],
                .. facts.Outputs.Select((o, i) => new[] { $"{i + 1}", page.TextIn(o.Names), o.Month is { } month ? t["procurement.month-of", month] : t["procurement.month-none"], page.TextIn(o.Acceptance) })]));
            body.Append(Line($"{page.Templates.Sections.Count + 2}. {t["procurement.plan"]}", "Heading1"));
            body.Append(Line(t.Sentences(t[$"procurement.methods.{facts.Plan.Method}"], facts.Plan.Method == "qcbs" ? t["procurement.formula", facts.Plan.TechnicalWeight, 100 - facts.Plan.TechnicalWeight] : null, t["procurement.minimum-is", facts.Plan.Minimum], t["procurement.evaluators-are", facts.Plan.Evaluators, facts.Plan.Threshold])));
            body.Append(TableOf([6500, 1500, 1500], [[t["procurement.criterion"], t["procurement.weight"], t["procurement.share"]],
                .. page.Criteria.Select(c => new[] { (c.Id.Contains('.', StringComparison.Ordinal) ? "– " : "") + page.Criterion(c.Id), c.Weight.ToString("0.##", t.Culture), c.Share > 0 ? c.Share.ToString("0.##", t.Culture) : "" })]));
            body.Append(Line(t["procurement.scale"], "Heading2"));
            body.Append(TableOf([2000, 1500, 6000], [[t["procurement.grade"], t["procurement.points"], t["procurement.anchor"]],
                .. page.Templates.Scale.Select(g => new[] { names.Name("scale", g.Id), $"{g.Points}", names[$"scale.{g.Id}.anchor"] })]));
        });
    }
}
