using System.Diagnostics;
using Michi.Analytics.Sampling;

namespace Michi.Analytics.Scheduling;

/// <summary>How long and from where to search.</summary>
public sealed record MakespanSearchOptions
{
    /// <summary>The same seed and <see cref="Schedules"/> give the same solution where neither time nor a stop ends the search.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Schedules to make, at least 1. Tests of deadlines come on top.</summary>
    public long Schedules { get; init; } = 200_000;

    /// <summary>No limit by default. Results then depend on the machine.</summary>
    public TimeSpan? Time { get; init; }

    /// <summary>Activity lists that are improved together, even, at least 4; restarts double it up to eight times as many.</summary>
    public int Population { get; init; } = 40;
}

/// <summary>Where a search stands.</summary>
public readonly record struct MakespanProgress(long Schedules, int Makespan, int LowerBound);

/// <summary>What is known of a solution.</summary>
public enum SolutionStatus
{
    /// <summary>All constraints hold.</summary>
    Feasible,

    /// <summary>And no shorter schedule exists: the lower bound is met.</summary>
    Optimal,
}

/// <summary>The best schedule found and what bounds it.</summary>
/// <param name="Starts">Start period of each activity.</param>
/// <param name="Makespan">Periods.</param>
/// <param name="LowerBound">Periods; proved, at most the makespan.</param>
/// <param name="Schedules">How many were made.</param>
public sealed record MakespanSolution(IReadOnlyList<int> Starts, int Makespan, int LowerBound, long Schedules)
{
    /// <summary>(makespan − lower bound) / makespan, 0 … 1; 0 where it is optimal.</summary>
    public double Gap => Makespan == LowerBound ? 0 : (double)(Makespan - LowerBound) / Makespan;

    public SolutionStatus Status => Makespan == LowerBound ? SolutionStatus.Optimal : SolutionStatus.Feasible;
}

/// <summary>Looks for the shortest schedule and for the proof that it is.</summary>
/// <remarks>
/// A genetic algorithm on activity lists with two-point crossover (Hartmann 1998, Nav. Res. Logist. 45(7):733-750), in which every child is
/// justified (Valls, Ballestín &amp; Quintanilla 2008, EJOR 185(2):495-508) and takes the place of the parent it resembles unless it is
/// longer (deterministic crowding, Mahfoud 1992). When nothing changes for the better it starts anew with more lists. In turn with it, deadlines
/// from the energy bound upward are tested; each refuted one raises the lower bound. Memory O(population·n + n² + horizon).
/// </remarks>
public static class MakespanSearch
{
    /// <summary>With more activities the bound is that of energy alone; testing deadlines would take longer than it is worth.</summary>
    public const int LargestProof = 300;

    /// <param name="problem">Any; without activities the makespan is 0.</param>
    /// <param name="options">Budget and seed.</param>
    /// <param name="progress">Told of each better schedule or bound.</param>
    /// <param name="stop">Ends the search early, with the best schedule so far; there always is one.</param>
    public static MakespanSolution Minimise(
        SchedulingProblem problem, MakespanSearchOptions? options = null, IProgress<MakespanProgress>? progress = null,
        CancellationToken stop = default)
    {
        options ??= new();
        if (options.Schedules < 1) throw new ArgumentException("Expected at least 1 schedule.", nameof(options));
        if (options.Population < 4 || options.Population % 2 != 0)
            throw new ArgumentException("Expected an even population of at least 4.", nameof(options));
        return new Run(problem, options, progress, stop).Minimise();
    }

    private sealed class Run(
        SchedulingProblem problem, MakespanSearchOptions options, IProgress<MakespanProgress>? progress, CancellationToken stop)
    {
        /// <summary>Generations without a better schedule before a restart.</summary>
        private const int Patience = 40;

        /// <summary>Schedules between the first two tests of a deadline; later rounds double it.</summary>
        private const long FirstRound = 2_000;

        /// <summary>For each narrowing of windows; more schedules find shorter ones, more narrowings prove more.</summary>
        private const long SchedulesPerNarrowing = 10;

        private readonly long _began = Stopwatch.GetTimestamp();
        private readonly SerialGeneration _generation = new(problem);
        private readonly Xoshiro256 _random = new(options.Seed);
        private readonly double[] _latestFinish = PriorityRules.Priorities(problem, PriorityRule.LatestFinishTime);
        private readonly int[] _best = new int[problem.Count], _starts = new int[problem.Count];
        private readonly bool[] _taken = new bool[problem.Count];
        private int _makespan = int.MaxValue, _lowerBound = EnergyBound.Makespan(problem);
        private long _schedules;

        public MakespanSolution Minimise()
        {
            foreach (var rule in Enum.GetValues<PriorityRule>())
            {
                if (_schedules > 0 && (IsProved || IsStopped || _schedules >= options.Schedules)) break;
                Decode(PriorityRules.Order(problem, rule));
            }
            var size = options.Population;
            var (population, round) = (Array.Empty<Individual>(), FirstRound);
            var tests = problem.Count <= LargestProof ? new DeadlineTest(problem) : null;
            for (var (unchanged, sum) = (0, long.MaxValue); !IsDone;)
            {
                if (tests is not null && !IsDone) RaiseBound(tests, round / SchedulesPerNarrowing);
                var roundEnd = _schedules + round;
                while (!IsDone && _schedules < roundEnd)
                {
                    if (population.Length == 0 || unchanged > Patience)
                    {
                        if (population.Length > 0) size = Math.Min(2 * size, 8 * options.Population);
                        population = Found(size);
                        (unchanged, sum) = (0, long.MaxValue);
                        continue;
                    }
                    Breed(population);
                    var now = population.Sum(i => (long)i.Makespan);
                    (unchanged, sum) = now < sum ? (0, now) : (unchanged + 1, sum);
                }
                round *= 2;
            }
            return new([.. _best], _makespan, _lowerBound, _schedules);
        }

        private bool IsProved => _makespan == _lowerBound;

        private bool IsStopped =>
            stop.IsCancellationRequested || (options.Time is { } time && Stopwatch.GetElapsedTime(_began) >= time);

        private bool IsDone => IsProved || _schedules >= options.Schedules || IsStopped;

        private sealed class Individual
        {
            public required int[] Order { get; init; }

            public required int Makespan { get; set; }
        }

        /// <summary>Lists by latest finish time, each blurred by a random share of the critical path.</summary>
        private Individual[] Found(int size)
        {
            var population = new List<Individual>(size);
            var scale = CriticalPath.Length(problem);
            while (population.Count < size && !IsDone)
            {
                var blur = scale * _random.NextDouble();
                var order = PriorityRules.Order(problem, a => _latestFinish[a] + blur * _random.NextDouble());
                var makespan = Decode(order);
                population.Add(new() { Order = order, Makespan = makespan });
            }
            return [.. population];
        }

        private void Breed(Individual[] population)
        {
            for (var i = population.Length - 1; i > 0; i--)
            {
                var j = _random.NextInt32(i + 1);
                (population[i], population[j]) = (population[j], population[i]);
            }
            Span<int> first = new int[problem.Count], second = new int[problem.Count];
            for (var i = 0; i + 1 < population.Length && !IsDone; i += 2)
            {
                var (mother, father) = (population[i], population[i + 1]);
                Cross(mother.Order, father.Order, first);
                Cross(father.Order, mother.Order, second);
                Replace(mother, first);
                Replace(father, second);
            }
        }

        private void Replace(Individual parent, Span<int> child)
        {
            Mutate(child);
            var makespan = Decode(child);
            if (makespan > parent.Makespan) return;
            child.CopyTo(parent.Order);
            parent.Makespan = makespan;
        }

        /// <summary>The outer parts of one list around a part ordered as in the other; precedences hold in it as in both.</summary>
        private void Cross(int[] outer, int[] inner, Span<int> child)
        {
            int from = _random.NextInt32(child.Length), to = _random.NextInt32(child.Length);
            if (from > to) (from, to) = (to, from);
            Array.Clear(_taken);
            for (var i = 0; i < from; i++) _taken[child[i] = outer[i]] = true;
            var next = from;
            for (var i = 0; next <= to; i++)
                if (!_taken[inner[i]]) _taken[child[next++] = inner[i]] = true;
            foreach (var activity in outer)
                if (!_taken[activity]) child[next++] = activity;
        }

        /// <summary>Moves one activity to another place between those it waits for and those that wait for it.</summary>
        private void Mutate(Span<int> order)
        {
            int from = _random.NextInt32(order.Length), activity = order[from], low = from, high = from;
            while (low > 0 && !Waits(activity, order[low - 1])) low--;
            while (high + 1 < order.Length && !Waits(order[high + 1], activity)) high++;
            var to = low + _random.NextInt32(high - low + 1);
            if (to < from) order[to..from].CopyTo(order[(to + 1)..]);
            else order[(from + 1)..(to + 1)].CopyTo(order[from..]);
            order[to] = activity;
        }

        private bool Waits(int activity, int before)
        {
            foreach (var link in problem.Predecessors[activity])
                if (link.Activity == before) return true;
            return false;
        }

        /// <summary>Schedules and justifies; the list becomes that of the result.</summary>
        private int Decode(Span<int> order)
        {
            var makespan = _generation.Forward(order, _starts);
            makespan = _generation.Justify(_starts, makespan);
            _generation.Order(_starts, order);
            _schedules += 3;
            Keep(_starts, makespan);
            return makespan;
        }

        private void Keep(ReadOnlySpan<int> starts, int makespan)
        {
            if (makespan >= _makespan) return;
            starts.CopyTo(_best);
            _makespan = makespan;
            Report();
        }

        private void RaiseBound(DeadlineTest tests, long effort)
        {
            while (!IsProved && !IsStopped)
            {
                switch (tests.Try(_lowerBound, effort, () => IsStopped, _starts))
                {
                    case DeadlineOutcome.Refuted:
                        _lowerBound++;
                        Report();
                        break;
                    case DeadlineOutcome.Met:
                        Keep(_starts, problem.Makespan(_starts));
                        break;
                    default:
                        return;
                }
            }
        }

        private void Report() => progress?.Report(new(_schedules, _makespan, _lowerBound));
    }
}
