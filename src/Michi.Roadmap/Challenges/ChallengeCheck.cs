using Michi.Platform;
using Michi.Roadmap.Initiatives;

namespace Michi.Roadmap.Challenges;

/// <summary>What somebody says of a challenge; everything may be missing.</summary>
/// <param name="Severity">1 nuisance, 2 burden, 3 harm, 4 danger.</param>
/// <param name="People">How many are affected; null while unknown.</param>
/// <param name="District">Slug of the district; null for the whole place.</param>
internal sealed record ChallengeInput(
    Dictionary<string, string>? Names, Dictionary<string, string>? Description, string? Sector, double? Severity, double? People, string? PeopleSource, List<string>? Groups, string? District, string? Where,
    string? Source, string? Date);

/// <summary>What may be said of a challenge, the same from its form and through the API.</summary>
/// <param name="sectors">Those of the initiative library.</param>
/// <param name="districts">Slugs of the districts of the place that the writer sees.</param>
/// <param name="today">No source is younger.</param>
/// <param name="first">Language whose field is named where a text is missing.</param>
internal sealed class ChallengeCheck(IReadOnlyCollection<string> sectors, IReadOnlyCollection<string> districts, DateOnly today, string first)
{
    public const int MaxName = 200, MaxText = 4000, MaxSource = 1000;
    public const double MaxPeople = 1e10;

    /// <summary>The worst first.</summary>
    public static IReadOnlyList<int> Severities { get; } = [4, 3, 2, 1];

    public ChallengeFacts Facts(InputCheck check, ChallengeInput given)
    {
        var people = check.Number("people", given.People, 0, MaxPeople, required: false, whole: true);
        var groups = (given.Groups ?? []).Where(g => !string.IsNullOrEmpty(g)).Distinct().ToList();
        return new()
        {
            Names = check.Texts("names", given.Names, MaxName, first),
            Description = check.Texts("description", given.Description, MaxText, first, required: false),
            Sector = check.Choice("sector", given.Sector, sectors),
            Severity = (int)(check.Number("severity", given.Severity, 1, 4, whole: true) ?? 1),
            People = people,
            PeopleSource = check.Line("peopleSource", given.PeopleSource, MaxSource, required: people is not null),
            Groups = [.. groups.Take(PeopleGroups.All.Count + 1).Select(g => check.Choice("groups", g, PeopleGroups.All))],
            District = string.IsNullOrWhiteSpace(given.District) ? null : check.Choice("district", given.District, districts is { Count: > 0 } ? districts : [""]),
            Where = check.Line("where", given.Where, MaxSource, required: false),
            Source = check.Line("source", given.Source, MaxSource),
            Date = Date(check, given.Date),
        };
    }

    private string? Date(InputCheck check, string? given)
    {
        var date = check.Line("date", given, 10, required: false);
        if (date.Length == 0) return null;
        if (PartialDate.Fault(date, today) is { } fault && check.IsSoundAt("date")) check.Refuse("date", fault, date);
        return date;
    }
}
