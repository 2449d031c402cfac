using Michi.Platform.Charts;
using Michi.Platform.Languages;
using Michi.Platform.Tables;
using Michi.Roadmap.Plans;
using Microsoft.AspNetCore.Components;

namespace Michi.Roadmap.Documents;

/// <summary>Base of the parts that show a plan, on pages and in documents.</summary>
public abstract class PlanPart : ComponentBase
{
    // A parameter must be public, and what it carries is the module's own.
    [Parameter, EditorRequired]
    public object Of { get; set; } = null!;

    private protected PlanSubject Subject => (PlanSubject)Of;
    private protected PlanReading Plan => Subject.Reading;
    private protected Words T => Subject.T;
    private protected string Currency => Plan.Input.Currency;

    /// <summary>Where a table of the plan is to be had as a file; null in a file.</summary>
    private protected string? TableAddress(string table, string format) => Subject.Address?.Invoke($"roadmap.{format}?table={table}");

    /// <summary>Link to why an initiative is in the plan or not; null in a file. The last cell of a row is its code.</summary>
    private protected (string Text, string Href)? WhyOf(IReadOnlyList<TableCell> row) => Subject is { PlanId: { } id, Address: { } address } ? (T["plans.why-link"], address($"plans/{id}/why#{row[^1].AsText}")) : null;

    /// <summary>The schedule by quarter.</summary>
    /// <param name="room">Pixels for all quarters together.</param>
    /// <param name="most">So many rows at most: those that cost most.</param>
    private protected Gantt GanttOf(int room, int most = int.MaxValue)
    {
        var shown = Plan.Schedule.OrderByDescending(s => s.Facts.IsQuickWin).ThenByDescending(s => s.Facts.Cost.Planned).Take(most).Select(s => s.Code).ToHashSet(StringComparer.Ordinal);
        var today = (Subject.Today.DayNumber - Plan.QuarterAt(0).FirstDay.DayNumber) / 91.3125;
        return new(T["plans.gantt"], Plan.Model.Problem.Periods, [.. Plan.Years.Select(y => (y.Begin, y.Label))], [.. Plan.Schedule.Where(s => shown.Contains(s.Code)).Select(RowOf)])
        {
            Room = room,
            Today = today >= 0 && today <= Plan.Model.Problem.Periods ? today : null,
            TodayText = T["plans.today"],
            MarkText = T["plans.quick-win"],
            RunsText = T["plans.runs"],
            MilestoneText = T["plans.milestone"],
        };
    }

    private GanttRow RowOf(ScheduledInitiative s)
    {
        var name = s.Facts.NameIn(T.Language);
        var before = Subject.Before(s).Select(b => Subject.Numbers[b.Code]).ToList();
        return new($"{Subject.Numbers[s.Code]}. {name}", T["plans.bar", name, s.From, s.Last], s.Start, s.End, Plan.MainDomainOf(s.Facts), s.Facts.IsQuickWin,
            before.Count == 0 ? null : T["plans.after", string.Join(T["list.separator"], before)],
            [.. s.Facts.Milestones.Where(m => s.Start + m.Quarter < Plan.Model.Problem.Periods).Select(m => (s.Start + m.Quarter, T["plans.due", Subject.In(m.Names), s.From.Plus(m.Quarter)]))]);
    }
}
