using System.Globalization;
using Michi.Analytics.Profiles;
using Michi.Analytics.Sorting;
using Michi.Approach;

namespace Michi.Assessment.Profiles;

/// <summary>What an element's distribution rests on.</summary>
public enum Basis
{
    /// <summary>Nobody looked: every level is equally likely.</summary>
    Nothing,
    /// <summary>Evidence alone: preliminary.</summary>
    Evidence,
    /// <summary>Ratings of assessors.</summary>
    Ratings,
    /// <summary>A recorded consensus.</summary>
    Consensus,
}

/// <summary>An element of a diagnosed place.</summary>
/// <param name="Levels">Probability of each level 0–4.</param>
/// <param name="Score">Mean, median and 5–95 % interval of the level.</param>
/// <param name="Evidence">Every fact that speaks about it, with its weight; shown also where ratings have replaced it.</param>
/// <param name="Raters">How many assessors gave a level.</param>
/// <param name="CannotTell">How many could not tell.</param>
/// <param name="FindOut">What it would be worth to know the level exactly.</param>
public sealed record DiagnosedElement(
    Element Element, Basis Basis, IReadOnlyList<double> Levels, ScoreSummary Score, IReadOnlyList<WeighedEvidence> Evidence, int Raters, int CannotTell,
    InformationValue FindOut)
{
    /// <summary>The most likely level; where several are equally likely, the one nearest to the median.</summary>
    public int MostLikely { get; } = Enumerable.Range(0, Levels.Count).OrderByDescending(l => Math.Round(Levels[l], 9)).ThenBy(l => Math.Abs(l - Score.Median)).First();

    /// <summary>The smallest level with P(level or lower) ≥ p, as the quantiles of <see cref="Score"/>.</summary>
    public double Quantile(double p) => Enumerable.Range(0, Levels.Count - 1).FirstOrDefault(l => Below(l + 1) >= p - 1e-12, Levels.Count - 1);

    /// <summary>Probability that the level is below one.</summary>
    public double Below(int level) => Levels.Take(level).Sum();
}

/// <summary>What is believed about the level of every element of a place, and on what it rests; in the pack's order.</summary>
public sealed record Beliefs(LevelDistributions Levels, IReadOnlyList<Basis> Bases, IReadOnlyList<IReadOnlyList<WeighedEvidence>> Evidence)
{
    /// <summary>A consensus before ratings, ratings before evidence, evidence before nothing, element by element.</summary>
    public static Beliefs Of(DiagnosisInput input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var pack = input.Pack;
        var n = pack.Elements.Count;
        var evidence = input.Evidence.ToLookup(e => e.Element);
        var ratings = input.Ratings.ToLookup(r => r.Element);
        var consensus = input.Consensus.ToDictionary(c => c.Element);
        var weighed = new IReadOnlyList<WeighedEvidence>[n];
        var bases = new Basis[n];
        var levels = new double[n, ContentPack.Levels];
        foreach (var element in pack.Elements)
        {
            var i = element.Index;
            weighed[i] = EvidenceWeighing.Weigh(pack.Evidence, evidence[element.Id], input.On);
            var told = ratings[element.Id].Where(r => r.Level is not null).Select(r => (r.Level!.Value, r.Confidence)).ToList();
            var row = consensus.TryGetValue(element.Id, out var agreed) ? EvidenceWeighing.LevelsFrom(pack.Evidence, [(agreed.Level, agreed.Confidence)])
                : EvidenceWeighing.LevelsFrom(pack.Evidence, told);
            bases[i] = agreed is not null ? Basis.Consensus : row is not null ? Basis.Ratings : weighed[i].Count > 0 ? Basis.Evidence : Basis.Nothing;
            row ??= EvidenceWeighing.LevelsFrom(pack.Evidence, weighed[i]);
            for (var level = 0; level < row.Length; level++) levels[i, level] = row[level];
        }
        return new(new(levels), bases, weighed);
    }
}

/// <summary>How an element stands between the place and its next stage.</summary>
/// <param name="Below">Probability that its level is below what the stage asks for.</param>
/// <param name="Veto">Probability that it alone forbids the stage.</param>
public sealed record Blocker(DiagnosedElement Element, double Below, double Veto);

/// <summary>A characteristic with the rule that suggests it.</summary>
/// <param name="RuleId">Rule of the pack; null where a person confirmed another.</param>
/// <param name="Value">The fact the rule rests on, where there is one.</param>
public sealed record SuggestedCharacteristic(string Id, string? RuleId, string? Value, string Suggested, bool IsConfirmed);

/// <summary>A suggested way of scaling up and the rules that hold.</summary>
public sealed record SuggestedScaleUp(string Id, IReadOnlyList<string> Rules);

/// <summary>A support programme with the gaps it answers, surest gap first.</summary>
public sealed record MatchedProgramme(Programme Programme, IReadOnlyList<Blocker> Gaps)
{
    /// <summary>Sum of the gaps' probabilities: what the list is ordered by.</summary>
    public double Need => Gaps.Sum(g => g.Below);
}

/// <summary>The diagnosis of a place: profile, stage, direction, programmes, and why. Made by <see cref="Of"/>.</summary>
public sealed record Diagnosis
{
    public required DiagnosisInput Input { get; init; }
    public required IReadOnlyList<DiagnosedElement> Elements { get; init; }

    /// <summary>Scores of the domains in the pack's order.</summary>
    public required IReadOnlyList<ScoreSummary> Domains { get; init; }

    public required ScoreSummary Whole { get; init; }

    /// <summary>The most probable stage.</summary>
    public required Stage Stage { get; init; }

    /// <summary>Probabilities of the stages in the pack's order.</summary>
    public required IReadOnlyList<double> StageProbabilities { get; init; }

    /// <summary>The stage after the most probable one; null at the last.</summary>
    public Stage? NextStage { get; init; }

    /// <summary>Elements that hold the place back from the next stage, most likely first.</summary>
    public required IReadOnlyList<Blocker> Blockers { get; init; }

    /// <summary>The rule applied to the most likely level of every element, for each boundary: what the words are made from.</summary>
    public required IReadOnlyList<BoundaryOutcome> Rule { get; init; }

    /// <summary>The stage the rule gives at the most likely levels. It can differ from the most probable stage: one veto among many possible ones is enough.</summary>
    public Stage StageAtMostLikely => Input.Pack.Stages[Rule.TakeWhile(b => b.Passes).Count()];

    /// <summary>The cheapest sets of improvements that would lift the most likely levels to the next stage, one level step counting as one.</summary>
    public required IReadOnlyList<StageLiftPlan> Lifts { get; init; }

    public required SuggestedCharacteristic Characteristic { get; init; }
    public required Maturity Maturity { get; init; }

    /// <summary>The classes of maturity the interval of the whole touches; more than one = not sure.</summary>
    public required IReadOnlyList<Maturity> PossibleMaturities { get; init; }

    public required string Direction { get; init; }
    public required IReadOnlyList<SuggestedScaleUp> ScaleUps { get; init; }
    public required IReadOnlyList<MatchedProgramme> Programmes { get; init; }

    /// <summary>True while no element has been rated: the profile is preliminary.</summary>
    public bool IsPreliminary => Elements.All(e => e.Basis is Basis.Nothing or Basis.Evidence);

    /// <summary>Elements in the order in which finding out more would help most.</summary>
    public IEnumerable<DiagnosedElement> FindOutNext =>
        Elements.OrderByDescending(e => e.FindOut.MutualInformationBits).ThenBy(e => e.Element.Index);

    /// <summary>Diagnoses a place. Time O(draws · elements): some milliseconds at 10,000 draws.</summary>
    public static Diagnosis Of(DiagnosisInput input, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        var pack = input.Pack;
        var beliefs = Beliefs.Of(input);
        var weights = WeightsOf(pack);
        var rule = RuleOf(pack);
        var profile = ProfileSimulation.Run(beliefs.Levels, weights, rule, (ulong)input.Seed, input.Draws, cancel);

        var ratings = input.Ratings.ToLookup(r => r.Element);
        var elements = pack.Elements.Select(e => new DiagnosedElement(e, beliefs.Bases[e.Index],
            beliefs.Levels[e.Index].ToArray(), profile.Elements[e.Index], beliefs.Evidence[e.Index],
            ratings[e.Id].Count(r => r.Level is not null), ratings[e.Id].Count(r => r.Level is null), profile.Information[e.Index])).ToList();
        var stage = pack.Stages[profile.MostProbableStage];
        var next = stage.Index + 1 < pack.Stages.Count ? pack.Stages[stage.Index + 1] : null;
        var gaps = elements.Select(e => BlockerOf(e, next ?? stage)).OrderByDescending(b => b.Veto + b.Below).ThenBy(b => b.Element.Element.Index).ToList();
        var mostLikely = elements.Select(e => e.MostLikely).ToArray();
        var maturity = MaturityOf(pack, profile.Whole.Median);
        var characteristic = CharacteristicOf(input);
        return new()
        {
            Input = input,
            Elements = elements,
            Domains = profile.Groups,
            Whole = profile.Whole,
            Stage = stage,
            StageProbabilities = profile.StageProbabilities,
            NextStage = next,
            Blockers = next is null ? [] : [.. gaps.Where(b => b.Below >= 0.5 || b.Veto >= 0.1)],
            Rule = rule.Explain(mostLikely, weights.Nominal),
            Lifts = next is null ? [] : StageLift.Cheapest(rule, weights.Nominal, mostLikely, next.Index, 3, cancel: cancel),
            Characteristic = characteristic,
            Maturity = maturity,
            PossibleMaturities = [.. pack.Maturities.Where(m => m.From >= MaturityOf(pack, profile.Whole.Quantile05).From && m.From <= MaturityOf(pack, profile.Whole.Quantile95).From)],
            Direction = pack.Grid[(characteristic.Id, maturity.Id)],
            ScaleUps = ScaleUpsOf(pack, characteristic.Id, elements),
            Programmes = ProgrammesOf(pack, [.. gaps.Where(g => g.Below >= 0.5)]),
        };
    }

    /// <summary>The weights of a pack's elements with their uncertainty.</summary>
    public static WeightHierarchy WeightsOf(ContentPack pack)
    {
        ArgumentNullException.ThrowIfNull(pack);
        var domainIndex = pack.Domains.Select((d, i) => (d.Id, i)).ToDictionary(d => d.Id, d => d.i);
        return new([.. pack.Elements.Select(e => domainIndex[e.DomainId])], [.. pack.Domains.Select(d => d.Weight)], [.. pack.Elements.Select(e => e.Weight)],
            pack.WeightConcentration.Domains, pack.WeightConcentration.Elements);
    }

    /// <summary>The stage rule of a pack.</summary>
    public static LevelMrSort RuleOf(ContentPack pack)
    {
        ArgumentNullException.ThrowIfNull(pack);
        var (boundaries, n) = (pack.Stages.Count - 1, pack.Elements.Count);
        var (profiles, vetoes) = (new int[boundaries, n], new int[boundaries, n]);
        for (var b = 0; b < boundaries; b++)
        {
            foreach (var element in pack.Elements)
            {
                profiles[b, element.Index] = pack.Stages[b + 1].Level!.Value;
                vetoes[b, element.Index] = pack.Stages[b + 1].Veto.TryGetValue(element.Id, out var veto) ? veto : -1;
            }
        }
        return new(ContentPack.Levels, profiles, pack.Majority, vetoes);
    }

    private static Blocker BlockerOf(DiagnosedElement element, Stage stage) => new(element, element.Below(stage.Level ?? 0),
        stage.Veto.TryGetValue(element.Element.Id, out var veto) ? element.Below(veto + 1) : 0);

    private static Maturity MaturityOf(ContentPack pack, double score) => pack.Maturities.Last(m => m.From <= score || m == pack.Maturities[0]);

    private static SuggestedCharacteristic CharacteristicOf(DiagnosisInput input)
    {
        var rule = input.Pack.CharacteristicRules.First(r => Holds(r, out _));
        Holds(rule, out var value);
        var confirmed = input.ConfirmedCharacteristic;
        return new(confirmed ?? rule.Characteristic, confirmed is null || confirmed == rule.Characteristic ? rule.Id : null, value, rule.Characteristic, confirmed is not null);

        bool Holds(CharacteristicRule rule, out string? value)
        {
            value = null;
            if (rule.Kind is not null && rule.Kind != input.PlaceKind) return false;
            if (rule.Population is { } from)
            {
                if (!input.Facts.TryGetValue("population", out value) || !(double.Parse(value, CultureInfo.InvariantCulture) >= from)) return false;
            }
            return rule.Fact is not { } fact || (input.Facts.TryGetValue(fact, out value) && value != "no");
        }
    }

    private static List<SuggestedScaleUp> ScaleUpsOf(ContentPack pack, string characteristic, List<DiagnosedElement> elements)
    {
        var expected = elements.ToDictionary(e => e.Element.Id, e => e.Score.Median);
        var found = pack.ScaleUps.Select(s => new SuggestedScaleUp(s.Id, [.. s.Rules
                .Where(r => (r.Characteristic is null || r.Characteristic == characteristic) && r.Elements.All(e => expected[e.Key] >= e.Value)).Select(r => $"{s.Id}-{r.Id}")]))
            .Where(s => s.Rules.Count > 0).ToList();
        return found.Count > 0 ? found : [.. pack.ScaleUps.Where(s => s.IsOtherwise).Select(s => new SuggestedScaleUp(s.Id, [$"{s.Id}-otherwise"]))];
    }

    private static List<MatchedProgramme> ProgrammesOf(ContentPack pack, List<Blocker> gaps) =>
        [.. pack.Programmes.Select(p => new MatchedProgramme(p, [.. gaps.Where(g => p.Answers.Contains(g.Element.Element.Id)).OrderByDescending(g => g.Below)]))
            .Where(m => m.Gaps.Count > 0).OrderByDescending(m => m.Need)];
}
