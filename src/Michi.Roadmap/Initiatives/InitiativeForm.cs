using System.Globalization;
using Michi.Platform;
using Microsoft.AspNetCore.Http;

namespace Michi.Roadmap.Initiatives;

/// <summary>The fields of the forms about an initiative: what they show, and what they say. Names of fields are those of <see cref="InitiativeCheck"/>.</summary>
internal static class InitiativeForm
{
    public static IReadOnlyList<string> Parts { get; } = ["facts", "money", "conditions", "purpose", "model", "spread"];

    private static readonly string[] Ends = ["low", "planned", "high"];

    /// <summary>Empty rows offered below those there are.</summary>
    public const int Spare = 2;

    /// <summary>Every field of every part with its value.</summary>
    public static Dictionary<string, string> Fields(InitiativeFacts facts, string gate)
    {
        var fields = new Dictionary<string, string>(StringComparer.Ordinal) { ["sector"] = facts.Sector, ["type"] = facts.Type, ["owner"] = facts.Owner, ["district"] = facts.District ?? "", ["gate"] = gate, ["operationSource"] = facts.OperationSource ?? "" };
        foreach (var (field, texts) in new[] { ("names", facts.Names), ("purpose", facts.Purpose), ("result", facts.Result), ("steps", facts.Steps), ("spread", facts.Spread), ("procurement", facts.Procurement), ("quickWinCondition", facts.QuickWinCondition) })
            Texts(field, texts);
        foreach (var (field, ids) in new[] { ("groups", facts.Groups), ("risks", facts.Risks), ("excludes", facts.Excludes), ("together", facts.Together), ("challenges", facts.Challenges), ("leadsTo", facts.LeadsTo) })
            foreach (var id in ids) fields[$"{field}-{id}"] = "true";
        if (facts.IsQuickWin) fields["quickWin"] = "true";
        foreach (var (field, value) in new[] { ("cost", facts.Cost), ("operation", facts.Operation), ("revenue", facts.Revenue), ("duration", facts.Duration), ("beneficiaries", facts.Beneficiaries) }) Range(field, value);
        foreach (var (pool, value) in facts.People) Range($"people-{pool}", value);
        foreach (var (kind, strength) in facts.Benefits) fields[$"benefits-{kind}"] = Text(strength);
        foreach (var (block, text) in facts.Canvas) fields[$"canvas-{block}"] = text;
        Rows("partners", facts.Partners, (p, at) => (fields[$"{at}-helix"], fields[$"{at}-name"]) = (p.Helix, p.Name));
        Rows("funding", facts.Funding, (f, at) => (fields[$"{at}-source"], fields[$"{at}-share"], fields[$"{at}-year"]) = (f.Source, Text(Math.Round(f.Share * 100, 6)), f.Year is { } y ? Text(y) : ""));
        Rows("prerequisites", facts.Prerequisites, (p, at) => (fields[$"{at}-initiative"], fields[$"{at}-lag"]) = (p.Initiative, Text(p.Lag)));
        Rows("needs", facts.Needs, (n, at) => (fields[$"{at}-element"], fields[$"{at}-level"]) = (n.Element, Text(n.Level)));
        Rows("lifts", facts.Lifts, (l, at) =>
        {
            (fields[$"{at}-element"], fields[$"{at}-from"], fields[$"{at}-to"], fields[$"{at}-holds"]) = (l.Element, Text(l.From), Text(l.To), l.Holds ? "true" : "");
            Texts($"{at}-condition", l.Condition);
        });
        Rows("kpis", facts.Kpis, (k, at) =>
        {
            Texts($"{at}-names", k.Names);
            (fields[$"{at}-id"], fields[$"{at}-unit"], fields[$"{at}-more"], fields[$"{at}-source"], fields[$"{at}-target"]) = (k.Id, k.Unit, k.MoreIsBetter ? "more" : "less", k.Source, k.Target ?? "");
            (fields[$"{at}-baseline"], fields[$"{at}-goal"]) = (k.Baseline is { } b ? Text(b) : "", k.Goal is { } g ? Text(g) : "");
        });
        Rows("milestones", facts.Milestones, (m, at) =>
        {
            Texts($"{at}-names", m.Names);
            (fields[$"{at}-id"], fields[$"{at}-quarter"]) = (m.Id, Text(m.Quarter));
        });
        Rows("support", facts.Support, (s, at) => (fields[$"{at}-programme"], fields[$"{at}-whom"], fields[$"{at}-what"]) = (s.Programme, s.Whom, s.What));
        return fields;

        void Texts(string field, Dictionary<string, string> texts)
        {
            foreach (var (language, text) in texts) fields[$"{field}-{language}"] = text;
        }

        void Range(string field, Expected value) =>
            (fields[$"{field}-low"], fields[$"{field}-planned"], fields[$"{field}-high"], fields[$"{field}-source"]) = (Text(value.Low), Text(value.Planned), Text(value.High), value.Source);

        static void Rows<T>(string field, IReadOnlyList<T> rows, Action<T, string> write)
        {
            for (var i = 0; i < rows.Count; i++) write(rows[i], FormattableString.Invariant($"{field}-{i}"));
        }
    }

    /// <summary>The facts with one part replaced by what a form says. Rows without a key are left out; numbers that are none are refused at their field.</summary>
    /// <param name="pools">Staff pools of the library.</param>
    public static InitiativeFacts Read(string part, IFormCollection form, InitiativeFacts before, IReadOnlyList<string> pools, InputCheck check)
    {
        return part switch
        {
            "facts" => before with
            {
                Names = Texts("names"),
                Sector = F("sector"),
                Type = F("type"),
                Owner = F("owner"),
                District = F("district"),
                Groups = Ticked("groups"),
                Partners = Rows("partners", "name", at => new Partner(F($"{at}-helix"), F($"{at}-name"))),
                IsQuickWin = F("quickWin") == "true",
            },
            "money" => before with
            {
                Cost = Range("cost", 0, InitiativeCheck.MaxAmount),
                Operation = Range("operation", 0, InitiativeCheck.MaxAmount),
                Revenue = Range("revenue", 0, InitiativeCheck.MaxAmount),
                Duration = Range("duration", 1, InitiativeCheck.MaxQuarters),
                People = pools.Where(p => F($"people-{p}-planned").Length > 0 || F($"people-{p}-low").Length > 0 || F($"people-{p}-high").Length > 0).ToDictionary(p => p, p => Range($"people-{p}", 0, InitiativeCheck.MaxPeople)),
                Funding = Rows("funding", "source", at => new FundingShare(F($"{at}-source"), (Number($"{at}-share", 0, 100) ?? 0) / 100, F($"{at}-year").Length == 0 ? null : (int?)Number($"{at}-year", 1, 15, whole: true))),
                OperationSource = F("operationSource"),
            },
            "conditions" => before with
            {
                Prerequisites = Rows("prerequisites", "initiative", at => new Prerequisite(F($"{at}-initiative"), F($"{at}-lag").Length == 0 ? 0 : (int)(Number($"{at}-lag", 0, InitiativeCheck.MaxQuarters, whole: true) ?? 0))),
                Needs = Rows("needs", "element", at => new LevelNeed(F($"{at}-element"), (int)(Number($"{at}-level", 1, 4, whole: true) ?? 1))),
                Excludes = Ticked("excludes"),
                Together = Ticked("together"),
            },
            "purpose" => before with
            {
                Purpose = Texts("purpose"),
                Result = Texts("result"),
                Steps = Texts("steps"),
                Lifts = Rows("lifts", "element", at => new LiftClaim(F($"{at}-element"), (int)(Number($"{at}-from", 0, 3, whole: true) ?? 0), (int)(Number($"{at}-to", 1, 4, whole: true) ?? 1), Texts($"{at}-condition"), F($"{at}-holds") == "true")),
                Beneficiaries = Range("beneficiaries", 0, 1),
                Benefits = form.Keys.Where(k => k.StartsWith("benefits-", StringComparison.Ordinal) && F(k).Length > 0).Take(100).ToDictionary(k => k[9..], k => (int)(Number(k, 1, 3, whole: true) ?? 1)),
                Kpis = Rows("kpis", "unit", at => new Kpi(F($"{at}-id").Length > 0 ? F($"{at}-id") : $"kpi{at[4..]}", Texts($"{at}-names"), F($"{at}-unit"), F($"{at}-more") != "less", F($"{at}-source").Length > 0 ? F($"{at}-source") : "own",
                    F($"{at}-baseline").Length == 0 ? null : Number($"{at}-baseline", -InitiativeCheck.MaxAmount, InitiativeCheck.MaxAmount), F($"{at}-goal").Length == 0 ? null : Number($"{at}-goal", -InitiativeCheck.MaxAmount, InitiativeCheck.MaxAmount), F($"{at}-target"))),
                Challenges = Ticked("challenges"),
                LeadsTo = Ticked("leadsTo"),
            },
            "model" => before with
            {
                Canvas = InitiativeCheck.Canvas.Where(b => F($"canvas-{b}").Length > 0).ToDictionary(b => b, b => F($"canvas-{b}")),
                Support = Rows("support", "programme", at => new SupportRequest(F($"{at}-programme"), F($"{at}-whom"), F($"{at}-what"))),
                Procurement = Texts("procurement"),
            },
            _ => before with
            {
                Milestones = Rows("milestones", "quarter", at => new Milestone(F($"{at}-id").Length > 0 ? F($"{at}-id") : $"m{at[10..]}", Texts($"{at}-names"), (int)(Number($"{at}-quarter", 0, InitiativeCheck.MaxQuarters, whole: true) ?? 0))),
                Spread = Texts("spread"),
                Risks = Ticked("risks"),
                QuickWinCondition = Texts("quickWinCondition"),
            },
        };

        string F(string name) => form[name].ToString().ReplaceLineEndings("\n").Trim();

        double? Number(string field, double min, double max, bool whole = false) => check.Number(field, F(field), min, max, whole: whole);

        // Only one figure known: it stands for the range.
        Expected Range(string field, double min, double max)
        {
            var given = Ends.Select(e => F($"{field}-{e}").Length == 0 ? null : Number($"{field}-{e}", min, max)).ToArray();
            var planned = given[1] ?? (given[0] is { } l && given[2] is { } h ? (l + h) / 2 : given[0] ?? given[2] ?? min);
            return new(given[0] ?? planned, planned, given[2] ?? planned, F($"{field}-source"));
        }

        List<string> Ticked(string field) => [.. form.Keys.Where(k => k.StartsWith($"{field}-", StringComparison.Ordinal) && F(k) == "true").Select(k => k[(field.Length + 1)..])];

        Dictionary<string, string> Texts(string field) => form.Keys.Where(k => k.StartsWith($"{field}-", StringComparison.Ordinal) && F(k).Length > 0).Take(20).ToDictionary(k => k[(field.Length + 1)..], F);

        List<T> Rows<T>(string field, string key, Func<string, T> one) => [.. Enumerable.Range(0, InitiativeCheck.MaxRows + 1).Select(i => FormattableString.Invariant($"{field}-{i}")).Where(at => F($"{at}-{key}").Length > 0).Select(one)];
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
