using System.Diagnostics;
using Michi.Analytics.Planning;
using Michi.Roadmap.Plans;

namespace Michi.Benchmarks;

/// <summary>What-if beside a full search: a plan is solved, one thing is changed, and the answer is looked for from the plan there is, and anew with ten times the work.</summary>
/// <remarks>Processor seconds are those of the whole process, so that a busy machine does not spoil them.</remarks>
internal static class WhatIfBenchmark
{
    /// <summary>Times the work of a what-if that the plan before and a search anew may take.</summary>
    private const int Longer = 10;

    private static readonly int[] Sizes = [40, 60, 100];

    private static readonly (string Name, Func<PlanningProblem, IReadOnlyList<int>, PlanningProblem> Change)[] Edits =
    [
        ("nothing", (p, _) => p),
        ("forbid the dearest", (p, starts) => Edit(p, Dearest(p, starts), o => o with { IsForbidden = true, IsMandatory = false })),
        ("move one a year later", (p, starts) => Edit(p, Movable(p, starts), o => o with { IsMandatory = true, FixedStart = starts[Movable(p, starts)] + 4, EarliestStart = 0, LatestEnd = null })),
        ("must do one left out", (p, starts) => Edit(p, LeftOut(p, starts), o => o with { IsMandatory = true })),
        ("year 3 of the budget −20 %", (p, _) => p with { Resources = [.. p.Resources.Select((r, i) => i == 0 ? r with { Capacities = [.. r.Capacities.Select((c, y) => y == 2 ? 0.8 * c : c)] } : r)] }),
        ("first pool −1 throughout", (p, _) => p with { Resources = [.. p.Resources.Select((r, i) => i == 4 ? r with { Capacities = [.. r.Capacities.Select(c => Math.Max(0, c - 1))] } : r)] }),
    ];

    /// <param name="effort">Steps of the solver of a what-if.</param>
    public static void Run(long effort)
    {
        Console.WriteLine("options  edit                         | what-if: CPU s, clock s, value, gap %   | changes | anew: CPU s, value | what-if / anew");
        foreach (var size in Sizes)
        {
            var problem = PlanningInstances.Make(size, 1);
            var before = PlanSolver.Solve(problem, new() { Effort = Longer * effort });
            foreach (var (name, change) in Edits)
            {
                var changed = change(problem, before.Starts);
                var (cpu, clock) = (Environment.CpuUsage.TotalTime, Stopwatch.GetTimestamp());
                var answer = PlanSolver.Solve(changed, WhatIf.Options(before.Starts) with { Effort = effort, Time = null });
                var settled = answer.Starts.Count > 0 ? PlanSettling.Settle(changed, answer.Starts, before.Starts) : [];
                var (usedCpu, usedClock) = ((Environment.CpuUsage.TotalTime - cpu).TotalSeconds, Stopwatch.GetElapsedTime(clock).TotalSeconds);
                cpu = Environment.CpuUsage.TotalTime;
                var anew = PlanSolver.Solve(changed, new() { Effort = Longer * effort });
                var anewCpu = (Environment.CpuUsage.TotalTime - cpu).TotalSeconds;
                var changes = settled.Where((s, o) => s != before.Starts[o]).Count();
                Console.WriteLine($"{size,7}  {name,-28} | {usedCpu,6:0.00} {usedClock,6:0.00} {answer.Value,9:0.0} {100 * answer.Gap,6:0.00} {answer.Status,-10} | {changes,7} | {anewCpu,6:0.0} {anew.Value,10:0.0} | {answer.Value / anew.Value,8:P2}");
            }
        }
    }

    private static PlanningProblem Edit(PlanningProblem problem, int option, Func<PlanOption, PlanOption> change) => problem with { Options = [.. problem.Options.Select((o, i) => i == option ? change(o) : o)] };

    private static double CostOf(PlanOption option) => option.Uses.Where(u => u.Resource == 3).Sum(u => u.Setup.Sum());

    private static int Dearest(PlanningProblem problem, IReadOnlyList<int> starts) => Enumerable.Range(0, starts.Count).Where(o => starts[o] >= 0 && IsAlone(problem, o)).MaxBy(o => CostOf(problem.Options[o]));

    private static int Movable(PlanningProblem problem, IReadOnlyList<int> starts) =>
        Enumerable.Range(0, starts.Count).First(o => starts[o] >= 0 && starts[o] + 4 + problem.Options[o].Duration <= problem.Periods);

    private static int LeftOut(PlanningProblem problem, IReadOnlyList<int> starts) =>
        Enumerable.Range(0, starts.Count).Where(o => starts[o] < 0 && problem.Precedences.All(p => p.After != o) && problem.Joint.Concat(problem.Exclusions).All(set => !set.Contains(o)))
        .MinBy(o => CostOf(problem.Options[o]));

    /// <summary>Whether an option may be in a plan or not without regard to any other.</summary>
    private static bool IsAlone(PlanningProblem problem, int option) => !problem.Options[option].IsMandatory && problem.Precedences.All(p => p.After != option && !p.AnyOf.Contains(option))
        && problem.Joint.Concat(problem.Exclusions).All(set => !set.Contains(option)) && problem.Covers.All(c => c.Amounts.All(a => a.Option != option));
}
