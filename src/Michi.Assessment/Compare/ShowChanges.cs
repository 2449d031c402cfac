using Michi.Analytics.Profiles;
using Michi.Assessment.Evidence;
using Michi.Assessment.Rounds;
using Michi.Platform.Accounts;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Michi.Assessment.Compare;

/// <summary>Compares two diagnoses of a place: what really changed, what perhaps did, what cannot be told.</summary>
internal static class ShowChanges
{
    public const string NothingToCompare = "nothing-to-compare";

    /// <param name="Id">To be sent as <c>from</c> or <c>to</c>.</param>
    /// <param name="At">The moment whose evidence it rests on.</param>
    public sealed record Choice(string Id, string Kind, DateTimeOffset At, string? Assessment, int? Round, bool Demonstration);

    /// <param name="Stages">Probability of each stage by id.</param>
    /// <param name="Evidence">Pieces of evidence known then.</param>
    /// <param name="Pack">Hash of the content pack it was made with.</param>
    public sealed record Side(Choice Diagnosis, Dictionary<string, double> Stages, ScoreSummary Whole, Dictionary<string, ScoreSummary> Domains, int Evidence, int RatedElements, string Pack);

    /// <param name="Verdict"><c>Rose</c>, <c>Fell</c>, <c>PerhapsRose</c>, <c>PerhapsFell</c>, <c>Stayed</c>, <c>NothingNew</c>, <c>Open</c> or <c>NobodyLooked</c>.</param>
    /// <param name="Before">Probability of each level 0–4.</param>
    /// <param name="BasisBefore">What it rested on; null where that was not kept.</param>
    /// <param name="NewEvidence">Codes of the evidence that became known, as far as the reader may see it.</param>
    public sealed record ChangedElement(
        string Element, string Verdict, double Higher, double Same, double Lower, double ExpectedChange, IReadOnlyList<double> Before, IReadOnlyList<double> After,
        string? BasisBefore, string? BasisAfter, IReadOnlyList<string> NewEvidence);

    /// <param name="Sure">From this probability on a change is called real.</param>
    /// <param name="Likely">From this probability on it is called likely.</param>
    /// <param name="Stage">Probability that the stage is higher, the same, lower.</param>
    /// <param name="ExpectedErrors">How many of the elements called really changed did not change, on average.</param>
    /// <param name="NewEvidence">Codes of the evidence that became known, as far as the reader may see it.</param>
    /// <param name="Choices">Every diagnosis of the place that can be chosen.</param>
    public sealed record Changes(
        string Place, Side From, Side To, double Sure, double Likely, int Draws, int Seed, Dictionary<string, double> Stage, ScoreShift Whole, Dictionary<string, ScoreShift> Domains,
        IReadOnlyList<ChangedElement> Elements, double ExpectedErrors, IReadOnlyList<string> NewEvidence, IReadOnlyList<string> RetiredEvidence, IReadOnlyList<Choice> Choices);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/places/{place}/changes", Handle).WithMetadata(new AllowAttribute(Right.ViewPlace))
            .WithSummary("What changed between two diagnoses of a place, given the uncertainty").ProducesProblem(404).ProducesProblem(422);

    /// <param name="from">The earlier diagnosis; without it, the one that tells most.</param>
    /// <param name="to">The later diagnosis; without it, the profile of today.</param>
    public static async Task<Results<Ok<Changes>, ProblemHttpResult>> Handle(
        string place, HttpContext http, DiagnosisChoices choices, EvidenceBook evidence, Words words, CancellationToken cancel, string? from = null, string? to = null)
    {
        var found = http.Place();
        var (list, change, refused) = await RunAsync(found, from, to, choices, cancel);
        if (change is null) return Refusal.Problem([refused!], words);
        var audience = await evidence.AudienceAsync(found, cancel);
        var (pack, shift) = (change.Pack, change.Shift);
        return TypedResults.Ok(new Changes(found.Slug, SideOf(change.From, change.Before), SideOf(change.To, change.After), PlaceChange.Sure, PlaceChange.Likely, PlaceChange.Draws, PlaceChange.Seed,
            new() { ["higher"] = shift.StageHigher, ["same"] = shift.StageSame, ["lower"] = shift.StageLower }, shift.Whole, pack.Domains.Zip(shift.Groups).ToDictionary(d => d.First.Id, d => d.Second),
            [.. change.Elements.Select(e => new ChangedElement(e.Element.Id, e.Verdict.ToString(), e.Shift.Higher, e.Shift.Same, e.Shift.Lower, e.Shift.ExpectedChange, e.LevelsBefore, e.LevelsAfter,
                e.BasisBefore?.ToString(), e.BasisAfter?.ToString(), Codes(e.Added)))],
            change.ExpectedErrors, Codes(change.Added), Codes(change.Removed), [.. list.Select(Of)]));

        Side SideOf(ComparedDiagnosis side, ProfileSummary summary) => new(Of(side.Choice), pack.Stages.Zip(summary.StageProbabilities).ToDictionary(s => s.First.Id, s => s.Second),
            summary.Whole, pack.Domains.Zip(summary.Groups).ToDictionary(d => d.First.Id, d => d.Second), side.Evidence.Count, side.RatedElements, side.Pack.Hash);

        List<string> Codes(IEnumerable<PlacedEvidence> items) => [.. items.Where(audience.Sees).Select(e => e.Item.Code)];
    }

    /// <summary>What the page and the API share: the choices there are, and the change or why there is none.</summary>
    public static async Task<(IReadOnlyList<DiagnosisChoice> Choices, PlaceChange? Change, Refusal? Refused)> RunAsync(
        Place place, string? from, string? to, DiagnosisChoices choices, CancellationToken cancel)
    {
        var list = await choices.ListAsync(place, cancel);
        var (usualFrom, usualTo) = Usual(list);
        from = string.IsNullOrEmpty(from) ? usualFrom : from;
        to = string.IsNullOrEmpty(to) ? usualTo : to;
        if (from is null) return (list, null, new("from", NothingToCompare));
        foreach (var (field, id) in new[] { ("from", from), ("to", to) })
            if (list.All(c => c.Id != id)) return (list, null, await choices.WhyNotAsync(place, field, id, cancel));
        if (from == to) return (list, null, new("to", "same-diagnosis"));
        var change = PlaceChange.Of(await choices.ReadAsync(place, Chosen(from), cancel), await choices.ReadAsync(place, Chosen(to), cancel), cancel);
        return (list, change, change is null ? new("to", "not-comparable") : null);

        DiagnosisChoice Chosen(string id) => list.First(c => c.Id == id);
    }

    /// <summary>What is compared where nothing is asked for; no first where a place has but one diagnosis.</summary>
    private static (string? From, string To) Usual(IReadOnlyList<DiagnosisChoice> list)
    {
        var finals = list.Where(c => c.Kind == "assessment").ToList();
        if (list[0].Assessment is { } current)
        {
            // The assessment before, else the first round of this one, else what was known without it.
            var before = finals.FirstOrDefault(c => c.Assessment!.Id != current.Id && !c.Assessment.IsDemonstration && c.At < finals.First(f => f.Assessment!.Id == current.Id).At);
            return (before?.Id ?? FirstRound(current.Id) ?? DiagnosisChoices.OfEvidence, DiagnosisChoices.Now);
        }
        if (list.FirstOrDefault(c => c.Stored is not null) is { } stored) return (stored.Id, DiagnosisChoices.Now);
        return finals.FirstOrDefault() is { } shown ? (FirstRound(shown.Assessment!.Id) ?? DiagnosisChoices.OfEvidence, shown.Id) : (null, DiagnosisChoices.Now);

        string? FirstRound(Guid assessment) => list.Where(c => c.Kind == "round" && c.Assessment!.Id == assessment).ToList() is { Count: > 1 } several ? several[^1].Id : null;
    }

    private static Choice Of(DiagnosisChoice choice) => new(choice.Id, choice.Kind, choice.At, choice.Assessment?.Title, choice.Round, choice.Assessment?.IsDemonstration == true);
}
