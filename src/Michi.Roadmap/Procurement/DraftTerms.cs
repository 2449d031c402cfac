using System.Text.RegularExpressions;
using Michi.Approach;
using Michi.Platform.Languages;
using Michi.Roadmap.Initiatives;

namespace Michi.Roadmap.Procurement;

/// <summary>Drafts terms of reference from what a city says of an initiative. Pure; what the initiative does not say is left out, never made up.</summary>
internal static partial class DraftTerms
{
    /// <param name="placeNames">Names of the place by language.</param>
    /// <param name="currency">ISO 4217 code of the amounts of the initiative.</param>
    public static ProcurementFacts Of(Initiative initiative, string kind, IReadOnlyDictionary<string, string> placeNames, string currency, ProcurementTemplates templates, InitiativeLibrary library, UiTexts ui)
    {
        var facts = initiative.Facts;
        var written = templates.Languages.ToDictionary(l => l, l => Facts(l));
        var template = templates.Templates.First(t => t.Kind == kind);
        return new()
        {
            Names = facts.Names,
            Kind = kind,
            DraftedFrom = $"{templates.Id} {templates.Version}",
            Risks = facts.Risks,
            Sections = templates.Sections.ToDictionary(s => s.Id, s => ByLanguage(language => string.Join("\n\n",
                s.Paragraphs.Where(p => p.Suits(kind, facts.Sector, facts.Risks)).Select(p => Filled(templates.Words(language)[$"sections.{s.Id}.paragraphs.{p.Id}"], written[language])).OfType<string>()))),
            Outputs = Outputs(facts),
            Plan = new(template.Id, template.Method, template.TechnicalWeight, template.Minimum,
                template.Criteria.SelectMany(c => c.Parts.Select(p => ($"{c.Id}.{p.Id}", p.Weight)).Prepend((c.Id, c.Weight))).ToDictionary(w => w.Item1, w => w.Item2)),
        };

        Dictionary<string, string> ByLanguage(Func<string, string?> text) =>
            templates.Languages.Select(l => (l, Text: text(l) ?? "")).Where(t => t.Text.Length > 0).ToDictionary(t => t.l, t => t.Text);

        // Each fact in the words of a language; one the initiative does not state is empty.
        Dictionary<string, string> Facts(string language)
        {
            var (names, words) = (library.Words(language), ui.In(language));
            string In(Dictionary<string, string> texts) => InitiativeFacts.TextIn(texts, language).Trim();
            string Number(double number) => number.ToString("#,0.##", words.Culture);
            var place = placeNames.GetValueOrDefault(language) ?? placeNames.GetValueOrDefault("en") ?? placeNames.Values.First();
            return new()
            {
                ["name"] = facts.NameIn(language),
                ["place"] = place,
                ["owner"] = facts.Owner.Length > 0 ? facts.Owner : place,
                ["purpose"] = In(facts.Purpose),
                ["result"] = In(facts.Result),
                ["steps"] = string.Join('\n', In(facts.Steps).Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(s => $"- {s}")),
                ["quarters"] = Number(facts.Duration.Planned),
                ["kpis"] = List(facts.Kpis.Select(k => k.Goal is { } goal ? words["procurement.draft.kpi-goal", In(k.Names), Number(goal), names.Find($"library.units.{k.Unit}") ?? k.Unit] : In(k.Names))),
                ["risks"] = List(facts.Risks.Select(r => names.Find($"library.risks.{r}.name") ?? r)),
                ["people"] = List(facts.People.Select(p => words["procurement.draft.people", names.Find($"library.pools.{p.Key}.name") ?? p.Key, Number(p.Value.Planned)])),
                ["partners"] = List(facts.Partners.Select(p => p.Name)),
                ["hint"] = initiative.LibraryId is { } id ? names.Find($"{id}.procurement")?.Trim() ?? "" : "",
                ["operation"] = facts.Operation.Planned > 0 ? $"{currency} {Number(facts.Operation.Planned)}" : "",
            };

            string List(IEnumerable<string> items) => string.Join(words["list.separator"], items);
        }

        List<TermsOutput> Outputs(InitiativeFacts facts)
        {
            var months = (int)Math.Ceiling(facts.Duration.Planned * 3);
            TermsOutput Fixed(string id, string acceptance, int? month) => new(ByLanguage(l => Filled(templates.Words(l)[$"outputs.{id}"], written[l])), month, ByLanguage(l => Filled(templates.Words(l)[$"acceptance.{acceptance}"], written[l])));
            var outputs = new List<TermsOutput> { Fixed("plan", "plan", 1) };
            outputs.AddRange(facts.Milestones.OrderBy(m => m.Quarter).Select(m => new TermsOutput(m.Names, Math.Max(1, m.Quarter * 3),
                ByLanguage(l => Filled(templates.Words(l)["acceptance.milestone"], new() { ["milestone"] = InitiativeFacts.TextIn(m.Names, l) })))));
            outputs.Add(Fixed("result", "kpis", months));
            outputs.Add(Fixed("handover", "handover", months));
            outputs.RemoveAll(o => o.Names.Count == 0);
            return outputs;
        }
    }

    /// <summary>A text with its facts; null where one of them is not known.</summary>
    internal static string? Filled(string text, Dictionary<string, string> facts)
    {
        var isKnown = true;
        var filled = Placeholder().Replace(text, fact =>
        {
            var value = facts.GetValueOrDefault(fact.Groups[1].Value, "");
            isKnown &= value.Length > 0;
            return value;
        });
        return isKnown ? filled : null;
    }

    [GeneratedRegex(@"\{([a-z]+)\}")]
    private static partial Regex Placeholder();
}
