using BenchmarkDotNet.Attributes;
using Michi.Analytics.Profiles;
using Michi.Analytics.Sorting;

namespace Michi.Benchmarks;

/// <summary>The profile of a city: 21 elements in 5 domains, levels 0-4, Dirichlet weights, three stages, value of information.</summary>
/// <remarks>
/// The baseline is what one would write first: System.Random, lists that are sorted for quantiles, and a simulation of 1,000 draws for each
/// element and level to find out what knowing it is worth. The plain version without that part is given too, to tell the two gains apart.
/// </remarks>
[InProcess, MemoryDiagnoser, WarmupCount(2), IterationCount(5)]
public class ProfileBenchmarks
{
    private const int Levels = 5, Elements = 21, NestedDraws = 1000;
    private const double Concentration = 50, Majority = 0.6;
    private static readonly int[] GroupSizes = [6, 3, 4, 5, 3];
    private static readonly int[] GroupOf = [.. GroupSizes.SelectMany((size, g) => Enumerable.Repeat(g, size))];

    private double[,] _beliefs = null!;
    private int[,] _profiles = null!, _vetoes = null!;
    private WeightHierarchy _weights = null!;
    private LevelMrSort _stages = null!;

    [Params(1_000, 10_000, 100_000)]
    public int Draws { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        var random = new Random(1);
        _beliefs = new double[Elements, Levels];
        (_profiles, _vetoes) = (new int[2, Elements], new int[2, Elements]);
        for (var e = 0; e < Elements; e++)
        {
            var row = Enumerable.Range(0, Levels).Select(_ => random.NextDouble()).ToArray();
            for (var l = 0; l < Levels; l++) _beliefs[e, l] = row[l] / row.Sum();
            (_profiles[0, e], _profiles[1, e]) = (2, 3);
            (_vetoes[0, e], _vetoes[1, e]) = (-1, e % 7 == 0 ? 0 : -1);
        }
        _weights = new(GroupOf, [1, 1, 1, 1, 1], [.. Enumerable.Repeat(1.0, Elements)], Concentration, Concentration);
        _stages = new(Levels, _profiles, Majority, _vetoes);
    }

    [Benchmark]
    public double Simulation() => ProfileSimulation.Run(new(_beliefs), _weights, _stages, seed: 1, Draws).Whole.Median;

    [Benchmark(Baseline = true)]
    public double PlainWithNestedInformation()
    {
        var (random, plain) = (new Random(1), PlainWithoutInformation());
        for (var e = 0; e < Elements; e++)
        {
            double worth = 0;
            for (var level = 0; level < Levels; level++)
            {
                var stages = new int[3];
                for (var i = 0; i < NestedDraws; i++) stages[PlainDraw(random, e, level).Stage]++;
                worth += _beliefs[e, level] * stages.Max() / NestedDraws;
            }
            plain += worth;
        }
        return plain;
    }

    [Benchmark]
    public double PlainWithoutInformation()
    {
        var random = new Random(1);
        var stages = new int[3];
        var wholes = new List<double>();
        var groups = GroupSizes.Select(_ => new List<double>()).ToArray();
        var elements = new List<int>[Elements];
        for (var e = 0; e < Elements; e++) elements[e] = [];
        var blocks = new int[Elements, 2];
        for (var i = 0; i < Draws; i++)
        {
            var (levels, groupScores, whole, stage) = PlainDraw(random, -1, 0);
            stages[stage]++;
            wholes.Add(whole);
            for (var g = 0; g < groups.Length; g++) groups[g].Add(groupScores[g]);
            for (var e = 0; e < Elements; e++)
            {
                elements[e].Add(levels[e]);
                for (var b = stage; b < 2; b++)
                    if (levels[e] < _profiles[b, e]) blocks[e, b]++;
            }
        }
        wholes.Sort();
        foreach (var list in groups) list.Sort();
        foreach (var list in elements) list.Sort();
        return wholes[Draws / 2];
    }

    private (int[] Levels, double[] Groups, double Whole, int Stage) PlainDraw(Random random, int knownElement, int knownLevel)
    {
        var levels = new int[Elements];
        for (var e = 0; e < Elements; e++)
        {
            var u = random.NextDouble();
            while (levels[e] < Levels - 1 && u >= _beliefs[e, levels[e]]) u -= _beliefs[e, levels[e]++];
        }
        if (knownElement >= 0) levels[knownElement] = knownLevel;

        var groupWeights = Dirichlet(random, [.. GroupSizes.Select(_ => Concentration / GroupSizes.Length)]);
        var weights = GroupSizes.SelectMany((size, g) =>
            Dirichlet(random, [.. Enumerable.Repeat(Concentration / size, size)]).Select(w => w * groupWeights[g])).ToArray();
        var groups = new double[GroupSizes.Length];
        for (var e = 0; e < Elements; e++) groups[GroupOf[e]] += weights[e] / groupWeights[GroupOf[e]] * levels[e];
        var whole = groups.Zip(groupWeights, (score, weight) => score * weight).Sum();

        var stage = 0;
        for (; stage < 2; stage++)
        {
            double coalition = 0;
            var vetoed = false;
            for (var e = 0; e < Elements; e++)
            {
                if (levels[e] >= _profiles[stage, e]) coalition += weights[e];
                if (levels[e] <= _vetoes[stage, e]) vetoed = true;
            }
            if (vetoed || coalition < Majority) break;
        }
        return (levels, groups, whole, stage);
    }

    private static double[] Dirichlet(Random random, double[] shapes)
    {
        var values = shapes.Select(shape => Gamma(random, shape)).ToArray();
        var sum = values.Sum();
        return [.. values.Select(v => v / sum)];
    }

    private static double Gamma(Random random, double shape)
    {
        if (shape < 1) return Gamma(random, shape + 1) * Math.Pow(random.NextDouble(), 1 / shape);
        double d = shape - 1.0 / 3, c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var x = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            var v = Math.Pow(1 + c * x, 3);
            if (v > 0 && Math.Log(1 - random.NextDouble()) < 0.5 * x * x + d - d * v + d * Math.Log(v)) return d * v;
        }
    }
}
