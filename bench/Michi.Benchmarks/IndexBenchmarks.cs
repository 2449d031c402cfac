using System.Diagnostics;
using System.Globalization;
using BenchmarkDotNet.Attributes;
using Michi.Analytics.Indices;

namespace Michi.Benchmarks;

/// <summary>A composite index of the size of COINr's example (51 units × 49 indicators, four levels): one build, and 1,000
/// replications.</summary>
/// <remarks>The data are made up: log-normal indicators, a few values missing. Targets: build under 2 ms, replications under 0.15
/// s.</remarks>
[InProcess, MemoryDiagnoser, WarmupCount(2), IterationCount(5)]
public class IndexBenchmarks
{
    private readonly IndexTable _data = Table(51, 49);
    private readonly IndexDefinition _definition = Definition(49, [8, 5, 3, 6, 8, 5, 9, 5], 5);

    [Benchmark]
    public IndexResult Build() => CompositeIndex.Build(_data, _definition);

    [Benchmark]
    public UncertaintyResult Replicate1000() => new IndexUncertainty(_data, _definition, Inputs(_definition)).Run(1000, 1);

    [Benchmark]
    public SobolIndices Sensitivity2000() => new IndexUncertainty(_data, _definition, Inputs(_definition)).Sensitivity(2000, 1);

    /// <summary>10,000 places × 100 indicators × 1,000 replications once, with processor time and peak memory.</summary>
    public static void RunPlaces()
    {
        var definition = Definition(100, [.. Enumerable.Repeat(10, 10)], 5);
        var data = Table(10_000, 100);
        var processor = Process.GetCurrentProcess().TotalProcessorTime;
        var result = new IndexUncertainty(data, definition, Inputs(definition)).Run(1000, 1);
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{result.Units.Count} places × 100 indicators × {result.ReplicationCount} replications: " +
            $"{(process.TotalProcessorTime - processor).TotalSeconds:F1} s CPU, peak {process.PeakWorkingSet64 / 1e6:F0} MB"));
    }

    private static IndexTable Table(int units, int indicators)
    {
        var random = new Random(1);
        var values = new double[units, indicators];
        for (var u = 0; u < units; u++)
        {
            var level = random.NextDouble();
            for (var c = 0; c < indicators; c++)
            {
                var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
                values[u, c] = random.NextDouble() < 0.02 ? double.NaN : Math.Exp(level + normal);
            }
        }
        return new([.. Enumerable.Range(0, units).Select(u => $"U{u}")], [.. Enumerable.Range(0, indicators).Select(c => $"I{c}")], values);
    }

    /// <summary>Indicators in pillars of the given sizes; the first pillars form one sub-index, the others another.</summary>
    private static IndexDefinition Definition(int indicators, int[] pillars, int first)
    {
        var elements = new List<IndexElement>();
        var c = 0;
        for (var p = 0; p < pillars.Length; p++)
        {
            for (var i = 0; i < pillars[p]; i++, c++)
                elements.Add(new($"I{c}", "", 1, $"P{p}") { Direction = c % 3 == 0 ? Direction.LessIsBetter : Direction.MoreIsBetter });
            elements.Add(new($"P{p}", "", 2, p < first ? "S0" : "S1"));
        }
        Debug.Assert(c == indicators);
        elements.AddRange([new("S0", "", 3, "Index"), new("S1", "", 3, "Index"), new("Index", "", 4, null)]);
        return new(elements) { Imputation = new(ImputationMethod.Mean) };
    }

    private static UncertainInput[] Inputs(IndexDefinition definition) =>
    [
        UncertainInput.WinsorisationLimits("limit", [1, 2, 3, 4, 5]),
        UncertainInput.Normalisations("normalisation", [new MinMax(1, 100), new ZScore(100, 10)]),
        UncertainInput.NoisyWeights("weights", definition, new Dictionary<int, double> { [2] = 0.25, [3] = 0.25 }, 100, 1),
        UncertainInput.Aggregations("aggregation", [new Arithmetic(), new Geometric()]),
    ];
}
