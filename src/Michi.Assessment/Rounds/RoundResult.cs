using Michi.Approach;

namespace Michi.Assessment.Rounds;

/// <summary>A reason somebody gave, without who.</summary>
internal sealed record GivenReason(int? Level, string Confidence, string Text);

/// <summary>How many assessors gave a higher, the same or a lower level than in the round before.</summary>
internal sealed record Movement(int Higher, int Same, int Lower);

/// <summary>What a closed round says about one element, without who said it.</summary>
/// <param name="Levels">The levels given, lowest first; null = could not tell, last.</param>
/// <param name="Standing">How many of them are answers of the round before that were left to stand.</param>
/// <param name="Evidence">Codes of the evidence cited → by how many.</param>
/// <param name="Disagreement">What the element adds to the round's observed disagreement (Krippendorff, ordinal); NaN with fewer than two levels.</param>
/// <param name="Moved">Since the round before; null in the first round.</param>
internal sealed record ElementResult(
    Element Element, IReadOnlyList<int?> Levels, int Standing, IReadOnlyList<GivenReason> Reasons, IReadOnlyList<KeyValuePair<string, int>> Evidence, double Disagreement, Movement? Moved)
{
    public IReadOnlyList<int> Told { get; } = [.. Levels.Where(l => l is not null).Select(l => l!.Value)];

    /// <summary>Median of the levels given; null where nobody could tell.</summary>
    public double? Median => Told.Count == 0 ? null : (Told[(Told.Count - 1) / 2] + Told[Told.Count / 2]) / 2.0;
}

/// <summary>What a closed round says, without who said it.</summary>
/// <param name="Groups">Assessors who answered, by group.</param>
/// <param name="Elements">In the pack's order.</param>
internal sealed record RoundResult(Round Round, IReadOnlyDictionary<string, int> Groups, IReadOnlyList<ElementResult> Elements, RoundAgreement Agreement)
{
    /// <summary>The elements people disagree about most, first.</summary>
    public IEnumerable<ElementResult> ByDisagreement => Elements.OrderByDescending(e => double.IsNaN(e.Disagreement) ? -1 : e.Disagreement).ThenBy(e => e.Element.Index);

    /// <summary>The share of all disagreement that one element makes up, 0–1; 0 where there is none.</summary>
    public double ShareOf(ElementResult element) => Agreement.Alpha.ObservedDisagreement > 0 && element.Disagreement > 0 ? element.Disagreement / Agreement.Alpha.ObservedDisagreement : 0;

    /// <param name="before">The ratings of the round before; null for the first.</param>
    /// <param name="groupOf">Assessor → group.</param>
    public static RoundResult Of(
        ContentPack pack, Round round, IReadOnlyCollection<Rating> ratings, IReadOnlyCollection<Rating>? before, IReadOnlyDictionary<Guid, string> groupOf, RoundAgreement agreement)
    {
        var byElement = ratings.ToLookup(r => r.Element);
        var earlier = before?.ToDictionary(r => (r.AssessorId, r.Element), r => r.Level);
        return new(round, ratings.Select(r => r.AssessorId).Distinct().CountBy(a => groupOf[a]).ToDictionary(),
            [.. pack.Elements.Select(e => ElementOf(e, [.. byElement[e.Id].OrderBy(r => r.Level ?? int.MaxValue)]))], agreement);

        // Levels and reasons are ordered by what they say: an order of persons, the same for every element, would tell who is who.
        ElementResult ElementOf(Element element, IReadOnlyList<Rating> given) => new(element, [.. given.Select(r => r.Level)], given.Count(r => r.At < round.OpenedAt),
            [.. given.Where(r => r.Reason.Length > 0).OrderBy(r => r.Level ?? int.MaxValue).ThenBy(r => r.Reason, StringComparer.Ordinal).Select(r => new GivenReason(r.Level, r.Confidence, r.Reason))],
            [.. given.SelectMany(r => r.EvidenceCodes.Split(' ', StringSplitOptions.RemoveEmptyEntries)).CountBy(c => c).OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal)],
            agreement.Alpha.UnitDisagreement[element.Index], earlier is null ? null : MovedIn(given));

        Movement MovedIn(IReadOnlyList<Rating> given)
        {
            var signs = given.Where(r => r.Level is not null && earlier.GetValueOrDefault((r.AssessorId, r.Element)) is not null)
                .Select(r => Math.Sign(r.Level!.Value - earlier[(r.AssessorId, r.Element)]!.Value)).ToList();
            return new(signs.Count(s => s > 0), signs.Count(s => s == 0), signs.Count(s => s < 0));
        }
    }
}

/// <summary>Everything an assessment shows: its rounds, the results of the closed ones, the consensus.</summary>
/// <param name="Closed">Results of the closed rounds in order.</param>
/// <param name="Consensus">Element → consensus.</param>
internal sealed record AssessmentResults(
    RatedAssessment Assessment, ContentPack Pack, IReadOnlyList<Round> Rounds, IReadOnlyList<RoundResult> Closed, IReadOnlyDictionary<string, Consensus> Consensus)
{
    public Round? Open => Rounds.FirstOrDefault(r => r.ClosedAt is null);

    /// <summary>The last closed round; null while none is.</summary>
    public RoundResult? Last => Closed.Count > 0 ? Closed[^1] : null;
}
