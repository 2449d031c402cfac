using Michi.Analytics.Planning;
using Michi.Analytics.Sampling;

namespace Michi.UnitTests.Planning;

/// <summary>Made-up planning problems with every kind of condition, and the optimum of small ones by trying every plan.</summary>
internal static class RandomPlanning
{
    /// <param name="largestCount">Options at most, ≥ 1.</param>
    /// <param name="largestPeriods">Periods at most, ≥ 1.</param>
    public static PlanningProblem Problem(int seed, int largestCount = 6, int largestPeriods = 6)
    {
        var random = new Xoshiro256((ulong)seed);
        var (count, periods) = (1 + random.NextInt32(largestCount), 1 + random.NextInt32(largestPeriods));
        bool Chance(int in100) => random.NextInt32(100) < in100;
        int[] Some(int most) => [.. Enumerable.Range(0, 1 + random.NextInt32(most)).Select(_ => random.NextInt32(count))];
        OptionAmount[] Amounts(int in100, Func<double> amount) =>
            [.. Enumerable.Range(0, count).Where(_ => Chance(in100)).Select(o => new OptionAmount(o, amount()))];

        PlanResource[] resources = [.. Enumerable.Range(0, random.NextInt32(4)).Select(r =>
        {
            int[] ends = [.. Enumerable.Range(1, periods).Where(t => t == periods || Chance(60))];
            return new PlanResource($"r{r}", ends, [.. ends.Select(_ => (double)random.NextInt32(8))], CarriesOver: Chance(40));
        })];
        PlanOption[] options = [.. Enumerable.Range(0, count).Select(o =>
        {
            var duration = 1 + random.NextInt32(Math.Min(3, periods));
            var (earliest, latest) = (Chance(20) ? random.NextInt32(periods) : 0, Chance(20) ? 1 + random.NextInt32(periods + 2) : (int?)null);
            var last = Math.Min(latest ?? periods, periods) - duration;
            return new PlanOption
            {
                Name = $"o{o}", Duration = duration, Values = [.. Enumerable.Range(0, periods).Select(_ => random.NextInt32(14) - 3.0)],
                Uses = [.. Enumerable.Range(0, resources.Length).Where(_ => Chance(60)).Select(r => new ResourceUse(
                    r, [.. Enumerable.Range(0, random.NextInt32(duration + 1)).Select(_ => (double)random.NextInt32(4))], Chance(25) ? random.NextInt32(3) : 0))],
                EarliestStart = earliest, LatestEnd = latest, IsMandatory = Chance(12), IsForbidden = Chance(6),
                FixedStart = Chance(10) && earliest <= last ? earliest + random.NextInt32(last - earliest + 1) : null,
            };
        })];
        var covers = Enumerable.Range(0, random.NextInt32(2)).Select(c => new PlanCover(
            $"c{c}", Amounts(60, () => random.NextInt32(4)), random.NextInt32(5), Chance(40) ? random.NextInt32(periods + 1) : null));
        var ladders = Enumerable.Range(0, random.NextInt32(3)).Select(l => new PlanLadder($"l{l}", [.. Enumerable.Range(0, 1 + random.NextInt32(3)).Select(_ =>
            new LadderStep(random.NextInt32(5), Amounts(50, () => (1 + random.NextInt32(4)) / 4.0)))]));
        // After is always the highest, so that there is no cycle.
        var precedences = Enumerable.Range(1, count - 1).Where(_ => Chance(40)).Select(after =>
            new PlanPrecedence(after, [.. Enumerable.Range(0, 1 + random.NextInt32(2)).Select(_ => random.NextInt32(after))], random.NextInt32(2)));
        return new()
        {
            Periods = periods,
            PeriodWeights = [.. Enumerable.Range(0, periods).Select(_ => random.NextInt32(5) / 4.0)],
            Options = options,
            Resources = resources,
            Precedences = [.. precedences.ToList()],
            Covers = [.. covers.ToList()],
            Ladders = [.. ladders.ToList()],
            Exclusions = [.. Enumerable.Range(0, random.NextInt32(2)).Select(_ => Some(3))],
            Joint = [.. Enumerable.Range(0, random.NextInt32(2)).Select(_ => Some(2))],
        };
    }

    /// <summary>The most any plan is worth; null where none is feasible.</summary>
    public static double? Optimum(PlanningProblem problem)
    {
        double? most = null;
        var starts = new int[problem.Options.Count];
        Try(0);
        return most;

        void Try(int option)
        {
            if (option == starts.Length)
            {
                if (PlanEvaluation.Of(problem, starts) is { IsFeasible: true, Value: var value } && !(value <= most)) most = value;
                return;
            }
            var o = problem.Options[option];
            for (var s = o.IsMandatory ? 0 : -1; s < problem.Periods; s++)
            {
                if (s >= 0 && (o.IsForbidden || s < o.EarliestStart || s + o.Duration > (o.LatestEnd ?? problem.Periods) || (o.FixedStart ?? s) != s)) continue;
                starts[option] = s;
                Try(option + 1);
            }
        }
    }
}
