using Michi.Analytics.Planning;
using Michi.Analytics.Sampling;

namespace Michi.Benchmarks;

/// <summary>Made-up planning problems of a city's size: ten years by quarter, budgets for a third to a half of what is on the list.</summary>
/// <remarks>
/// Costs, staff and capacities are whole numbers and shares are twentieths, so that integer solvers get the same problem. A plan made by a simple rule
/// is hidden in each one: what is mandatory is in it and what is to be covered it covers, so that every instance has a plan.
/// </remarks>
internal static class PlanningInstances
{
    private const int Years = 10, Periods = 4 * Years, Pools = 4, Districts = 4, Elements = 21;

    /// <param name="size">Options, ≥ 10.</param>
    public static PlanningProblem Make(int size, ulong seed)
    {
        var random = new Xoshiro256(seed, (ulong)size);
        var weights = Enumerable.Range(0, Periods).Select(t => Math.Round(Math.Pow(1.04, -t / 4.0), 6)).ToArray();
        var options = Enumerable.Range(0, size).Select(i => Option(i, random, weights)).ToList();

        // What all options would take decides what there is: own money by year, a grant in the first six years, loans that carry over, and a total.
        double Wanted(int resource) => options.Sum(o => o.Uses.Where(u => u.Resource == resource).Sum(u => u.Setup.Sum() + 8 * u.Afterwards));
        double Part(double low, double high) => low + (high - low) * random.NextDouble();
        double[] Yearly(int resource, double share, int years) =>
            [.. Enumerable.Range(0, Years).Select(y => y < years ? Math.Ceiling(share * Wanted(resource) / years * Part(0.75, 1.25)) : 0)];
        int[] years = [.. Enumerable.Range(1, Years).Select(y => 4 * y)], quarters = [.. Enumerable.Range(1, Periods)];
        var resources = new List<PlanResource>
        {
            new("Own budget", years, Yearly(0, 0.42, Years)),
            new("National grant", years, Yearly(1, 0.45, 6)),
            new("Loans", years, Yearly(2, 0.40, 8), CarriesOver: true),
            new("Total", [Periods], [Math.Ceiling(0.40 * Wanted(3))]),
        };
        for (var pool = 0; pool < Pools; pool++)
        {
            var each = Math.Max(4, Math.Ceiling(0.5 * Wanted(4 + pool) / Periods));
            resources.Add(new($"Staff {pool + 1}", quarters, [.. quarters.Select(t => t <= 8 ? Math.Ceiling(0.8 * each) : each)]));
        }

        var precedences = new List<PlanPrecedence>();
        for (var i = 3; i < size; i++)
            if (random.NextDouble() < 0.45)
                precedences.Add(new(i, [.. Enumerable.Range(0, random.NextDouble() < 0.2 ? 2 + random.NextInt32(2) : 1)
                    .Select(_ => random.NextInt32(i)).Distinct()], random.NextInt32(3)));
        var pairs = Enumerable.Range(0, size).OrderBy(_ => random.NextUInt64()).ToList();
        IReadOnlyList<int>[] exclusions = [.. Enumerable.Range(0, size / 12).Select(k => (IReadOnlyList<int>)pairs[(2 * k)..(2 * k + 2)])];
        IReadOnlyList<int>[] joint = [.. Enumerable.Range(0, size / 40).Select(k => (IReadOnlyList<int>)pairs[^(2 * k + 2)..^(2 * k)])];

        var ladders = Enumerable.Range(0, Elements).Select(e => Ladder(e, size, random)).ToList();
        var problem = new PlanningProblem
        {
            Periods = Periods,
            PeriodWeights = weights,
            Options = options,
            Resources = resources,
            Precedences = precedences,
            Exclusions = exclusions,
            Joint = joint,
            Ladders = ladders,
        };
        var hidden = HiddenPlan(problem, random);
        problem = problem with
        {
            Options = [.. options.Select((o, i) => o with { IsMandatory = hidden[i] >= 0 && random.NextDouble() < 0.12 })],
        };
        List<PlanCover> covers = [];
        for (var d = 0; d < Districts; d++)
        {
            var amounts = Enumerable.Range(0, size).Where(_ => random.NextDouble() < 0.35).Select(i => new OptionAmount(i, 1 + random.NextInt32(20))).ToList();
            covers.Add(new($"District {d + 1}", amounts, Math.Floor(0.75 * amounts.Sum(a => hidden[a.Option] >= 0 ? a.Amount : 0))));
        }
        bool IsQuick(int i) => hidden[i] >= 0 && hidden[i] + options[i].Duration <= 4;
        var quick = Enumerable.Range(0, size).Where(i => options[i].Duration <= 4).Select(i => new OptionAmount(i, 1)).ToList();
        covers.Add(new("Quick wins", quick, Math.Min(Math.Max(1, size / 40), quick.Count(a => IsQuick(a.Option))), By: 4));
        return problem with { Covers = covers };
    }

    private static PlanOption Option(int index, Xoshiro256 random, double[] weights)
    {
        var duration = random.NextDouble() < 0.25 ? 1 + random.NextInt32(3) : 3 + random.NextInt32(10);
        var cost = Math.Exp(3.6 + 0.8 * random.NextNormal()) * Math.Sqrt(duration);
        var main = random.NextInt32(3);
        List<ResourceUse> uses = [];
        double[] Spread(double total) => [.. Enumerable.Range(0, duration).Select(_ => Math.Max(1, Math.Round(total / duration * (0.6 + 0.8 * random.NextDouble()))))];
        var first = Spread(cost);
        var operating = random.NextDouble() < 0.6 ? Math.Max(1, Math.Round(0.012 * cost)) : 0;
        var total = first;
        if (main == 0) uses.Add(new(0, first, operating));
        else
        {
            var own = Spread(0.25 * cost);
            uses.Add(new(0, own, operating));
            uses.Add(new(main, first));
            total = [.. first.Zip(own, (a, b) => a + b)];
        }
        uses.Add(new(3, total, operating));
        var pool = random.NextInt32(Pools);
        uses.Add(new(4 + pool, [.. Enumerable.Repeat((double)(1 + random.NextInt32(3)), duration)], random.NextDouble() < 0.15 ? 1 : 0));
        if (random.NextDouble() < 0.4) uses.Add(new(4 + (pool + 1) % Pools, [.. Enumerable.Repeat(1.0, duration)]));

        var own1 = Math.Round(0.1 * cost * Math.Exp(0.5 * random.NextNormal()) / 10, 2);
        var values = new double[Periods];
        for (var s = 0; s < Periods; s++)
            for (var t = s + duration; t < Periods; t++) values[s] += own1 * weights[t];
        var kind = random.NextDouble();
        var earliest = kind < 0.15 ? random.NextInt32(13) : 0;
        return new()
        {
            Name = $"Initiative {index + 1}",
            Duration = duration,
            Values = values,
            Uses = uses,
            EarliestStart = earliest,
            LatestEnd = kind > 0.9 ? Math.Max(earliest + duration, 12 + random.NextInt32(25)) : null,
        };
    }

    private static PlanLadder Ladder(int element, int size, Xoshiro256 random)
    {
        var value = (2 + 6 * random.NextDouble()) * Math.Sqrt(size / 40.0);
        List<LadderStep> steps = [];
        for (var (k, count) = (0, 2 + random.NextInt32(3)); k < count; k++, value *= 0.55 + 0.3 * random.NextDouble())
        {
            var chance = 2.5 / Math.Sqrt(size * 10.0);
            var shares = Enumerable.Range(0, size).Where(_ => random.NextDouble() < chance)
                .Select(i => new OptionAmount(i, (4 + random.NextInt32(13)) / 20.0)).ToList();
            if (shares.Count == 0) shares.Add(new(random.NextInt32(size), 1));
            steps.Add(new(Math.Round(value, 2), shares));
        }
        return new($"Element {element + 1}", steps);
    }

    /// <summary>Takes the options in random order, each with what must come before it, at the earliest start that fits.</summary>
    private static int[] HiddenPlan(PlanningProblem problem, Xoshiro256 random)
    {
        var starts = Enumerable.Repeat(-1, problem.Options.Count).ToArray();
        var left = problem.Resources.Select(r => r.Ends.Select((_, k) => PlanningMilp.Capacity(r, k)).ToArray()).ToArray();
        foreach (var i in Enumerable.Range(0, starts.Length).OrderBy(_ => random.NextUInt64()))
        {
            var (before, leftBefore) = (starts.ToArray(), left.Select(l => l.ToArray()).ToArray());
            var companions = problem.Joint.Where(g => g.Contains(i)).SelectMany(g => g).Append(i).Distinct();
            if (companions.All(c => Add(c, 0))) continue;
            (starts, left) = (before, leftBefore);
        }
        return starts;

        bool Add(int i, int depth)
        {
            if (starts[i] >= 0) return true;
            if (depth > 5 || problem.Exclusions.Any(x => x.Contains(i) && x.Any(o => starts[o] >= 0))) return false;
            if (depth > 0 && problem.Joint.Any(g => g.Contains(i))) return false;
            var option = problem.Options[i];
            var earliest = option.EarliestStart;
            foreach (var p in problem.Precedences.Where(p => p.After == i))
            {
                var chosen = p.AnyOf.Where(o => starts[o] >= 0).DefaultIfEmpty(p.AnyOf[0]).First();
                if (!Add(chosen, depth + 1)) return false;
                earliest = Math.Max(earliest, starts[chosen] + problem.Options[chosen].Duration + p.Lag);
            }
            for (var s = earliest; s + option.Duration <= (option.LatestEnd ?? problem.Periods); s++)
            {
                var uses = option.Uses.Select(u => (u.Resource, Amounts: PlanningMilp.Amounts(problem, i, u, s))).ToList();
                if (uses.Any(u => u.Amounts.Where((a, k) => a > left[u.Resource][k]).Any())) continue;
                foreach (var (r, amounts) in uses)
                    for (var k = 0; k < amounts.Length; k++) left[r][k] -= amounts[k];
                starts[i] = s;
                return true;
            }
            return false;
        }
    }
}
