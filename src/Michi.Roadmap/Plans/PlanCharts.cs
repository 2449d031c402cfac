using Michi.Platform;
using Michi.Platform.Charts;

namespace Michi.Roadmap.Plans;

/// <summary>A plan, what it says, and the page that shows it.</summary>
internal sealed record ShownSchedule(PlanReading Reading, Plan Plan, PlacePage Page);

/// <summary>The pictures of a plan.</summary>
internal static class PlanCharts
{
    /// <summary>The schedule by quarter, in order of start.</summary>
    public static Gantt GanttOf(PlanReading reading, PlacePage page)
    {
        var t = page.T;
        var rows = reading.Schedule.Select(s => new GanttRow(s.Facts.NameIn(page.Lang), t["plans.bar", s.Facts.NameIn(page.Lang), s.From, s.Last], s.Start, s.End,
            reading.DomainsOf(s.Facts).OrderByDescending(d => d.Value).Select(d => d.Key).FirstOrDefault(), s.Facts.IsQuickWin)).ToList();
        return new(t["plans.gantt"], reading.Model.Problem.Periods, [.. reading.Years.Select(y => (y.Begin, y.Label))], rows, t["plans.quick-win"], t["plans.runs"]);
    }
}
