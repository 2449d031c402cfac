using Michi.Approach;
using Michi.Platform.Accounts;
using Michi.Platform.Tables;
using Michi.Roadmap.Plans;
using Microsoft.AspNetCore.Mvc;

namespace Michi.Roadmap.Explain;

/// <summary>Why each initiative is in the plan or not, what more money and people would buy, and which assumption it depends on most.</summary>
[Allow(Right.ViewPlace, Right.Plan)]
internal sealed class WhyPage(AnalysisBook book, StartAnalysis start, InitiativeLibrary library) : PlanQuestionPage(book, start, library, "why")
{
    public WhyFindings? Why => Analysis?.Findings?.Why;

    public WhyTables Tables => new(Why!, Reading, Text);

    /// <summary>What is in, in order of start.</summary>
    public IEnumerable<(InReason Reason, ScheduledInitiative Scheduled)> Chosen => Reading.Schedule.Join(Why!.In, s => s.Code, r => r.Code, (s, r) => (r, s));

    public async Task<IActionResult> OnGetTableAsync(Guid id, string? format, string? table, CancellationToken cancel) =>
        await FindAsync(id, cancel) && Why is not null && Tables.Find(table) is { } found ? TableDownload.Answer(format, $"{Place.Slug}-{table}", found) : NotFound();
}

/// <summary>Why a plan is as it is, as tables: the same for page, file and report.</summary>
internal sealed class WhyTables(WhyFindings why, PlanReading plan, ExplainText text)
{
    /// <summary>A table by its name; null where there is none such.</summary>
    public Table? Find(string? name) => name switch
    {
        "initiatives" => Initiatives,
        "units" => Units,
        "assumptions" => Assumptions,
        _ => null,
    };

    /// <summary>A row for each initiative: whether it is in, when, its worth or what it would change, and the sentence.</summary>
    public Table Initiatives => Of("initiatives", ["initiative", "code", "chosen", "start", "points", "reason"],
    [
        .. plan.Schedule.Join(why.In, s => s.Code, r => r.Code, (s, r) => (IReadOnlyList<TableCell>)[text.Name(r.Code), r.Code, text.T["explain.yes"], s.From.ToString(), r.Worth, text.In(r, why.Value)]),
        .. why.Out.Select(r => (IReadOnlyList<TableCell>)[text.Name(r.Code), r.Code, text.T["explain.no"], TableCell.Empty, TableCell.Number(r.Forced == "found" ? r.Change : null), text.Out(r, why.Value)]),
    ]);

    /// <summary>A row for each budget year, total and staff pool.</summary>
    public Table Units => Of("units", ["resource", "when", "added", "found", "at-most"],
        why.Units.Select(u => (IReadOnlyList<TableCell>)[text.Resource(u.Kind, u.Id), text.When(u), text.Added(u), Math.Round(u.Found, 3), TableCell.Number(Rounded(u.AtMost))]));

    /// <summary>A row for each end of each assumption.</summary>
    public Table Assumptions => Of("assumptions", ["assumption", "end", "kept", "best", "consequence"],
        why.Assumptions.SelectMany(a => new[] { (High: false, End: a.Low), (High: true, End: a.High) }.Select(e => (IReadOnlyList<TableCell>)
            [text.Assumption(a), text.End(a, e.High), Math.Round(e.End.Kept, 3), TableCell.Number(Rounded(e.End.Best)), text.Consequence(e.End, why.Value)])));

    private static double? Rounded(double? points) => points is { } p ? Math.Round(p, 3) : null;

    private Table Of(string name, string[] columns, IEnumerable<IReadOnlyList<TableCell>> rows) =>
        new(text.T[$"explain.table.{name}"], [.. columns.Select(c => new TableColumn(text.T[$"explain.column.{c}"], c is "reason" or "consequence" ? 80 : c is "initiative" or "resource" or "assumption" ? 40 : 16))], rows) { FrozenColumns = 1 };
}
