using Michi.Analytics.Planning;
using Michi.Approach;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Plans;
using Michi.Roadmap.Scenarios;

namespace Michi.Roadmap.Explain;

/// <summary>The plan where an assumption is at one end of its range.</summary>
/// <param name="At">The figure there, in the assumption's own unit; null where it is many figures.</param>
/// <param name="Kept">Points of the plan carried out as it is.</param>
/// <param name="Holds">Whether its conditions then hold.</param>
/// <param name="Best">Points of the best plan found; null where none was.</param>
/// <param name="Changed">Codes of what is in only one of the two.</param>
internal sealed record AssumptionEnd(double? At, double Kept, bool Holds, double? Best, List<string> Changed)
{
    /// <summary>Points lost by keeping the plan; where it does not hold, points that even the best plan is worth less than the plan promised.</summary>
    public double AtStake(double value) => Holds ? Math.Max(0, (Best ?? Kept) - Kept) : Math.Max(0, value - (Best ?? 0));
}

/// <summary>How far a plan depends on an assumption.</summary>
/// <param name="Kind">A text under <c>explain.assumption</c>.</param>
/// <param name="Of">The initiative or source; empty where it is about all.</param>
internal sealed record AssumptionEffect(string Kind, string Of, AssumptionEnd Low, AssumptionEnd High, double AtStake, double Swing)
{
    /// <summary>So many initiatives are asked about one by one, those with the widest range of cost and of duration.</summary>
    private const int MostSingle = 5;

    /// <summary>An assumption to ask about: its kind, what it is about, its figures at both ends, and the problem there.</summary>
    internal sealed record Question(string Kind, string Of, double? Low, double? High, PlanAssumption Assumption);

    public static AssumptionEffect From(PlanModel model, double value, Question question, PlanSensitivity found)
    {
        var (low, high) = (End(question.Low, found.Low), End(question.High, found.High));
        return new(question.Kind, question.Of, low, high, Math.Max(low.AtStake(value), high.AtStake(value)), found.Swing);

        AssumptionEnd End(double? at, PlanOutcomeAt outcome) => new(at, outcome.Kept, outcome.Holds, double.IsFinite(outcome.Best) ? outcome.Best : null, [.. outcome.Changed.Select(o => model.Codes[o])]);
    }

    /// <summary>What is asked: all ranges of a kind together, the widest ones alone, the money of each source, the weights, and the levels that nobody looked at.</summary>
    public static IReadOnlyList<Question> Asked(PlanInput input, ContentPack pack)
    {
        var (questions, weights) = (new List<Question>(), input.Weights);
        void Ask(string kind, string of, double? low, double? high, Func<bool, PlanInput> at)
        {
            var (atLow, atHigh) = (PlanModel.Of(at(false), pack).Problem, PlanModel.Of(at(true), pack).Problem);
            if (atLow.Errors().Count + atHigh.Errors().Count == 0) questions.Add(new(kind, of, low, high, new($"{kind} {of}", atLow, atHigh)));
        }
        PlanInput Change(Func<PlannedInitiative, bool> which, Func<InitiativeFacts, InitiativeFacts> change) =>
            input with { Initiatives = [.. input.Initiatives.Select(i => which(i) ? i with { Facts = change(i.Facts) } : i)] };

        Ask("all-cost", "", null, null, high => Change(_ => true, f => WithCost(f, high)));
        Ask("all-duration", "", null, null, high => Change(MayLast, f => WithDuration(f, high)));
        if (input.Scenario.Pools.Count > 0) Ask("all-people", "", null, null, high => Change(_ => true, f => f with { People = f.People.ToDictionary(p => p.Key, p => End(p.Value, AssumedRange.People, high)) }));
        Ask("all-operation", "", null, null, high => Change(_ => true, f => f with { Operation = End(f.Operation, AssumedRange.Operation, high) }));
        Ask("all-benefit", "", null, null, high => Change(_ => true, f => f with { Beneficiaries = End(f.Beneficiaries, AssumedRange.Benefit, high) }));
        foreach (var i in Widest(f => AssumedRange.Cost.Fill(f.Cost)))
            Ask("cost", i.Code, AssumedRange.Cost.Fill(i.Facts.Cost).Low, AssumedRange.Cost.Fill(i.Facts.Cost).High, high => Change(x => x.Code == i.Code, f => WithCost(f, high)));
        foreach (var i in Widest(f => AssumedRange.Duration.Fill(f.Duration)).Where(MayLast))
            Ask("duration", i.Code, AssumedRange.Duration.Fill(i.Facts.Duration).Low, AssumedRange.Duration.Fill(i.Facts.Duration).High, high => Change(x => x.Code == i.Code, f => WithDuration(f, high)));
        foreach (var source in input.Scenario.Sources.Where(s => s.Years.Sum() > 0).Take(MostSingle))
            Ask("source", source.Id, 0.8, 1.2, high => WithScenario(s => s with { Sources = [.. s.Sources.Select(x => x.Id == source.Id ? Times(x, high ? 1.2 : 0.8) : x)] }));
        Ask("discount", "", input.Scenario.Discount / 2, input.Scenario.Discount * 1.5, high => WithScenario(s => s with { Discount = s.Discount * (high ? 1.5 : 0.5) }));
        var (share, decay) = (weights.BenefitShare!.Value, weights.StepDecay!.Value);
        var (lowShare, highShare, lowDecay, highDecay) = (Math.Max(0, share - 0.2), Math.Min(0.9, share + 0.2), Math.Max(0, decay - 0.2), Math.Min(1, decay + 0.2));
        Ask("benefit-share", "", lowShare, highShare, high => input with { Weights = weights with { BenefitShare = high ? highShare : lowShare } });
        Ask("step-decay", "", lowDecay, highDecay, high => input with { Weights = weights with { StepDecay = high ? highDecay : lowDecay } });
        if (input.Levels.Values.Any(l => l.Basis == "nothing"))
            Ask("levels", "", 0, 1, high => !high ? input : input with { Levels = input.Levels.ToDictionary(l => l.Key, l => l.Value.Basis == "nothing" ? l.Value with { Level = 1, AtLeast = [1, .. l.Value.AtLeast.Skip(1)] } : l.Value) });
        return questions;

        IEnumerable<PlannedInitiative> Widest(Func<InitiativeFacts, Expected> range) => input.Initiatives.Where(i => range(i.Facts) is var r && r.High > r.Low)
            .OrderByDescending(i => range(i.Facts) is var r ? r.High - r.Low : 0).ThenBy(i => i.Code, StringComparer.Ordinal).Take(MostSingle);

        // What is under way has the duration that follow-up found, and a fixed start leaves no room.
        bool MayLast(PlannedInitiative i) => !input.Scenario.Durations.ContainsKey(i.Code) && input.Scenario.Decisions.GetValueOrDefault(i.Code)?.Start is null;

        PlanInput WithScenario(Func<ScenarioFacts, ScenarioFacts> change) => input with { Scenario = change(input.Scenario) };
    }

    private static InitiativeFacts WithCost(InitiativeFacts facts, bool high) => facts with { Cost = End(facts.Cost, AssumedRange.Cost, high) };

    private static InitiativeFacts WithDuration(InitiativeFacts facts, bool high) => facts with { Duration = End(facts.Duration, AssumedRange.Duration, high) };

    private static FundingSource Times(FundingSource source, double factor) => source with { Years = [.. source.Years.Select(y => y * factor)], Total = source.Total * factor };

    private static Expected End(Expected given, AssumedRange assumed, bool high) => assumed.Fill(given) is var range ? range with { Planned = high ? range.High : range.Low } : given;
}
