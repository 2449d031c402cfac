using Michi.Approach;
using Michi.Platform.Places;
using Michi.Roadmap.Vision;

namespace Michi.Roadmap.Initiatives;

/// <summary>An initiative of the library as a city's own: scaled by inhabitants, in the currency of the plan, every source kept. Pure.</summary>
internal static class LibraryCopy
{
    /// <summary>The pool that grows with the city where an initiative does; other staff stays.</summary>
    private const string ScaledPool = "field";

    /// <summary>The newest population of a place, by the date of the source, then by when it was entered; null where nobody has entered a readable one.</summary>
    public static PlaceFact? Population(IEnumerable<PlaceFact> facts) => facts
        .Where(f => f is { Kind: "population", RetiredAt: null } && Number(f) is > 0)
        .OrderBy(f => f.Date ?? "", StringComparer.Ordinal).ThenBy(f => f.CreatedAt).LastOrDefault();

    /// <summary>The facts of the copy. Planned is the middle of the range; a lift with a condition does not count until somebody confirms it.</summary>
    /// <param name="present">Codes of the place's initiatives; links to others are left out.</param>
    public static InitiativeFacts FactsOf(InitiativeLibrary library, LibraryInitiative item, PlaceFact? population, VisionFacts vision, IReadOnlySet<string> present)
    {
        var inhabitants = population is null ? null : Number(population);
        var scale = item.IsPerCapita && inhabitants is { } people ? people / library.Inhabitants : 1;
        var money = scale * vision.PerDollar;
        return new()
        {
            Names = Texts("name"),
            Purpose = Texts("purpose"),
            Result = Texts("result"),
            Steps = library.Languages.ToDictionary(l => l, l => string.Join('\n', library.Words(l).List($"{item.Id}.steps"))),
            Procurement = Texts("procurement"),
            QuickWinCondition = item.QuickWinCondition is null ? [] : Texts("quick-win"),
            Sector = item.Sector,
            Type = item.Type,
            Lifts = [.. item.Lifts.Select(l => new LiftClaim(l.ElementId, l.From, l.To, l.Condition is null ? [] : Texts($"conditions.{l.Condition}"), l.Condition is null))],
            Cost = Of(item.Cost, money),
            Operation = Of(item.Operation, money),
            Revenue = item.Revenue is null ? Expected.None : Of(item.Revenue, money),
            Duration = Of(item.Duration, 1) with { Planned = Math.Round((item.Duration.Low + item.Duration.High) / 2, MidpointRounding.AwayFromZero) },
            People = item.People.ToDictionary(p => p.Key, p => Of(p.Value, p.Key == ScaledPool ? scale : 1)),
            Prerequisites = [.. item.Prerequisites.Where(p => present.Contains(p.InitiativeId)).Select(p => new Prerequisite(p.InitiativeId, p.Lag))],
            Needs = [.. item.Needs.Select(n => new LevelNeed(n.ElementId, n.Level))],
            Excludes = [.. item.Excludes.Where(present.Contains)],
            Beneficiaries = Of(item.Beneficiaries, 1),
            Benefits = item.Benefits.ToDictionary(b => b.Key, b => b.Value),
            Risks = [.. item.Risks],
            Kpis = [.. item.Kpis.Select(k => new Kpi(k.Id, Texts($"kpis.{k.Id}"), k.Unit, k.MoreIsBetter, k.Source))],
            Basis = new(scale, inhabitants, population?.Source ?? "", vision.PerDollar, vision.Currency),
        };

        Dictionary<string, string> Texts(string path) => library.Languages.Select(l => (l, Text: library.Words(l).Find($"{item.Id}.{path}"))).Where(t => t.Text is not null).ToDictionary(t => t.l, t => t.Text!);
    }

    /// <summary>What an initiative rests on and what is not at the place yet: prerequisites of prerequisites first, itself last.</summary>
    public static IReadOnlyList<LibraryInitiative> WithPrerequisites(InitiativeLibrary library, IEnumerable<string> ids, IReadOnlySet<string> present)
    {
        var (ordered, seen) = (new List<LibraryInitiative>(), new HashSet<string>(StringComparer.Ordinal));
        foreach (var id in ids) Visit(id);
        return ordered;

        void Visit(string id)
        {
            if (present.Contains(id) || !seen.Add(id) || library.Find(id) is not { } item) return;
            foreach (var before in item.Prerequisites) Visit(before.InitiativeId);
            ordered.Add(item);
        }
    }

    private static Expected Of(Estimate estimate, double factor) =>
        factor == 1 ? new(estimate.Low, (estimate.Low + estimate.High) / 2, estimate.High, estimate.Source)
            : new(Rounded(estimate.Low * factor), Rounded((estimate.Low + estimate.High) / 2 * factor), Rounded(estimate.High * factor), estimate.Source);

    /// <summary>Three significant digits: a scaled judgement is no more exact than that.</summary>
    private static double Rounded(double value)
    {
        if (value == 0) return 0;
        var digits = 2 - (int)Math.Floor(Math.Log10(Math.Abs(value)));
        return digits >= 0 ? Math.Round(value, Math.Min(digits, 15)) : Math.Round(value / Math.Pow(10, -digits)) * Math.Pow(10, -digits);
    }

    private static double? Number(PlaceFact fact) =>
        double.TryParse(fact.Value, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) ? number : null;
}
