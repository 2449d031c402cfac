using System.Diagnostics;

namespace Michi.Analytics.Planning;

/// <summary>Chooses and schedules options for the most value: a first plan in milliseconds, better ones as long as it may.</summary>
/// <remarks>One thread. Memory O(options · periods + resource buckets + ladder steps · periods).</remarks>
public static class PlanSolver
{
    /// <param name="problem">One without errors.</param>
    /// <param name="options">Limits, seed and a plan to begin with.</param>
    /// <param name="progress">Told of each better plan or bound.</param>
    /// <param name="stop">Ends the search early, with the best plan so far.</param>
    /// <exception cref="PlanningProblemException">Where the problem has errors.</exception>
    public static PlanSolution Solve(
        PlanningProblem problem, PlanSolverOptions options, IProgress<PlanProgress>? progress = null, CancellationToken stop = default)
    {
        if (problem.Errors() is { Count: > 0 } errors) throw new PlanningProblemException(errors);
        if (options.Effort is null && options.Time is null) throw new ArgumentException("Expected a limit of effort or time.", nameof(options));
        if (options.Start is { } start && start.Count != problem.Options.Count)
            throw new ArgumentException($"Expected {problem.Options.Count} starts, found {start.Count}.", nameof(options));
        return new Run(problem, options, progress, stop).Solve();
    }

    private sealed class Run(PlanningProblem problem, PlanSolverOptions options, IProgress<PlanProgress>? progress, CancellationToken stop)
    {
        /// <summary>Entries of the relaxation visited in the time of weighing one option.</summary>
        private const long EntriesPerWeighing = 200;

        private readonly long _began = Stopwatch.GetTimestamp();
        private double _bound = double.PositiveInfinity, _reportedValue = double.NaN, _reportedBound;
        private PlanSearch _search = null!;
        private PlanBound? _proof;

        public PlanSolution Solve()
        {
            var model = new IndexedProblem(problem);
            if (model.Conflict is not null) return new(PlanStatus.Infeasible, [], double.NaN, double.NegativeInfinity, Elapsed, 0, null);
            _bound = EasyBound(model);
            _reportedBound = _bound;
            _search = new PlanSearch(model, options.Seed);
            _search.Construct(options.Start, () => IsDone);
            Report();
            if (options.Proves && !IsDone) _proof = new PlanBound(model);
            while (!IsDone)
            {
                if (_proof is { IsDone: false } && ProofEffort <= _search.Effort) Prove();
                else _search.Step();
                Report();
            }
            return Solution();
        }

        private void Prove()
        {
            _proof!.Step(_search.BestValue);
            _bound = Math.Min(_bound, _proof.Bound);
            if (_proof.Plan is { } plan && !(_proof.PlanValue <= _search.BestValue)) _search.Adopt(plan);
        }

        private TimeSpan Elapsed => Stopwatch.GetElapsedTime(_began);

        private long ProofEffort => (_proof?.Effort ?? 0) / EntriesPerWeighing;

        private long Effort => _search.Effort + ProofEffort;

        private bool IsDone => stop.IsCancellationRequested || Effort >= options.Effort || (options.Time is { } time && Elapsed >= time) || IsProved;

        private bool IsProved => _bound - _search.BestValue <= options.Tolerance * Math.Max(Math.Abs(_search.BestValue), 1e-9) || double.IsNegativeInfinity(_bound);

        private PlanSolution Solution()
        {
            var prices = _proof?.Prices();
            if (double.IsNaN(_search.BestValue))
                return new(double.IsNegativeInfinity(_bound) ? PlanStatus.Infeasible : PlanStatus.Unknown, [], double.NaN, _bound, Elapsed, Effort, prices);
            int[] starts = [.. _search.Best];
            var value = PlanEvaluation.Of(problem, starts).Value;
            return new(IsProved ? PlanStatus.Optimal : PlanStatus.Feasible, starts, value, Math.Max(_bound, value), Elapsed, Effort, prices);
        }

        private void Report()
        {
            if (_search.BestValue.Equals(_reportedValue) && _bound == _reportedBound) return;
            (_reportedValue, _reportedBound) = (_search.BestValue, _bound);
            progress?.Report(new(Elapsed, _reportedValue, _bound));
        }

        /// <summary>Every option at its best start and every ladder climbed from the first possible end on.</summary>
        private static double EasyBound(IndexedProblem model)
        {
            var bound = 0.0;
            for (var o = 0; o < model.Count; o++)
            {
                if (!model.CanBeChosen(o)) continue;
                var most = double.NegativeInfinity;
                for (var s = model.First[o]; s <= model.Last[o]; s++)
                    if (model.IsAllowed[o * model.Periods + s]) most = Math.Max(most, model.Values[o * model.Periods + s]);
                bound += model.IsMandatory[o] ? most : Math.Max(0, most);
            }
            var sum = new double[model.Periods];
            foreach (var ladder in model.Problem.Ladders)
            {
                var below = new double[model.Periods];
                Array.Fill(below, 1);
                foreach (var step in ladder.Steps)
                {
                    Array.Clear(sum);
                    foreach (var (option, share) in step.Shares)
                        for (var t = model.First[option] + model.Durations[option]; t < model.Periods && model.CanBeChosen(option); t++) sum[t] += share;
                    for (var t = 0; t < model.Periods; t++)
                    {
                        below[t] = Math.Min(below[t], sum[t]);
                        bound += step.Value * model.Weights[t] * below[t];
                    }
                }
            }
            return bound;
        }
    }
}
