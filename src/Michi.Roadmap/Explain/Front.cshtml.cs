using Michi.Approach;
using Michi.Platform.Accounts;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Explain;

/// <summary>What value is traded against cost, time and equity; each point opens as a plan.</summary>
[Allow(Right.Contribute, Right.Plan)]
internal sealed class FrontPage(AnalysisBook book, StartAnalysis start, PickPlan pick, InitiativeLibrary library) : PlanQuestionPage(book, start, library, "front")
{
    public FrontFindings? Findings => Analysis?.Findings?.Front;

    public async Task<IActionResult> OnPostPickAsync(Guid id, string? criterion, int point, CancellationToken cancel)
    {
        if (!await FindAsync(id, cancel)) return NotFound();
        if (Findings?.Fronts.Find(f => f.Criterion == criterion) is not { } front || point < 0 || point >= front.Points.Count) return Again([new("analysis", "analysis-point")]);
        var name = T["explain.front.scenario", Plan.Input.ScenarioName, T[$"explain.front.{front.Criterion}.title"], point + 1];
        var plan = await pick.RunAsync(Place, Plan, name, front.Points[point].Starts, "front", cancel);
        Say(T["explain.picked"]);
        return Redirect(Here($"plans/{plan.Id}"));
    }

    public async Task<IActionResult> OnGetTableAsync(Guid id, string? format, string? table, CancellationToken cancel)
    {
        if (!await FindAsync(id, cancel) || Findings?.Fronts.Find(f => f.Criterion == table) is not { } front) return NotFound();
        return TableDownload.Answer(format, $"{Place.Slug}-front-{table}", new(T[$"explain.front.{front.Criterion}.title"],
            [new(T["explain.front.point"]), new(MeasureHeading(front), 24), new(T["explain.front.value"], 20), new(T["explain.front.number"]), new(T["explain.front.difference"], 80)],
            front.Points.Select((p, i) => (IReadOnlyList<TableCell>)[i + 1, p.Measure, p.Value, p.Starts.Count, Text.Difference(Plan.Outcome!.Starts, p.Starts)])));
    }

    /// <summary>What the criterion counts, in its unit.</summary>
    public string MeasureHeading(Front front) => front.Criterion == "cost" ? T["explain.front.cost.unit", Plan.Input.Currency] : T[$"explain.front.{front.Criterion}.unit"];

    public string Measure(Front front, double measure) => front.Criterion switch
    {
        "equity" => measure.ToString("P0", T.Culture),
        _ => measure.ToString("N0", T.Culture),
    };

    /// <summary>A point of the picture in words.</summary>
    public string Described(Front front, int index) => T["explain.front.described", index + 1, Measure(front, front.Points[index].Measure), MeasureHeading(front), Text.Points(front.Points[index].Value)];

    /// <summary>What the numbers under the picture are divided by, so that they stay short.</summary>
    public double ScaleOf(Front front) => front.Criterion == "cost" ? front.Points.Select(p => p.Measure).DefaultIfEmpty(0).Max() switch { >= 5e6 => 1e6, >= 5e3 => 1e3, _ => 1 } : 1;

    public string XHeading(Front front) => ScaleOf(front) switch { 1e6 => T["explain.front.cost.millions", Plan.Input.Currency], 1e3 => T["explain.front.cost.thousands", Plan.Input.Currency], _ => MeasureHeading(front) };
}
