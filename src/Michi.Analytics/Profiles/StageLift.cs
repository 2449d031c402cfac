using Michi.Analytics.Sorting;

namespace Michi.Analytics.Profiles;

/// <summary>One element raised from a level to another.</summary>
public readonly record struct LevelChange(int Element, int From, int To);

/// <summary>A set of improvements that lifts a place to a stage; with any one of them less far, it falls short.</summary>
/// <param name="Cost">Sum of the costs of all steps.</param>
/// <param name="Changes">In order of element; empty where the stage is already reached.</param>
public sealed record StageLiftPlan(double Cost, IReadOnlyList<LevelChange> Changes);

/// <summary>Finds the cheapest sets of level changes that lift a place to a stage.</summary>
/// <remarks>
/// Profiles are nested, so a stage is reached where no boundary up to it is vetoed and the coalition for its own boundary is a majority.
/// Changes that lift vetoes are forced; what remains is to choose elements to raise to the profile, which is a knapsack cover. It is
/// searched exactly by depth-first branch and bound with the bound of the continuous relaxation (Dantzig 1957, Operations Research 5:266;
/// Martello &amp; Toth 1990, Knapsack Problems, chapter 2). Exponential in the worst case, equal weights and costs: for 21
/// elements about 20 ms then, 1 ms as a rule. Deterministic.
/// </remarks>
public static class StageLift
{
    /// <param name="rule">The stage rule.</param>
    /// <param name="weights">Length n, ≥ 0, sum 1: as a rule the nominal weights.</param>
    /// <param name="levels">Length n, where the place stands.</param>
    /// <param name="stage">The stage to reach, 1 … B.</param>
    /// <param name="count">How many plans to find, at least 1.</param>
    /// <param name="costs">
    /// n × (L−1): cost of raising element e from level l to l + 1, above 0; infinite = cannot be done. By default 1 for each step.
    /// </param>
    /// <param name="cancel">Stops the search.</param>
    /// <returns>
    /// The cheapest plans of which no part would do, cheapest first; fewer than asked for if there are no more. Of equally dear plans the
    /// one that uses the elements with most weight for their cost comes first (then lower indices), and that one is kept.
    /// </returns>
    public static IReadOnlyList<StageLiftPlan> Cheapest(
        LevelMrSort rule, ReadOnlySpan<double> weights, ReadOnlySpan<int> levels, int stage, int count, double[,]? costs = null,
        CancellationToken cancel = default)
    {
        if (stage < 1 || stage > rule.Boundaries) throw new ArgumentException($"Expected 1 to {rule.Boundaries}.", nameof(stage));
        if (count < 1) throw new ArgumentException("Expected at least 1.", nameof(count));
        if (costs is not null && (costs.GetLength(0) != rule.Elements || costs.GetLength(1) != rule.Levels - 1
            || costs.Cast<double>().Any(c => !(c > 0))))
            throw new ArgumentException($"Expected {rule.Elements} × {rule.Levels - 1} costs above 0.", nameof(costs));
        if (rule.Stage(levels, weights) >= stage) return [new(0, [])];

        double needed = rule.Majority - LevelMrSort.Tolerance, forcedCost = 0;
        var forced = new List<LevelChange>();
        var options = new List<Option>();
        for (var e = 0; e < rule.Elements; e++)
        {
            var (level, profile) = (levels[e], rule.Profile(stage - 1, e));
            for (var b = 0; b < stage; b++) level = Math.Max(level, rule.Veto(b, e) + 1);
            if (level > levels[e]) forced.Add(new(e, levels[e], level));
            forcedCost += Cost(e, levels[e], level);
            if (level >= profile) needed -= weights[e];
            else if (weights[e] > 0) options.Add(new(new(e, levels[e], profile), weights[e], Cost(e, level, profile)));
        }
        if (double.IsInfinity(forcedCost)) return [];

        options.RemoveAll(o => double.IsInfinity(o.Cost));
        var search = new Search([.. options.OrderBy(o => o.Cost / o.Weight).ThenBy(o => o.Change.Element)], count, cancel);
        search.Descend(0, needed, 0);
        return [.. search.Found.Select(found => new StageLiftPlan(
            forcedCost + found.Cost,
            [.. found.Options.Select(o => o.Change).UnionBy(forced, c => c.Element).OrderBy(c => c.Element)]))];

        double Cost(int element, int from, int to)
        {
            double sum = 0;
            for (var level = from; level < to; level++) sum += costs?[element, level] ?? 1;
            return sum;
        }
    }

    /// <summary>Raising one element to the profile, beyond what vetoes force.</summary>
    private readonly record struct Option(LevelChange Change, double Weight, double Cost);

    /// <summary>The search for the cheapest minimal covers. Options come in order of cost per weight.</summary>
    private sealed class Search(Option[] options, int count, CancellationToken cancel)
    {
        private readonly Stack<Option> _chosen = [];

        public List<(double Cost, Option[] Options)> Found { get; } = [];

        /// <summary>Chooses among the options from <paramref name="next"/> on to bring the weight still needed to 0.</summary>
        public void Descend(int next, double needed, double cost)
        {
            if (needed <= 0)
            {
                if (_chosen.All(o => needed + o.Weight > 0)) Record(cost);
                return;
            }
            if (Found.Count == count && cost + LeastCost(next, needed) >= Found[^1].Cost) return;
            if (next == options.Length) return;
            cancel.ThrowIfCancellationRequested();

            _chosen.Push(options[next]);
            Descend(next + 1, needed - options[next].Weight, cost + options[next].Cost);
            _chosen.Pop();
            Descend(next + 1, needed, cost);
        }

        /// <summary>What the weight needed costs at least, were options divisible; infinite if there is not enough.</summary>
        private double LeastCost(int next, double needed)
        {
            double cost = 0;
            for (; next < options.Length; next++)
            {
                if (options[next].Weight >= needed) return cost + options[next].Cost * needed / options[next].Weight;
                (needed, cost) = (needed - options[next].Weight, cost + options[next].Cost);
            }
            return double.PositiveInfinity;
        }

        private void Record(double cost)
        {
            if (Found.Count == count)
            {
                if (cost >= Found[^1].Cost) return;
                Found.RemoveAt(count - 1);
            }
            var place = Found.FindIndex(f => f.Cost > cost);
            Found.Insert(place < 0 ? Found.Count : place, (cost, [.. _chosen]));
        }
    }
}
