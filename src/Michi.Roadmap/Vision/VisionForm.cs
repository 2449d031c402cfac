using System.Globalization;
using Michi.Platform;
using Michi.Platform.Places;

namespace Michi.Roadmap.Vision;

/// <summary>The parts of a vision that have a form of their own, as the values of its fields and back.</summary>
internal static class VisionForm
{
    public static IReadOnlyList<string> Parts { get; } = ["statement", "objectives", "targets", "alignments", "logic"];

    /// <summary>The fields of a part; null where there is none with this id. An alignment's id is its place in the list, from 1.</summary>
    public static Dictionary<string, string>? Values(VisionFacts facts, string part, string id)
    {
        var values = part switch
        {
            "statement" => Texts("statement", facts.Statement).Concat([("horizon", Number(facts.Horizon)), ("currency", facts.Currency), ("perDollar", Number(facts.PerDollar)), ("perDollarSource", facts.PerDollarSource)]),
            "objectives" when facts.Objectives.Find(o => o.Id == id) is { } o => Texts("names", o.Names),
            "targets" when facts.Targets.Find(t => t.Id == id) is { } t => Texts("names", t.Names).Concat(
                [("objective", t.Objective ?? ""), ("unit", t.Unit), ("baseline", Number(t.Baseline)), ("baselineYear", Number(t.BaselineYear)), ("goal", Number(t.Goal)), ("year", Number(t.Year)), ("measurement", t.Measurement), ("source", t.Source)]),
            "alignments" when facts.Alignments.ElementAtOrDefault(Index(id)) is { } a => [("kind", a.Kind), ("document", a.Document), ("section", a.Section), ("address", a.Address), ("objective", a.Objective ?? "")],
            "logic" when facts.Logic.Find(l => l.Id == id) is { } l => Texts("names", l.Names).Concat([("kind", l.Kind), ("leadsTo", string.Join(' ', l.LeadsTo))]),
            _ => null,
        };
        return values?.Where(v => v.Item2.Length > 0).ToDictionary(v => v.Item1, v => v.Item2);
    }

    /// <summary>The vision with a part as its form says; a new part (id <c>new</c>) gets an id after its name.</summary>
    public static VisionFacts With(VisionFacts facts, string part, string id, IReadOnlyDictionary<string, string> values, InputCheck check, string first)
    {
        string Field(string name) => values.GetValueOrDefault(name, "");
        double? Typed(string name, bool required = false) => check.Number(name, Field(name), double.MinValue, double.MaxValue, required);
        int? Year(string name) => (int?)check.Number(name, Field(name), VisionInput.FirstYear, VisionInput.LastYear, required: false, whole: true);
        var names = TextsOf("names", values);
        switch (part)
        {
            case "objectives":
                return facts with { Objectives = Put(facts.Objectives, VisionInput.Objective(check, new(IdOf("objective"), names), first), o => o.Id) };
            case "targets":
                return facts with
                {
                    Targets = Put(facts.Targets, VisionInput.Target(check, new(IdOf("target"), Field("objective"), names, Field("unit"), Typed("baseline"), Year("baselineYear"), Typed("goal"), Year("year"), Field("measurement"), Field("source")), first), t => t.Id),
                };
            case "logic":
                var step = VisionInput.Step(check, new(IdOf("step"), Field("kind"), names, [.. Field("leadsTo").Split(' ', StringSplitOptions.RemoveEmptyEntries)]), first);
                return facts with { Logic = Put(facts.Logic, step, l => l.Id) };
            case "alignments":
                var alignment = VisionInput.Alignment(check, new(Field("kind"), Field("document"), Field("section"), Field("address"), Field("objective")));
                if (id == "new") return facts with { Alignments = Limited(facts.Alignments.Append(alignment)) };
                return facts with { Alignments = [.. facts.Alignments.Select((a, i) => i == Index(id) ? alignment : a)] };
            default:
                var sound = facts with { Statement = TextsOf("statement", values), Horizon = Year("horizon"), Currency = Field("currency"), PerDollar = Typed("perDollar", required: true) ?? 1, PerDollarSource = Field("perDollarSource") };
                return VisionInput.Statement(check, sound, first);
        }

        string IdOf(string kind)
        {
            if (id != "new") return id;
            var taken = facts.Objectives.Select(o => o.Id).Concat(facts.Targets.Select(t => t.Id)).Concat(facts.Logic.Select(l => l.Id)).ToHashSet(StringComparer.Ordinal);
            var slug = Slugs.From(names.GetValueOrDefault("en") ?? "");
            if (slug.Length > 40) slug = slug[..40].Trim('-');
            var start = Slugs.IsValid(slug) ? slug : kind;
            return Enumerable.Range(1, taken.Count + 1).Select(n => n == 1 && start == slug ? slug : $"{start}-{n}").First(i => !taken.Contains(i));
        }

        List<T> Put<T>(List<T> parts, T part, Func<T, string> idOf) =>
            id == "new" ? Limited(parts.Append(part)) : [.. parts.Select(p => idOf(p) == id ? part : p)];

        List<T> Limited<T>(IEnumerable<T> parts)
        {
            List<T> all = [.. parts];
            if (all.Count > VisionInput.MaxParts) check.Refuse($"names-{first}", "limit", VisionInput.MaxParts);
            return all;
        }
    }

    /// <summary>The vision without a part, and without what refers to it.</summary>
    public static VisionFacts Without(VisionFacts facts, string part, string id)
    {
        if (part == "alignments") return facts with { Alignments = [.. facts.Alignments.Where((_, i) => i != Index(id))] };
        return facts with
        {
            Objectives = [.. facts.Objectives.Where(o => o.Id != id)],
            Targets = [.. facts.Targets.Where(t => t.Id != id).Select(t => t.Objective == id ? t with { Objective = null } : t)],
            Alignments = [.. facts.Alignments.Select(a => a.Objective == id ? a with { Objective = null } : a)],
            Logic = [.. facts.Logic.Where(l => l.Id != id).Select(l => l with { LeadsTo = [.. l.LeadsTo.Where(to => to != id)] })],
        };
    }

    private static int Index(string id) => int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number - 1 : -1;

    private static IEnumerable<(string, string)> Texts(string field, Dictionary<string, string> texts) => texts.Select(t => ($"{field}-{t.Key}", t.Value));

    private static Dictionary<string, string> TextsOf(string field, IReadOnlyDictionary<string, string> values) =>
        values.Where(v => v.Key.StartsWith($"{field}-", StringComparison.Ordinal)).ToDictionary(v => v.Key[(field.Length + 1)..], v => v.Value);

    private static string Number(double? number) => number?.ToString("R", CultureInfo.InvariantCulture) ?? "";
}
