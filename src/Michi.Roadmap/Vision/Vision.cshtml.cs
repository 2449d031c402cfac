using Michi.Platform;
using Michi.Platform.Accounts;
using Michi.Platform.Charts;
using Michi.Platform.Tables;
using Michi.Roadmap.Initiatives;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Vision;

/// <summary>What a place wants to become, how it is measured, what leads there, and what the vision still leaves open.</summary>
[Allow(Right.ViewPlace)]
internal sealed class VisionPage(SaveVision visions, RoadmapDb db) : PlacePage
{
    public override string Step => "plan";
    public PlaceVision? Vision { get; private set; }
    public IReadOnlyList<Activity> Activities { get; private set; } = [];
    public bool MayEdit { get; private set; }

    /// <summary>What is open, for those who work on it; null for other readers.</summary>
    public IReadOnlyList<Finding>? Findings { get; private set; }

    public async Task OnGetAsync(CancellationToken cancel)
    {
        await LoadAsync(cancel);
        MayEdit = await Reader.CanAsync(Right.Plan, Place, cancel);
        if (Vision is not null && await Reader.CanAsync(Right.Contribute, Place, cancel)) Findings = VisionCheck.Findings(Vision.Facts, Activities);
    }

    /// <summary>Targets (<c>targets</c>) or the logic (<c>logic</c>) as a file.</summary>
    public async Task<IActionResult> OnGetTableAsync(string? table, string? format, CancellationToken cancel)
    {
        await LoadAsync(cancel);
        var facts = Vision?.Facts ?? new();
        string[] columns = table == "logic" ? ["kind", "step", "leadsTo"] : ["names", "objective", "unit", "baseline", "baselineYear", "goal", "year", "measurement", "source"];
        var rows = table == "logic"
            ? Steps().Select(s => (IReadOnlyList<TableCell>)[T[s.Kind], s.Name, string.Join("\n", s.LeadsTo.Select(NameOf))])
            : facts.Targets.Select(t => (IReadOnlyList<TableCell>)[In(t.Names), t.Objective is { } o ? NameOf(o) : null, t.Unit, t.Baseline, t.BaselineYear, t.Goal, t.Year, t.Measurement, t.Source]);
        return TableDownload.Answer(format, $"{Place.Slug}-{(table == "logic" ? "logic" : "targets")}", new(T[table == "logic" ? "vision.logic" : "vision.targets"], [.. columns.Select(c => new TableColumn(T[$"vision.field.{c}"]))], rows));
    }

    /// <summary>Inputs, initiatives that lead somewhere, outputs, outcomes and impacts, in the order of the logic model.</summary>
    public IEnumerable<(string Kind, string Name, IReadOnlyList<string> LeadsTo, string Address)> Steps()
    {
        var logic = Vision?.Facts.Logic ?? [];
        return Of("input").Concat(Activities.Where(a => a.LeadsTo.Count > 0).Select(a => ("vision.kind.activity", In(a.Names), a.LeadsTo, Here($"initiatives/{a.Code}")))).Concat(Of("output")).Concat(Of("outcome")).Concat(Of("impact"));

        IEnumerable<(string, string, IReadOnlyList<string>, string)> Of(string kind) => logic.Where(l => l.Kind == kind).Select(l => ($"vision.kind.{kind}", In(l.Names), (IReadOnlyList<string>)l.LeadsTo, Here($"vision/logic/{l.Id}")));
    }

    /// <summary>The logic model as a picture: what leads where, up to the impacts, targets and objectives.</summary>
    public IReadOnlyList<FlowColumn> Flow()
    {
        var facts = Vision!.Facts;
        var targets = facts.Targets.Select(x => new FlowNode(x.Id, T["vision.ending", T["vision.target"], In(x.Names)], x.Objective is { } o ? [o] : []));
        return
        [
            new(T["vision.kind.input"], Of("input")), new(T["vision.initiatives"], [.. Activities.Where(a => a.LeadsTo.Count > 0 || facts.Logic.Exists(l => l.LeadsTo.Contains(a.Code))).Select(a => new FlowNode(a.Code, In(a.Names), a.LeadsTo))]),
            new(T["vision.kind.output"], Of("output")), new(T["vision.kind.outcome"], Of("outcome")), new(T["vision.endings"], [.. Of("impact"), .. targets]),
            new(T["vision.objectives"], [.. facts.Objectives.Select(o => new FlowNode(o.Id, In(o.Names), []))]),
        ];

        List<FlowNode> Of(string kind) => [.. facts.Logic.Where(l => l.Kind == kind).Select(l => new FlowNode(l.Id, In(l.Names), l.LeadsTo))];
    }

    public string In(Dictionary<string, string> names) => InitiativeFacts.TextIn(names, Lang);

    /// <summary>What an id is called; the id itself where nothing has it.</summary>
    public string NameOf(string id)
    {
        var facts = Vision!.Facts;
        var names = facts.Logic.Find(l => l.Id == id)?.Names ?? facts.Targets.Find(t => t.Id == id)?.Names ?? facts.Objectives.Find(o => o.Id == id)?.Names ?? Activities.FirstOrDefault(a => a.Code == id)?.Names;
        return names is null ? id : In(names);
    }

    public string Sentence(Finding finding) => T[$"vision.finding.{finding.Code}", [.. finding.Names.Select(n => Isolate(In(n)))]];

    public string AddressOf(Finding finding) => Here(finding.Part switch
    {
        "initiatives" => $"initiatives/{finding.Id}",
        "statement" => "vision/statement",
        _ => $"vision/{finding.Part}/{finding.Id}",
    });

    public string Amount(double? number) => number?.ToString("#,0.######", T.Culture) ?? T["vision.not-known"];

    private async Task LoadAsync(CancellationToken cancel)
    {
        Vision = await visions.FindAsync(Place, cancel);
        Activities = [.. (await db.Initiatives.AsNoTracking().Where(i => i.PlaceId == Place.Id && i.RetiredAt == null).OrderBy(i => i.Code).ToListAsync(cancel)).Select(i => new Activity(i.Code, i.Facts.Names, i.Facts.LeadsTo))];
    }
}
