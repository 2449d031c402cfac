using Michi.Approach;
using Michi.Assessment;
using Michi.Platform.Languages;
using Michi.Platform.Places;
using Michi.Roadmap.Challenges;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Money;
using Michi.Roadmap.Plans;
using Michi.Roadmap.Vision;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Documents;

/// <summary>A plan in a language, with what surrounds it: pages, documents and files for other programs are made from it.</summary>
/// <param name="Library">Texts of the initiative library.</param>
/// <param name="MadeAt">When the plan was made.</param>
/// <param name="Today">The day it is shown on.</param>
internal sealed record PlanSubject(Place Place, PlanReading Reading, PlanOutcome Outcome, Words T, PackWords Pack, PackWords Library, DateTimeOffset MadeAt, DateOnly Today)
{
    /// <summary>Id of the plan; null where it is not saved.</summary>
    public Guid? PlanId { get; init; }

    /// <summary>When and by whom it was adopted; null while it is a draft.</summary>
    public (DateTimeOffset At, string By)? Adopted { get; init; }

    // What surrounds the plan stands in documents only.
    public VisionFacts Vision { get; init; } = new();

    /// <summary>Those that stand, worst first.</summary>
    public IReadOnlyList<Challenge> Challenges { get; init; } = [];

    public IReadOnlyList<ProgrammeAsk> Programmes { get; init; } = [];

    /// <summary>Address of a page of the place, from its path; null in a file, which stands alone.</summary>
    public Func<string, string>? Address { get; init; }

    public string PlaceName => Place.NameIn(T.Language);

    public InitiativeText Words { get; } = new(T, Pack, Library, Reading.Input.Initiatives.ToDictionary(i => i.Code, i => i.Facts.NameIn(T.Language)), Reading.Input.Currency);

    /// <summary>Number of each initiative of the plan, from 1, in order of start.</summary>
    public IReadOnlyDictionary<string, int> Numbers { get; } = Reading.Schedule.Select((s, i) => (s.Code, i)).ToDictionary(s => s.Code, s => s.i + 1);

    public string Amount(double value) => value.ToString("#,0", T.Culture);

    public string In(Dictionary<string, string> texts) => InitiativeFacts.TextIn(texts, T.Language);

    /// <summary>The initiatives of the plan that must have ended before this one starts, in order of start.</summary>
    public IEnumerable<ScheduledInitiative> Before(ScheduledInitiative initiative) =>
        initiative.Facts.Prerequisites.Where(p => Numbers.ContainsKey(p.Initiative)).Select(p => Numbers[p.Initiative]).Distinct().Order().Select(n => Reading.Schedule[n - 1]);

    /// <summary>Elements whose level the plan raises by half a step or more, with their level at the start and at the end.</summary>
    public IReadOnlyList<(string Element, double From, double To)> Raised =>
        [.. Reading.Levels.Select(l => (Element: l.Key, From: l.Value[0], To: l.Value[^1])).Where(l => l.To - l.From >= 0.5)];
}

/// <summary>Gathers what a plan is shown with.</summary>
internal sealed class PlanSubjects(RoadmapDb db, Diagnoses diagnoses, InitiativeLibrary library, UiTexts texts, TimeProvider clock)
{
    public PlanSubject Of(Place place, PlanReading reading, PlanOutcome outcome, DateTimeOffset madeAt, string language) =>
        new(place, reading, outcome, texts.In(language), reading.Pack.Words(language), library.Words(language), madeAt, DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime));

    public PlanSubject Of(Place place, ShownPlan shown, string language) => Of(place, shown.Reading, shown.Plan.Outcome!, shown.Plan.EndedAt ?? shown.Plan.CreatedAt, language) with
    {
        PlanId = shown.Plan.Id,
        Adopted = shown.Plan.AdoptedAt is { } at ? (at, shown.Plan.AdoptedBy ?? "") : null,
    };

    /// <summary>The same with what surrounds it: vision, challenges and whom to ask for help.</summary>
    public async Task<PlanSubject> ForDocumentAsync(PlanSubject subject, CancellationToken cancel)
    {
        var place = subject.Place;
        var vision = await db.Visions.AsNoTracking().FirstOrDefaultAsync(v => v.PlaceId == place.Id, cancel);
        var challenges = await db.Challenges.AsNoTracking().Where(c => c.PlaceId == place.Id && c.RetiredAt == null).ToListAsync(cancel);
        return subject with
        {
            Vision = vision?.Facts ?? new(),
            Challenges = [.. challenges.OrderByDescending(c => c.Facts.Severity).ThenByDescending(c => c.Facts.People ?? 0).ThenBy(c => c.Code, StringComparer.Ordinal)],
            Programmes = ProgrammeAsk.Of(await diagnoses.OfAsync(place, cancel), subject.Reading.Schedule),
        };
    }
}
