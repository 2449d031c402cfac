using Michi.Approach;
using Michi.Assessment.Profiles;

namespace Michi.Roadmap.Initiatives;

/// <summary>An element that should stand higher.</summary>
/// <param name="Level">Where the city most likely stands.</param>
/// <param name="IsBlocker">True where it holds the place back from the next stage.</param>
/// <param name="Size">Weight times levels missing to the top.</param>
internal sealed record Gap(string Element, int Level, bool IsBlocker, double Size);

/// <summary>An initiative of the library that a place should look at.</summary>
/// <param name="Answers">The gaps it was suggested for, in their order, each with the lift.</param>
/// <param name="Before">Prerequisites that are not at the place yet, in the order to copy them.</param>
/// <param name="Unmet">Levels it needs that the place does not have yet.</param>
internal sealed record LibrarySuggestion(LibraryInitiative Initiative, IReadOnlyList<(Gap Gap, Lift Lift)> Answers, IReadOnlyList<LibraryInitiative> Before, IReadOnlyList<Approach.LevelNeed> Unmet);

/// <summary>Which initiatives of the library answer the gaps of a place. Pure.</summary>
internal static class LibrarySuggestions
{
    /// <summary>Gaps of a diagnosed place: what holds it back from the next stage first, as the diagnosis orders it, then the rest by weight × missing levels.</summary>
    public static IReadOnlyList<Gap> GapsOf(Diagnosis diagnosis)
    {
        var domains = diagnosis.Input.Pack.Domains.ToDictionary(d => d.Id, d => d.Weight);
        var blockers = diagnosis.Blockers.Select(b => b.Element.Element.Id).ToList();
        return [.. diagnosis.Elements
            .Select(e => new Gap(e.Element.Id, e.MostLikely, blockers.Contains(e.Element.Id), domains[e.Element.DomainId] * e.Element.Weight * (ContentPack.Levels - 1 - e.MostLikely)))
            .Where(g => g.Level < ContentPack.Levels - 1)
            .OrderBy(g => g.IsBlocker ? blockers.IndexOf(g.Element) : int.MaxValue).ThenByDescending(g => g.Size).ThenBy(g => g.Element, StringComparer.Ordinal)];
    }

    /// <summary>
    /// For each gap in turn the best initiatives that lift it from where the city stands: those whose needs hold first, then lifts without a condition,
    /// then those that answer more gaps, then the cheaper. An initiative already suggested for a gap before counts for later ones too.
    /// </summary>
    /// <param name="levels">Element → level the city stands at.</param>
    /// <param name="present">Ids of initiatives the place has already.</param>
    /// <param name="each">Initiatives to find for each gap.</param>
    /// <param name="most">Initiatives in all.</param>
    public static IReadOnlyList<LibrarySuggestion> For(
        IReadOnlyList<Gap> gaps, IReadOnlyDictionary<string, int> levels, InitiativeLibrary library, IReadOnlySet<string> present, int each = 2, int most = 12)
    {
        var chosen = new List<LibraryInitiative>();
        foreach (var gap in gaps)
        {
            var able = library.Initiatives.Where(i => LiftOf(i, gap) is not null).ToList();
            var wanted = each - able.Count(i => present.Contains(i.Id) || chosen.Contains(i));
            foreach (var next in able.Where(i => !present.Contains(i.Id) && !chosen.Contains(i) && !Clashes(i))
                .OrderBy(i => Unmet(i).Count()).ThenBy(i => LiftOf(i, gap)!.Condition is not null).ThenByDescending(i => gaps.Count(g => LiftOf(i, g) is not null))
                .ThenBy(i => i.Cost.Low + i.Cost.High).ThenBy(i => i.Id, StringComparer.Ordinal).Take(Math.Max(0, wanted)).ToList())
            {
                if (chosen.Count == most) break;
                if (!Clashes(next)) chosen.Add(next);
            }
        }
        return [.. chosen.Select(i => new LibrarySuggestion(i, [.. gaps.Where(g => LiftOf(i, g) is not null).Select(g => (g, LiftOf(i, g)!))],
            [.. LibraryCopy.WithPrerequisites(library, [i.Id], present).Where(b => b.Id != i.Id)], [.. Unmet(i)]))];

        bool Clashes(LibraryInitiative initiative) => initiative.Excludes.Any(e => present.Contains(e) || chosen.Exists(c => c.Id == e));
        IEnumerable<Approach.LevelNeed> Unmet(LibraryInitiative initiative) => initiative.Needs.Where(n => levels.GetValueOrDefault(n.ElementId) < n.Level);
    }

    /// <summary>The lift that takes an element up from where it stands, or null.</summary>
    public static Lift? LiftOf(LibraryInitiative initiative, Gap gap) => initiative.Lifts.FirstOrDefault(l => l.ElementId == gap.Element && l.From <= gap.Level && l.To > gap.Level);
}
