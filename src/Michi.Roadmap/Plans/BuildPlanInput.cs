using System.Globalization;
using Michi.Approach;
using Michi.Assessment;
using Michi.Assessment.Profiles;
using Michi.Platform.Places;
using Michi.Roadmap.Scenarios;
using Michi.Roadmap.Vision;
using Microsoft.EntityFrameworkCore;

namespace Michi.Roadmap.Plans;

/// <summary>What every scenario of a place plans from: its diagnosis, vision, challenges and standing initiatives.</summary>
/// <param name="Severities">Code of a challenge → its severity 1–4.</param>
internal sealed record PlanGround(Diagnosis Diagnosis, VisionFacts Vision, IReadOnlyList<PlannedInitiative> Initiatives, IReadOnlyDictionary<string, int> Severities, bool IsDemonstration)
{
    public ContentPack Pack => Diagnosis.Input.Pack;

    /// <summary>The level each element begins at by the diagnosis: the most likely one; 0 where nobody looked.</summary>
    public IReadOnlyDictionary<string, StartLevel> Levels { get; } = Diagnosis.Elements.ToDictionary(e => e.Element.Id, e => new StartLevel(
        e.Basis == Basis.Nothing ? 0 : e.MostLikely, e.Basis.ToString().ToLowerInvariant(), [.. Enumerable.Range(1, ContentPack.Levels - 1).Select(l => Math.Clamp(1 - e.Below(l), 0, 1))]));
}

/// <summary>The weight suggested for an element, and what it follows from.</summary>
/// <param name="Domain">Weight of the domain in the city's direction.</param>
/// <param name="Share">Weight of the element within its domain against the mean there.</param>
/// <param name="IsBlocker">Whether it holds the city back from its next stage.</param>
internal sealed record SuggestedElement(double Weight, double Domain, double Share, bool IsBlocker);

/// <summary>Suggests the weights of a plan from the direction and the gaps of a city, by the library's table.</summary>
internal static class SuggestWeights
{
    /// <summary>Element → weight: of its domain in this direction, of itself within the domain, and more where it blocks the next stage.</summary>
    public static IReadOnlyDictionary<string, SuggestedElement> Elements(Diagnosis diagnosis, SuggestedWeights table)
    {
        var pack = diagnosis.Input.Pack;
        var direction = DirectionOf(diagnosis, table);
        var blockers = diagnosis.Blockers.Select(b => b.Element.Element.Id).ToHashSet(StringComparer.Ordinal);
        return pack.Elements.ToDictionary(e => e.Id, e =>
        {
            var (domain, share) = (direction.Domains.GetValueOrDefault(e.DomainId, 1), e.Weight / pack.ElementsOf(e.DomainId).Average(x => x.Weight));
            return new SuggestedElement(Math.Round(domain * share * (blockers.Contains(e.Id) ? table.Blocker : 1), 3), domain, share, blockers.Contains(e.Id));
        });
    }

    /// <summary>The weights given, and where none is given the suggested ones; none of them null.</summary>
    public static PlanWeights Fill(PlanWeights given, Diagnosis diagnosis, SuggestedWeights table)
    {
        var direction = DirectionOf(diagnosis, table);
        return new()
        {
            Elements = Merged(Elements(diagnosis, table).ToDictionary(e => e.Key, e => e.Value.Weight), given.Elements),
            Benefits = Merged(direction.Benefits, given.Benefits),
            StepDecay = given.StepDecay ?? table.StepDecay,
            BenefitShare = given.BenefitShare ?? direction.BenefitShare,
            Severity = given.Severity ?? table.Severity,
        };

        static Dictionary<string, double> Merged(IReadOnlyDictionary<string, double> suggested, Dictionary<string, double>? given) =>
            suggested.ToDictionary(s => s.Key, s => given?.TryGetValue(s.Key, out var weight) == true ? weight : s.Value);
    }

    /// <summary>The table's row for the city's direction; an older pack may know one that the table does not, and then every weight is 1.</summary>
    private static DirectionWeights DirectionOf(Diagnosis diagnosis, SuggestedWeights table) =>
        table.Directions.TryGetValue(diagnosis.Direction, out var direction) ? direction
            : new(new Dictionary<string, double>(), table.Directions.Values.First().Benefits.ToDictionary(b => b.Key, _ => 1.0), 0.5);
}

/// <summary>Gathers what a plan follows from: the scenario, and the place's diagnosis, vision, challenges and initiatives as they stand.</summary>
internal sealed class BuildPlanInput(RoadmapDb db, Diagnoses diagnoses, InitiativeLibrary library)
{
    public async Task<PlanGround> GroundAsync(Place place, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(place);
        var diagnosis = await diagnoses.OfAsync(place, cancel);
        var vision = await db.Visions.AsNoTracking().FirstOrDefaultAsync(v => v.PlaceId == place.Id, cancel);
        var initiatives = await db.Initiatives.AsNoTracking().Where(i => i.PlaceId == place.Id && i.RetiredAt == null).OrderBy(i => i.Code).ToListAsync(cancel);
        var challenges = await db.Challenges.AsNoTracking().Where(c => c.PlaceId == place.Id && c.RetiredAt == null).ToListAsync(cancel);
        return new(diagnosis, vision?.Facts ?? new(), [.. initiatives.Select(i => new PlannedInitiative(i.Code, i.Version, i.Facts))], challenges.ToDictionary(c => c.Code, c => c.Facts.Severity),
            initiatives.Any(i => i.IsDemonstration));
    }

    /// <summary>Pure: the same ground and scenario give the same input.</summary>
    public PlanInput Of(PlanGround ground, string name, int version, ScenarioFacts facts, bool isDemonstration)
    {
        var diagnosis = ground.Diagnosis;
        return new()
        {
            Scenario = facts,
            ScenarioName = name,
            ScenarioVersion = version,
            Initiatives = [.. ground.Initiatives],
            Levels = LevelsOf(ground.Levels, facts),
            Weights = SuggestWeights.Fill(facts.Weights, diagnosis, library.Weights),
            Severities = new(ground.Severities),
            Currency = ground.Vision.Currency,
            Inhabitants = diagnosis.Input.Facts.TryGetValue("population", out var people) && double.TryParse(people, NumberStyles.Float, CultureInfo.InvariantCulture, out var inhabitants) ? inhabitants : null,
            Direction = diagnosis.Direction,
            Stage = diagnosis.Stage.Id,
            PackHash = ground.Pack.Hash,
            LibraryVersion = library.Version,
            ProgramVersion = Diagnoses.ProgramVersion,
            IsDemonstration = isDemonstration || ground.IsDemonstration,
        };
    }

    /// <summary>The levels of the diagnosis, but for those the planner has set: these are taken as certain.</summary>
    public static Dictionary<string, StartLevel> LevelsOf(IReadOnlyDictionary<string, StartLevel> diagnosed, ScenarioFacts facts) => diagnosed.ToDictionary(l => l.Key, l =>
        facts.Levels.TryGetValue(l.Key, out var chosen) ? new StartLevel(chosen.Level, "planner", [.. Enumerable.Range(1, ContentPack.Levels - 1).Select(level => chosen.Level >= level ? 1.0 : 0)]) : l.Value);
}
