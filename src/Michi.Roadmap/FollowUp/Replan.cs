using Michi.Roadmap.Plans;
using Michi.Roadmap.Scenarios;

namespace Michi.Roadmap.FollowUp;

/// <summary>Makes the conditions for planning anew from a quarter on: what is done stays, what has not begun may move. Pure.</summary>
internal static class Replan
{
    /// <param name="plan">The plan in force.</param>
    /// <param name="progress">Every report on its initiatives.</param>
    /// <param name="signal">What happened.</param>
    public static ScenarioFacts From(PlanReading plan, IReadOnlyList<ProgressReport> progress, SignalFacts signal)
    {
        var scenario = plan.Input.Scenario;
        var now = scenario.Start.To(signal.From);
        var last = progress.GroupBy(p => p.Initiative).ToDictionary(g => g.Key, g => g.MaxBy(p => p.Quarter, StringComparer.Ordinal)!.Facts);
        var starts = plan.Schedule.ToDictionary(s => s.Code);
        var (decisions, durations) = (new Dictionary<string, Decision>(scenario.Decisions), new Dictionary<string, int>(scenario.Durations));
        var soonest = signal.HoldUntil is { } until && until > signal.From ? until : signal.From;
        foreach (var initiative in plan.Input.Initiatives)
        {
            var code = initiative.Code;
            var told = last.GetValueOrDefault(code);
            var before = decisions.GetValueOrDefault(code) ?? new("free");
            var delay = signal.Delays.GetValueOrDefault(code);
            // Where nobody has reported, the plan is taken to have been kept.
            var began = told is null ? starts.TryGetValue(code, out var planned) && planned.From < signal.From ? planned.From : (Quarter?)null : told.Started;
            if (told?.State == "stopped" || signal.Forbid.Contains(code)) decisions[code] = new("forbid");
            else if (began is { } start)
            {
                var end = told?.End ?? start.Plus(plan.Model.Problem.Options[plan.Model.Codes.ToList().IndexOf(code)].Duration - 1);
                // What is not done by now takes at least this quarter.
                if (told is not null && told.State != "done" && end < signal.From) end = signal.From;
                if (told?.State != "done") end = end.Plus(delay);
                decisions[code] = new("must", Start: start);
                durations[code] = start.To(end) + 1;
            }
            else
            {
                var earliest = soonest.Plus(delay);
                decisions[code] = before with
                {
                    Choice = signal.Must.Contains(code) ? "must" : before.Choice,
                    Start = before.Start is { } fix && fix >= earliest ? fix : null,
                    Earliest = before.Earliest is { } own && own > earliest ? own : earliest,
                };
            }
        }
        return scenario with { Decisions = decisions, Durations = durations, Sources = [.. scenario.Sources.Select(s => s with { Years = BudgetsOf(s, plan, progress, signal, now) })] };
    }

    // A cut takes its share of the rest of the running year and of every later one. What was spent beyond the plan so far is missing from the running year.
    private static List<double> BudgetsOf(FundingSource source, PlanReading plan, IReadOnlyList<ProgressReport> progress, SignalFacts signal, int now)
    {
        var left = signal.Budgets.GetValueOrDefault(source.Id, 1);
        var running = plan.Years.FirstOrDefault(y => now < y.End) ?? plan.Years[^1];
        var overspent = (double)progress.Sum(p => p.Facts.Spent.GetValueOrDefault(source.Id)) - PlannedUntil(now, source.Id, plan, progress);
        return [.. plan.Years.Select(y =>
        {
            var amount = y.Index < source.Years.Count ? source.Years[y.Index] : 0;
            if (y.Index < running.Index) return amount;
            var ahead = (double)(y.End - Math.Max(now, y.Begin)) / (y.End - y.Begin);
            return Math.Max(0, amount * (1 - ahead + ahead * left) - (y.Index == running.Index ? Math.Max(0, overspent) : 0));
        })];
    }

    /// <summary>Set-up that the plan meant to have paid by now for the initiatives that are reported on.</summary>
    private static double PlannedUntil(int now, string source, PlanReading plan, IReadOnlyList<ProgressReport> progress)
    {
        var reported = progress.Select(p => p.Initiative).ToHashSet(StringComparer.Ordinal);
        var resource = plan.Model.Resources.ToList().FindIndex(r => r.Kind == "budget" && r.Id == source);
        return plan.Schedule.Where(s => reported.Contains(s.Code)).Sum(s =>
            plan.Model.Problem.Options[plan.Model.Codes.ToList().IndexOf(s.Code)].Uses.FirstOrDefault(u => u.Resource == resource)?.Setup.Take(Math.Max(0, now - s.Start)).Sum() ?? 0);
    }
}
