using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Michi.Analytics.Planning;

namespace Michi.Benchmarks;

/// <summary>Michi's planning engine beside HiGHS and CP-SAT, both in WebAssembly, on made-up problems, one thread each.</summary>
internal static class PlanningBenchmark
{
    private static readonly double[] Marks = [1, 10, 60];

    /// <summary>Something a solver said: seconds of processor time and of the clock since it got the problem.</summary>
    private sealed record Found(double Cpu, double Seconds, double? Value, double? Bound, int[]? Plan);

    /// <param name="arguments">[size or "all"] [seconds] [seed…] [solver…]; by default all sizes, 60 s, seed 1, all solvers.</param>
    public static void Run(string[] arguments)
    {
        var numbers = arguments.TakeWhile(a => a == "all" || double.TryParse(a, CultureInfo.InvariantCulture, out _)).ToList();
        Run(
            numbers is [var size, ..] && size != "all" ? [int.Parse(size, CultureInfo.InvariantCulture)] : [40, 100, 300],
            numbers.Count > 1 ? double.Parse(numbers[1], CultureInfo.InvariantCulture) : 60,
            numbers.Count > 2 ? [.. numbers.Skip(2).Select(n => ulong.Parse(n, CultureInfo.InvariantCulture))] : [1],
            numbers.Count < arguments.Length ? arguments[numbers.Count..] : ["michi", "highs", "cp-sat"]);
    }

    /// <param name="sizes">Numbers of options.</param>
    /// <param name="seconds">For each solver and problem.</param>
    /// <param name="solvers">Of michi, highs and cp-sat.</param>
    private static void Run(IReadOnlyList<int> sizes, double seconds, IReadOnlyList<ulong> seeds, IReadOnlyList<string> solvers)
    {
        var folder = Install();
        Console.WriteLine("options seed solver  " + string.Concat(Marks.Where(m => m <= seconds).Select(m => $"| value, bound, gap % at {m,2} s      ")) + "| clock s");
        foreach (var size in sizes)
            foreach (var seed in seeds)
            {
                var problem = PlanningInstances.Make(size, seed);
                foreach (var solver in solvers)
                {
                    var found = solver == "michi" ? RunMichi(problem, seconds) : RunNode(folder, solver, problem, seconds);
                    foreach (var f in found)
                        if (f.Plan is { } plan) Check(problem, solver, plan, f.Value!.Value);
                    var line = $"{size,7} {seed,4} {solver,-7}";
                    foreach (var mark in Marks.Where(m => m <= seconds))
                    {
                        var by = found.Where(f => f.Cpu <= mark + 0.05).ToList();
                        var (value, bound) = (by.Max(f => f.Value), by.Min(f => f.Bound));
                        line += $" | {value,9:0.0} {bound,9:0.0} {100 * (bound - value) / value,6:0.00}";
                    }
                    Console.WriteLine($"{line} | {found[^1].Seconds:0.0}");
                }
            }
    }

    /// <summary>The folder with the solvers, installed as the lock file says.</summary>
    private static string Install()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Michi.slnx")))
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("Run the bench from the repository's build.");
        folder = Path.Combine(folder, "bench", "Michi.Benchmarks", "planning");
        using var npm = Process.Start(new ProcessStartInfo("npm", ["ci", "--silent"]) { WorkingDirectory = folder })!;
        npm.WaitForExit();
        return npm.ExitCode == 0 ? folder : throw new InvalidOperationException("npm ci failed.");
    }

    /// <summary>A plan must fulfil all conditions and be worth what the solver says; integer solvers allow themselves 1e-6 here and there.</summary>
    private static void Check(PlanningProblem problem, string solver, int[] plan, double value)
    {
        var evaluation = PlanEvaluation.Of(problem, plan);
        if (!evaluation.IsFeasible) throw new InvalidOperationException($"{solver}: {evaluation.Violations[0]}");
        if (evaluation.Value < value - 1e-4 * Math.Abs(value)) throw new InvalidOperationException($"{solver}: {evaluation.Value} instead of {value}.");
    }

    private static List<Found> RunMichi(PlanningProblem problem, double seconds)
    {
        var progress = new Recorder();
        var solution = PlanSolver.Solve(problem, new() { Time = TimeSpan.FromSeconds(seconds) }, progress);
        progress.Found.Add(new(progress.Cpu, progress.Seconds, solution.Value, solution.Bound, [.. solution.Starts]));
        return progress.Found;
    }

    private sealed class Recorder : IProgress<PlanProgress>
    {
        private readonly long _began = Stopwatch.GetTimestamp();
        private readonly TimeSpan _cpuBegan = Environment.CpuUsage.TotalTime;

        public List<Found> Found { get; } = [];

        public double Cpu => (Environment.CpuUsage.TotalTime - _cpuBegan).TotalSeconds;

        public double Seconds => Stopwatch.GetElapsedTime(_began).TotalSeconds;

        public void Report(PlanProgress value)
        {
            Found.Add(new(Cpu, Seconds, double.IsNaN(value.Value) ? null : value.Value, double.IsInfinity(value.Bound) ? null : value.Bound, null));
        }
    }

    private static List<Found> RunNode(string folder, string solver, PlanningProblem problem, double seconds)
    {
        var file = Path.GetTempFileName();
        try
        {
            new PlanningMilp(problem).Write(file);
            using var node = Process.Start(new ProcessStartInfo("node", [Path.Combine(folder, solver + ".mjs"), file, $"{seconds}"]) { RedirectStandardOutput = true })!;
            List<Found> found = [];
            while (node.StandardOutput.ReadLine() is { } line)
                if (line.StartsWith('{')) found.Add(JsonSerializer.Deserialize<Found>(line, JsonSerializerOptions.Web)!);
            node.WaitForExit();
            if (node.ExitCode != 0) throw new InvalidOperationException($"{solver} failed.");
            return found;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
