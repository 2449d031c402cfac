using Michi.Approach;
using Michi.Roadmap.Initiatives;
using Michi.Roadmap.Vision;

namespace Michi.Roadmap.Exchange;

/// <summary>Makes an initiative of the library one of a city: in all languages, for its inhabitants, in its currency.</summary>
internal static class LibraryCopy
{
    /// <param name="inhabitants">Of the place; null where unknown: the figures are then those of the library's reference city.</param>
    /// <remarks>
    /// What the plan counts with is the middle of the library's range, of a duration the quarter that is full by then. What grows with the inhabitants is
    /// multiplied by their number over the reference city's. A lift with a condition does not count before the city says that it holds.
    /// </remarks>
    public static InitiativeFacts Of(InitiativeLibrary library, LibraryInitiative of, VisionFacts? vision, double? inhabitants)
    {
        var size = of.IsPerCapita && inhabitants is { } people ? people / library.Inhabitants : 1;
        var money = vision is null || vision.Currency == library.Currency ? 1 : vision.PerDollar;
        return new()
        {
            Names = In("name"),
            Purpose = In("purpose"),
            Result = In("result"),
            Steps = library.Languages.ToDictionary(l => l, l => string.Join('\n', library.Words(l).List($"{of.Id}.steps"))),
            Sector = of.Sector,
            Type = of.Type,
            Lifts = [.. of.Lifts.Select(l => new LiftClaim(l.ElementId, l.From, l.To, l.Condition is null ? [] : In($"conditions.{l.Condition}"), l.Condition is null))],
            Cost = Range(of.Cost).Times(size * money),
            Operation = Range(of.Operation).Times(size * money),
            Revenue = of.Revenue is null ? Expected.None : Range(of.Revenue).Times(size * money),
            Duration = Range(of.Duration) with { Planned = Math.Ceiling((of.Duration.Low + of.Duration.High) / 2) },
            People = of.People.ToDictionary(p => p.Key, p => p.Key == "field" ? Range(p.Value).Times(size) : Range(p.Value)),
            Prerequisites = [.. of.Prerequisites.Select(p => new Initiatives.Prerequisite(p.InitiativeId, p.Lag))],
            Needs = [.. of.Needs.Select(n => new Initiatives.LevelNeed(n.ElementId, n.Level))],
            Excludes = [.. of.Excludes],
            Beneficiaries = Range(of.Beneficiaries),
            Benefits = new(of.Benefits),
            Risks = [.. of.Risks],
            Kpis = [.. of.Kpis.Select(k => new Kpi(k.Id, In($"kpis.{k.Id}"), k.Unit, k.MoreIsBetter, k.Source))],
        };

        Dictionary<string, string> In(string path) => library.Languages.ToDictionary(l => l, l => library.Words(l)[$"{of.Id}.{path}"]);
    }

    private static Expected Range(Estimate estimate) => new(estimate.Low, (estimate.Low + estimate.High) / 2, estimate.High, estimate.Source);
}
