using Michi.Approach;
using Michi.Platform.Accounts;
using Michi.Platform.Tables;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Explain;

/// <summary>In how many futures the plan holds, what it is worth then, what breaks first, and the plan that would hold more often.</summary>
[Allow(Right.ViewPlace, Right.Plan)]
internal sealed class RiskPage(AnalysisBook book, StartAnalysis start, PickPlan pick, InitiativeLibrary library) : PlanQuestionPage(book, start, library, "risk")
{
    public RiskFindings? Findings => Analysis?.Findings?.Risk;

    public RiskTables Tables => new(Findings!, Text);

    public string Percent(double share) => share.ToString("P0", T.Culture);

    /// <summary>Whether the robust plan is another than this.</summary>
    public bool IsOther(Robust robust) => ExplainText.IsOther(Plan.Outcome!.Starts, robust.Starts);

    public async Task<IActionResult> OnPostPickAsync(Guid id, CancellationToken cancel)
    {
        if (!await FindAsync(id, cancel)) return NotFound();
        if (Findings?.Robust is not { } robust) return Again([new("analysis", "analysis-point")]);
        var plan = await pick.RunAsync(Place, Plan, T["explain.risk.scenario", Plan.Input.ScenarioName], robust.Starts, "robust", cancel);
        Say(T["explain.picked"]);
        return Redirect(Here($"plans/{plan.Id}"));
    }

    public async Task<IActionResult> OnGetTableAsync(Guid id, string? format, string? table, CancellationToken cancel) =>
        await FindAsync(id, cancel) && Findings is not null && Tables.Find(table) is { } found ? TableDownload.Answer(format, $"{Place.Slug}-{table}", found) : NotFound();
}

/// <summary>How a plan fares under uncertainty, as tables.</summary>
internal sealed class RiskTables(RiskFindings found, ExplainText text)
{
    /// <summary>A table by its name; null where there is none such.</summary>
    public Table? Find(string? name) => name switch
    {
        "histogram" => Histogram,
        "breaks" => Breaks,
        "robust" when found.Robust is not null => Compared,
        _ => null,
    };

    /// <summary>A row for each part of the values' range.</summary>
    public Table Histogram
    {
        get
        {
            var width = (found.Plan.Most - found.Plan.Least) / found.Histogram.Count;
            return Of("histogram", ["from", "to", "futures"], found.Histogram.Index().Select(b => (IReadOnlyList<TableCell>)[found.Plan.Least + width * b.Index, found.Plan.Least + width * (b.Index + 1), b.Item]));
        }
    }

    /// <summary>A row for each thing that breaks; shares in percent.</summary>
    public Table Breaks => Of("breaks", ["what", "share", "first"], found.Breaks.Select(b => (IReadOnlyList<TableCell>)[text.Breaking(b.Place), 100 * b.Share, 100 * b.First]));

    /// <summary>This plan and the robust one side by side.</summary>
    public Table Compared => Of("robust", ["figure", "this-plan", "robust"],
    [
        Row("planned", found.Value, found.Robust!.Value),
        Row("holding", 100 * found.Plan.Holding, 100 * found.Robust.Risk.Holding),
        Row("mean", found.Plan.Mean, found.Robust.Risk.Mean),
        Row("quantile", found.Plan.Quantile05, found.Robust.Risk.Quantile05),
        Row("worst", found.Plan.WorstMean, found.Robust.Risk.WorstMean),
    ]);

    /// <summary>The ranges assumed where an initiative gives one figure, in percent of what is planned.</summary>
    public Table Ranges => Of("ranges", ["figure", "low", "high"],
    [
        Range("cost", AssumedRange.Cost), Range("operation", AssumedRange.Operation), Range("people", AssumedRange.People), Range("duration", AssumedRange.Duration), Range("benefit", AssumedRange.Benefit),
    ]);

    private IReadOnlyList<TableCell> Row(string figure, double here, double there) => [text.T[$"explain.figure.{figure}"], here, there];

    private IReadOnlyList<TableCell> Range(string figure, AssumedRange range) => Row(figure, 100 * range.Low, 100 * range.High);

    private Table Of(string name, string[] columns, IEnumerable<IReadOnlyList<TableCell>> rows) =>
        new(text.T[$"explain.table.{name}"], [.. columns.Select((c, i) => new TableColumn(text.T[$"explain.column.{c}"], i == 0 ? 50 : 16))], rows) { FrozenColumns = 1 };
}
