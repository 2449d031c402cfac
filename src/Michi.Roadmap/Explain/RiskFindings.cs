using System.Globalization;
using Michi.Analytics.Planning;
using Michi.Approach;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Plans;

namespace Michi.Roadmap.Explain;

/// <summary>How a plan fares where costs, durations, people and effects turn out otherwise, and what a plan that holds more often would cost.</summary>
internal sealed record RiskFindings
{
    /// <summary>Share of the futures in which a robust plan is to hold.</summary>
    public const double Target = 0.8;

    /// <summary>Share of the worst futures that value at risk is about.</summary>
    public const double Worst = 0.05;

    private const int Bars = 20, MostBreaks = 12, ManyInitiatives = 300;
    private const long Effort = 20_000;

    /// <summary>As planned.</summary>
    public required double Value { get; init; }

    public required RiskOf Plan { get; init; }

    /// <summary>Number of futures in each of <see cref="Bars"/> equal parts of the values' range.</summary>
    public required List<int> Histogram { get; init; }

    public required int Futures { get; init; }
    public required double Correlation { get; init; }

    /// <summary>Initiatives for which a range of ours was assumed, of something they have one figure for.</summary>
    public required int Assumed { get; init; }

    /// <summary>What breaks, most frequent first.</summary>
    public required List<Break> Breaks { get; init; }

    /// <summary>Null where none was found.</summary>
    public required Robust? Robust { get; init; }

    public required bool IsCut { get; init; }

    public static RiskFindings Of(PlanInput input, ContentPack pack, PlanOutcome outcome, IProgress<double> progress, CancellationToken stop)
    {
        var model = PlanModel.Of(input, pack);
        var starts = model.StartsOf(outcome.Starts);
        var uncertain = new UncertainPlanningProblem(model.Problem, [.. input.Initiatives.Select(i => RangesOf(input, i))], model.Resources.Index().Where(r => r.Item.Kind == "people").Select(r => r.Index).ToHashSet());
        var options = new PlanRiskOptions { Seed = input.Seed, Scenarios = input.Initiatives.Count > ManyInitiatives ? 200 : 1_000 };
        var risk = PlanRisk.Of(uncertain, starts, options, stop);
        progress.Report(0.1);
        var robust = RobustOf();
        return new()
        {
            Value = PlanEvaluation.Of(model.Problem, starts).Value,
            Plan = RiskOf.From(risk),
            Histogram = HistogramOf(risk.Values),
            Futures = options.Scenarios,
            Correlation = options.Correlation,
            Assumed = input.Initiatives.Count(i => IsAssumed(i.Facts)),
            Breaks = [.. risk.Breaks.Take(MostBreaks).Select(b => new Break(PlaceOf(model, b), b.Share, b.First))],
            Robust = robust,
            IsCut = stop.IsCancellationRequested,
        };

        Robust? RobustOf()
        {
            try
            {
                return RobustPlan.Find(uncertain, starts, Target, new() { Seed = input.Seed, Effort = Effort, Proves = false }, options, new PartOf(progress, 0.1, 1), stop) is { } found
                    ? new(model.StartsOf(found.Starts), found.Protection, found.Value, RiskOf.From(found.Risk), found.Reaches) : null;
            }
            // Out of time; or what is fixed leaves no room for what lasts longer.
            catch (Exception fault) when (fault is OperationCanceledException or PlanningProblemException)
            {
                return null;
            }
        }
    }

    private static PlanOptionRanges RangesOf(PlanInput input, PlannedInitiative initiative)
    {
        var facts = initiative.Facts;
        var people = facts.People.Values.Select(AssumedRange.People.Fill).ToList();
        return new()
        {
            Cost = Range(AssumedRange.Cost.Fill(facts.Cost)),
            // What is under way has the duration that follow-up found.
            Duration = input.Scenario.Durations.ContainsKey(initiative.Code) ? null : Range(AssumedRange.Duration.Fill(facts.Duration)),
            People = new(people.Sum(p => p.Low), people.Sum(p => p.Planned), people.Sum(p => p.High)),
            Operation = Range(AssumedRange.Operation.Fill(facts.Operation)),
            Effect = Range(AssumedRange.Benefit.Fill(facts.Beneficiaries)),
        };

        static PlanRange Range(Expected e) => new(Math.Min(e.Low, e.Planned), e.Planned, Math.Max(e.High, e.Planned));
    }

    private static bool IsAssumed(InitiativeFacts facts) => new[] { facts.Cost, facts.Duration, facts.Operation, facts.Beneficiaries }.Concat(facts.People.Values).Any(e => e.Planned > 0 && e.Low >= e.High);

    private static List<int> HistogramOf(IReadOnlyList<double> values)
    {
        var (low, width) = (values[0], (values[^1] - values[0]) / Bars);
        var bars = new int[Bars];
        foreach (var value in values) bars[width > 0 ? Math.Min(Bars - 1, (int)((value - low) / width)) : 0]++;
        return [.. bars];
    }

    private static Lack PlaceOf(PlanModel model, PlanBreak broken) => broken.Place switch
    {
        { Resource: { } r, Bucket: var bucket } => new(model.Resources[r].Kind, [model.Resources[r].Id], model.Resources[r].Kind == "total" ? null : bucket, Amount: broken.MeanExcess),
        { Cover: { } c } => new("minimum", [c.ToString(CultureInfo.InvariantCulture)], Amount: broken.MeanExcess),
        { Option: var o } => new("late", [model.Codes[o!.Value]], Amount: broken.MeanExcess),
    };
}

/// <summary>How often a plan holds, and what it is worth.</summary>
/// <param name="Holding">Share of the futures in which money and people suffice, requirements are met and all ends in time.</param>
/// <param name="Low">Lower end of its 95 % interval, for the number of futures alone.</param>
/// <param name="Quantile05">Value that 5 % of the futures stay below.</param>
/// <param name="WorstMean">Mean of the worst 5 %.</param>
/// <param name="Least">Of all futures.</param>
internal sealed record RiskOf(double Holding, double Low, double High, double Mean, double Quantile05, double Median, double Quantile95, double WorstMean, double Least, double Most)
{
    public static RiskOf From(PlanRisk risk) => new(risk.Holding, risk.HoldingLow, risk.HoldingHigh, risk.Mean, risk.Quantile(RiskFindings.Worst), risk.Quantile(0.5), risk.Quantile(1 - RiskFindings.Worst), risk.WorstMean(RiskFindings.Worst), risk.Values[0], risk.Values[^1]);
}

/// <summary>What breaks in some futures.</summary>
/// <param name="Place">Where, and by how much on average; <c>late</c> beside the kinds of <see cref="Lack"/>: an initiative that ends so many quarters late.</param>
/// <param name="Share">Of the futures.</param>
/// <param name="First">Of the futures in which it breaks before anything else.</param>
internal sealed record Break(Lack Place, double Share, double First);

/// <summary>A plan that holds more often.</summary>
/// <param name="Protection">How far from planned (0) to high (1) costs, durations and people were counted for it.</param>
/// <param name="Value">As planned.</param>
/// <param name="Reaches">Whether it holds as often as asked for; else it is the one that holds most often of those found.</param>
internal sealed record Robust(Dictionary<string, int> Starts, double Protection, double Value, RiskOf Risk, bool Reaches);
