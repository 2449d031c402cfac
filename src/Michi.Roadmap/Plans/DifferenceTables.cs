using Michi.Approach;
using Michi.Platform;
using Michi.Platform.Languages;
using Michi.Platform.Tables;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Vision;

namespace Michi.Roadmap.Plans;

/// <summary>A difference with the page that shows it.</summary>
/// <param name="Vision">Names the aims of the place.</param>
/// <param name="IsPage">Whether the page is about nothing else: its figures are open, its tables can be downloaded.</param>
internal sealed record ShownDifference(PlanDifference Difference, PlacePage Page, VisionFacts? Vision, bool IsPage)
{
    public DifferenceTables Tables { get; } = new(Difference, Page.T, Page.Pack, Vision);
}

/// <summary>A figure of both plans, and what it is of.</summary>
/// <param name="Group">Ending of a text, <c>difference.group.…</c>.</param>
/// <param name="Format">How its numbers are written.</param>
internal sealed record FigureRow(string Group, string What, Figure Figure, string Format);

/// <summary>The difference between two plans as tables, the same for page and file.</summary>
internal sealed class DifferenceTables(PlanDifference difference, Words t, PackWords pack, VisionFacts? vision)
{
    /// <summary>A row for each initiative that one of the plans does.</summary>
    public Table Initiatives => new(t["difference.initiatives"],
        [new(t["difference.code"], 26), new(t["difference.initiative"], 46), new(t["difference.what"], 16), new(t["difference.before-from"], 14), new(t["difference.before-to"], 14), new(t["difference.after-from"], 14), new(t["difference.after-to"], 14), new(t["difference.later"], 14)],
        difference.Initiatives.Select(c => (IReadOnlyList<TableCell>)
        [
            c.Initiative.Code, c.Initiative.Facts.NameIn(t.Language), t[$"difference.kind.{c.Kind}"], c.Before?.From.ToString(), c.Before?.Last.ToString(), c.After?.From.ToString(), c.After?.Last.ToString(), c.Kind == "moved" ? c.Later : (int?)null,
        ]))
    { FrozenColumns = 2 };

    /// <summary>A row for each figure of the two plans.</summary>
    public Table Figures => new(t["difference.figures"],
        [new(t["difference.group.title"], 24), new(t["difference.figure"], 46), new(t["difference.before"], 16), new(t["difference.after"], 16), new(t["difference.by"], 16)],
        Rows().Select(r => (IReadOnlyList<TableCell>)[t[$"difference.group.{r.Group}"], r.What, r.Figure.Before, r.Figure.After, r.Figure.By]))
    { FrozenColumns = 2 };

    /// <summary>Every figure, in the order of the page.</summary>
    public IEnumerable<FigureRow> Rows()
    {
        yield return new("plan", t["difference.value"], difference.Value, "N1");
        yield return new("plan", t["difference.count"], new(difference.Before.Schedule.Count, difference.After.Schedule.Count), "N0");
        yield return new("plan", t["difference.setup", Currency], difference.Setup, "N0");
        yield return new("plan", t["difference.operation", Currency], difference.Operation, "N0");
        foreach (var year in difference.Money.GroupBy(m => m.Year).OrderBy(y => y.Key, StringComparer.Ordinal))
            yield return new("money", t["difference.all-sources", year.Key], new(year.Sum(m => m.Spent.Before), year.Sum(m => m.Spent.After)), "N0");
        foreach (var money in difference.Money)
        {
            var source = MichiPage.Isolate(InitiativeFacts.TextIn(new(money.Names), t.Language));
            yield return new("money", t["difference.spent", source, money.Year], money.Spent, "N0");
            yield return new("money", t["difference.available", source, money.Year], money.Available, "N0");
        }
        foreach (var (pool, peak) in difference.People) yield return new("people", t[$"plan-report.pools.{pool}"], peak, "0.#");
        foreach (var (element, level) in difference.Levels.OrderBy(l => l.Key, StringComparer.Ordinal)) yield return new("levels", $"{element} {pack.Name("elements", element)}", level, "0.#");
        foreach (var (aim, count) in difference.Aims)
            if (NameOf(aim) is { } name) yield return new("aims", name, count, "N0");
    }

    /// <summary>The whole in a sentence or two.</summary>
    public string Sentence
    {
        get
        {
            if (difference.IsSame) return t["difference.same", difference.Initiatives.Count];
            var moves = t["difference.sentence", difference.Count("entered"), difference.Count("left"), difference.Count("moved"), difference.Count("same")];
            var setup = difference.Setup.IsSame ? t["difference.setup-same"] : t["difference.setup-changes", difference.Setup.Before, difference.Setup.After, Currency];
            return t.Sentences(moves, ValueSentence, setup);
        }
    }

    private string ValueSentence => difference switch
    {
        { IsComparable: true, Value: { IsSame: true } value } => t["difference.value-same", value.After],
        { IsComparable: true, Value: var value } => t[value.By > 0 ? "difference.value-gains" : "difference.value-loses", value.Before, value.After, Math.Abs(value.By), Math.Abs(value.By) / Math.Max(1e-9, Math.Abs(value.Before))],
        { Remeasured: { } before, Value: var value } => t["difference.value-remeasured", before, value.After],
        { Value: var value } => t["difference.value-unlike", value.Before, value.After],
    };

    private string Currency => difference.After.Input.Currency;

    private string? NameOf(string aim) =>
        (vision?.Targets.FirstOrDefault(x => x.Id == aim)?.Names ?? vision?.Objectives.FirstOrDefault(x => x.Id == aim)?.Names ?? vision?.Logic.FirstOrDefault(x => x.Id == aim)?.Names) is { } names ? InitiativeFacts.TextIn(names, t.Language) : null;
}
