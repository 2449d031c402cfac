using System.Diagnostics;
using Michi.Analytics.Scheduling;
using Michi.UnitTests.Scheduling;

namespace Michi.Benchmarks;

/// <summary>All instances of a PSPLIB set against the best makespans known, each for a limited time on one core.</summary>
internal static class PsplibBenchmark
{
    private sealed record Outcome(string File, int BestKnown, MakespanSolution Solution, double Seconds, double SecondsToBest);

    /// <param name="set">j30 or j60.</param>
    /// <param name="seconds">For each instance; less where the optimum is proved.</param>
    /// <param name="cores">Instances at a time.</param>
    /// <param name="seed">Of the search.</param>
    public static void Run(string set, double seconds, int cores, ulong seed)
    {
        var folder = Folder();
        var waiting = new Queue<(string File, int Makespan)>(Psplib.BestKnown(Path.Combine(folder, "best_known.csv"), set.ToUpperInvariant()));
        var outcomes = new List<Outcome>();
        var began = Stopwatch.GetTimestamp();
        var threads = Enumerable.Range(0, cores).Select(_ => new Thread(Work)).ToList();
        threads.ForEach(t => t.Start());
        threads.ForEach(t => t.Join());

        foreach (var o in outcomes.Where(o => o.Solution.Makespan != o.BestKnown).OrderBy(o => o.File, StringComparer.Ordinal))
            Console.WriteLine($"{o.File}: {o.Solution.Makespan}, best known {o.BestKnown}, bound {o.Solution.LowerBound}");
        var times = outcomes.Select(o => o.SecondsToBest).Order().ToList();
        Console.WriteLine($"{set}: {outcomes.Count} instances, {seconds} s each, {cores} at a time, seed {seed}");
        Console.WriteLine($"best known reached: {outcomes.Count(o => o.Solution.Makespan <= o.BestKnown)}");
        Console.WriteLine($"mean deviation from the best known: {outcomes.Average(o => 100.0 * (o.Solution.Makespan - o.BestKnown) / o.BestKnown):0.000} %");
        Console.WriteLine($"proved optimal: {outcomes.Count(o => o.Solution.Status == SolutionStatus.Optimal)}; mean gap {outcomes.Average(o => 100 * o.Solution.Gap):0.00} %");
        Console.WriteLine($"bounds above the best known (must be 0): {outcomes.Count(o => o.Solution.LowerBound > o.BestKnown)}");
        Console.WriteLine($"time to the best schedule: median {1000 * times[times.Count / 2]:0.0} ms, 95 % {1000 * times[times.Count * 95 / 100]:0} ms, longest {times[^1]:0.00} s");
        Console.WriteLine($"longest run {outcomes.Max(o => o.Seconds):0.00} s; all {Stopwatch.GetElapsedTime(began).TotalSeconds:0} s; {outcomes.Sum(o => o.Solution.Schedules) / outcomes.Sum(o => o.Seconds):#,0} schedules a second and core");

        void Work()
        {
            while (true)
            {
                (string File, int Makespan) next;
                lock (waiting)
                    if (!waiting.TryDequeue(out next)) return;
                var problem = Psplib.Read(Path.Combine(folder, next.File));
                var progress = new TimeOfBest();
                var start = Stopwatch.GetTimestamp();
                var solution = MakespanSearch.Minimise(
                    problem, new() { Seed = seed, Schedules = long.MaxValue, Time = TimeSpan.FromSeconds(seconds) }, progress);
                var outcome = new Outcome(
                    next.File, next.Makespan, solution, Stopwatch.GetElapsedTime(start).TotalSeconds, progress.Seconds);
                if (!problem.IsFeasible([.. solution.Starts])) throw new InvalidOperationException($"{next.File}: not feasible.");
                lock (outcomes) outcomes.Add(outcome);
            }
        }
    }

    private sealed class TimeOfBest : IProgress<MakespanProgress>
    {
        private readonly long _began = Stopwatch.GetTimestamp();
        private int _makespan = int.MaxValue;

        public double Seconds { get; private set; }

        public void Report(MakespanProgress value)
        {
            if (value.Makespan < _makespan) (_makespan, Seconds) = (value.Makespan, Stopwatch.GetElapsedTime(_began).TotalSeconds);
        }
    }

    private static string Folder()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder.Parent is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Michi.slnx")))
                return Path.Combine(folder.Parent.FullName, "shared", "refs", "psplib");
        throw new DirectoryNotFoundException("The reference data (../shared/refs beside the project) is not here.");
    }
}
