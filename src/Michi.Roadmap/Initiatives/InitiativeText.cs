using Michi.Approach;
using Michi.Platform.Languages;

namespace Michi.Roadmap.Initiatives;

/// <summary>What an initiative says, in words of a language: on pages, in tables and in differences between versions.</summary>
/// <param name="t">Interface texts.</param>
/// <param name="pack">Texts of the approach.</param>
/// <param name="library">Texts of the library.</param>
/// <param name="names">Code of an initiative → its name.</param>
/// <param name="currency">Currency of the amounts.</param>
internal sealed class InitiativeText(Words t, PackWords pack, PackWords library, IReadOnlyDictionary<string, string> names, string currency)
{
    public string NameOf(string code) => names.GetValueOrDefault(code) ?? library.Find($"{code}.name") ?? code;

    public string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "#,0" : "#,0.##", t.Culture);

    public string Money(double value) => t["initiative.money", currency, Number(value)];

    /// <summary>“46,000 (18,400–73,700)”; one figure where nothing is uncertain.</summary>
    public string Range(Expected value, Func<double, string> write) =>
        value.Low == value.High ? write(value.Planned) : t["initiative.range", write(value.Planned), Number(value.Low), Number(value.High)];

    public string Quarters(Expected value) => t["initiative.quarters", Range(value, Number)];

    public string People(Expected value) => t["initiative.people", Range(value, v => v.ToString("0.##", t.Culture))];

    public string Percent(Expected value) => value.Low == value.High ? value.Planned.ToString("P0", t.Culture)
        : t["initiative.range", value.Planned.ToString("P0", t.Culture), value.Low.ToString("P0", t.Culture), value.High.ToString("P0", t.Culture)];

    public string Source(string source) => source == Expected.Assumption ? t["initiative.assumption"] : source;

    public string Element(string id) => $"{id} {pack.Find($"elements.{id}.name")}".TrimEnd();

    public string Lift(string element, int from, int to) => t["initiative.lift", Element(element), from, to];

    public string Pool(string id) => library.Find($"library.pools.{id}.name") ?? id;

    public string Unit(string id) => library.Find($"library.units.{id}") ?? id;

    public string Sector(string id) => library.Find($"library.sectors.{id}") ?? id;

    /// <summary>Every field that says something, by its id under <c>initiative.field</c>, in the order of the page.</summary>
    public IReadOnlyList<(string Field, string Text)> Lines(InitiativeFacts facts)
    {
        var lines = new List<(string, string)>();
        Add("names", Texts(facts.Names));
        Add("sector", Sector(facts.Sector));
        Add("type", library.Find($"library.types.{facts.Type}") ?? facts.Type);
        Add("owner", facts.Owner);
        Add("partners", Join(facts.Partners, p => $"{t[$"initiative.helix.{p.Helix}"]}: {p.Name}"));
        Add("district", facts.District ?? "");
        Add("groups", Join(facts.Groups, g => t[$"groups.{g}"]));
        Add("quickWin", facts.IsQuickWin ? t["initiative.yes"] : "");
        Add("quickWinCondition", Texts(facts.QuickWinCondition));
        Add("cost", Amount(facts.Cost));
        Add("operation", Amount(facts.Operation));
        Add("revenue", Amount(facts.Revenue));
        Add("duration", $"{Quarters(facts.Duration)} · {Source(facts.Duration.Source)}");
        Add("people", Join(facts.People, p => $"{Pool(p.Key)}: {People(p.Value)} · {Source(p.Value.Source)}"));
        Add("funding", Join(facts.Funding, f => f.Year is { } year ? t["initiative.funding-year", f.Source, f.Share, year] : t["initiative.funding-all", f.Source, f.Share]));
        Add("operationSource", facts.OperationSource ?? "");
        Add("prerequisites", Join(facts.Prerequisites, p => p.Lag > 0 ? t["initiative.lag", NameOf(p.Initiative), p.Lag] : NameOf(p.Initiative)));
        Add("needs", Join(facts.Needs, n => t["initiative.need", Element(n.Element), n.Level]));
        Add("excludes", Join(facts.Excludes, NameOf));
        Add("together", Join(facts.Together, NameOf));
        Add("purpose", Texts(facts.Purpose));
        Add("result", Texts(facts.Result));
        Add("steps", Texts(facts.Steps));
        Add("lifts", Join(facts.Lifts, l => Lift(l.Element, l.From, l.To) + (l.Condition.Count == 0 ? "" : $" · {InitiativeFacts.TextIn(l.Condition, t.Language)}") + (l.Holds ? "" : $" · {t["initiative.not-confirmed"]}")));
        Add("beneficiaries", facts.Beneficiaries.High > 0 ? $"{Percent(facts.Beneficiaries)} · {Source(facts.Beneficiaries.Source)}" : "");
        Add("benefits", Join(facts.Benefits, b => $"{library.Find($"library.benefits.{b.Key}") ?? b.Key}: {t[$"initiative.strength.{b.Value}"]}"));
        Add("kpis", Join(facts.Kpis, k => string.Join(" · ", new[] { InitiativeFacts.TextIn(k.Names, t.Language), Unit(k.Unit), k.Baseline is { } b ? t["initiative.baseline", b] : "", k.Goal is { } g ? t["initiative.goal", g] : "", k.Source }.Where(x => x.Length > 0))));
        Add("challenges", Join(facts.Challenges, c => c));
        Add("leadsTo", Join(facts.LeadsTo, c => c));
        foreach (var block in InitiativeCheck.Canvas.Where(facts.Canvas.ContainsKey)) Add($"canvas-{block}", facts.Canvas[block]);
        Add("milestones", Join(facts.Milestones.OrderBy(m => m.Quarter), m => t["initiative.milestone", InitiativeFacts.TextIn(m.Names, t.Language), m.Quarter]));
        Add("spread", Texts(facts.Spread));
        Add("risks", Join(facts.Risks, r => library.Find($"library.risks.{r}.name") ?? r));
        Add("procurement", Texts(facts.Procurement));
        Add("support", Join(facts.Support, s => $"{pack.Find($"programmes.{s.Programme}.name") ?? s.Programme}: {s.Whom} · {s.What}"));
        return lines;

        void Add(string field, string text)
        {
            if (text.Length > 0) lines.Add((field, text));
        }
    }

    /// <summary>What a field is called.</summary>
    public string Field(string id) => id.StartsWith("canvas-", StringComparison.Ordinal) ? t[$"initiative.canvas.{id[7..]}"] : t[$"initiative.field.{id}"];

    /// <summary>Where two versions differ: the field, what it said before and what it says after; empty where it said nothing.</summary>
    public IReadOnlyList<(string Field, string Before, string After)> Differences(InitiativeFacts before, InitiativeFacts after)
    {
        var (earlier, later) = (Lines(before).ToDictionary(l => l.Field, l => l.Text), Lines(after).ToDictionary(l => l.Field, l => l.Text));
        return [.. earlier.Keys.Union(later.Keys).Select(f => (f, Before: earlier.GetValueOrDefault(f) ?? "", After: later.GetValueOrDefault(f) ?? "")).Where(d => d.Before != d.After)];
    }

    private string Amount(Expected value) => value.High > 0 || value.Planned > 0 ? $"{Range(value, Money)} · {Source(value.Source)}" : "";

    private static string Join<T>(IEnumerable<T> items, Func<T, string> one) => string.Join('\n', items.Select(one));

    private static string Texts(Dictionary<string, string> texts) => string.Join('\n', texts.OrderBy(x => x.Key, StringComparer.Ordinal).Select(x => $"{x.Key}: {x.Value}"));
}
